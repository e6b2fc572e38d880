package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const fortyTokens = `
	resource "entra_hardware_oath_token" "all" {
	  for_each                 = { for i in range(40) : format("7002%04d", i) => i }
	  serial_number            = each.key
	  manufacturer             = "Deepnet"
	  model                    = "SafeID/Classic"
	  time_interval_in_seconds = 60
	  secret_key_wo            = "` + seed + `"
	  secret_key_wo_version    = 1
	}
`

// Every fault in turn, over a tenant that shows what was made 4 seconds late:
// no token is lost, made twice or left behind.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"none":                    {Times: 1, Method: "TRACE"},
		"429 with Retry-After":    {Status: 429, RetryAfter: "2", Every: 4},
		"429 without Retry-After": {Status: 429, Every: 4},
		"503 before the write":    {Status: 503, Every: 7},
		"503 after the write":     {Status: 503, AfterWrite: true, Every: 7},
		"answer cut":              {Cut: true, Every: 7},
		"connection lost before":  {Drop: true, Every: 7},
		"connection lost after":   {Drop: true, AfterWrite: true, Every: 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(4*time.Second))
			srv.AddFault(fault)
			w := newWorkspace(t, srv, fortyTokens)
			w.apply(t)
			serials := map[string]bool{}
			for _, device := range srv.Devices() {
				serials[device.SerialNumber] = true
			}
			if got := len(srv.Devices()); got != 40 || len(serials) != 40 {
				t.Fatalf("the tenant holds %d tokens with %d serial numbers, want 40 of each", got, len(serials))
			}
			w.mustPlanEmpty(t)
			w.mustDestroy(t, srv)
			if fault.Method == "" && srv.FaultCount() < 10 {
				t.Errorf("only %d faults were met", srv.FaultCount())
			}
		})
	}
}

// Destroying at once what the tenant does not show yet must not forget it.
func TestDestroyBeforeVisible(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(4*time.Second), graphtest.WithDeletionDelay(4*time.Second))
	w := newWorkspace(t, srv, fortyTokens)
	w.apply(t)
	w.mustDestroy(t, srv)
}

// A replacement takes the same serial number again, which the tenant counts as
// taken for a while.
func TestReplaceUnderDelays(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(2*time.Second), graphtest.WithDeletionDelay(2*time.Second))
	w := newWorkspace(t, srv, token("1"))
	w.apply(t)
	before := srv.Devices()[0].ID
	w.must(t, "apply", "-auto-approve", "-input=false", "-replace=entra_hardware_oath_token.test")
	if got := srv.Devices(); len(got) != 1 || got[0].ID == before {
		t.Fatalf("after the replacement of %s the tenant holds %+v", before, len(got))
	}
	w.mustPlanEmpty(t)
	w.mustDestroy(t, srv)
}

func token(serialNumber string) string {
	return fmt.Sprintf(`
		resource "entra_hardware_oath_token" "test" {
		  serial_number            = %q
		  manufacturer             = "Deepnet"
		  model                    = "SafeID/Classic"
		  time_interval_in_seconds = 60
		  secret_key_wo            = %q
		  secret_key_wo_version    = 1
		}
	`, serialNumber, seed)
}
