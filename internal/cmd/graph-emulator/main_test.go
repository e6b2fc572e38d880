package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// output is read while the program still writes to it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func noEnv(string) string { return "" }

const goodState = `{
  "users": [{"id": "u1", "userPrincipalName": "amy@contoso.com", "displayName": "Amy Masters"}],
  "hardwareOathDevices": [{
    "id": "d1", "serialNumber": "S1", "manufacturer": "Contoso", "model": "M1", "secretKey": "GEZDGNBVGY3TQOJQ",
    "timeIntervalInSeconds": 60, "hashFunction": "hmacsha256", "status": "activated", "assignedTo": {"id": "u1"}
  }]
}`

func TestRun_servesTheState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	statePath, ready := filepath.Join(dir, "state.json"), filepath.Join(dir, "ready")
	for path, text := range map[string]string{statePath: goodState, ready: "http://stale"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out output
	ended := make(chan error, 1)
	getenv := func(name string) string { return map[string]string{tokenVariable: "token-of-the-test"}[name] }
	go func() {
		ended <- run(ctx, []string{"-state", statePath, "-ready-file", ready, "-quirk", "enum-casing"}, getenv, &out, io.Discard)
	}()

	url := waitForReady(t, ready)
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/beta/directory/authenticationMethodDevices/hardwareOathDevices/d1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token-of-the-test")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `"status":"Activated"`) || !strings.Contains(string(body), `"Amy Masters"`) {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}

	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	want := "Microsoft Graph emulator listening on " + url + "\n" +
		"GET /beta/directory/authenticationMethodDevices/hardwareOathDevices/d1 200\n"
	if out.String() != want {
		t.Errorf("got output\n%s\nwant\n%s", out.String(), want)
	}
	if _, err := os.Stat(ready); !os.IsNotExist(err) {
		t.Errorf("the ready file is still there: %v", err)
	}
}

func waitForReady(t *testing.T, path string) string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		raw, err := os.ReadFile(path)
		if url := strings.TrimSpace(string(raw)); err == nil && url != "http://stale" {
			return url
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the ready file did not appear")
	return ""
}

func TestRun_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"far address":   {[]string{"-listen", "0.0.0.0:0"}, "not a loopback address"},
		"missing state": {[]string{"-state", "/does/not/exist"}, "state file"},
		"unknown quirk": {[]string{"-quirk", "nonsense"}, `there is no quirk "nonsense"`},
		"argument":      {[]string{"state.json"}, "unexpected arguments: state.json"},
		"page size":     {[]string{"-page-size", "0"}, "page size"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			err := run(t.Context(), tc.args, noEnv, io.Discard, &stderr)
			if err == nil {
				t.Fatal("no error")
			}
			if text := err.Error() + stderr.String(); !strings.Contains(text, tc.want) {
				t.Errorf("got %q, want it to contain %q", text, tc.want)
			}
		})
	}
}

func TestRun_listsQuirks(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-list-quirks"}, noEnv, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(out.String(), "\n"), len(graphtest.Quirks()); got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

func TestParseState_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	token := func(more string) string {
		return `{"users":[{"id":"u1"}],"hardwareOathDevices":[` +
			`{"serialNumber":"S0","manufacturer":"C","model":"M","timeIntervalInSeconds":30},` +
			`{"manufacturer":"C","model":"M",` + more + `}]}`
	}
	for name, tc := range map[string]struct{ in, want string }{
		"not JSON":         {"{\n\n]", "line 3:"},
		"empty":            {"", "line 1: the file ends too early"},
		"two objects":      {"{}\n{}", "line 2: there is more after the end"},
		"unknown property": {`{"tokens":[]}`, `unknown field "tokens"`},
		"wrong kind":       {token(`"serialNumber":"S1","timeIntervalInSeconds":"30"`), "timeIntervalInSeconds must be a int"},
		"secret kind":      {token(`"serialNumber":"S1","secretKey":12345`), "secretKey must be a string"},
		"no serial":        {token(`"timeIntervalInSeconds":30`), "serialNumber must not be empty"},
		"interval":         {token(`"serialNumber":"S1"`), `hardwareOathDevices[1] (serialNumber "S1"): timeIntervalInSeconds must be 30 or 60, got 0`},
		"hash":             {token(`"serialNumber":"S1","timeIntervalInSeconds":30,"hashFunction":"md5"`), "hashFunction must be"},
		"secret":           {token(`"serialNumber":"S1","timeIntervalInSeconds":30,"secretKey":"A8"`), "illegal character 8"},
		"status":           {token(`"serialNumber":"S1","timeIntervalInSeconds":30,"status":"lost"`), "status must be"},
		"assigned to none": {token(`"serialNumber":"S1","timeIntervalInSeconds":30,"status":"assigned"`), "needs assignedTo"},
		"unknown user":     {token(`"serialNumber":"S1","timeIntervalInSeconds":30,"assignedTo":{"id":"u2"}`), `there is no user with the id "u2"`},
		"same serial":      {token(`"serialNumber":"S0","timeIntervalInSeconds":30`), "already a device with this serial number"},
		"user without id":  {`{"users":[{"displayName":"Amy"}]}`, "users[0]: id must not be empty"},
		"user twice":       {`{"users":[{"id":"a"},{"id":"A"}]}`, "users[1]: there is already a user"},
		"user type":        {`{"users":[{"id":"a","userType":"Robot"}]}`, "userType must be Member or Guest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseState([]byte(tc.in))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %q, want it to contain %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "12345") {
				t.Errorf("%q repeats the secret", err)
			}
		})
	}
}
