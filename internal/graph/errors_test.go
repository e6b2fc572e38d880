package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestError_readsTheEnvelope(t *testing.T) {
	t.Parallel()
	const (
		page    = "<html><body><h1>502 Bad Gateway</h1></body></html>"
		foreign = "the answer is not an error of Microsoft Graph's, so it may not be Microsoft Graph that answered"
	)
	type want struct {
		Status                   int
		Code, Message, RequestID string
	}
	tests := map[string]struct {
		status  int
		headers http.Header
		body    string
		want    want
	}{
		"innerError": {
			403, nil,
			`{"error":{"code":"accessDenied","message":"Request Authorization failed","innerError":{"message":"no","date":"2026-03-26T13:34:22","request-id":"r1","client-request-id":"c1"}}}`,
			want{403, "accessDenied", "Request Authorization failed", "r1"},
		},
		"innererror": {403, nil, `{"error":{"code":"AccessDenied","message":"No","innererror":{"request-id":"r1"}}}`, want{403, "AccessDenied", "No", "r1"}},
		"nested": {
			400, nil, `{"error":{"code":"badRequest","message":"No","innerError":{"code":"inner","innerError":{"code":"innermost","request-id":"r2"}}}}`,
			want{400, "badRequest", "No", "r2"},
		},
		"no innerError":             {400, nil, `{"error":{"code":"badRequest","message":"No"}}`, want{400, "badRequest", "No", ""}},
		"innerError is null":        {400, nil, `{"error":{"code":"badRequest","message":"No","innerError":null}}`, want{400, "badRequest", "No", ""}},
		"the header wins":           {400, http.Header{"Request-Id": {"r0"}}, `{"error":{"code":"x","message":"No","innerError":{"request-id":"r1"}}}`, want{400, "x", "No", "r0"}},
		"message inside only":       {403, nil, `{"error":{"code":"accessDenied","message":"","innerError":{"message":"Not you"}}}`, want{403, "accessDenied", "Not you", ""}},
		"details":                   {400, nil, `{"error":{"code":"badRequest","message":"Several.","details":[{"code":"a","message":"First.","target":"t"},{"message":"Second."}]}}`, want{400, "badRequest", "Several. First. Second.", ""}},
		"details without a message": {400, nil, `{"error":{"code":"badRequest","details":[{"message":"First."}]}}`, want{400, "badRequest", "First.", ""}},
		"details of another type":   {400, nil, `{"error":{"code":"badRequest","message":"No","details":"First."}}`, want{400, "badRequest", "No", ""}},
		"code is a number":          {400, nil, `{"error":{"code":17,"message":"No"}}`, want{400, "BadRequest", "No", ""}},
		"error is a text":           {400, nil, `{"error":"invalid_grant"}`, want{400, "BadRequest", foreign, ""}},
		"no code":                   {409, nil, `{"error":{"message":"No"}}`, want{409, "Conflict", "No", ""}},
		"page of a gateway":         {403, http.Header{"Request-Id": {"r0"}, "Content-Type": {"text/html"}}, page, want{403, "Forbidden", foreign, "r0"}},
		"empty":                     {404, nil, "", want{404, "NotFound", foreign, ""}},
		"null":                      {404, nil, "null", want{404, "NotFound", foreign, ""}},
		"list":                      {404, nil, "[1]", want{404, "NotFound", foreign, ""}},
		"cut JSON":                  {404, nil, `{"error":{"code":"itemNot`, want{404, "NotFound", foreign, ""}},
		"unknown status":            {499, nil, "", want{499, "UnknownError", foreign, ""}},
		"redirect":                  {302, http.Header{"Location": {"https://login.example/signin?ticket=hidden"}}, "", want{302, "Found", `the answer leads to "https://login.example/signin", so it may not be Microsoft Graph that answered`, ""}},
		"page with success":         {200, http.Header{"Content-Type": {"text/html"}}, page, want{200, "UnreadableAnswer", `the answer is "text/html" and not JSON, so it may not be Microsoft Graph that answered`, ""}},
		"JSON and more":             {200, http.Header{"Content-Type": {"text/plain"}}, `{"value":[]} trailing`, want{200, "UnreadableAnswer", `the answer is "text/plain" and not JSON, so it may not be Microsoft Graph that answered`, ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clientRequestIDs := make(chan string, 1)
			client := newHandlerClient(t, func(w http.ResponseWriter, r *http.Request) {
				clientRequestIDs <- r.Header.Get("client-request-id")
				for name, values := range test.headers {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			})
			_, err := client.FindHardwareOathTokens(t.Context(), serial)
			var got *graph.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a graph.Error", err)
			}
			if diff := cmp.Diff(test.want, want{got.Status, got.Code, got.Message, got.RequestID}); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got.Method != "GET" || got.Path != "/beta"+devices || got.SignedInWith != "an access token" || got.Attempts != 1 {
				t.Errorf("the error describes %s %s, signed in with %s, after %d attempts", got.Method, got.Path, got.SignedInWith, got.Attempts)
			}
			if sent := <-clientRequestIDs; sent == "" || got.ClientRequestID != sent {
				t.Errorf("client-request-id %q, want the one that was sent, %q", got.ClientRequestID, sent)
			}
			if !strings.Contains(err.Error(), fmt.Sprint(test.status)) || !strings.Contains(err.Error(), test.want.Message) {
				t.Errorf("%q does not say what was answered", err)
			}
			mustBeDiscreet(t, err.Error(), "hidden", "<html>")
		})
	}
}

