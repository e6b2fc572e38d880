package provider_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// needsActions skips a test of actions on CLIs without them; 1.13 passes over
// them in silence.
func needsActions() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)}
}

// triggered is an action that the creation of a resource invokes.
func triggered(action, arguments string) string {
	return fmt.Sprintf(`
resource "terraform_data" "trigger" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.entra_hardware_oath_token_%[1]s.test]
    }
  }
}

action "entra_hardware_oath_token_%[1]s" "test" {
  config {
    %[2]s
  }
}
`, action, arguments)
}

// held are the arguments of an action on the tenant's token.
func (w office) held(user, more string) string {
	return fmt.Sprintf("token_id = %q\nuser_id = %q\n%s", w.device.ID, user, more)
}

func verificationCode(code string) string { return fmt.Sprintf("verification_code = %q", code) }

// now is what the token shows.
func (w office) now() string { return w.VerificationCode(w.device.ID, time.Now()) }

func (w office) expectStatus(want string) statecheck.StateCheck {
	return stateCheckFunc(func() error {
		if d, _ := w.Device(w.device.ID); d.Status != want {
			return fmt.Errorf("the token's status is %s, want %s", d.Status, want)
		}
		return nil
	})
}

// act runs one step with an action.
func (w office) act(t *testing.T, step resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.provider(t),
		TerraformVersionChecks:   needsActions(),
		Steps:                    []resource.TestStep{step},
	})
}

// Assigned and activated in one apply: what the action needs is unknown in the
// plan, and what was assigned a moment ago may not show yet.
func TestActions_afterAssignment(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]graphtest.Quirk{nil, {graphtest.QuirkAssignLags}, {graphtest.QuirkActivateOK, graphtest.QuirkMethodInValue}} {
		t.Run(fmt.Sprint(quirks), func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 0, graphtest.WithQuirks(quirks...))
			checks := []statecheck.StateCheck{w.expectStatus("activated"), expectRequests(w.Server, "POST", activatePath, 1)}
			if quirks == nil {
				checks = append(checks, expectRequests(w.Server, "GET", methodPath, 1), expectRequests(w.Server, "", "", 4)) // 2 of them assign
			}
			w.act(t, resource.TestStep{
				Config: assignConfig(fmt.Sprintf("%q", w.device.ID), `"amy@contoso.com"`, `
					lifecycle {
					  action_trigger {
					    events  = [after_create]
					    actions = [action.entra_hardware_oath_token_activate.test]
					  }
					}`) + fmt.Sprintf(`
					action "entra_hardware_oath_token_activate" "test" {
					  config {
					    token_id          = entra_hardware_oath_token_assignment.test.token_id
					    user_id           = entra_hardware_oath_token_assignment.test.user_object_id
					    verification_code = %q
					  }
					}`, w.now()),
				ConfigStateChecks: checks,
			})
		})
	}
}

// What is so already is a success, however the tenant would answer: one look.
func TestActions_alreadySo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action, status string
		quirk          graphtest.Quirk
		want           string
		requests       int
	}{
		"activate":                 {"activate", "assigned", "", "activated", 2},
		"activate again":           {"activate", "activated", "", "activated", 1},
		"activate again, refused":  {"activate", "activated", graphtest.QuirkReactivationRefused, "activated", 1},
		"activate after a failure": {"activate", "failedActivation", "", "activated", 2},
		"activate, unknown status": {"activate", "assigned", graphtest.QuirkUnknownStatus, "activated", 2},
		"deactivate":               {"deactivate", "activated", "", "assigned", 2},
		"deactivate again":         {"deactivate", "assigned", "", "assigned", 1},
		"deactivate again, taken":  {"deactivate", "assigned", graphtest.QuirkDeactivateIdempotent, "assigned", 1},
		"deactivate, unknown":      {"deactivate", "activated", graphtest.QuirkUnknownStatus, "assigned", 2},
		"deactivate after failure": {"deactivate", "failedActivation", "", "failedActivation", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quirks := []graphtest.Quirk{test.quirk}
			if test.quirk == "" {
				quirks = nil
			}
			w := newOffice(t, 0, graphtest.WithQuirks(quirks...))
			w.set(func(d *graphtest.Device) { d.AssignedTo, d.Status = w.amy.ID, test.status })
			arguments := w.held(w.amy.UserPrincipalName, "")
			if test.action == "activate" {
				arguments += verificationCode(w.now())
			}
			w.act(t, resource.TestStep{
				Config:            triggered(test.action, arguments),
				ConfigStateChecks: []statecheck.StateCheck{w.expectStatus(test.want), expectRequests(w.Server, "", "", test.requests)},
			})
		})
	}
}

