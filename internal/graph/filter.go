package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// HardwareOathTokenFilter says which tokens are wanted: those that have all
// that is set. The zero value wants every token.
type HardwareOathTokenFilter struct {
	Status                string
	Manufacturer          string
	Model                 string
	HashFunction          string
	TimeIntervalInSeconds int64
	// AssignedTo is the object id of the user who holds the token.
	AssignedTo string
}

// OData is the filter as Graph reads it in $filter; "" for the zero value.
func (f HardwareOathTokenFilter) OData() string {
	var terms []string
	text := func(property, value string) {
		if value != "" {
			terms = append(terms, equals(property, value))
		}
	}
	text("status", f.Status)
	text("manufacturer", f.Manufacturer)
	text("model", f.Model)
	text("hashFunction", f.HashFunction)
	if f.TimeIntervalInSeconds != 0 {
		terms = append(terms, fmt.Sprintf("timeIntervalInSeconds eq %d", f.TimeIntervalInSeconds))
	}
	// A guess: the API page says that assignedTo can be filtered, and not how.
	text("assignedTo/id", f.AssignedTo)
	return strings.Join(terms, " and ")
}

// equals is one term of an OData filter.
func equals(property, text string) string {
	return fmt.Sprintf("%s eq '%s'", property, strings.ReplaceAll(text, "'", "''"))
}

// Matches reports whether the token is wanted. Texts may differ in case:
// whether case matters to Graph is not documented, and what Graph takes for
// equal is. A value that Graph did not tell, or that we do not know, matches
// nothing that is set.
func (f HardwareOathTokenFilter) Matches(token HardwareOathToken) bool {
	same := func(want, got string) bool { return want == "" || strings.EqualFold(want, got) }
	return same(f.Status, token.Status) &&
		same(f.Manufacturer, token.Manufacturer) &&
		same(f.Model, token.Model) &&
		same(f.HashFunction, token.HashFunction) &&
		(f.TimeIntervalInSeconds == 0 || f.TimeIntervalInSeconds == token.TimeIntervalInSeconds) &&
		same(f.AssignedTo, value(token.AssignedTo).ID)
}

// ListHardwareOathTokensBy lists the tokens that match, sorted by serial number
// and each one once: one GET per page, with the filter in $filter; without a
// filter one list serves all that ask. It is one more, once for each client, where Graph refuses to filter by user. A token
// that this client made a short while ago is waited for; one that it has deleted
// is not among them, even while Graph shows it.
func (c *Client) ListHardwareOathTokensBy(ctx context.Context, filter HardwareOathTokenFilter) ([]HardwareOathToken, error) {
	listed, err := c.listWithOurs(ctx, filter, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	matching := make([]HardwareOathToken, 0, len(listed))
	for _, token := range listed {
		// A service that passes over the filter must not hand out strangers' tokens.
		if filter.Matches(token) && !c.wasDeleted(token.ID) {
			matching = append(matching, token)
		}
	}
	tflog.Debug(ctx, "listed tokens", map[string]any{"answered": len(listed), "matching": len(matching)})
	slices.SortFunc(matching, func(a, b HardwareOathToken) int {
		return cmp.Or(cmp.Compare(a.SerialNumber, b.SerialNumber), cmp.Compare(a.ID, b.ID))
	})
	// A list that grows while it is read can show a token on two pages.
	return slices.CompactFunc(matching, func(a, b HardwareOathToken) bool {
		return a.SerialNumber == b.SerialNumber && a.ID == b.ID
	}), nil
}

// listWithOurs lists until every token is shown that this client made a short
// while ago and that matters, by its id or its serial number. Only the whole list
// tells a token that does not match from one that Graph does not show yet.
func (c *Client) listWithOurs(ctx context.Context, filter HardwareOathTokenFilter, matters func(name string) bool) ([]HardwareOathToken, error) {
	for attempt := 0; ; attempt++ {
		ours := slices.DeleteFunc(c.allMadeLately(), func(name string) bool { return !matters(name) })
		if len(ours) == 0 {
			return c.listBy(ctx, filter)
		}
		listed, err := c.ListHardwareOathTokens(ctx, "")
		if err != nil {
			return nil, err
		}
		shown := make(map[string]bool, 2*len(listed))
		for _, token := range listed {
			shown[token.ID], shown[token.SerialNumber] = true, true
		}
		missing := slices.IndexFunc(ours, func(name string) bool { return !shown[name] })
		if missing < 0 {
			return listed, nil
		}
		pause := backoffFirst << min(attempt, 4)
		if err := sleep(ctx, pause); err != nil {
			return nil, &WaitError{Wait: pause, Last: fmt.Errorf("the token %q was made a moment ago and is not listed yet", ours[missing]), Err: err}
		}
	}
}

// listBy is the one place where the filtered list is asked for. The answer may
// hold more than what matches, and is not the caller's to change.
func (c *Client) listBy(ctx context.Context, filter HardwareOathTokenFilter) ([]HardwareOathToken, error) {
	if filter == (HardwareOathTokenFilter{}) {
		return c.listAll(ctx, 0)
	}
	anybody := filter
	anybody.AssignedTo = ""
	if c.byUserRefused.Load() {
		return c.ListHardwareOathTokens(ctx, anybody.OData())
	}
	listed, refusal := c.ListHardwareOathTokens(ctx, filter.OData())
	if filter.AssignedTo == "" || !hasStatus(refusal, http.StatusBadRequest, http.StatusNotImplemented) {
		return listed, refusal
	}
	listed, err := c.ListHardwareOathTokens(ctx, anybody.OData())
	var answer *Error
	if err == nil && errors.As(refusal, &answer) {
		c.byUserRefused.Store(true)
		tflog.Warn(ctx, "graph refused to filter tokens by user: they are listed without that and filtered here", map[string]any{
			"status": answer.Status, "code": answer.Code, "request_id": answer.RequestID, "client_request_id": answer.ClientRequestID,
		})
	}
	return listed, err
}

// listAll is the whole list as it was when nothing was written since, and begun
// at most age ago; 0 takes any of this run. It is not the caller's to change.
func (c *Client) listAll(ctx context.Context, age time.Duration) ([]HardwareOathToken, error) {
	listed, err := c.inventory.AllRecent(ctx, age)
	if err != nil && mayRetry(reads, err) && ctx.Err() == nil {
		return c.ListHardwareOathTokens(ctx, "") // with all its retries
	}
	return listed, plain(err)
}