func TestAnswer_unusualButReadable(t *testing.T) {
	t.Parallel()
	const flat = `{"id":"1","serialNumber":"S","manufacturer":"M","model":"O","timeIntervalInSeconds":60,"hashFunction":"hmacsha256","status":"activated"}`
	want := graph.HardwareOathToken{
		ID: "1", SerialNumber: "S", Manufacturer: "M", Model: "O", TimeIntervalInSeconds: 60,
		HashFunction: "hmacsha256", Status: "activated",
	}
	tests := map[string]string{
		"flat":                flat,
		"in value":            `{"value":` + flat + `}`,
		"in device":           `{"id":"1","device":` + flat + `}`,
		"in value and device": `{"value":{"id":"1","device":` + strings.Replace(flat, `"id":"1",`, "", 1) + `}}`,
		"interval as a text":  strings.Replace(flat, "60", `"60"`, 1),
		"other casing":        strings.NewReplacer("hmacsha256", "HmacSha256", "activated", "Activated").Replace(flat),
		"white space":         "\n " + flat + "\r\n",
		"unknown members":     strings.Replace(flat, "{", `{"@odata.context":"c","colour":{"red":1},`, 1),
		"nobody":              strings.Replace(flat, "{", `{"assignedTo":{"id":null,"displayName":null},"displayName":null,"lastUsedDateTime":null,`, 1),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newHandlerClient(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
			got, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: "1"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("token (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswer_withoutAToken(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "{}", "[]", `"text"`, "17", `{"value":null}`, `{"value":[]}`, `{"id":""}`, `{"id":17}`, `{"value":[17]}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			client := newHandlerClient(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
			if got, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: "1"}); err == nil || graph.IsNotFound(err) {
				t.Errorf("got %+v and %v, want an error that is not not-found", got, err)
			}
		})
	}
}

