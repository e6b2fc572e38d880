package graph

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/microsoftgraph/msgraph-beta-sdk-go/models"
)

// AssignHardwareOathToken gives a token to a user, who is named by object id or
// user principal name: one POST, and one GET that tells who the user is and what
// the token is like.
//
// An assignment whose answer was lost is looked up before it is sent again; one
// that Graph has refused clearly is never adopted, even when that very user
// holds the token. A refusal of a token that this client made, or took back from
// another user, a moment ago is waited out.
//
// Errors: [AssignmentError] for a refusal, with what could be found out about its
// reason, and for an outcome that could not be settled; [UnconfirmedError] when
// the token is assigned and could not be read; and those of the transport.
func (c *Client) AssignHardwareOathToken(ctx context.Context, ref HardwareOathTokenRef, userID string) (HardwareOathToken, error) {
	defer c.lockSerialNumber(strings.ToLower(ref.ID))()
	defer c.writing(ref.ID)()
	a := &assignment{client: c, ref: ref, userID: userID, start: time.Now(), adoptable: c.assignedAt(ref.ID).IsZero()}
	if a.ref.CreatedAt.IsZero() {
		a.ref.CreatedAt = c.madeAt(ref.ID)
	}
	for attempt := 0; ; attempt++ {
		err := a.post(ctx)
		if err == nil {
			c.noteAssignment(ref.ID, userID)
			token, err := a.confirm(ctx)
			if err == nil {
				c.noteHolder(token)
			}
			return token, err
		}
		token, again, err := a.settle(ctx, err)
		if err == nil {
			c.noteAssignment(ref.ID, userID)
			c.noteHolder(token)
			return token, nil
		}
		if !again {
			return HardwareOathToken{}, err
		}
		tflog.Debug(ctx, "sending the assignment again", map[string]any{"token_id": ref.ID, "attempt": attempt + 2})
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return HardwareOathToken{}, a.orLost(waitErr)
		}
	}
}

// assignment is one call of AssignHardwareOathToken.
type assignment struct {
	client    *Client
	ref       HardwareOathTokenRef
	userID    string
	start     time.Time
	adoptable bool  // not assigned by this client before: then it would be another resource's
	lost      error // what happened to the answer of this or an earlier attempt
	losses    int
}

func (a *assignment) post(ctx context.Context) error {
	device, method := models.NewHardwareOathTokenAuthenticationMethodDevice(), models.NewHardwareOathAuthenticationMethod()
	device.SetId(&a.ref.ID)
	// The API page sends the device's id and nothing else.
	device.SetOdataType(nil)
	method.SetOdataType(nil)
	method.SetDevice(device)
	// The answer's body holds nothing that is not known; a page in its place would be an error.
	_, err := a.client.methods(a.userID).Post(ctx, method, nil)
	return plain(err)
}

// confirm reads the token until Graph shows it as assigned. An interrupt does
// not make it less worth knowing who has it now.
func (a *assignment) confirm(ctx context.Context) (HardwareOathToken, error) {
	ctx, cancel := outlive(ctx, settleTimeout)
	defer cancel()
	end := time.Now().Add(a.client.visibilityWindow)
	for attempt := 0; ; attempt++ {
		token, err := a.client.freshToken(ctx, a.ref.ID)
		switch {
		case err != nil && !IsNotFound(err):
			return HardwareOathToken{}, &UnconfirmedError{UserID: a.userID, TokenID: a.ref.ID, Err: err}
		case err == nil && token.AssignedTo != nil && !a.readsAsBefore(ctx, token):
			if isObjectID(a.userID) && !strings.EqualFold(a.userID, token.AssignedTo.ID) {
				return HardwareOathToken{}, &AssignmentError{
					UserID: a.userID, TokenID: a.ref.ID, Token: &token, Methods: -1,
					Err: errors.New("it was assigned, and taken by somebody else a moment later"),
				}
			}
			return token, nil
		case err == nil:
			err = errors.New("the assignment was answered, and the token does not read as assigned yet")
		}
		if time.Now().After(end) {
			return HardwareOathToken{}, &UnconfirmedError{UserID: a.userID, TokenID: a.ref.ID, Err: err}
		}
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return HardwareOathToken{}, &UnconfirmedError{UserID: a.userID, TokenID: a.ref.ID, Err: waitErr}
		}
	}
}

