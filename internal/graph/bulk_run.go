package graph

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// bulkRun is one delivery on its way.
type bulkRun struct {
	client   *Client
	tokens   []*bulkToken
	progress func(done, total int)
	// before holds the ids of what was in the tenant before anything was sent.
	before map[string]bool
	// size is how many tokens a request carries; it shrinks when Graph takes fewer.
	size int
	// atomic says that a refused request was seen to have made nothing, partial
	// that one was seen to have made its good tokens; looked that it was looked for.
	atomic, partial, looked bool
	// stop is why nothing more is sent; nil as long as there is no reason.
	stop error
}

func newBulkRun(c *Client, specs []NewHardwareOathToken, options BulkOptions) *bulkRun {
	r := &bulkRun{
		client: c, progress: options.Progress, before: map[string]bool{},
		size: cmp.Or(max(options.TokensPerRequest, 0), DefaultTokensPerRequest),
	}
	times := map[string]int{}
	for _, spec := range specs {
		if times[spec.SerialNumber]++; times[spec.SerialNumber] == 1 {
			r.tokens = append(r.tokens, &bulkToken{spec: spec})
		}
	}
	for _, t := range r.tokens {
		if n := times[t.spec.SerialNumber]; n > 1 {
			t.err = &RepeatedError{SerialNumber: t.spec.SerialNumber, Times: n}
		}
	}
	return r
}

// run sends what is to be sent, and leaves each token accepted, adopted, with
// its error, or not sent because the run was stopped.
func (r *bulkRun) run(ctx context.Context, leftovers map[*bulkToken]HardwareOathToken) {
	var free, waiting []*bulkToken
	for _, t := range stillOpen(r.tokens) {
		if _, held := leftovers[t]; held {
			waiting = append(waiting, t)
		} else {
			free = append(free, t)
		}
	}
	r.deliver(ctx, free)
	if len(waiting) > 0 && r.stop == nil {
		r.waitForDeletions(ctx, leftovers)
		r.deliver(ctx, stillOpen(waiting))
	}
}

// deliver sends the tokens, request by request, and tells how far it has come.
func (r *bulkRun) deliver(ctx context.Context, tokens []*bulkToken) {
	for len(tokens) > 0 && r.stop == nil {
		n := min(r.size, len(tokens))
		r.send(ctx, tokens[:n])
		tokens = tokens[n:]
		if r.progress != nil {
			r.progress(len(r.tokens)-len(stillOpen(r.tokens)), len(r.tokens))
		}
	}
}

// submit sends the tokens in requests of the size that Graph takes. It reports
// whether each request was accepted as it was.
func (r *bulkRun) submit(ctx context.Context, tokens []*bulkToken) (whole bool) {
	whole = true
	for len(tokens) > 0 && r.stop == nil {
		n := min(r.size, len(tokens))
		whole = r.send(ctx, tokens[:n]) && whole
		tokens = tokens[n:]
	}
	return whole && r.stop == nil
}

// send makes one request of the tokens and sees it through to the end: again
// where its answer was lost, in halves where it was refused.
func (r *bulkRun) send(ctx context.Context, tokens []*bulkToken) (whole bool) {
	for attempt := 0; r.stop == nil; attempt++ {
		tokens = stillOpen(tokens)
		if len(tokens) == 0 {
			return false
		}
		if ctx.Err() != nil {
			r.stop = &WaitError{Err: ctx.Err()}
			return false
		}
		failed, err := r.client.patchTokens(ctx, specsOf(tokens))
		switch {
		case err == nil:
			r.accept(tokens, failed)
			return attempt == 0
		case isBulkRefusal(err):
			r.refused(ctx, tokens, err)
			return false
		case isAnswerLost(err):
			r.lost(ctx, tokens, err, attempt)
		default: // it would be said of every other request too
			r.stop = err
		}
	}
	return false
}

func specsOf(tokens []*bulkToken) []NewHardwareOathToken {
	specs := make([]NewHardwareOathToken, len(tokens))
	for i, t := range tokens {
		specs[i] = t.spec
	}
	return specs
}

// isBulkRefusal reports whether Graph said no for a reason that lies in the
// request, its size among them.
func isBulkRefusal(err error) bool {
	return isRefusal(err) || hasStatus(err, http.StatusRequestEntityTooLarge)
}

func (r *bulkRun) accept(tokens []*bulkToken, failed map[string]error) {
	for _, t := range tokens {
		if err := failed[t.spec.SerialNumber]; err != nil {
			t.refuse(err)
		} else if t.accept() {
			r.atomic = true
		}
	}
}

// refused finds the tokens that a request was refused for: k bad ones in n cost
// about 2k·log2(n/k) requests. A refused request may have made its good tokens
// all the same; then its halves would be refused down to the last token, which
// the tenant is asked about first.
func (r *bulkRun) refused(ctx context.Context, tokens []*bulkToken, err error) {
	if len(tokens) == 1 {
		tokens[0].refuse(err)
		if r.inDoubt(tokens[0]) && !r.looked {
			r.looked = true
			r.partial = r.adopt(ctx, r.tokens, 0) > 0
		}
		return
	}
	// After a lost answer the refusal may say that the tokens are there, not yet visible.
	window := time.Duration(0)
	unclear := &doubt{said: wordsOf(err, tokens)}
	for _, t := range tokens {
		if t.mayStillAppear() {
			window = r.client.settleWindow
		}
		t.doubts = append(t.doubts, unclear)
	}
	if (window > 0 || r.partial) && r.adopt(ctx, tokens, window) > 0 {
		r.submit(ctx, stillOpen(tokens))
		return
	}
	half := (len(tokens) + 1) / 2
	if hasStatus(err, http.StatusRequestEntityTooLarge) {
		r.size = min(r.size, half)
	}
	first := r.submit(ctx, tokens[:half])
	if second := r.submit(ctx, tokens[half:]); first && second {
		// No token was bad: it was their number.
		r.size = min(r.size, half)
	}
}

// lost finds out what became of a request whose answer was lost, and leaves
// open what is to be sent again.
func (r *bulkRun) lost(ctx context.Context, tokens []*bulkToken, err error, attempt int) {
	unclear := &doubt{lost: err}
	for _, t := range tokens {
		t.doubts = append(t.doubts, unclear)
	}
	tenant := r.look(ctx, tokens, r.client.settleWindow)
	for _, t := range stillOpen(tokens) {
		if rival := r.rivalOf(t, tenant); rival != nil {
			t.err = r.taken(*rival, err)
		}
	}
	tokens = stillOpen(tokens)
	if len(tokens) == 0 || r.stop != nil {
		return
	}
	if attempt >= r.client.transport.maxRetries {
		for _, t := range tokens {
			t.err = &LostAnswerError{SerialNumber: t.spec.SerialNumber, Err: err}
		}
		r.stop = err
		return
	}
	tflog.Debug(ctx, "sending the creations again", map[string]any{"tokens": len(tokens), "attempt": attempt + 2})
	if waitErr := waitToRetry(ctx, attempt, err); waitErr != nil {
		r.stop = waitErr
	}
}
