package graph

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/time/rate"
)

// attemptTimeout bounds one request, so that a connection that died silently
// does not eat the whole operation's timeout.
const attemptTimeout = 2 * time.Minute

// transport sends a request until it is answered for good. Its answers are
// whole in memory and in the shape that the SDK reads; a failure is an [Error],
// [NoAnswerError], [WaitError] or [CredentialError].
type transport struct {
	base         http.RoundTripper
	credential   azcore.TokenCredential
	scope        string
	signedInWith string
	root         *url.URL
	userAgent    string
	maxRetries   int
	limiter      *rate.Limiter
	clock        serverClock
}

// onceKey marks the context of a request that must not be held back nor sent
// again by the transport, since what it says is true for a moment only.
type onceKey struct{}

func onceOnly(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	// A next link is Graph's own text: the token must not follow it elsewhere.
	if req.URL.Scheme != t.root.Scheme || !strings.EqualFold(req.URL.Host, t.root.Host) {
		return nil, fmt.Errorf("an answer of Graph leads to %s://%s, and the access token is only for %s://%s",
			req.URL.Scheme, req.URL.Host, t.root.Scheme, t.root.Host)
	}
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	var challenge string // the claims that Graph wants in a new token
	var last error
	renewed := false
	once := req.Context().Value(onceKey{}) != nil
	for attempt := 0; ; attempt++ {
		if !once {
			if err := t.turn(req.Context(), last); err != nil {
				return nil, err
			}
		}
		token, err := t.credential.GetToken(req.Context(), policy.TokenRequestOptions{Scopes: []string{t.scope}, Claims: challenge, EnableCAE: true})
		if err != nil {
			return nil, &CredentialError{SignedInWith: t.signedInWith, Err: err}
		}
		resp, err := t.try(req, body, attempt, token.Token)
		if err == nil {
			return resp, nil
		}
		if !renewed && t.renew(err, token.Token) {
			renewed, challenge = true, claimsChallenge(err)
			continue
		}
		if once || attempt >= t.retries(req.Context(), err) || !mayRetry(intentOf(req), err) {
			return nil, err
		}
		last = err
		if err := waitToRetry(req.Context(), attempt, err); err != nil {
			return nil, err
		}
	}
}

// turn waits until our own limit of requests per second lets one through.
func (t *transport) turn(ctx context.Context, last error) error {
	if err := t.limiter.Wait(ctx); err != nil {
		return &WaitError{Paced: t.limiter.Limit() != rate.Inf, Last: last, Err: cmp.Or(ctx.Err(), context.DeadlineExceeded)}
	}
	return nil
}

// renewer is a credential that can drop a token which was refused before its
// time, so that the next one is new.
type renewer interface {
	Renew(rejected string) bool
}

// renew reports whether another token is worth a try: once for each call, since
// a 401 that a new token does not cure has another cause. Nothing was written.
func (t *transport) renew(err error, rejected string) bool {
	if !hasStatus(err, http.StatusUnauthorized) {
		return false
	}
	if credential, ok := t.credential.(renewer); ok {
		return credential.Renew(rejected)
	}
	return claimsChallenge(err) != ""
}

// try sends the request once.
func (t *transport) try(original *http.Request, body []byte, attempt int, token string) (*http.Response, error) {
	ctx, cancel := seeThrough(original)
	defer cancel()
	var sent atomic.Bool
	req := original.Clone(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	}))
	if body != nil {
		// GetBody lets net/http send again what surely was not sent: it never
		// replays a POST of which anything was written.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
		req.ContentLength = int64(len(body))
	}
	clientRequestID := uuid.NewString()
	req.Header.Set("client-request-id", clientRequestID)
	req.Header.Set("User-Agent", t.userAgent)
	req.Header.Set("Authorization", "Bearer "+token)

	start, sentAt := time.Now(), t.clock.local.Now()
	resp, answer, err := t.send(req)
	fields := map[string]any{
		"method": req.Method, "path": req.URL.Path, "attempt": attempt + 1,
		"duration_ms": time.Since(start).Milliseconds(), "client_request_id": clientRequestID,
	}
	if err != nil {
		// The cause goes by its text alone: a url.Error would repeat the query.
		tflog.Debug(original.Context(), "graph did not answer", withField(fields, "error", err.Error()))
		return nil, &NoAnswerError{Method: req.Method, Path: req.URL.Path, Sent: sent.Load(), ClientRequestID: clientRequestID, Attempts: attempt + 1, Err: err}
	}
	t.clock.observe(resp.Header, sentAt, t.clock.local.Now())
	fields["status"], fields["request_id"] = resp.StatusCode, resp.Header.Get("request-id")
	if resp.StatusCode >= 300 {
		e := newError(req, resp, answer)
		e.ClientRequestID, e.SignedInWith, e.Attempts = clientRequestID, t.signedInWith, attempt+1
		e.Caller = callerOf(token)
		tflog.Debug(original.Context(), "graph refused", withField(fields, "code", e.Code))
		return nil, e
	}
	resp.Request = req
	tflog.Debug(original.Context(), "graph answered", fields)
	if err := settle(resp, req.URL.Path, answer); err != nil {
		return nil, &Error{
			Method: req.Method, Path: req.URL.Path, Status: resp.StatusCode, Code: "UnreadableAnswer",
			Message:   fmt.Sprintf("the answer is %q and not JSON, so it may not be Microsoft Graph that answered", resp.Header.Get("Content-Type")),
			RequestID: resp.Header.Get("request-id"), ClientRequestID: clientRequestID, SignedInWith: t.signedInWith, Attempts: attempt + 1,
		}
	}
	return resp, nil
}

// send reads the answer to its end: one that was cut is no answer.
func (t *transport) send(req *http.Request) (*http.Response, []byte, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	return resp, answer, err
}

// settle puts the answer, in the one shape that the SDK reads, back into the response.
func settle(resp *http.Response, path string, answer []byte) error {
	if len(bytes.TrimSpace(answer)) == 0 {
		resp.StatusCode, answer = http.StatusNoContent, nil
	} else {
		var err error
		if answer, err = normalise(path, answer); err != nil {
			return err
		}
		resp.Header.Set("Content-Type", "application/json")
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(answer)), int64(len(answer))
	resp.Header.Del("Content-Length")
	return nil
}

// seeThrough gives the context of one attempt. A write that has left this
// machine is seen through to its answer even when Terraform is interrupted:
// otherwise a token could be made and forgotten. It still ends with the
// operation's timeout.
func seeThrough(req *http.Request) (context.Context, context.CancelFunc) {
	ctx := req.Context()
	if intentOf(req) == reads {
		return context.WithTimeout(ctx, attemptTimeout)
	}
	end := time.Now().Add(attemptTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = req.Body.Close() }()
	return io.ReadAll(req.Body)
}

func withField(fields map[string]any, key string, value any) map[string]any {
	fields[key] = value
	return fields
}
