package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// batchOf is a batch that makes its tokens two by two.
func batchOf(n int, arguments string) string {
	return fmt.Sprintf(`
		locals {
		  serials = [for i in range(%d) : format("D%%03d", i)]
		}
		resource "entra_hardware_oath_token_batch" "test" {
		  tokens                 = { for serial in local.serials : serial => { manufacturer = "Deepnet", model = "SafeID/Classic", time_interval_in_seconds = 60 } }
		  secret_keys_wo         = { for serial in local.serials : serial => %q }
		  secret_keys_wo_version = 1
		  tokens_per_request     = 2
		  %s
		}
	`, n, seed, arguments)
}

// batchIDs are the ids in the state by serial number; "" is none.
func (w *workspace) batchIDs(t *testing.T) map[string]string {
	t.Helper()
	var state struct {
		Resources []struct {
			Instances []struct {
				Status     string
				Attributes struct {
					Tokens map[string]struct{ ID *string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(w.files(t)["terraform.tfstate"]), &state); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, r := range state.Resources {
		for _, instance := range r.Instances {
			if instance.Status != "" {
				t.Errorf("the batch is %s", instance.Status)
			}
			for serialNumber, token := range instance.Attributes.Tokens {
				if ids[serialNumber] = ""; token.ID != nil {
					ids[serialNumber] = *token.ID
				}
			}
		}
	}
	return ids
}

// Ctrl-C in the middle of a delivery: the request under way is seen through,
// what was made is in the state, and the next apply makes the rest.
func TestInterruptDuringBatch(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "PATCH", Path: devicesPath, Hang: 3 * time.Second, Times: 1})
	w := newWorkspace(t, srv, batchOf(10, ""))
	output := w.interrupt(t, srv, "apply", "-auto-approve", "-input=false", "-no-color")
	made := srv.Devices()
	if len(made) != 2 {
		t.Fatalf("the tenant holds %d tokens, want 2\n%s", len(made), output)
	}
	ids := w.batchIDs(t)
	if len(ids) != 10 || ids["D000"] != made[0].ID || ids["D001"] != made[1].ID || ids["D002"] != "" {
		t.Errorf("the state holds %v", ids)
	}
	w.apply(t)
	w.mustPlanEmpty(t)
	if got := len(srv.Requests("DELETE", "")); got != 0 {
		t.Errorf("%d deletions: the batch was replaced", got)
	}
	w.mustDestroy(t, srv)
}

// Destroying takes no token from a person: those stay, in the tenant and in the
// state, until they are taken back.
func TestDestroyBatchWithAssignedTokens(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	w := newWorkspace(t, srv, batchOf(25, ""))
	w.apply(t)
	amy := srv.PutUser(graphtest.User{DisplayName: "Amy"})
	for _, serialNumber := range []string{"D003", "D021"} {
		device, _ := srv.DeviceBySerial(serialNumber)
		srv.Assign(device.ID, amy.ID)
	}
	output, status := w.run(t, "destroy", "-auto-approve", "-input=false")
	output = strings.Join(strings.Fields(strings.ReplaceAll(output, "│", "")), " ")
	for _, want := range []string{"Failed to delete 2 of 25 hardware OATH tokens", `"D003", "D021" is assigned to "Amy" (user ` + amy.ID + `).`, "set unassign_on_destroy = true"} {
		if status == 0 || !strings.Contains(output, want) {
			t.Errorf("status %d, and the output does not say %q:\n%s", status, want, output)
		}
	}
	if ids := w.batchIDs(t); len(ids) != 2 || ids["D003"] == "" || ids["D021"] == "" {
		t.Errorf("the state holds %v, want the two that are left", ids)
	}
	for _, device := range srv.Devices() {
		srv.Unassign(device.ID)
	}
	w.mustDestroy(t, srv)
}
