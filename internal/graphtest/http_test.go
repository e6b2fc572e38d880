package graphtest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{})
	d := s.PutDevice(graphtest.Device{SerialNumber: "S1", AssignedTo: amy.ID, SecretKey: secret})
	do(t, s, "GET", "/users/"+amy.ID+"/authentication/hardwareoathmethods", "").want(t, 200)
	do(t, s, "GET", s.URL()+"/BETA/Directory/authenticationmethoddevices/HARDWAREOATHDEVICES/"+d.ID, "").want(t, 200)
	do(t, s, "DELETE", "/users/"+amy.ID+"/Authentication/HardwareOathMethods/"+d.ID, "").want(t, 204)
	for _, path := range []string{devices, devices + "/" + d.ID, methodsOf(amy.ID)} {
		got := do(t, s, "GET", s.URL()+"/v1.0"+path, "").want(t, 404)
		if got.code() == "" {
			t.Errorf("got %s", got.raw)
		}
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
	req := newRequest(t, s, "GET", devices+"/x", "")
	req.Header.Set("Client-Request-Id", "my-id")
	got := send(t, s, req).want(t, 404)
	requestID := got.header.Get("Request-Id")
	want := map[string]any{"error": map[string]any{
		"code": "notFound", "message": "Hardware OATH device 'x' was not found.",
		"innerError": map[string]any{"date": "2026-01-02T03:04:05", "request-id": requestID, "client-request-id": "my-id"},
	}}
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Error(diff)
	}
	if requestID == "" || got.header.Get("Client-Request-Id") != "my-id" || got.header.Get("Date") != "Fri, 02 Jan 2026 03:04:05 GMT" ||
		!strings.HasPrefix(got.header.Get("Content-Type"), "application/json;odata.metadata=minimal") {
		t.Errorf("got header %v", got.header)
	}

	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write([]byte(deviceBody("S1"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req = newRequest(t, s, "POST", devices, compressed.String())
	req.Header.Set("Content-Encoding", "gzip")
	send(t, s, req).want(t, 415)
	req = newRequest(t, s, "POST", devices, deviceBody("S1"))
	req.Header.Set("Content-Type", "text/plain")
	send(t, s, req).want(t, 415)
	posts := s.Requests("POST", "")
	if len(posts) != 2 || posts[0].ContentEncoding != "gzip" || posts[0].Status != 415 || len(s.Devices()) != 0 {
		t.Errorf("got %+v", posts)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
	req := newRequest(t, s, "POST", devices, deviceBody("S1"))
	req.Header.Set("User-Agent", "test/1")
	req.Header.Set("Client-Request-Id", "my-id")
	created := send(t, s, req).want(t, 201)
	item := devices + "/" + fmt.Sprint(created.body["id"])
	do(t, s, "GET", item, "").want(t, 200)
	do(t, s, "GET", devices+"?$top=1", "").want(t, 200)
	do(t, s, "GET", s.URL()+"/v1.0"+devices, "").want(t, 404)
	appToken(t, s)

	want := graphtest.Request{
		Method: "POST", Path: devices, Status: 201,
		Properties:      []string{"manufacturer", "model", "secretKey", "serialNumber", "timeIntervalInSeconds"},
		ClientRequestID: "my-id", RequestID: created.header.Get("Request-Id"), UserAgent: "test/1", Time: clock.Now(),
	}
	if diff := cmp.Diff([]graphtest.Request{want}, s.Requests("post", strings.ToUpper(devices))); diff != "" {
		t.Error(diff)
	}
	for pattern, count := range map[string]int{
		"": 4, devices: 2, devices + "/*": 1, item: 1, "/*/*/*": 2, "/directory": 0, "/*/*/*/*": 2, "/v1.0" + devices: 1,
	} {
		if got := len(s.Requests("", pattern)); got != count {
			t.Errorf("pattern %q: got %d requests, want %d", pattern, got, count)
		}
	}
	if got := s.Requests("GET", devices); len(got) != 1 || got[0].RawQuery != "$top=1" || got[0].ClientRequestID != "" {
		t.Errorf("got %+v", got)
	}
	tokens := s.TokenRequests()
	if len(tokens) != 1 || cmp.Diff([]string{"client_id", "client_secret", "grant_type", "scope"}, tokens[0].Properties) != "" {
		t.Errorf("got %+v", tokens)
	}
	s.ResetRequests()
	if len(s.Requests("", "")) != 0 || len(s.TokenRequests()) != 0 {
		t.Error("ResetRequests left something")
	}
}

func TestLog_holdsNoSecrets(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lines []string
	s := graphtest.NewServer(&loud{T: t}, graphtest.WithLog(func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf(format, args...))
	}))
	do(t, s, "POST", devices, deviceBody("S1", `"colour":"red"`)).want(t, 400)
	do(t, s, "POST", devices, deviceBody("S1")).want(t, 201)
	appToken(t, s)
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(lines, "\n")
	if !strings.Contains(all, "POST /beta"+devices+" 201") || !strings.Contains(all, "oauth2/v2.0/token 200") {
		t.Errorf("got log %s", all)
	}
	for _, word := range []string{secret, s.AccessToken(), "app-secret"} {
		if strings.Contains(all, word) {
			t.Errorf("the log holds %q", word)
		}
	}
}

func TestWithLatency(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t, graphtest.WithLatency(30*time.Millisecond))
	begin := time.Now()
	do(t, s, "GET", devices, "").want(t, 200)
	if took := time.Since(begin); took < 30*time.Millisecond {
		t.Errorf("the answer took %v", took)
	}
}

