package graph

import (
	"context"
	"net/http"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func TestUntilCode(t *testing.T) {
	t.Parallel()
	const interval = 30 * time.Second
	start := time.Unix(1_800_000_000, 0) // a step begins
	step := stepAt(start, interval)
	tests := map[string]struct {
		into  time.Duration
		after int64
		want  time.Duration
	}{
		"at the beginning":           {0, -1, 0},
		"in the middle":              {15 * time.Second, -1, 0},
		"just far enough":            {26999 * time.Millisecond, -1, 0},
		"too near the end":           {27 * time.Second, -1, 4 * time.Second},
		"at the end":                 {29900 * time.Millisecond, -1, 1100 * time.Millisecond},
		"this step's code is used":   {10 * time.Second, step, 21 * time.Second},
		"used, and near the end":     {29 * time.Second, step, 2 * time.Second},
		"used in a step before":      {10 * time.Second, step - 1, 0},
		"used in a step to come":     {10 * time.Second, step + 1, 51 * time.Second},
		"used before, near this end": {28 * time.Second, step - 1, 3 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := start.Add(test.into)
			got := untilCode(now, interval, test.after)
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			then := now.Add(got)
			if left := interval - then.Sub(start)%interval; left < stepEndMargin || stepAt(then, interval) <= test.after {
				t.Errorf("the code would be of step %d with %s left", stepAt(then, interval)-step, left)
			}
		})
	}
}

func TestServerClock(t *testing.T) {
	t.Parallel()
	local := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	answer := func(date, age string) http.Header {
		return http.Header{"Date": {date}, "Age": nonEmpty(age)}
	}
	fixed := fixedClock(local)
	tests := map[string]struct {
		observe func(c *serverClock)
		want    time.Duration // how far ahead Graph is
		known   bool
	}{
		"no answer":    {func(*serverClock) {}, 0, false},
		"no Date":      {func(c *serverClock) { c.observe(answer("", ""), local, local) }, 0, false},
		"nonsense":     {func(c *serverClock) { c.observe(answer("soon", ""), local, local) }, 0, false},
		"from a cache": {func(c *serverClock) { c.observe(answer("Tue, 03 Mar 2026 09:00:00 GMT", "17"), local, local) }, 0, false},
		"slow of ours": {func(c *serverClock) { c.observe(answer("Tue, 03 Mar 2026 10:00:40 GMT", ""), local, local) }, 40500 * time.Millisecond, true},
		"middle": {func(c *serverClock) {
			c.observe(answer("Tue, 03 Mar 2026 09:58:30 GMT", ""), local.Add(-time.Second), local)
		}, -89 * time.Second, true},
		"a slow answer is worse": {func(c *serverClock) {
			c.observe(answer("Tue, 03 Mar 2026 10:00:40 GMT", ""), local, local)
			c.observe(answer("Tue, 03 Mar 2026 10:01:00 GMT", ""), local.Add(-10*time.Second), local)
		}, 40500 * time.Millisecond, true},
		"than none": {func(c *serverClock) {
			c.observe(answer("Tue, 03 Mar 2026 10:00:00 GMT", ""), local.Add(-10*time.Second), local)
		}, 5500 * time.Millisecond, true},
		"than an old one": {func(c *serverClock) {
			c.observe(answer("Tue, 03 Mar 2026 09:00:00 GMT", ""), local.Add(-time.Hour), local.Add(-time.Hour))
			c.observe(answer("Tue, 03 Mar 2026 10:00:00 GMT", ""), local.Add(-10*time.Second), local)
		}, 5500 * time.Millisecond, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &serverClock{local: fixed}
			test.observe(c)
			if got := c.now().Sub(local); got != test.want {
				t.Errorf("Graph is %s ahead, want %s", got, test.want)
			}
			ahead, known := c.ahead()
			if known != test.known || known && ahead != (-test.want).Round(time.Second) {
				t.Errorf("this clock is %s ahead (known %t), want %s (%t)", ahead, known, -test.want, test.known)
			}
		})
	}
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

type fixedClock time.Time

func (c fixedClock) Now() time.Time { return time.Time(c) }

func (c fixedClock) Sleep(context.Context, time.Duration) error { return nil }

// Another answer may correct Graph's time while a code is waited for: the code
// is of a new step all the same.
func TestActivationCode_clockCorrectedMeanwhile(t *testing.T) {
	t.Parallel()
	const interval = 30 * time.Second
	start := time.Unix(1_800_000_000, 0) // a step begins
	clock := &correctedClock{now: start.Add(10 * time.Second)}
	c := &Client{transport: &transport{limiter: rate.NewLimiter(rate.Inf, 1)}}
	c.transport.clock.local, clock.graph = clock, &c.transport.clock
	c.transport.clock.observe(http.Header{"Date": {clock.now.UTC().Format(http.TimeFormat)}}, clock.now, clock.now)
	run := activationRun{client: c, lastStep: stepAt(start, interval)}
	run.Token.TimeIntervalInSeconds = 30
	var at time.Time
	run.Code = func(_ time.Duration, _ string, moment time.Time) (string, error) {
		at = moment
		return "123456", nil
	}
	if _, err := run.code(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stepAt(at, interval) != run.lastStep+1 || run.step != run.lastStep+1 {
		t.Errorf("the code is of step %d, want the one after %d", stepAt(at, interval), run.lastStep)
	}
}

// correctedClock passes the time that is slept; during the first wait an answer
// comes whose Date is two seconds earlier than was thought.
type correctedClock struct {
	now   time.Time
	graph *serverClock
	waits int
}

func (c *correctedClock) Now() time.Time { return c.now }

func (c *correctedClock) Sleep(_ context.Context, wait time.Duration) error {
	c.now = c.now.Add(wait)
	if c.waits++; c.waits == 1 {
		date := c.now.Add(-2 * time.Second)
		c.graph.observe(http.Header{"Date": {date.UTC().Format(http.TimeFormat)}}, c.now, c.now)
	}
	return nil
}
