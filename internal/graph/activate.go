package graph

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/microsoftgraph/msgraph-beta-sdk-go/users"
)

// Code gives the code that a token shows at a moment.
type Code func(interval time.Duration, hashFunction string, at time.Time) (string, error)

// Activation is what activates a token that a user holds. One of Code and
// VerificationCode is needed.
type Activation struct {
	// UserID is the user who holds the token, by object id or user principal name.
	UserID string
	// Token is the token as it was read a moment ago: its own interval and hash
	// function make the code. [Client.GetAssignedHardwareOathToken] reads it.
	Token HardwareOathToken
	// Code computes the code from the seed, which stays with the caller.
	Code Code
	// VerificationCode is a code that was read off the token.
	VerificationCode string
	// DisplayName names the token; nil leaves the name as it is.
	DisplayName *string
	// AssignedAt is when the token was assigned; for a while after it, 404 is
	// "not yet". Zero when that is unknown or long ago.
	AssignedAt time.Time
}

// ActivateHardwareOathToken activates a token that a user holds: one POST, and
// none when it is activated and bears the name. It returns the token as it is
// afterwards, as far as that is known, with an error too.
//
// A computed code is timed by Graph's clock, is never sent near the end of its
// step, and when it is refused is followed by one other, of the next step. When
// an answer is lost the token is looked at before another code is sent.
//
// Errors: [ActivationError] for a code that Graph refuses, and those of the
// transport. The code is in none of them.
func (c *Client) ActivateHardwareOathToken(ctx context.Context, a Activation) (HardwareOathToken, error) {
	if a.isDone(a.Token) {
		return a.Token, nil
	}
	if a.AssignedAt.IsZero() {
		a.AssignedAt = c.assignedAt(a.Token.ID)
	}
	if err := a.check(); err != nil {
		return a.Token, err
	}
	defer c.writing(a.Token.ID)()
	run := activationRun{Activation: a, client: c, lastStep: -1}
	for attempt := 0; ; attempt++ {
		code, err := run.code(ctx)
		if err != nil {
			if run.last != nil {
				_ = run.look(ctx, 0) // what the codes before have made of the token
			}
			return run.Token, err
		}
		err = run.post(ctx, code)
		if err == nil {
			run.Token.Status = StatusActivated
			if a.DisplayName != nil {
				run.Token.DisplayName = a.DisplayName
			}
			return run.Token, nil
		}
		run.last = err
		token, again, err := run.settle(ctx, err, attempt)
		if !again {
			return token, err
		}
		tflog.Debug(ctx, "activating again", map[string]any{"token_id": a.Token.ID, "attempt": attempt + 2})
		if !isRefusal(err) {
			if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
				return run.Token, waitErr
			}
		}
	}
}

// isDone reports whether nothing is left to do.
func (a Activation) isDone(token HardwareOathToken) bool {
	return token.Status == StatusActivated && (a.DisplayName == nil || value(token.DisplayName) == *a.DisplayName)
}

// check refuses to guess what a code is made of, and a code that is none: Graph
// notes each wrong one.
func (a Activation) check() error {
	switch {
	case a.VerificationCode != "" && (len(a.VerificationCode) != 6 || strings.Trim(a.VerificationCode, "0123456789") != ""):
		return errors.New("the verification code is not six digits, and was not sent")
	case a.VerificationCode != "":
		return nil
	case a.Code == nil:
		return errors.New("there is neither a seed nor a verification code to activate the token with")
	case a.Token.HashFunction == "":
		return errors.New("no code can be computed, because Microsoft Graph names no hash function for the token that this version of the provider knows")
	case a.Token.TimeIntervalInSeconds <= 0:
		return fmt.Errorf("no code can be computed, because Microsoft Graph gives the token a time interval of %d seconds", a.Token.TimeIntervalInSeconds)
	default:
		return nil
	}
}

// activationRun is one call of ActivateHardwareOathToken.
type activationRun struct {
	Activation
	client   *Client
	codes    []string // that were sent, to keep them out of errors
	step     int64    // of the code that was sent last
	lastStep int64    // the last step whose code is used up
	refusals int
	losses   int
	last     error // what became of the code that was sent last
}

// code waits for its moment and gives the code to send. Our own rate limit is
// waited for first: a code must not grow old in a queue.
func (r *activationRun) code(ctx context.Context) (string, error) {
	t := r.client.transport
	if err := t.turn(ctx, r.last); err != nil {
		return "", err
	}
	if r.VerificationCode != "" {
		return r.VerificationCode, nil
	}
	interval := time.Duration(r.Token.TimeIntervalInSeconds) * time.Second
	now := t.clock.now()
	// An answer that comes meanwhile may correct the clock, so that there is more to wait.
	for wait := untilCode(now, interval, r.lastStep); wait > 0; wait = untilCode(now, interval, r.lastStep) {
		tflog.Debug(ctx, "waiting for the token's next time step", map[string]any{"token_id": r.Token.ID, "wait_ms": wait.Milliseconds()})
		if err := t.clock.local.Sleep(ctx, wait); err != nil {
			last := r.last
			if last == nil {
				last = errors.New("the token's next code was being waited for")
			}
			return "", &WaitError{Wait: wait, Last: last, Err: err}
		}
		now = t.clock.now()
	}
	r.step = stepAt(now, interval)
	return r.Code(interval, r.Token.HashFunction, now)
}

