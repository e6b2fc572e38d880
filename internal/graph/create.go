package graph

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// settleTimeout bounds the look-up that follows a lost answer when Terraform is
// interrupted, or the operation's time is up.
const settleTimeout = 15 * time.Second

// CreateHardwareOathToken makes a token: one POST, and nothing else when Graph
// answers it. A creation is never replayed blindly. When its answer is lost the
// serial number tells what happened: the token is there as asked for, and is
// adopted (recovered is true; its seed can't be compared), or it is not there,
// and the POST is sent again.
//
// Errors: [AlreadyExistsError] for a serial number that is taken,
// [LostAnswerError] when the outcome could not be settled, and those of the
// transport.
func (c *Client) CreateHardwareOathToken(ctx context.Context, spec NewHardwareOathToken) (token HardwareOathToken, recovered bool, err error) {
	defer c.lockSerialNumber(spec.SerialNumber)()
	defer c.writing()()
	var lost error // of this or an earlier attempt
	end := time.Now().Add(c.visibilityWindow)
	for attempt := 0; ; attempt++ {
		token, err := c.postToken(ctx, spec)
		if err == nil {
			c.noteCreation(token)
			return token, false, nil
		}
		refused := isRefusal(err)
		switch {
		case isAnswerLost(err):
			lost = err
		case !refused:
			return HardwareOathToken{}, false, orLost(spec, lost, err)
		}
		existing, lookupErr := c.lookUp(ctx, spec, lost != nil, refused)
		leftover := existing != nil && c.wasDeleted(existing.ID)
		switch {
		case lookupErr != nil && lost != nil:
			return HardwareOathToken{}, false, orLost(spec, lost, lookupErr)
		case lookupErr != nil, existing == nil && refused:
			return HardwareOathToken{}, false, orLost(spec, lost, err)
		case existing == nil && attempt >= c.transport.maxRetries:
			return HardwareOathToken{}, false, &LostAnswerError{SerialNumber: spec.SerialNumber, Err: lost}
		case existing != nil && !leftover && lost != nil && existing.matches(spec) && c.madeAt(existing.ID).IsZero():
			c.noteCreation(*existing)
			return *existing, true, nil
		case existing != nil && !leftover, leftover && time.Now().After(end):
			return HardwareOathToken{}, false, &AlreadyExistsError{Existing: *existing, MadeHere: !c.madeAt(existing.ID).IsZero(), Err: err}
		}
		// Not there, or there only because our own deletion has not spread yet.
		tflog.Debug(ctx, "sending the creation again", map[string]any{"serial_number": spec.SerialNumber, "attempt": attempt + 2})
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return HardwareOathToken{}, false, orLost(spec, lost, waitErr)
		}
	}
}

// orLost keeps the news that an earlier answer was lost: the token may exist
// whatever the later error says.
func orLost(spec NewHardwareOathToken, lost, err error) error {
	if lost == nil {
		return err
	}
	return &LostAnswerError{SerialNumber: spec.SerialNumber, Err: lost, Then: err}
}

func (c *Client) postToken(ctx context.Context, spec NewHardwareOathToken) (HardwareOathToken, error) {
	device, err := c.devices().Post(ctx, spec.toSDK(), nil)
	if err != nil {
		return HardwareOathToken{}, maskSecret(plain(err), spec)
	}
	if device == nil || value(device.GetId()) == "" {
		return HardwareOathToken{}, &NoAnswerError{
			Method: "POST", Path: devicesPath, Sent: true, Attempts: 1,
			Err: errors.New("the creation was answered without a token"),
		}
	}
	return tokenFromSDK(device), nil
}

// maskSecret passes Graph's words on, but not with a seed in them.
func maskSecret(err error, spec NewHardwareOathToken) error {
	var refused *Error
	if errors.As(err, &refused) && spec.SecretKey != "" {
		refused.Message = strings.ReplaceAll(refused.Message, spec.SecretKey, "(the secret)")
	}
	return err
}

// lookUp finds the token that has the serial number of spec; nil when there is
// none. After a lost answer it prefers the one that spec asked for and keeps
// looking for a while, since a token that was made may not be visible yet: for
// the settle window, or for the whole visibility window when Graph's refusal
// says that it must be there. A token that we deleted ourselves is passed over
// when there is another.
func (c *Client) lookUp(ctx context.Context, spec NewHardwareOathToken, lost, refused bool) (*HardwareOathToken, error) {
	ctx, cancel := outlive(ctx, settleTimeout)
	defer cancel()
	window := time.Duration(0)
	switch {
	case lost && refused:
		window = c.visibilityWindow
	case lost:
		window = c.settleWindow
	}
	start := time.Now()
	for attempt := 0; ; attempt++ {
		found, err := c.findFresh(ctx, spec.SerialNumber)
		if err != nil {
			return nil, err
		}
		var other, leftover *HardwareOathToken
		for _, token := range found {
			switch {
			case c.wasDeleted(token.ID):
				leftover = &token
			case lost && token.matches(spec):
				return &token, nil
			case refused || token.SerialNumber == spec.SerialNumber:
				other = &token
			}
		}
		// A token of somebody else, or one that is on its way out, explains a refusal.
		age := time.Since(start)
		if age >= window || other != nil && age >= c.settleWindow || other == nil && leftover != nil && refused {
			return cmp.Or(other, leftover), nil
		}
		pause := min(backoffFirst<<min(attempt, 2), max(window-age, 10*time.Millisecond))
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// outlive is ctx for finding out what became of something that has been sent:
// it ends a while later, since an interrupt does not make that less worth knowing.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if deadline, ok := ctx.Deadline(); ok {
		longer, cancel = context.WithDeadline(longer, deadline.Add(grace))
	}
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}
