package graph

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Clock is this machine's clock, and the waits for a token's next code. Tests
// bring their own, to pass whole time steps at once.
type Clock interface {
	Now() time.Time
	// Sleep waits, or gives up with ctx's error.
	Sleep(ctx context.Context, wait time.Duration) error
}

// WithClock sets the clock that codes are timed by.
func WithClock(clock Clock) Option {
	return func(c *Client) { c.transport.clock.local = clock }
}

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }

func (machineClock) Sleep(ctx context.Context, wait time.Duration) error { return sleep(ctx, wait) }

const (
	// slowAnswer is the round trip above which an answer's Date says little about
	// the present, and does not take the place of a better one.
	slowAnswer = 2 * time.Second
	// clockStale is the age above which any Date is better than the one we have.
	clockStale = 10 * time.Minute
)

// serverClock keeps Graph's time: each answer's Date header sets it, so that it
// costs no request. The time since then is measured by the local clock, so that
// it does not matter what that shows, nor that it is set meanwhile.
type serverClock struct {
	local Clock

	mu    sync.Mutex
	known bool
	here  time.Time // the local time of the answer
	there time.Time // Graph's
}

// observe takes over the Date of an answer. It has whole seconds, cut off, and
// was written somewhere between sending and receiving: the middle of both is
// the best guess.
func (c *serverClock) observe(answer http.Header, sent, received time.Time) {
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil || answer.Get("Age") != "" {
		return // the Date of something kept in a cache is not the present
	}
	roundTrip := received.Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && roundTrip > slowAnswer && received.Sub(c.here) < clockStale {
		return
	}
	c.known, c.here, c.there = true, sent.Add(roundTrip/2), date.Add(500*time.Millisecond)
}

// now is Graph's time, or the local time while no answer has told Graph's.
func (c *serverClock) now() time.Time {
	now := c.local.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return now
	}
	return c.there.Add(now.Sub(c.here))
}

// ahead is by how much the local clock is fast; known is false while no answer
// has told Graph's time.
func (c *serverClock) ahead() (ahead time.Duration, known bool) {
	local, graph := c.local.Now(), c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return local.Round(0).Sub(graph.Round(0)).Round(time.Second), c.known
}

// stepEndMargin is how near to its step's end no code is sent: it would be
// judged in the next step.
const stepEndMargin = 3 * time.Second

// stepStartMargin is how far into a step its code is sent after a wait for it:
// a Date is not exact.
const stepStartMargin = time.Second

// untilCode is how long to wait for a moment whose code can be sent: one in a
// later step than after, and not too near that step's end.
func untilCode(now time.Time, interval time.Duration, after int64) time.Duration {
	step := stepAt(now, interval)
	next := time.Unix((step+1)*int64(interval/time.Second), 0)
	switch {
	case step <= after:
		return time.Unix((after+1)*int64(interval/time.Second), 0).Sub(now) + stepStartMargin
	case next.Sub(now) <= stepEndMargin:
		return next.Sub(now) + stepStartMargin
	default:
		return 0
	}
}

// stepAt numbers the time steps as RFC 6238 does.
func stepAt(at time.Time, interval time.Duration) int64 {
	return at.Unix() / int64(interval/time.Second)
}
