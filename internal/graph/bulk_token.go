package graph

import (
	"errors"
	"fmt"
	"strings"
)

// bulkToken is one token of a delivery, and what is known of it.
type bulkToken struct {
	spec NewHardwareOathToken
	// made is the token once it is known by its id.
	made *HardwareOathToken
	// recovered says that made was found, and not answered.
	recovered bool
	// accepted says that Graph has answered the creation with a success.
	accepted bool
	// refused says that err is a refusal of this token alone, and said in what words.
	refused bool
	said    string
	// err is why the token was not made.
	err error
	// doubts are the requests with this token that may or may not have made it.
	doubts []*doubt
}

// doubt is a request whose outcome was not clear.
type doubt struct {
	// lost is what happened to the answer; nil for a refusal of several tokens,
	// which may have made the good ones all the same.
	lost error
	// said are the words of a refusal.
	said string
	// refuted says that a token of the request was accepted afterwards: the
	// request can't have made it, and so made none.
	refuted bool
	// awaited says that its tokens were waited for once more after a refusal.
	awaited bool
}

// open reports whether nothing is decided yet: the token is to be sent.
func (t *bulkToken) open() bool { return t.made == nil && !t.accepted && t.err == nil }

// accept takes Graph's success. It reports whether that refutes that a refused
// request had made any of its tokens.
func (t *bulkToken) accept() (refusalsMakeNothing bool) {
	t.accepted = true
	for _, d := range t.doubts {
		d.refuted = true
		refusalsMakeNothing = refusalsMakeNothing || d.lost == nil
	}
	return refusalsMakeNothing
}

// refuse takes the refusal of this token alone.
func (t *bulkToken) refuse(err error) {
	t.err, t.refused, t.said = err, true, wordsOf(err, []*bulkToken{t})
}

// repeats reports whether Graph refuses the token in the very words in which it
// refused the first request that held it. Had that request made the token, then
// the words would now be about a serial number that is taken.
func (t *bulkToken) repeats() bool {
	return t.lost() == nil && len(t.doubts) > 0 && t.said == t.doubts[0].said
}

// wordsOf is what a refusal says, whichever of the tokens it names.
func wordsOf(err error, tokens []*bulkToken) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	words := e.Message
	for _, t := range tokens {
		words = strings.ReplaceAll(words, t.spec.SerialNumber, "(the token)")
	}
	return fmt.Sprint(e.Status, e.Code, words)
}

// adopt takes a token of the tenant for this one's.
func (t *bulkToken) adopt(token HardwareOathToken) {
	t.made, t.recovered, t.err = &token, !t.accepted, nil
}

// lost is the last answer about this token that was lost; nil when none was.
func (t *bulkToken) lost() (err error) {
	for _, d := range t.doubts {
		if d.lost != nil {
			err = d.lost
		}
	}
	return err
}

// mayStillAppear reports, once for each lost request, whether it may have made
// the token and nobody has waited for that since Graph refused the token.
func (t *bulkToken) mayStillAppear() (may bool) {
	for _, d := range t.doubts {
		if d.lost != nil && !d.refuted && !d.awaited {
			d.awaited, may = true, true
		}
	}
	return may
}

// is reports whether a token of the tenant, made by nobody known, may be this
// one: what Graph has accepted is known by its serial number, since somebody may
// have changed or taken it already; in doubt it must be as it was asked for.
func (t *bulkToken) is(token HardwareOathToken) bool {
	return token.matches(t.spec) || t.accepted && token.SerialNumber == t.spec.SerialNumber
}

func stillOpen(tokens []*bulkToken) []*bulkToken {
	var open []*bulkToken
	for _, t := range tokens {
		if t.open() {
			open = append(open, t)
		}
	}
	return open
}