// A lost answer is looked into and not taken for a failure.
func TestActions_lostAnswer(t *testing.T) {
	t.Parallel()
	for action, test := range map[string]struct{ path, before, after string }{
		"activate":   {activatePath, "assigned", "activated"},
		"deactivate": {deactivatePath, "activated", "assigned"},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 0, graphtest.WithQuirks(graphtest.QuirkReactivationRefused))
			w.set(func(d *graphtest.Device) { d.AssignedTo, d.Status = w.amy.ID, test.before })
			w.AddFault(graphtest.Fault{Path: test.path, Status: http.StatusServiceUnavailable, AfterWrite: true, Times: 1})
			arguments := w.held(w.amy.ID, "")
			if action == "activate" {
				arguments += verificationCode(w.now())
			}
			w.act(t, resource.TestStep{
				Config:            triggered(action, arguments),
				ConfigStateChecks: []statecheck.StateCheck{w.expectStatus(test.after), expectRequests(w.Server, "POST", test.path, 1)},
			})
		})
	}
}

func TestActions_errors(t *testing.T) {
	t.Parallel()
	const (
		noToken = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"
		code    = `verification_code = "012345"`
	)
	legacy := func(d *graphtest.Device) { d.Legacy = true }
	for name, test := range map[string]struct {
		action    string
		arguments func(w office) string
		change    func(*graphtest.Device)
		want      string
	}{
		"wrong code":    {"activate", func(w office) string { return w.held(w.amy.ID, verificationCode(w.WrongCode(w.device.ID))) }, nil, `was refused. The verification code is not one that the token shows now. Read a new code off the token and apply again: a code is used once. Microsoft Entra lets a token's clock be off by a day`},
		"its status":    {"activate", func(w office) string { return w.held(w.amy.ID, verificationCode(w.WrongCode(w.device.ID))) }, nil, `The user keeps the token, with status failedActivation.`},
		"legacy":        {"activate", func(w office) string { return w.held(w.amy.ID, code) }, legacy, `The token is not in the tenant's inventory: it was uploaded as CSV in the portal, and has to be activated there.`},
		"another's":     {"activate", func(w office) string { return w.held(w.bob.ID, code) }, nil, `was not tried: the user does not have the token (serial number "70029370"): it is assigned to "Amy Masters" (user `},
		"another's too": {"deactivate", func(w office) string { return w.held(w.bob.UserPrincipalName, "") }, nil, `The deactivation of the hardware OATH token with object id`},
		"nobody's":      {"deactivate", func(w office) string { return w.held(w.bob.ID, "") }, func(d *graphtest.Device) { d.AssignedTo = "" }, `the user does not have the token (serial number "70029370"): nobody has it now. Assign it first.`},
		"no token":      {"activate", func(w office) string { return fmt.Sprintf("token_id = %q\nuser_id = %q\n%s", noToken, w.amy.ID, code) }, nil, `there is no token with object id "` + noToken + `" in the tenant's inventory. token_id is the id of an entra_hardware_oath_token and not its serial number.`},
		"no user":       {"activate", func(w office) string { return w.held("nobody@contoso.com", code) }, nil, `was not tried: Microsoft Graph knows no user "nobody@contoso.com" in this tenant.`},
		"no code":       {"activate", func(w office) string { return w.held(w.amy.ID, "verification_code = null") }, nil, `Must set a configuration value for the verification_code attribute`},
		"five digits":   {"activate", func(w office) string { return w.held(w.amy.ID, `verification_code = "12345"`) }, nil, `Attribute verification_code: a verification code is the six digits that the token shows, as a string, so that leading zeros are kept. The value is not shown because it is a secret.`},
		"serial number": {"deactivate", func(office) string { return "token_id = \"70029370\"\nuser_id = \"amy@contoso.com\"" }, nil, `Attribute token_id: value must be an object id, which is a GUID; the number on a token is its serial_number, got: "70029370".`},
		"name":          {"deactivate", func(w office) string { return w.held("Amy Masters", "") }, nil, `Attribute user_id: value must be a user's object id, which is a GUID, or a user principal name`},
		"timeout":       {"deactivate", func(w office) string { return w.held(w.amy.ID, `timeouts = { invoke = "soon" }`) }, nil, `"soon" must be a string containing a sequence of decimal numbers`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 0)
			w.set(func(d *graphtest.Device) { d.AssignedTo, d.Status = w.amy.ID, "assigned" })
			if test.change != nil {
				w.set(test.change)
			}
			w.act(t, resource.TestStep{Config: triggered(test.action, test.arguments(w)), ExpectError: says(test.want)})
		})
	}
}