func (r *activationRun) post(ctx context.Context, code string) error {
	body := users.NewItemAuthenticationHardwareOathMethodsItemActivatePostRequestBody()
	body.SetVerificationCode(&code)
	if r.DisplayName != nil {
		body.SetDisplayName(r.DisplayName)
	}
	err := plain(r.client.methods(r.UserID).ByHardwareOathAuthenticationMethodId(r.Token.ID).Activate().Post(onceOnly(ctx), body, nil))
	// Graph's words are passed on, but not with a code in them.
	var refused *Error
	r.codes = append(r.codes, code)
	if errors.As(err, &refused) {
		for _, sent := range r.codes {
			refused.Message = strings.ReplaceAll(refused.Message, sent, "(the code)")
		}
	}
	return err
}

// settle decides what follows a code that was not answered well: nil when the
// token is activated all the same, else whether to send another.
func (r *activationRun) settle(ctx context.Context, err error, attempt int) (token HardwareOathToken, again bool, _ error) {
	c := r.client
	switch {
	case isAnswerLost(err):
		r.losses++
		r.lastStep = r.step
		if lookErr := r.look(ctx, c.settleWindow); lookErr != nil {
			return r.Token, false, lookErr
		}
		if r.isDone(r.Token) {
			return r.Token, false, nil
		}
		return r.Token, r.losses <= c.transport.maxRetries, err
	case isRefusal(err):
		r.refusals++
		r.lastStep = r.step
		if r.VerificationCode == "" && r.refusals < 2 && r.losses == 0 {
			return r.Token, true, err
		}
		return r.refused(ctx, err)
	case IsNotFound(err):
		young := time.Since(r.AssignedAt).Abs() < c.visibilityWindow
		return r.Token, young, err
	case mayRetry(creates, err):
		return r.Token, attempt < c.transport.maxRetries, err
	default:
		return r.Token, false, err
	}
}

// refused ends with what the token has become, since Graph notes a code that is
// wrong. After a lost answer the refused code may be one too many.
func (r *activationRun) refused(ctx context.Context, err error) (HardwareOathToken, bool, error) {
	lost := r.losses > 0
	window := time.Duration(0)
	if lost {
		window = r.client.settleWindow
	}
	lookErr := r.look(ctx, window)
	if lookErr == nil && r.isDone(r.Token) {
		return r.Token, false, nil
	}
	if lost && r.VerificationCode == "" && r.refusals < 2 {
		return r.Token, true, err
	}
	ahead, known := r.client.transport.clock.ahead()
	return r.Token, false, &ActivationError{
		Token: r.Token, Computed: r.VerificationCode == "", Refusals: r.refusals, TokenMissing: IsNotFound(lookErr),
		ClockKnown: known, Ahead: ahead, Err: err,
	}
}

// look reads the token, and for a while again until something has become of the code.
func (r *activationRun) look(ctx context.Context, window time.Duration) error {
	ctx, cancel := outlive(ctx, settleTimeout)
	defer cancel()
	start := time.Now()
	for attempt := 0; ; attempt++ {
		token, err := r.client.freshToken(ctx, r.Token.ID)
		if err != nil {
			return err
		}
		r.Token = token
		age := time.Since(start)
		if r.isDone(token) || token.Status == StatusFailedActivation || age >= window {
			return nil
		}
		if err := sleep(ctx, min(backoffFirst<<min(attempt, 2), max(window-age, 10*time.Millisecond))); err != nil {
			return err
		}
	}
}

// DeactivateHardwareOathToken makes a token that a user holds unusable until it
// is activated again: one POST. The user keeps it. A token that is not activated
// is no error.
func (c *Client) DeactivateHardwareOathToken(ctx context.Context, userID, tokenID string) error {
	defer c.writing(tokenID)()
	for attempt := 0; ; attempt++ {
		err := plain(c.methods(userID).ByHardwareOathAuthenticationMethodId(tokenID).Deactivate().Post(ctx, nil))
		lost, refused := isAnswerLost(err), isRefusal(err)
		if !lost && !refused {
			return err
		}
		// Done without an answer, or nothing to do.
		longer, cancel := outlive(ctx, settleTimeout)
		token, lookErr := c.freshToken(longer, tokenID)
		cancel()
		switch {
		case lookErr == nil && token.Status != StatusActivated && token.Status != "":
			return nil
		case refused, lookErr != nil, attempt >= c.transport.maxRetries:
			return err
		}
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return waitErr
		}
	}
}
