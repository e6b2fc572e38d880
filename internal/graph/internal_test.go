package graph

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNormalise(t *testing.T) {
	t.Parallel()
	const path = "/beta/directory/authenticationMethodDevices/hardwareOathDevices"
	tests := map[string]struct{ path, in, want string }{
		"flat":                 {path + "/1", `{"id":"1","serialNumber":"S"}`, `{"id":"1","serialNumber":"S"}`},
		"value":                {path + "/1", `{"value":{"id":"1"}}`, `{"id":"1"}`},
		"device":               {path + "/1", `{"id":"1","device":{"serialNumber":"S"}}`, `{"id":"1","serialNumber":"S"}`},
		"device with its id":   {path + "/1", `{"id":"m","device":{"id":"d"}}`, `{"id":"d"}`},
		"flat with a device":   {path + "/1", `{"device":{"id":"d"},"id":"1","serialNumber":"S"}`, `{"device":{"id":"d"},"id":"1","serialNumber":"S"}`},
		"list":                 {path, `{"@odata.nextLink":"n","value":[{"id":"1"},{"device":{"id":"2"}},17]}`, `{"@odata.nextLink":"n","value":[{"id":"1"},{"id":"2"},17]}`},
		"interval":             {path, `{"timeIntervalInSeconds":"60"}`, `{"timeIntervalInSeconds":60}`},
		"interval, nonsense":   {path, `{"timeIntervalInSeconds":"often"}`, `{"timeIntervalInSeconds":"often"}`},
		"enums":                {path, `{"hashFunction":"HMACSHA256","status":"FailedActivation"}`, `{"hashFunction":"hmacsha256","status":"failedActivation"}`},
		"unknown enums":        {path, `{"hashFunction":"hmacsha512","status":null}`, `{"hashFunction":"hmacsha512","status":null}`},
		"big numbers are kept": {path, `{"n":12345678901234567890}`, `{"n":12345678901234567890}`},
		"casing of the path":   {"/BETA/DIRECTORY/AUTHENTICATIONMETHODDEVICES/HARDWAREOATHDEVICES/1", `{"value":{"id":"1"}}`, `{"id":"1"}`},
		"another path":         {"/beta/policies/p", `{"value": {"id":"1"}}`, `{"value": {"id":"1"}}`},
		"method":               {"/beta/users/u/authentication/hardwareOathMethods/1", `{"value":{"id":"1","device":{"status":"ASSIGNED"}}}`, `{"device":{"status":"assigned"},"id":"1"}`},
		"methods":              {"/beta/users/u/authentication/hardwareOathMethods", `{"value":[{"id":"1","device":{"timeIntervalInSeconds":"30"}},{"id":"2"}]}`, `{"value":[{"device":{"timeIntervalInSeconds":30},"id":"1"},{"id":"2"}]}`},
		"no object":            {path, `[ 1 ]`, `[ 1 ]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := normalise(test.path, []byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{"", "<html>", `{"id":`, `{} {}`, `{}]`} {
		if got, err := normalise(path, []byte(bad)); err == nil {
			t.Errorf("%q became %q, want an error", bad, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const date = "Tue, 03 Mar 2026 10:00:00 GMT"
	tests := map[string]struct {
		retryAfter, date string
		want             time.Duration
	}{
		"none":             {"", date, 0},
		"seconds":          {"120", date, 2 * time.Minute},
		"zero":             {"0", date, 0},
		"negative":         {"-1", date, 0},
		"fraction":         {"0.5", date, 500 * time.Millisecond},
		"date":             {"Tue, 03 Mar 2026 10:00:30 GMT", date, 30 * time.Second},
		"date gone by":     {"Tue, 03 Mar 2026 09:00:00 GMT", date, 0},
		"nonsense":         {"soon", date, 0},
		"more than fits":   {"99999999999999", date, longestWait},
		"infinite":         {"inf", date, longestWait},
		"not a number":     {"NaN", date, 0},
		"end of the world": {"Fri, 31 Dec 9999 23:59:59 GMT", date, longestWait},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := &http.Response{Header: http.Header{"Retry-After": {test.retryAfter}, "Date": {test.date}}}
			if got := retryAfter(resp); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	t.Run("date without a Date", func(t *testing.T) {
		t.Parallel()
		resp := &http.Response{Header: http.Header{"Retry-After": {time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}}}
		if got := retryAfter(resp); got < 55*time.Second || got > time.Minute {
			t.Errorf("got %s, want about a minute", got)
		}
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	for attempt, ceiling := range []time.Duration{
		500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 16 * time.Second,
	} {
		for range 100 {
			got, asked := pause(attempt, errors.New("reset"))
			if asked || got < ceiling/2 || got >= ceiling {
				t.Fatalf("attempt %d: got %s, asked %t, want %s to %s", attempt, got, asked, ceiling/2, ceiling)
			}
		}
	}
	for range 100 {
		got, asked := pause(5, &Error{retryAfter: time.Minute})
		if !asked || got < time.Minute || got > time.Minute+250*time.Millisecond {
			t.Fatalf("got %s, asked %t, want a minute", got, asked)
		}
	}
	if got, asked := pause(1<<20, nil); asked || got > backoffLimit {
		t.Errorf("got %s, want at most %s", got, backoffLimit)
	}
}

func TestOutlive(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithTimeout(t.Context(), time.Hour)
	longer, cancel := outlive(ctx, 50*time.Millisecond)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if got, ok := longer.Deadline(); !ok || !got.Equal(deadline.Add(50*time.Millisecond)) {
		t.Errorf("the deadline is %s, want 50 ms after %s", got, deadline)
	}
	interrupt()
	if err := longer.Err(); err != nil {
		t.Errorf("it ended with the interrupt: %v", err)
	}
	select {
	case <-longer.Done():
	case <-time.After(5 * time.Second):
		t.Error("it did not end")
	}
}
