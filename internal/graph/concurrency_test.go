package graph_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	crowd   = 40
	workers = 10
)

// Forty tokens by ten goroutines, as Terraform would, with each fault in turn:
// no orphan, no duplicate, and nothing left at the end.
func TestCrowd_underEachFault(t *testing.T) {
	t.Parallel()
	faults := map[string]graphtest.Fault{
		"none":                    {Times: 1, Path: "/nowhere"},
		"429 with Retry-After":    {Status: 429, RetryAfter: "0.2", Every: 7},
		"429 without Retry-After": {Status: 429, Every: 7},
		"503 before the write":    {Status: 503, Every: 7},
		"503 after the write":     {Status: 503, AfterWrite: true, Every: 7},
		"500 after the write":     {Status: 500, AfterWrite: true, Every: 7},
		"502 page":                {Status: 502, HTML: true, Every: 7},
		"504 after the write":     {Status: 504, AfterWrite: true, Every: 7},
		"cut":                     {Cut: true, Every: 7},
		"dropped before":          {Drop: true, Every: 7},
		"dropped after":           {Drop: true, AfterWrite: true, Every: 7},
		"every creation lost":     {Method: "POST", AfterWrite: true, Every: 2},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(250*time.Millisecond), graphtest.WithPageSize(7))
			srv.AddFault(fault)
			config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
			config.MaxRetries = 10
			client := newClientOf(t, config, graph.WithVisibilityWindow(10*time.Second), graph.WithSettleWindow(100*time.Millisecond))

			var mu sync.Mutex
			made := map[string]string{} // serial number by id
			inParallel(t, func(i int) error {
				spec := newSpec(fmt.Sprintf("S%02d", i))
				token, _, err := client.CreateHardwareOathToken(t.Context(), spec)
				if err != nil {
					return fmt.Errorf("create: %w", err)
				}
				got, err := client.GetHardwareOathToken(t.Context(), madeJustNow(token))
				if err != nil || got.SerialNumber != spec.SerialNumber {
					return fmt.Errorf("read of %s: %s %w", spec.SerialNumber, got.SerialNumber, err)
				}
				mu.Lock()
				defer mu.Unlock()
				made[token.ID] = token.SerialNumber
				return nil
			})
			for _, device := range srv.Devices() {
				if made[device.ID] != device.SerialNumber {
					t.Errorf("an orphan: %s %s", device.ID, device.SerialNumber)
				}
			}
			if n := len(srv.Devices()); n != crowd || len(made) != crowd {
				t.Errorf("%d devices and %d tokens, want %d", n, len(made), crowd)
			}
			ids := []string{}
			for id := range made {
				ids = append(ids, id)
			}
			if len(ids) != crowd {
				return
			}
			inParallel(t, func(i int) error {
				return client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: ids[i]}, false)
			})
			if n := len(srv.Devices()); n != 0 {
				t.Errorf("%d devices left, want none", n)
			}
		})
	}
}

// inParallel runs the job for each of the crowd, by as many goroutines as there are workers.
func inParallel(t *testing.T, job func(i int) error) {
	t.Helper()
	jobs := make(chan int)
	results := make(chan error, crowd)
	for range workers {
		go func() {
			for i := range jobs {
				results <- job(i)
			}
		}()
	}
	for i := range crowd {
		jobs <- i
	}
	close(jobs)
	failed := []error{}
	for range crowd {
		failed = append(failed, <-results)
	}
	if err := errors.Join(failed...); err != nil {
		t.Error(err)
	}
}