// A code that is none is found before anything is sent, wherever it comes from:
// Graph takes note of every wrong one. What is unknown in the plan is checked too.
func TestActions_badCodeIsNotSent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ value, want string }{
		"in the plan": {`var.code`, `Error: Invalid verification code`},
		"later":       {`substr("${terraform_data.trigger.id}12345", length(terraform_data.trigger.id), 5)`, `Error: Invalid verification code`},
		"none at all": {`var.none`, `The argument verification_code is null, and the action needs it.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 0)
			w.set(func(d *graphtest.Device) { d.AssignedTo, d.Status = w.amy.ID, "assigned" })
			w.act(t, resource.TestStep{
				Config: triggered("activate", w.held(w.amy.ID, "verification_code = "+test.value)) + `
					variable "code" {
					  type    = string
					  default = "12345"
					}
					variable "none" {
					  type    = string
					  default = null
					}`,
				ExpectError: says(test.want),
			})
			if got := w.Requests("", ""); len(got) != 0 {
				t.Errorf("%d requests, want none", len(got))
			}
		})
	}
}

// What the action itself needs is what a refusal names.
func TestActions_forbidden(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	w.set(func(d *graphtest.Device) { d.AssignedTo, d.Status = w.amy.ID, "activated" })
	w.AddFault(graphtest.Fault{Path: deactivatePath, Status: http.StatusForbidden})
	w.act(t, resource.TestStep{
		Config:      triggered("deactivate", w.held(w.amy.ID, "")),
		ExpectError: says(`An application needs the Microsoft Graph permission UserAuthenticationMethod.ReadWrite.All, with admin consent; a signed-in user needs it too, and the role Authentication Administrator`),
	})
}

// The timeout of an invocation is its own.
func TestActions_timeout(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	w.set(func(d *graphtest.Device) { d.AssignedTo, d.Status = w.amy.ID, "activated" })
	w.AddFault(graphtest.Fault{Path: deactivatePath, Status: http.StatusTooManyRequests, RetryAfter: "60"})
	w.act(t, resource.TestStep{
		Config:      triggered("deactivate", w.held(w.amy.ID, `timeouts = { invoke = "3s" }`)),
		ExpectError: says(`was not settled in time: Microsoft Graph asked to wait 1m0s before the next attempt, which is longer than what is left of this operation's timeout.`),
	})
}
