package graph

import (
	"context"
	"fmt"
)

// DefaultTokensPerRequest is how many tokens one bulk creation carries. Which
// number is the most that Graph takes is documented nowhere; the portal's CSV
// takes 50 at a time [E-draft, doc-draft].
//
// Requests for 1,000 tokens on the emulator, lists included, as measured by
// BenchmarkCreateHardwareOathTokens; one by one they are 1,000 POSTs:
//
//	per request   plain   one bad token   one lost answer   Graph takes 50
//	          1    1002            1002              1003             1002
//	         20      52              63                53               52
//	         50      22              35                23               22
//	        100      12              27                13               23
//	        200       7              23                 8               24
//	        500       4              23                 5               38
//	       1000       3              23                 3               39
//
// At 100 a delivery costs a hundredth of its tokens in requests, and another
// doubling saves five of a thousand. What it would cost grows with it: the
// tokens that one lost answer leaves in doubt, and the body, 25 kB of secrets at
// 100. Should 50 be the most, 100 is the largest size at which to find that out
// costs one request.
const DefaultTokensPerRequest = 100

// BulkOptions changes how a delivery is sent.
type BulkOptions struct {
	// TokensPerRequest is how many tokens one request carries at most; 0 is
	// [DefaultTokensPerRequest].
	TokensPerRequest int
	// Progress is told after each request's worth of tokens how many of the total
	// are decided, made or not. It may be nil.
	Progress func(done, total int)
}

// BulkResult is what became of each token of a delivery: each serial number is
// in exactly one of Made, Unlisted and Failed, in the order of the delivery.
type BulkResult struct {
	// Made are the tokens that exist now because of this delivery.
	Made []HardwareOathToken
	// Recovered are the serial numbers, of those in Made, that were found in the
	// tenant after an answer that was lost or said nothing of them. Their seeds
	// can't be compared.
	Recovered []string
	// Unlisted are the serial numbers that Graph took and did not list by the end
	// of the visibility window, so that their ids are not known.
	Unlisted []string
	// UnlistedErr is what kept Unlisted from being listed; nil when it was only the time.
	UnlistedErr error
	// Failed are the tokens that were not made, and those of which it could not be
	// found out ([LostAnswerError]).
	Failed []TokenFailure
}

// TokenFailure is why one token of many could not be made, changed or deleted.
type TokenFailure struct {
	SerialNumber string
	Err          error
}

// Error names the token and says why.
func (f TokenFailure) Error() string {
	return fmt.Sprintf("serial number %q: %v", f.SerialNumber, f.Err)
}

// Unwrap returns why.
func (f TokenFailure) Unwrap() error { return f.Err }

// RepeatedError is a serial number that one delivery holds more than once:
// which of its secrets is the right one can't be known, so none was sent.
type RepeatedError struct {
	SerialNumber string
	// Times is how often the delivery holds it.
	Times int
}

// Error names the serial number.
func (e *RepeatedError) Error() string {
	return fmt.Sprintf("the delivery holds serial number %q %d times", e.SerialNumber, e.Times)
}

// CreateHardwareOathTokens makes a whole delivery: one list to see what is
// there, unless this client has just read it, bulk creations of [BulkOptions.TokensPerRequest] tokens one after the
// other, and one list to learn the ids.
//
// Nothing is made and forgotten, and nothing is sent twice that may have been
// made: a refused request is split until the bad tokens stand alone, and what a
// lost answer leaves in doubt is looked up. Where ctx ends, no other request is
// sent, and what was made by then is still learned.
//
// Errors: [AlreadyExistsError] for a serial number that is taken, [RepeatedError]
// for one that is given twice, [LostAnswerError] where the outcome could not be
// settled, [Error] with Graph's words for a token that Graph refuses, and for all
// tokens that were not sent the one error that ended the run.
func (c *Client) CreateHardwareOathTokens(ctx context.Context, specs []NewHardwareOathToken, options BulkOptions) BulkResult {
	r := newBulkRun(c, specs, options)
	serialNumbers := make([]string, len(r.tokens))
	for i, token := range r.tokens {
		serialNumbers[i] = token.spec.SerialNumber
	}
	defer c.lockSerialNumbers(serialNumbers)()
	leftovers := r.compare(ctx)
	defer c.writing()()
	r.run(ctx, leftovers)
	err := r.learn(ctx)
	return r.result(err)
}
