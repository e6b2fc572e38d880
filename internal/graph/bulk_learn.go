package graph

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// tenantList is what a list of the tenant held, by serial number in lower case,
// without what this client has deleted itself.
type tenantList map[string][]HardwareOathToken

func (c *Client) listTenant(ctx context.Context) (tenantList, error) {
	all, err := c.ListHardwareOathTokens(ctx, "")
	return c.bySerialNumber(all), err
}

func (c *Client) bySerialNumber(tokens []HardwareOathToken) tenantList {
	tenant := tenantList{}
	for _, token := range tokens {
		if !c.wasDeleted(token.ID) {
			key := strings.ToLower(token.SerialNumber)
			tenant[key] = append(tenant[key], token)
		}
	}
	return tenant
}

// compareAge is how old the list may be that a creation begins with. Terraform
// plans once more right before it applies, and that has listed the tenant.
const compareAge = 30 * time.Second

// compare is the look at the tenant before anything is sent. A token that is
// there already fails; leftovers are those whose serial number is still held by
// a token that this client has deleted.
func (r *bulkRun) compare(ctx context.Context) (leftovers map[*bulkToken]HardwareOathToken) {
	if len(stillOpen(r.tokens)) == 0 {
		return nil
	}
	all, err := r.client.listAll(ctx, compareAge)
	if err != nil {
		r.stop = err
		return nil
	}
	tenant, deleted := r.client.bySerialNumber(all), map[string]HardwareOathToken{}
	for _, token := range all {
		r.before[token.ID] = true
		if r.client.wasDeleted(token.ID) {
			deleted[token.SerialNumber] = token
		}
	}
	leftovers = map[*bulkToken]HardwareOathToken{}
	for _, t := range stillOpen(r.tokens) {
		if existing := r.rivalOf(t, tenant); existing != nil {
			t.err = r.taken(*existing, nil)
		} else if leftover, ok := deleted[t.spec.SerialNumber]; ok {
			leftovers[t] = leftover
		}
	}
	return leftovers
}

// waitForDeletions waits until the deletions of this client have spread; what
// is still there then is taken.
func (r *bulkRun) waitForDeletions(ctx context.Context, leftovers map[*bulkToken]HardwareOathToken) {
	end := time.Now().Add(r.client.visibilityWindow)
	for attempt := 0; len(leftovers) > 0; attempt++ {
		if attempt > 0 {
			wait := errors.New("a deleted token still holds its serial number")
			if err := waitToRetry(ctx, min(attempt-1, 4), wait); err != nil {
				r.stop = err
				return
			}
		}
		all, err := r.client.ListHardwareOathTokens(ctx, "")
		if err != nil {
			r.stop = err
			return
		}
		listed := map[string]bool{}
		for _, token := range all {
			listed[token.ID] = true
		}
		for t, leftover := range leftovers {
			switch {
			case !listed[leftover.ID]:
				delete(leftovers, t)
			case time.Now().After(end):
				t.err = r.taken(leftover, nil)
				delete(leftovers, t)
			}
		}
	}
}

// adopt looks for the tokens in the tenant and counts those that it found.
func (r *bulkRun) adopt(ctx context.Context, tokens []*bulkToken, window time.Duration) (found int) {
	before := countMade(tokens)
	r.look(ctx, tokens, window)
	return countMade(tokens) - before
}

func countMade(tokens []*bulkToken) (n int) {
	for _, t := range tokens {
		if t.made != nil {
			n++
		}
	}
	return n
}

// look lists the tenant until all tokens that are in doubt are there or the
// window has passed, and adopts what is there. It goes on for a while when ctx
// ends. A list that fails stops the run.
func (r *bulkRun) look(ctx context.Context, tokens []*bulkToken, window time.Duration) (tenant tenantList) {
	ctx, cancel := outlive(ctx, settleTimeout)
	defer cancel()
	start := time.Now()
	for attempt := 0; ; attempt++ {
		var err error
		if tenant, err = r.client.listTenant(ctx); err != nil {
			r.stop = err
			return nil
		}
		missing := false
		for _, t := range tokens {
			if t.made == nil && !t.accepted && len(t.doubts) > 0 {
				r.match(t, tenant)
				missing = missing || t.made == nil
			}
		}
		if !missing || !sleepWithin(ctx, attempt, start.Add(window)) {
			return tenant
		}
	}
}

// sleepWithin backs off, at most until end. It reports false when end has come,
// or ctx ended.
func sleepWithin(ctx context.Context, attempt int, end time.Time) bool {
	left := time.Until(end)
	if left <= 0 {
		return false
	}
	return sleep(ctx, min(backoffFirst<<min(attempt, 4), max(left, 10*time.Millisecond))) == nil
}