func TestWithTLS(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t, graphtest.WithTLS())
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") || s.CACertificate() == nil {
		t.Errorf("got %s", s.URL())
	}
	do(t, s, "GET", devices, "").want(t, 200)
	req := newRequest(t, s, "GET", devices, "")
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Error("a client without the certificate got through")
	}
}

func TestStart_refuses(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		if s, err := graphtest.Start(addr); err == nil {
			s.Close()
			t.Errorf("%s was accepted", addr)
		}
	}
	for name, opt := range map[string]graphtest.Option{
		"page size": graphtest.WithPageSize(0), "token": graphtest.WithAccessToken(""),
	} {
		if s, err := graphtest.Start("127.0.0.1:0", opt); err == nil {
			s.Close()
			t.Errorf("a bad %s was accepted", name)
		}
	}
}

func TestClose_endsHangingRequests(t *testing.T) {
	t.Parallel()
	s, err := graphtest.Start("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	s.AddFault(graphtest.Fault{Hang: time.Hour})
	ended := make(chan error, 1)
	req := newRequest(t, s, "GET", devices, "")
	go func() {
		resp, err := s.Client().Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		ended <- err
	}()
	for len(s.Requests("", "")) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.Close()
	s.Close()
	if err := <-ended; err == nil {
		t.Error("the request was answered")
	}
}

func TestServer_concurrent(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	var wg sync.WaitGroup
	for i := range 20 {
		body := deviceBody(fmt.Sprint("S", i%10))
		wg.Go(func() {
			do(t, s, "POST", devices, body)
			do(t, s, "GET", devices, "")
			s.Devices()
			s.Requests("", "")
		})
	}
	wg.Wait()
	if got := len(s.Devices()); got != 10 {
		t.Errorf("got %d devices", got)
	}
}

func TestPutDevice(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t, graphtest.WithIDs(func() string { return "ID-1" }))
	want := graphtest.Device{ID: "ID-1", SerialNumber: "S1", TimeIntervalInSeconds: 30, HashFunction: "hmacsha1", Status: "available"}
	if got := s.PutDevice(graphtest.Device{SerialNumber: "S1"}); got != want {
		t.Error(cmp.Diff(want, got))
	}
	want.SerialNumber, want.Model = "S2", "M2"
	s.PutDevice(want)
	if diff := cmp.Diff([]graphtest.Device{want}, s.Devices()); diff != "" {
		t.Error(diff)
	}
	s.RemoveDevice("id-1")
	if _, found := s.Device("ID-1"); found || len(s.Devices()) != 0 {
		t.Error("the device is still there")
	}
}
