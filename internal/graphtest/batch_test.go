package graphtest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func batchResponses(r response) []map[string]any {
	list, _ := r.body["responses"].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, v := range list {
		item, _ := v.(map[string]any)
		out = append(out, item)
	}
	return out
}

func batchIDs(r response) string {
	ids := []string{}
	for _, item := range batchResponses(r) {
		ids = append(ids, fmt.Sprint(item["id"]))
	}
	return strings.Join(ids, " ")
}

func batchStatus(r response) string {
	all := []string{}
	for _, item := range batchResponses(r) {
		all = append(all, fmt.Sprint(item["status"]))
	}
	return strings.Join(all, " ")
}

func batchBody(t *testing.T, items ...map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"requests": items})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func get(id, url string, dependsOn ...string) map[string]any {
	item := map[string]any{"id": id, "method": "GET", "url": url}
	if len(dependsOn) > 0 {
		item["dependsOn"] = dependsOn
	}
	return item
}

func TestBatch(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	d := s.PutDevice(graphtest.Device{SerialNumber: "S1"})
	post := map[string]any{
		"id": "post", "method": "POST", "url": devices, "body": json.RawMessage(deviceBody("S2")),
		"headers": map[string]string{"Content-Type": "application/json"},
	}
	untyped := map[string]any{"id": "untyped", "method": "POST", "url": devices, "body": json.RawMessage(deviceBody("S3"))}
	got := do(t, s, "POST", "/$batch", batchBody(t,
		get("a", devices+"/"+d.ID), get("b", devices+"/x"), get("c", devices, "b"), get("d", devices, "c"), post,
		get("e", devices+"?$filter=serialNumber eq 'S2'", "post"), untyped,
		map[string]any{"id": "del", "method": "DELETE", "url": devices + "/" + d.ID},
	)).want(t, 200)
	if batchStatus(got) != "200 404 424 424 201 200 415 204" {
		t.Fatalf("got %s", got.raw)
	}
	all := batchResponses(got)
	body, _ := all[0]["body"].(map[string]any)
	filtered, _ := all[5]["body"].(map[string]any)
	if body["serialNumber"] != "S1" || len(response{body: filtered}.items()) != 1 || all[7]["body"] != nil {
		t.Errorf("got %s", got.raw)
	}
	requests := s.Requests("GET", devices+"/*")
	if len(requests) != 2 || !requests[0].Batched || len(s.Requests("POST", "/$batch")) != 1 {
		t.Errorf("got %+v", requests)
	}

	many := make([]map[string]any, 21)
	for i := range many {
		many[i] = get(fmt.Sprint(i), devices)
	}
	do(t, s, "POST", "/$batch", batchBody(t, many[:20]...)).want(t, 200)
	for _, body := range []string{
		batchBody(t, many...), batchBody(t), batchBody(t, many[0], many[0]), batchBody(t, get("1", devices, "2"), get("2", devices)),
		batchBody(t, get("", devices)), batchBody(t, get("1", s.URL()+devices)),
	} {
		do(t, s, "POST", "/$batch", body).want(t, 400)
	}
}

func TestBatch_faults(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	s.AddFault(graphtest.Fault{Method: "GET", Path: devices, Status: 429, RetryAfter: "3", Times: 1})
	s.AddFault(graphtest.Fault{Method: "GET", Path: devices + "/*", Drop: true})
	got := do(t, s, "POST", "/$batch", batchBody(t, get("1", devices), get("2", devices), get("3", devices+"/x"))).want(t, 200)
	if batchStatus(got) != "429 200 504" {
		t.Errorf("got %s", got.raw)
	}
	headers, _ := batchResponses(got)[0]["headers"].(map[string]any)
	if headers["Retry-After"] != "3" {
		t.Errorf("got %v", headers)
	}
}

func TestBatch_isMarkedInTheLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lines []string
	s := graphtest.NewServer(t, graphtest.WithLog(func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf(format, args...))
	}))
	do(t, s, "POST", "/$batch", batchBody(t, map[string]any{"id": "1", "method": "GET", "url": devices})).want(t, 200)
	mu.Lock()
	defer mu.Unlock()
	want := []string{"GET /beta" + devices + " 200 batched", "POST /beta/$batch 200"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
