package e2e_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	activateAmy   = "-invoke=action.entra_hardware_oath_token_activate.amy"
	deactivateAmy = "-invoke=action.entra_hardware_oath_token_deactivate.amy"
)

// skipWithoutActions skips on Terraform before 1.14, which knows no actions or
// passes over them, and on OpenTofu.
func skipWithoutActions(t *testing.T, w *workspace) {
	t.Helper()
	version, _, _ := strings.Cut(w.must(t, "version"), "\n")
	if strings.HasPrefix(version, "OpenTofu") || regexp.MustCompile(`^Terraform v1\.1[0-3]\.`).MatchString(version) {
		t.Skipf("skipped: actions need Terraform 1.14 and newer, this is %s", version)
	}
}

// counter is a tenant where Amy has the token of the examples, or is to get it.
func counter(t *testing.T, held bool, config string) (*graphtest.Server, *workspace) {
	t.Helper()
	srv := graphtest.NewServer(t)
	srv.PutUser(exampleUser())
	srv.PutDevice(exampleToken())
	if held {
		srv.Assign(exampleToken().ID, exampleUser().ID)
	}
	w := newWorkspace(t, srv, config)
	skipWithoutActions(t, w)
	return srv, w
}

func mustHaveStatus(t *testing.T, srv *graphtest.Server, want string) {
	t.Helper()
	if d, _ := srv.Device(exampleToken().ID); d.Status != want {
		t.Errorf("the token's status is %s, want %s", d.Status, want)
	}
}

// The help desk's day, with the examples as they are printed: the code is asked
// for when it is needed, and what happens is told.
func TestActions_invoke(t *testing.T) {
	t.Parallel()
	activate := example(t, "actions/entra_hardware_oath_token_activate/action.tf")
	_, deactivate, _ := strings.Cut(example(t, "actions/entra_hardware_oath_token_deactivate/action.tf"), "}\n")
	srv, w := counter(t, true, activate+deactivate)
	for _, command := range []string{activateAmy, deactivateAmy} {
		if !strings.Contains(activate+example(t, "actions/entra_hardware_oath_token_deactivate/action.tf"), "terraform apply "+command) {
			t.Errorf("no example shows terraform apply %s", command)
		}
	}
	w.mustPlanEmpty(t) // which asks for no code
	code := "-var=code=" + srv.VerificationCode(exampleToken().ID, time.Now())
	apply := []string{"apply", "-auto-approve", "-input=false"}

	output, status := w.run(t, append(apply, activateAmy)...)
	if status == 0 {
		t.Error("an activation without a code is no error")
	}
	mustSay(t, output, "The argument verification_code is null, and the action needs it.")
	output = w.must(t, append(apply, activateAmy, code)...)
	mustSay(t, output, `Activating the hardware OATH token with object id "3dee0e53-f50f-43ef-85c0-b44689f2d66d" of user "amy@contoso.com".`)
	mustSay(t, output, `Activated: serial number "70029370".`)
	mustHaveStatus(t, srv, "activated")
	output = w.must(t, append(apply, activateAmy, code)...)
	mustSay(t, output, `The token (serial number "70029370") is activated already. The code was not sent.`)

	output = w.must(t, append(apply, deactivateAmy)...)
	mustSay(t, output, `Deactivating the hardware OATH token`)
	mustSay(t, output, `Deactivated: serial number "70029370". The user keeps the token.`)
	mustHaveStatus(t, srv, "assigned")
	output = w.must(t, append(apply, deactivateAmy)...)
	mustSay(t, output, `The token (serial number "70029370") is not activated: its status is assigned. Nothing was sent.`)
	w.mustPlanEmpty(t)
	if got := len(srv.Requests("POST", "")); got != 2 {
		t.Errorf("%d POST requests, want 2", got)
	}
}

// The token is assigned and activated in one apply. When the code is wrong the
// assignment stays, and the action is invoked by hand.
func TestActions_trigger(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]bool{"right code": false, "wrong code": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, w := counter(t, false, example(t, "actions/entra_hardware_oath_token_activate/action_trigger.tf"))
			right := "-var=code=" + srv.VerificationCode(exampleToken().ID, time.Now())
			if !wrong {
				mustSay(t, w.must(t, "apply", "-auto-approve", "-input=false", right), `Activated: serial number "70029370".`)
			} else {
				output, status := w.run(t, "apply", "-auto-approve", "-input=false", "-var=code="+srv.WrongCode(exampleToken().ID))
				if status == 0 {
					t.Errorf("a wrong code is no error:\n%s", output)
				}
				mustSay(t, output, "The verification code is not one that the token shows now.")
				w.mustPlanEmpty(t)
				w.must(t, "apply", "-auto-approve", "-input=false", activateAmy, right)
			}
			mustHaveStatus(t, srv, "activated")
			w.mustPlanEmpty(t)
			if got := len(srv.Requests("POST", methodsPath)); got != 1 || len(srv.Requests("DELETE", "")) != 0 {
				t.Errorf("%d assignments, want 1", got)
			}
		})
	}
}

// The code is in no file and in no output of an invocation without a saved plan.
func TestActions_keepNoCode(t *testing.T) {
	t.Parallel()
	srv, w := counter(t, true, example(t, "actions/entra_hardware_oath_token_activate/action.tf"))
	wrong, right := srv.WrongCode(exampleToken().ID), srv.VerificationCode(exampleToken().ID, time.Now())
	printed := ""
	for _, code := range []string{wrong, right} {
		// In the environment, since the CLI logs its command line.
		w.environment = append(w.environment, "TF_VAR_code="+code, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
		output, _ := w.run(t, "apply", "-auto-approve", "-input=false", activateAmy)
		printed += output
	}
	mustHaveStatus(t, srv, "activated")
	files := w.files(t)
	files["output"] = printed
	if !strings.Contains(files["trace.log"], "/activate") {
		t.Error("the trace log does not hold the provider's lines")
	}
	for name, content := range files {
		for _, code := range []string{wrong, right} {
			// In an id or a time six digits mean nothing.
			if found := regexp.MustCompile(`(?i).{0,80}(^|[^0-9a-z.-])` + code + `($|[^0-9a-z.-]).{0,80}`).FindString(content); found != "" {
				t.Errorf("%s holds the code: %s", name, found)
			}
		}
	}
}
