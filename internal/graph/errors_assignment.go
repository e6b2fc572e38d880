package graph

import (
	"fmt"
	"time"
)

// AssignmentError is an assignment that Graph has refused, or whose outcome
// could not be settled, with what could be found out about the reason.
type AssignmentError struct {
	// UserID is the user as the caller named it; TokenID is the token.
	UserID, TokenID string
	// Token is the token as it is now; nil when it is not there, or was not read.
	Token *HardwareOathToken
	// SameUser is true when Token is held by the very user that it was meant for.
	SameUser bool
	// TokenMissing and UserMissing say what Graph does not know.
	TokenMissing, UserMissing bool
	// Methods is how many hardware OATH tokens the user has; -1 when not known.
	Methods int
	// Disabled is true when the tenant's policy disables the hardware OATH method.
	Disabled bool
	// Lost is what happened to the answer of an attempt; nil when each was answered.
	Lost error
	// Err is Graph's refusal, or what kept us from finding out.
	Err error
}

// Error says who was to get what, and Graph's refusal.
func (e *AssignmentError) Error() string {
	return fmt.Sprintf("token %s was not assigned to user %s: %v", e.TokenID, e.UserID, e.Err)
}

// Unwrap returns Graph's refusal, and what happened to an earlier answer.
func (e *AssignmentError) Unwrap() []error {
	if e.Lost == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Lost}
}

// UnconfirmedError is an assignment that Graph has answered well, of a token
// that could not be read afterwards: the user has it.
type UnconfirmedError struct {
	UserID, TokenID string
	// Err is what kept us from reading the token.
	Err error
}

// Error says what is known and what is not.
func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("token %s was assigned to user %s, and could not be read: %v", e.TokenID, e.UserID, e.Err)
}

// Unwrap returns what kept us from reading the token.
func (e *UnconfirmedError) Unwrap() error { return e.Err }

// NotHeldError is a token that the user does not hold, so that nothing could be
// done with it.
type NotHeldError struct {
	// UserID is the user as the caller named it; TokenID is the token.
	UserID, TokenID string
	// Token is the token as it is now; nil when it is not there, or was not read.
	Token *HardwareOathToken
	// TokenMissing and UserMissing say what Graph does not know.
	TokenMissing, UserMissing bool
	// Err is Graph's answer.
	Err error
}

// Error says who does not hold what.
func (e *NotHeldError) Error() string {
	return fmt.Sprintf("user %s does not hold token %s: %v", e.UserID, e.TokenID, e.Err)
}

// Unwrap returns Graph's answer.
func (e *NotHeldError) Unwrap() error { return e.Err }

// ActivationError is a verification code that Graph has refused.
type ActivationError struct {
	// Token is the token as it is now, as far as Graph could be asked.
	Token HardwareOathToken
	// Computed is true for a code that was computed from the seed, false for one
	// that was given.
	Computed bool
	// Refusals counts the codes that Graph refused.
	Refusals int
	// TokenMissing is true when the inventory does not have the token: it was
	// uploaded as CSV in the portal.
	TokenMissing bool
	// ClockKnown is true when the codes were timed by Graph's own clock; Ahead is
	// by how much this machine's clock is fast against it.
	ClockKnown bool
	Ahead      time.Duration
	// Err is Graph's last refusal.
	Err error
}

// Error says how often what was refused.
func (e *ActivationError) Error() string {
	return fmt.Sprintf("token %s was not activated, %d codes were refused: %v", e.Token.ID, e.Refusals, e.Err)
}

// Unwrap returns Graph's last refusal.
func (e *ActivationError) Unwrap() error { return e.Err }