func TestList_answersWithoutTokens(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "{}", `{"value":null}`, `{"value":[]}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			client := newHandlerClient(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
			if got, err := client.ListHardwareOathTokens(t.Context(), ""); err != nil || len(got) != 0 {
				t.Errorf("got %+v and %v, want none", got, err)
			}
		})
	}
}

func TestClientRequestID_differsForEachAttempt(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{RetryAfter: "0.01"})
	_, err := newClient(t, srv).ListHardwareOathTokens(t.Context(), "")
	var failed *graph.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a graph.Error", err)
	}
	log := srv.Requests("", "")
	ids := map[string]bool{}
	for _, r := range log {
		ids[r.ClientRequestID] = true
	}
	if len(ids) != len(log) || len(log) != 5 {
		t.Errorf("%d ids for %d requests, want 5 and 5", len(ids), len(log))
	}
	last := log[len(log)-1]
	if failed.ClientRequestID != last.ClientRequestID || failed.RequestID != last.RequestID {
		t.Errorf("the error names %s and %s, want those of the last attempt, %s and %s",
			failed.ClientRequestID, failed.RequestID, last.ClientRequestID, last.RequestID)
	}
}

func TestIsNotFound(t *testing.T) {
	t.Parallel()
	gone := &graph.Error{Status: http.StatusNotFound}
	tests := map[string]struct {
		err  error
		want bool
	}{
		"nil":          {nil, false},
		"404":          {gone, true},
		"410":          {&graph.Error{Status: http.StatusGone}, true},
		"403":          {&graph.Error{Status: http.StatusForbidden}, false},
		"wrapped":      {fmt.Errorf("reading: %w", gone), true},
		"waited out":   {&graph.WaitError{Last: gone, Err: context.Canceled}, false},
		"wrapped wait": {fmt.Errorf("reading: %w", &graph.WaitError{Last: gone, Err: context.Canceled}), false},
		"another":      {errors.New("no"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := graph.IsNotFound(test.err); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	const tokens, people = "Authentication Policy Administrator", "Authentication Administrator"
	tests := map[string]struct {
		method, path     string
		permission, role string
	}{
		"read":     {"GET", "/beta" + devices + "/1", "Policy.Read.All", tokens},
		"list":     {"GET", "/beta" + devices, "Policy.Read.All", tokens},
		"create":   {"POST", "/beta" + devices, "Policy.ReadWrite.AuthenticationMethod", tokens},
		"update":   {"PATCH", "/beta" + devices + "/1", "Policy.ReadWrite.AuthenticationMethod", tokens},
		"delete":   {"DELETE", "/beta" + devices + "/1", "Policy.ReadWrite.AuthenticationMethod", tokens},
		"unassign": {"DELETE", "/beta/users/u/authentication/hardwareOathMethods/1", "UserAuthenticationMethod.ReadWrite.All", people},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			permission, role := (&graph.Error{Method: test.method, Path: test.path, Status: 403}).Needs()
			if permission != test.permission || !strings.HasPrefix(role, test.role) {
				t.Errorf("got %q and %q, want %q and %q", permission, role, test.permission, test.role)
			}
		})
	}
}

// What Needs names is what the tenant asks for: with it the call is let through.
func TestNeeds_isWhatTheTenantAsksFor(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	device := srv.PutDevice(newDevice("there"))
	calls := map[string]func(*graph.Client) error{
		"read": func(c *graph.Client) error {
			_, err := c.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID})
			return err
		},
		"list": func(c *graph.Client) error {
			_, err := c.ListHardwareOathTokens(t.Context(), "")
			return err
		},
		"create": func(c *graph.Client) error {
			_, _, err := c.CreateHardwareOathToken(t.Context(), newSpec(serial))
			return err
		},
		"update": func(c *graph.Client) error {
			return c.UpdateHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, graph.HardwareOathTokenUpdate{Model: new("X")})
		},
	}
	for name, call := range calls {
		var refused *graph.Error
		if err := call(newClientOf(t, newConfig(srv.URL(), signIn(t, srv, "User.Read.All")))); !graph.IsForbidden(err) || !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want a 403", name, err)
			continue
		}
		permission, _ := refused.Needs()
		if err := call(newClientOf(t, newConfig(srv.URL(), signIn(t, srv, permission)))); err != nil {
			t.Errorf("%s with %s: %v", name, permission, err)
		}
	}
}

// signIn gets a token that carries one permission.
func signIn(t *testing.T, srv *graphtest.Server, permission string) *staticCredential {
	t.Helper()
	srv.PutApplication(graphtest.Application{ClientID: permission, Secret: "s", Roles: []string{permission}})
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {permission}, "client_secret": {"s"}, "scope": {srv.URL() + "/.default"},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/tenant/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("signing in: %d %v", resp.StatusCode, err)
	}
	return &staticCredential{token: answer.AccessToken}
}

func TestErrors_sayWhatHappened(t *testing.T) {
	t.Parallel()
	cause := &graph.Error{Method: "GET", Path: "/beta/x", Status: 503, Code: "serviceNotAvailable", Message: "Too busy."}
	tests := map[string]struct {
		err  error
		want string
	}{
		"answer":     {cause, "GET /beta/x: 503 serviceNotAvailable: Too busy."},
		"no answer":  {&graph.NoAnswerError{Method: "GET", Path: "/beta/x", Err: errors.New("reset")}, "GET /beta/x: no answer: reset"},
		"wait":       {&graph.WaitError{Wait: 90 * time.Second, Last: cause, Err: context.DeadlineExceeded}, "context deadline exceeded while waiting 1m30s to try again after: " + cause.Error()},
		"credential": {&graph.CredentialError{SignedInWith: "the Azure CLI", Err: errors.New("not found on path")}, "could not get an access token with the Azure CLI: not found on path"},
		"exists":     {&graph.AlreadyExistsError{Existing: graph.HardwareOathToken{ID: "1", SerialNumber: "S"}, Err: cause}, `serial number "S" is taken by token 1: ` + cause.Error()},
		"lost":       {&graph.LostAnswerError{SerialNumber: "S", Err: cause}, `the answer to the creation of serial number "S" was lost: ` + cause.Error()},
		"assigned":   {&graph.AssignedError{Token: graph.HardwareOathToken{ID: "1", AssignedTo: &graph.Identity{ID: "u"}}}, "token 1 is assigned to user u"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.err.Error(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestNew_endpointIsNotAURL(t *testing.T) {
	t.Parallel()
	if _, err := graph.New(newConfig("http://[::1", &staticCredential{})); err == nil {
		t.Error("got no error")
	}
}

func TestNew_endpointMayEndInASlash(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClientOf(t, newConfig(srv.URL()+"/", &staticCredential{token: srv.AccessToken()}))
	if _, err := client.ListHardwareOathTokens(t.Context(), ""); err != nil {
		t.Error(err)
	}
}
