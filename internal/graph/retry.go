package graph

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	backoffFirst = 500 * time.Millisecond
	backoffLimit = 16 * time.Second
	// longestWait keeps what a time.Duration can't hold from becoming no wait at all.
	longestWait = 365 * 24 * time.Hour
)

// retryAfter reads the Retry-After header: seconds or an HTTP date (RFC 9110
// section 10.2.3). A date is measured against the answer's own Date, so that
// this machine's clock does not matter. Zero when absent or unreadable.
func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, longestWait.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), longestWait)
}

// intent is what a request does when it is carried out.
type intent int

const (
	reads intent = iota
	writes
	creates
)

type intentKey struct{}

// withIntent says what the requests under ctx do, where their method does not.
func withIntent(ctx context.Context, does intent) context.Context {
	return context.WithValue(ctx, intentKey{}, does)
}

// intentOf is what was said of the request, or else what its method says: a
// POST creates, and every other write is idempotent here.
func intentOf(req *http.Request) intent {
	if does, ok := req.Context().Value(intentKey{}).(intent); ok {
		return does
	}
	switch req.Method {
	case http.MethodGet:
		return reads
	case http.MethodPost:
		return creates
	default:
		return writes
	}
}

// optionalRetries is how often an optional request is sent again.
const optionalRetries = 2

type optionalKey struct{}

// optional marks requests that spare others: when they fail, those are sent
// instead. So they are not tried for long, unless Graph asks for a wait.
func optional(ctx context.Context) context.Context {
	return context.WithValue(ctx, optionalKey{}, true)
}

// retries is how often the request may be sent again after err.
func (t *transport) retries(ctx context.Context, err error) int {
	var e *Error
	if ctx.Value(optionalKey{}) == nil || errors.As(err, &e) && e.retryAfter > 0 {
		return t.maxRetries
	}
	return min(t.maxRetries, optionalRetries)
}

// mayRetry reports whether the request can be sent again as it is. A creation
// is sent again only when it surely was not carried out: refused for throttling,
// or never sent. Everything else is idempotent.
func mayRetry(does intent, err error) bool {
	var none *NoAnswerError
	if errors.As(err, &none) {
		if isPermanent(none.Err) || errors.Is(none.Err, syscall.ECONNREFUSED) && none.Attempts >= maxRefusedConnections {
			return false
		}
		return does != creates || !none.Sent
	}
	if does == creates {
		return hasStatus(err, http.StatusTooManyRequests)
	}
	return isPassing(err)
}

// isPassing reports whether Graph's answer is one that another try may change.
func isPassing(err error) bool {
	return hasStatus(err,
		http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
		statusBandwidthLimitExceeded)
}

// isPermanent reports whether a connection fails for a reason that does not go
// away by itself: no such host, a certificate that this machine does not trust,
// or a proxy that wants a password (net/http has no error type for that one).
func isPermanent(err error) bool {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || errors.As(err, &dns) && dns.IsNotFound ||
		strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}

// maxRefusedConnections is how often a connection that nobody takes is tried:
// a service that is only restarting comes back in these few seconds.
const maxRefusedConnections = 5

// statusBandwidthLimitExceeded is in Graph's list of statuses and not in net/http.
const statusBandwidthLimitExceeded = 509

// pause is how long to wait before attempt number attempt+1: what Graph asked
// for, with a little jitter so that ten waiting requests do not return as one,
// else exponential back-off with equal jitter.
func pause(attempt int, err error) (wait time.Duration, asked bool) {
	var e *Error
	if errors.As(err, &e) && e.retryAfter > 0 {
		return e.retryAfter + rand.N(250*time.Millisecond), true
	}
	ceiling := min(backoffFirst<<min(attempt, 10), backoffLimit)
	return ceiling/2 + rand.N(ceiling/2), false
}

// waitToRetry waits before the next attempt. It gives up at once, with a
// [WaitError] that holds the last real error, when ctx would end first.
func waitToRetry(ctx context.Context, attempt int, last error) error {
	wait, asked := pause(attempt, last)
	if ctx.Err() != nil && !asked {
		return &WaitError{Last: last, Err: ctx.Err()} // it was not the wait that took the time
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return &WaitError{Wait: wait, Asked: asked, Last: last, Err: context.DeadlineExceeded}
	}
	if err := sleep(ctx, wait); err != nil {
		return &WaitError{Wait: wait, Asked: asked, Last: last, Err: err}
	}
	return nil
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