// match takes the token of the tenant that is this one: it was not there before
// the delivery, and no other call of this client has made it.
func (r *bulkRun) match(t *bulkToken, tenant tenantList) {
	var best *HardwareOathToken
	for _, token := range tenant[strings.ToLower(t.spec.SerialNumber)] {
		ours := !r.before[token.ID] && r.client.madeAt(token.ID).IsZero()
		if ours && t.is(token) && (best == nil || token.matches(t.spec)) {
			best = &token
		}
	}
	if best != nil {
		t.adopt(*best)
		r.client.noteCreation(*best)
	}
}

// rivalOf finds a token of somebody else's with the serial number; one that
// differs from it in case only does for a rival of a token that Graph refused.
func (r *bulkRun) rivalOf(t *bulkToken, tenant tenantList) (rival *HardwareOathToken) {
	for _, token := range tenant[strings.ToLower(t.spec.SerialNumber)] {
		exact := token.SerialNumber == t.spec.SerialNumber
		if exact || t.refused && rival == nil {
			rival = &token
		}
	}
	return rival
}

func (r *bulkRun) taken(existing HardwareOathToken, err error) error {
	return &AlreadyExistsError{Existing: existing, MadeHere: !r.client.madeAt(existing.ID).IsZero(), Err: err}
}

// inDoubt reports whether a request may have made the token without saying so.
func (r *bulkRun) inDoubt(t *bulkToken) bool {
	for _, d := range t.doubts {
		if !d.refuted && (d.lost != nil || !r.atomic) {
			return true
		}
	}
	return false
}

// learn lists the tenant until everything that was made is known by its id: for
// the visibility window what Graph has accepted, or refuses in a way that says
// that it is there. It also tells a refused token from one that was made by a
// request which was not clear, or by somebody else.
func (r *bulkRun) learn(ctx context.Context) error {
	ctx, cancel := outlive(ctx, settleTimeout)
	defer cancel()
	unknown := slices.DeleteFunc(slices.Clone(r.tokens), func(t *bulkToken) bool {
		return t.made != nil || !t.accepted && !t.refused && len(t.doubts) == 0
	})
	start := time.Now()
	for attempt := 0; len(unknown) > 0; attempt++ {
		if attempt > 0 {
			if err := sleep(ctx, backoffFirst<<min(attempt-1, 4)); err != nil {
				return err
			}
		}
		tenant, err := r.client.listTenant(ctx)
		if err != nil {
			return err
		}
		age := time.Since(start)
		unknown = slices.DeleteFunc(unknown, func(t *bulkToken) bool { return r.settle(t, tenant, age) })
	}
	return nil
}

// settle decides about one token by a list of this age, if it can be decided.
func (r *bulkRun) settle(t *bulkToken, tenant tenantList, age time.Duration) (done bool) {
	if t.accepted || len(t.doubts) > 0 {
		r.match(t, tenant)
	}
	patience := r.patience(t)
	if t.made == nil && t.refused && age >= min(patience, r.client.settleWindow) {
		if rival := r.rivalOf(t, tenant); rival != nil {
			t.err = r.taken(*rival, t.err)
			return true
		}
	}
	return t.made != nil || age >= patience
}

// patience is how long a token is looked for at the end.
func (r *bulkRun) patience(t *bulkToken) time.Duration {
	switch {
	case t.refused && r.inDoubt(t) && t.repeats():
		return r.client.settleWindow
	case t.accepted, t.refused && r.inDoubt(t):
		return r.client.visibilityWindow
	case t.refused && len(t.doubts) > 0:
		return r.client.settleWindow
	default: // refused for sure, or looked for already
		return 0
	}
}

// result is what became of each token; err is what ended the last look.
func (r *bulkRun) result(err error) BulkResult {
	var result BulkResult
	for _, t := range r.tokens {
		serialNumber := t.spec.SerialNumber
		switch {
		case t.made != nil:
			result.Made = append(result.Made, *t.made)
			if t.recovered {
				result.Recovered = append(result.Recovered, serialNumber)
			}
		case t.accepted:
			r.client.noteCreation(HardwareOathToken{SerialNumber: serialNumber})
			result.Unlisted, result.UnlistedErr = append(result.Unlisted, serialNumber), err
		case t.err != nil:
			result.Failed = append(result.Failed, TokenFailure{serialNumber, t.err})
		default:
			result.Failed = append(result.Failed, TokenFailure{serialNumber, orLost(t.spec, t.lost(), r.stop)})
		}
	}
	return result
}