// readsAsBefore reports whether the token still reads as held by the user whom
// it was taken from, unless it was given back to that very user. Who a user
// principal name is, the token among that user's methods tells: one GET.
func (a *assignment) readsAsBefore(ctx context.Context, token HardwareOathToken) bool {
	if !a.client.isStale(token) {
		return false
	}
	holder := a.userID
	if !isObjectID(holder) {
		method, err := a.client.GetHardwareOathMethod(ctx, a.userID, a.ref.ID)
		if err != nil || method.Token.AssignedTo == nil {
			return true
		}
		holder = method.Token.AssignedTo.ID
	}
	return !strings.EqualFold(holder, token.AssignedTo.ID)
}

// settle finds out what an assignment that was not answered well has left
// behind: nil when the user has the token, else whether to send it again.
func (a *assignment) settle(ctx context.Context, err error) (token HardwareOathToken, again bool, _ error) {
	c := a.client
	ctx, cancel := outlive(ctx, settleTimeout)
	defer cancel()
	switch {
	case isAnswerLost(err):
		a.lost = err
		a.losses++
	case IsForbidden(err):
		return token, false, a.explain(ctx, err, nil)
	case !isRefusal(err) && !IsNotFound(err):
		return token, false, a.orLost(err)
	}
	found, lookErr := a.look(ctx, isRefusal(err))
	switch {
	case lookErr != nil && a.lost != nil:
		return token, false, a.orLost(lookErr)
	case lookErr != nil:
		return token, false, a.orLost(err)
	case found != nil && found.AssignedTo != nil && !c.isStale(*found):
		ours, askErr := a.isOurs(ctx, *found)
		if ours && a.lost != nil && a.adoptable {
			return *found, false, nil
		}
		if askErr != nil && a.lost != nil {
			return token, false, a.orLost(askErr)
		}
		return token, false, &AssignmentError{UserID: a.userID, TokenID: a.ref.ID, Token: found, SameUser: ours, Methods: -1, Err: err}
	}
	// Nobody has it, as far as Graph shows.
	age := time.Since(a.start)
	switch {
	case isAnswerLost(err):
		again = a.losses <= c.transport.maxRetries
	case found == nil: // its id is not in the path but in the body, so this may be a 400
		again = !a.ref.CreatedAt.IsZero() && time.Since(a.ref.CreatedAt).Abs() < c.visibilityWindow && age < c.visibilityWindow
	case IsNotFound(err):
		again = age < c.settleWindow // the user may be as new
	case c.takenBack(a.ref.ID):
		again = age < c.settleWindow || found != nil && c.isStale(*found)
	}
	if again {
		return token, true, err
	}
	return token, false, a.explain(ctx, err, found)
}

// look reads the token until somebody new has it. After a lost answer it keeps
// looking for a while: for the settle window, or for the whole visibility window
// when Graph's refusal suggests that the assignment was carried out.
func (a *assignment) look(ctx context.Context, refused bool) (*HardwareOathToken, error) {
	window := time.Duration(0)
	switch {
	case a.lost != nil && refused:
		window = a.client.visibilityWindow
	case a.lost != nil:
		window = a.client.settleWindow
	}
	start := time.Now()
	for attempt := 0; ; attempt++ {
		token, err := a.client.freshToken(ctx, a.ref.ID)
		age := time.Since(start)
		switch {
		case err != nil && !IsNotFound(err):
			return nil, err
		case err == nil && (age >= window || token.AssignedTo != nil && !a.client.isStale(token)):
			return &token, nil
		case age >= window:
			return nil, nil
		}
		if err := sleep(ctx, min(backoffFirst<<min(attempt, 2), max(window-age, 10*time.Millisecond))); err != nil {
			return nil, err
		}
	}
}

// isOurs reports whether the token's holder is the user of this assignment.
func (a *assignment) isOurs(ctx context.Context, token HardwareOathToken) (bool, error) {
	switch {
	case strings.EqualFold(token.AssignedTo.ID, a.userID):
		return true, nil
	case isObjectID(a.userID):
		return false, nil
	default:
		return a.client.HoldsHardwareOathToken(ctx, a.userID, token.ID)
	}
}

