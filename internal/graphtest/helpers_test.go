package graphtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	devices = "/directory/authenticationMethodDevices/hardwareOathDevices"
	secret  = "6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB"
)

// loud stands in for a test that a complaint of the server would fail.
type loud struct {
	*testing.T
	mu         sync.Mutex
	complaints []string
}

func (l *loud) Errorf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.complaints = append(l.complaints, fmt.Sprintf(format, args...))
}

func (l *loud) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.complaints
}

type response struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (r response) code() string    { return r.errorText("code") }
func (r response) message() string { return r.errorText("message") }

func (r response) errorText(name string) string {
	envelope, _ := r.body["error"].(map[string]any)
	text, _ := envelope[name].(string)
	return text
}

func (r response) items() []map[string]any {
	list, _ := r.body["value"].([]any)
	items := make([]map[string]any, 0, len(list))
	for _, v := range list {
		item, _ := v.(map[string]any)
		items = append(items, item)
	}
	return items
}

func (r response) texts(property string) string {
	values := []string{}
	for _, item := range r.items() {
		values = append(values, fmt.Sprint(item[property]))
	}
	return strings.Join(values, " ")
}

func newRequest(t *testing.T, s *graphtest.Server, method, url, body string) *http.Request {
	t.Helper()
	if !strings.HasPrefix(url, "http") {
		url = s.URL() + "/beta" + url
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.AccessToken())
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func send(t *testing.T, s *graphtest.Server, req *http.Request) response {
	t.Helper()
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := response{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if len(raw) > 0 && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &out.body); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
	}
	return out
}

func do(t *testing.T, s *graphtest.Server, method, url, body string) response {
	t.Helper()
	return send(t, s, newRequest(t, s, method, url, body))
}

// want fails the test unless the status is the expected one.
func (r response) want(t *testing.T, status int) response {
	t.Helper()
	if r.status != status {
		t.Fatalf("got status %d, want %d: %s", r.status, status, r.raw)
	}
	return r
}

// deviceBody is a body that creates a device; extra members follow.
func deviceBody(serial string, extra ...string) string {
	return fmt.Sprintf(`{"serialNumber":%q,"manufacturer":"Contoso","model":"M1","secretKey":%q,"timeIntervalInSeconds":30%s}`,
		serial, secret, strings.Join(append([]string{""}, extra...), ","))
}

func create(t *testing.T, s *graphtest.Server, serial string, extra ...string) string {
	t.Helper()
	do(t, s, "POST", devices, deviceBody(serial, extra...))
	d, found := s.DeviceBySerial(serial)
	if !found {
		t.Fatalf("device %s was not made", serial)
	}
	return d.ID
}

func methodsOf(userID string) string {
	return "/users/" + userID + "/authentication/hardwareOathMethods"
}
