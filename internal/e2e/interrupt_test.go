package e2e_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const devicesPath = "/directory/authenticationMethodDevices/hardwareOathDevices"

// Ctrl-C while Graph is making a token: the answer is waited for and the state
// holds the token.
func TestInterruptDuringCreate(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Path: devicesPath, Hang: 3 * time.Second, Times: 1})
	w := newWorkspace(t, srv, token("1"))
	output := w.interrupt(t, srv, "apply", "-auto-approve", "-input=false", "-no-color")
	if got := len(srv.Devices()); got != 1 {
		t.Fatalf("the tenant holds %d tokens, want 1\n%s", got, output)
	}
	if state := w.must(t, "state", "list"); !strings.Contains(state, "entra_hardware_oath_token.test") {
		t.Fatalf("the token is not in the state: %q\n%s", state, output)
	}
	w.mustPlanEmpty(t)
	w.mustDestroy(t, srv)
}

// Ctrl-C while waiting for Graph's leave to try again ends the wait.
func TestInterruptDuringWait(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Path: devicesPath, Status: 429, RetryAfter: "900"})
	w := newWorkspace(t, srv, token("1"))
	output := w.interrupt(t, srv, "apply", "-auto-approve", "-input=false", "-no-color")
	if !strings.Contains(strings.Join(strings.Fields(output), " "), "Terraform was interrupted.") {
		t.Errorf("the output does not tell of the interrupt:\n%s", output)
	}
	if got := len(srv.Devices()); got != 0 {
		t.Errorf("the tenant holds %d tokens, want none", got)
	}
}

// interrupt runs the CLI, sends it Ctrl-C once Graph has been sent a POST, and
// waits until it ends by itself.
func (w *workspace) interrupt(t *testing.T, srv *graphtest.Server, arguments ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := w.command(arguments...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); srv.FaultCount() == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			t.Fatalf("no POST within a minute:\n%s", out.String())
		}
	}
	time.Sleep(200 * time.Millisecond)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit status is the CLI's business: what counts is what is left
	return out.String()
}