// explain adds what can be found out about a refusal. Its codes are documented
// nowhere, so what is the case is looked up: nothing is taken from Graph's words.
func (a *assignment) explain(ctx context.Context, err error, found *HardwareOathToken) error {
	e := &AssignmentError{UserID: a.userID, TokenID: a.ref.ID, Token: found, Methods: -1, Lost: a.lost, Err: err}
	e.TokenMissing = found == nil && (isRefusal(err) || IsNotFound(err)) // it was looked for
	if IsForbidden(err) || isRefusal(err) && found != nil {
		e.Disabled = a.client.methodIsDisabled(ctx)
	}
	if found != nil && (isRefusal(err) || IsNotFound(err)) {
		methods, listErr := a.client.ListHardwareOathMethods(ctx, a.userID)
		e.UserMissing = IsNotFound(listErr)
		if listErr == nil {
			e.Methods = len(methods)
		}
	}
	return e
}

// orLost keeps the news that an earlier answer was lost: the token may be
// assigned whatever the later error says.
func (a *assignment) orLost(err error) error {
	if a.lost == nil {
		return err
	}
	return &AssignmentError{UserID: a.userID, TokenID: a.ref.ID, Methods: -1, Lost: a.lost, Err: err}
}

// isObjectID reports whether a user is named by object id.
func isObjectID(user string) bool {
	return len(user) == len(uuid.Nil.String()) && uuid.Validate(user) == nil
}

// UnassignHardwareOathToken takes a token back from a user, named by object id,
// or by user principal name where that is all that is known: one DELETE. The
// token returns to the inventory. That the user does not have it is no error.
func (c *Client) UnassignHardwareOathToken(ctx context.Context, tokenID, userID string) error {
	defer c.writing(tokenID)()
	start := time.Now()
	for attempt := 0; ; attempt++ {
		err := plain(c.methods(userID).ByHardwareOathAuthenticationMethodId(tokenID).Delete(ctx, nil))
		if err == nil {
			c.noteUnassignment(tokenID, userID)
			return nil
		}
		if !IsNotFound(err) {
			return err
		}
		// Not the user's any more, or the assignment is so new that it does not show everywhere.
		token, lookErr := c.freshToken(ctx, tokenID)
		age := time.Since(start)
		switch {
		case IsNotFound(lookErr), lookErr == nil && token.AssignedTo == nil:
			c.noteUnassignment(tokenID, userID)
			return nil
		case lookErr != nil:
			return lookErr
		case !strings.EqualFold(token.AssignedTo.ID, userID) && (isObjectID(userID) || age > c.settleWindow):
			c.noteUnassignment(tokenID, userID)
			return nil
		case age > c.visibilityWindow, age > c.settleWindow && c.isNoUser(ctx, userID):
			return err
		}
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return waitErr
		}
	}
}

// isNoUser reports whether Graph knows no such user, as after the account was deleted.
func (c *Client) isNoUser(ctx context.Context, userID string) bool {
	_, err := c.ListHardwareOathMethods(ctx, userID)
	return IsNotFound(err)
}

// HardwareOathAssignmentRef names an assignment that is known to have been made.
type HardwareOathAssignmentRef struct {
	TokenID string
	// UserID is the user's object id; "" when it is not known.
	UserID string
	// AssignedAt is when the assignment was answered; zero when that is unknown or
	// long ago. For a while after it, a token that reads as free is waited for.
	AssignedAt time.Time
	// Confirmed is true when the token has read as assigned since: then it is
	// waited for in case that another server answers, and not for long.
	Confirmed bool
}

// GetAssignedHardwareOathToken reads the token of an assignment: one GET. Who
// holds it, or that nobody does, is for the caller to see; while the assignment
// is young Graph may not show it yet, and is asked again.
func (c *Client) GetAssignedHardwareOathToken(ctx context.Context, ref HardwareOathAssignmentRef) (HardwareOathToken, error) {
	start := time.Now()
	token, err := c.GetHardwareOathToken(ctx, HardwareOathTokenRef{ID: ref.TokenID})
	for attempt := 0; time.Since(ref.AssignedAt).Abs() < c.visibilityWindow; attempt++ {
		if ref.Confirmed && attempt > 0 && time.Since(start) > c.settleWindow {
			break
		}
		switch {
		case err != nil && !IsNotFound(err):
			return token, err
		case err == nil && token.AssignedTo != nil && (ref.UserID == "" || strings.EqualFold(ref.UserID, token.AssignedTo.ID)):
			return token, nil
		}
		last := err
		if last == nil {
			last = errors.New("the token was assigned a moment ago and does not read as assigned yet")
		}
		if waitErr := waitToRetry(ctx, min(attempt, 2), last); waitErr != nil {
			return token, waitErr
		}
		token, err = c.freshToken(ctx, ref.TokenID)
	}
	return token, err
}
