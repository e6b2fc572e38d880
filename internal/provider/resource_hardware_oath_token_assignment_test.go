package provider_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

const (
	assignmentAddr = "entra_hardware_oath_token_assignment.test"
	methodsPath    = "/users/*/authentication/hardwareOathMethods"
	activatePath   = methodPath + "/activate"
	deactivatePath = methodPath + "/deactivate"
)

// stepClock passes the waits for a token's next step at once.
type stepClock struct {
	mu     sync.Mutex
	waited time.Duration
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.waited)
}

func (c *stepClock) Sleep(ctx context.Context, wait time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += wait
	return ctx.Err()
}

// office is Amy, Bob and a token that nobody holds, in a tenant whose clock
// differs from ours.
type office struct {
	*graphtest.Server
	clock    *stepClock
	amy, bob graphtest.User
	device   graphtest.Device
}

func newOffice(t *testing.T, ahead time.Duration, options ...graphtest.Option) office {
	t.Helper()
	clock := &stepClock{}
	options = append(options, graphtest.WithClock(func() time.Time { return clock.Now().Add(ahead) }))
	w := office{Server: graphtest.NewServer(t, options...), clock: clock}
	w.amy = w.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	w.bob = w.PutUser(graphtest.User{DisplayName: "Bob Beamon", UserPrincipalName: "bob@contoso.com"})
	w.device = w.PutDevice(deviceOf("70029370"))
	return w
}

func (w office) provider(t *testing.T) factories {
	t.Helper()
	return newProvider(t, w.Server, provider.WithGraphOptions(graph.WithClock(w.clock)))
}

// patient waits as long for what Graph shows late as it does in earnest.
func (w office) patient(t *testing.T) factories {
	t.Helper()
	return newProvider(t, w.Server, provider.WithGraphOptions(graph.WithClock(w.clock), graph.WithVisibilityWindow(time.Minute), graph.WithSettleWindow(4*time.Second)))
}

// assign is an assignment named test of the tenant's token, with further arguments.
func (w office) assign(user, arguments string) string {
	return assignConfig(fmt.Sprintf("%q", w.device.ID), fmt.Sprintf("%q", user), arguments)
}

// assignConfig takes expressions for the token and the user.
func assignConfig(token, user, arguments string) string {
	return fmt.Sprintf(`
resource "entra_hardware_oath_token_assignment" "test" {
  token_id = %s
  user_id  = %s
  %s
}
`, token, user, arguments)
}

// activated are the arguments of an activation from a seed.
func activated(secret string) string {
	return fmt.Sprintf("activate = true\nsecret_key_wo = %q\nsecret_key_wo_version = 1\n", secret)
}

func (w office) set(change func(*graphtest.Device)) {
	d, _ := w.Device(w.device.ID)
	change(&d)
	w.PutDevice(d)
}

// taken checks that destroy took the token back and left it in the inventory.
func (w office) taken(*terraform.State) error {
	d, ok := w.Device(w.device.ID)
	if !ok || d.AssignedTo != "" || d.Status != "available" {
		return fmt.Errorf("destroy left %+v (there %t), want a free token", d, ok)
	}
	return nil
}

// run runs steps and then checks that the token was taken back.
func (w office) run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.provider(t), Steps: steps, CheckDestroy: w.taken})
}

func expectAction(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(assignmentAddr, action)}}
}

func expectText(attribute, want string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(assignmentAddr, tfjsonpath.New(attribute), knownvalue.StringExact(want))
}

func expectNull(attribute string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(assignmentAddr, tfjsonpath.New(attribute), knownvalue.Null())
}

func TestHardwareOathTokenAssignment_lifecycle(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	w.run(
		t,
		resource.TestStep{
			Config: w.assign(w.amy.ID, ""),
			ConfigStateChecks: []statecheck.StateCheck{
				expectText("id", w.amy.ID+"/"+w.device.ID), expectText("user_object_id", w.amy.ID), expectText("serial_number", "70029370"),
				expectText("status", "assigned"), expectNull("activate"), expectNull("display_name"), expectNull("secret_key_wo_version"),
				expectRequests(w.Server, "POST", methodsPath, 1), expectRequests(w.Server, "GET", devicePath, 1), expectRequests(w.Server, "", "", 2),
			},
		},
		resource.TestStep{ResourceName: assignmentAddr, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"secret_key_wo_version"}},
		resource.TestStep{ResourceName: assignmentAddr, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: w.amy.ID + "/" + w.device.ID},
		resource.TestStep{
			// Activated later: one GET for the token's parameters, one POST.
			PreConfig:        w.ResetRequests,
			Config:           w.assign(w.amy.ID, activated(seed)+`display_name = "Front desk"`),
			ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				expectText("status", "activated"), expectText("display_name", "Front desk"), expectNull("secret_key_wo"), expectNull("verification_code_wo"),
				expectRequests(w.Server, "POST", activatePath, 1), expectProperties(w.Server, "POST", activatePath, "[displayName verificationCode]"),
				expectRequests(w.Server, "GET", devicePath, 2), // the refresh of the plan is one
				expectRequests(w.Server, "", "", 3),
			},
		},
		resource.TestStep{
			// The person renames the token: no drift, and no business of ours.
			PreConfig:         func() { w.set(func(d *graphtest.Device) { d.DisplayName = "Amy's" }) },
			Config:            w.assign(w.amy.ID, activated(seed)+`display_name = "Front desk"`),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{expectText("display_name", "Front desk")},
		},
		resource.TestStep{
			Config:            w.assign(w.amy.ID, activated(seed)+`display_name = "Reception"`),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("display_name", "Reception"), expectRequests(w.Server, "POST", activatePath, 2)},
		},
		resource.TestStep{
			Config:            w.assign(w.amy.ID, "activate = false"),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "assigned"), expectRequests(w.Server, "POST", deactivatePath, 1)},
		},
		resource.TestStep{
			// Not ours any more: no request but the refresh.
			PreConfig:         w.ResetRequests,
			Config:            w.assign(w.amy.ID, ""),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "assigned"), expectRequests(w.Server, "", "", 1)},
		},
		resource.TestStep{
			// The person activates the token.
			PreConfig:         func() { w.Activate(w.device.ID) },
			Config:            w.assign(w.amy.ID, ""),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "activated")},
		},
		resource.TestStep{
			// And has done what the configuration asks for then.
			PreConfig:         w.ResetRequests,
			Config:            w.assign(w.amy.ID, activated(seed)),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "activated"), expectRequests(w.Server, "POST", "", 0)},
		},
	)
	for _, attempt := range w.Attempts() {
		if !attempt.Accepted || attempt.Steps != 0 {
			t.Errorf("attempt %+v, want each code to be right and of its own step", attempt)
		}
	}
}

// Create with an activation: three requests in all, whatever our clock shows.
func TestHardwareOathTokenAssignment_activates(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"ours is 90 s fast": -90 * time.Second, "ours is 40 s slow": 40 * time.Second} {
		for _, user := range []string{"name", "object id"} {
			t.Run(name+", by "+user, func(t *testing.T) {
				t.Parallel()
				w := newOffice(t, ahead)
				w.set(func(d *graphtest.Device) { d.HashFunction = "hmacsha256" })
				id := w.amy.UserPrincipalName
				if user == "object id" {
					id = w.amy.ID
				}
				w.run(t, resource.TestStep{
					Config: w.assign(id, activated(strings.ToLower(seed))+`display_name = "Desk"`),
					ConfigStateChecks: []statecheck.StateCheck{
						expectText("status", "activated"), expectText("user_object_id", w.amy.ID), expectText("display_name", "Desk"),
						expectRequests(w.Server, "POST", methodsPath, 1), expectRequests(w.Server, "GET", devicePath, 1),
						expectRequests(w.Server, "POST", activatePath, 1), expectRequests(w.Server, "", "", 3),
					},
				}, resource.TestStep{RefreshState: true})
				if attempts := w.Attempts(); len(attempts) != 1 || attempts[0].Steps != 0 || !attempts[0].Accepted {
					t.Errorf("attempts %+v, want one with the code of Graph's own step", attempts)
				}
			})
		}
	}
}

func TestHardwareOathTokenAssignment_verificationCode(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	code := func(code string) string {
		return w.assign(w.amy.UserPrincipalName, fmt.Sprintf("activate = true\nverification_code_wo = %q", code))
	}
	w.run(
		t,
		resource.TestStep{
			// A wrong code leaves the token with Amy, and the next plan tries again.
			Config:             code(w.WrongCode(w.device.ID)),
			ExpectNonEmptyPlan: true,
			ConfigStateChecks:  []statecheck.StateCheck{expectText("status", "failedActivation"), expectNull("verification_code_wo")},
		},
		resource.TestStep{
			Config:           code(w.WrongCode(w.device.ID)),
			ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
			ExpectError:      says("The verification code is not one that the token shows now. Read a new code off the token and apply again"),
		},
		resource.TestStep{
			Config:            code(w.VerificationCode(w.device.ID, time.Now())),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "activated"), expectRequests(w.Server, "POST", methodsPath, 1)},
		},
	)
}

// A failed activation is no reason to take the token back.
func TestHardwareOathTokenAssignment_failedActivation(t *testing.T) {
	t.Parallel()
	w := newOffice(t, -90*time.Second)
	w.run(
		t,
		resource.TestStep{
			Config:             w.assign(w.amy.ID, activated(otherSeed)),
			ExpectNonEmptyPlan: true,
			ConfigStateChecks: []statecheck.StateCheck{
				expectText("status", "failedActivation"), expectRequests(w.Server, "POST", activatePath, 2),
			},
		},
		resource.TestStep{
			Config:           w.assign(w.amy.ID, activated(otherSeed)),
			ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
			ExpectError:      says("So the clock is not the reason (this machine's is 90 s fast, and played no part): the seed is most likely not the one that the tenant has for this token."),
		},
		resource.TestStep{
			Config:            w.assign(w.amy.ID, activated(seed)),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "activated"), expectRequests(w.Server, "POST", methodsPath, 1)},
		},
		resource.TestStep{
			// Undone by somebody: done again.
			PreConfig:         func() { w.set(func(d *graphtest.Device) { d.Status = "assigned" }) },
			Config:            w.assign(w.amy.ID, activated(seed)),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "activated"), expectRequests(w.Server, "DELETE", "", 0)},
		},
	)
}

// A name that is taken out of the configuration is the holder's again.
func TestHardwareOathTokenAssignment_nameLeftOut(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	named := w.assign(w.amy.ID, activated(seed)+`display_name = "Blue"`)
	rename := func(name string) func() {
		return func() { w.set(func(d *graphtest.Device) { d.DisplayName = name }) }
	}
	w.run(
		t,
		resource.TestStep{Config: named},
		resource.TestStep{
			PreConfig:         rename("Red"),
			Config:            named,
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionNoop),
			ConfigStateChecks: []statecheck.StateCheck{expectText("display_name", "Blue")},
		},
		resource.TestStep{
			Config:            w.assign(w.amy.ID, activated(seed)),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectRequests(w.Server, "POST", activatePath, 1)},
		},
		resource.TestStep{
			Config:            w.assign(w.amy.ID, activated(seed)),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionNoop),
			ConfigStateChecks: []statecheck.StateCheck{expectText("display_name", "Red")},
		},
	)
}

// The two spellings of a user are one user: no replacement, and no request but
// the look-up of a name.
func TestHardwareOathTokenAssignment_spellings(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	w.run(
		t,
		resource.TestStep{Config: w.assign(w.amy.UserPrincipalName, "")},
		resource.TestStep{
			Config:           w.assign("AMY@Contoso.com", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			PreConfig:         w.ResetRequests,
			Config:            w.assign(strings.ToUpper(w.amy.ID), ""),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{expectRequests(w.Server, "", "", 1)}, // the refresh
		},
		resource.TestStep{
			// Recorded with another change.
			Config:            w.assign(w.amy.ID, "timeouts = { create = \"1h\" }"),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{expectText("user_id", w.amy.ID)},
		},
		resource.TestStep{
			PreConfig:        w.ResetRequests,
			Config:           w.assign(w.amy.UserPrincipalName, "timeouts = { create = \"1h\" }"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{
				expectRequests(w.Server, "POST", "", 0), expectRequests(w.Server, "DELETE", "", 0), expectText("user_object_id", w.amy.ID),
				expectRequests(w.Server, "GET", methodPath, 1),
			},
		},
		resource.TestStep{
			// Another user is another assignment.
			Config:            w.assign(w.bob.UserPrincipalName, ""),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionReplace),
			ConfigStateChecks: []statecheck.StateCheck{expectText("user_object_id", w.bob.ID)},
		},
		resource.TestStep{
			Config:            w.assign(w.amy.ID, ""),
			ConfigPlanChecks:  expectAction(plancheck.ResourceActionReplace),
			ConfigStateChecks: []statecheck.StateCheck{expectText("user_object_id", w.amy.ID), expectRequests(w.Server, "DELETE", methodPath, 2)},
		},
	)
}

// A token that was taken back, moved or removed by somebody else.
func TestHardwareOathTokenAssignment_drift(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	moved := resource.TestStep{
		PreConfig:        func() { w.Assign(w.device.ID, w.bob.ID) },
		Config:           w.assign(w.amy.ID, ""),
		ConfigPlanChecks: expectAction(plancheck.ResourceActionCreate),
		ExpectError:      says(fmt.Sprintf(`is assigned to "Bob Beamon" (user %s), and a token has one holder.`, w.bob.ID)),
	}
	w.run(
		t,
		resource.TestStep{Config: w.assign(w.amy.ID, "")},
		resource.TestStep{
			PreConfig:        func() { w.Unassign(w.device.ID) },
			Config:           w.assign(w.amy.ID, ""),
			ConfigPlanChecks: expectAction(plancheck.ResourceActionCreate),
		},
		moved,
		resource.TestStep{
			// The failed creation left nothing in the state that a destroy would take from Bob.
			Config: "# nothing", PreConfig: func() {
				if d, _ := w.Device(w.device.ID); d.AssignedTo != w.bob.ID {
					t.Errorf("the token is held by %q, want Bob", d.AssignedTo)
				}
				w.Unassign(w.device.ID)
			},
		},
	)
	gone := newOffice(t, 0)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: gone.provider(t),
		Steps: []resource.TestStep{
			{Config: gone.assign(gone.amy.ID, "")},
			{
				PreConfig: func() { gone.RemoveDevice(gone.device.ID) },
				Config:    gone.assign(gone.amy.ID, ""), PlanOnly: true, ExpectNonEmptyPlan: true,
			},
			{Config: gone.assign(gone.amy.ID, ""), Destroy: true},
		},
	})
}

// The secret, the code and the token may be unknown until the apply.
func TestHardwareOathTokenAssignment_unknownInputs(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	config := tokenConfig("1", withSeed(1)) + fmt.Sprintf(`
		resource "terraform_data" "late" {
		  input = { user = %q, seed = %q, activate = true }
		}
	`, w.amy.UserPrincipalName, seed) + assignConfig(tokenAddr+".id", "terraform_data.late.output.user", `
		activate      = terraform_data.late.output.activate
		secret_key_wo = terraform_data.late.output.seed
	`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.provider(t),
		Steps: []resource.TestStep{{
			Config:            config,
			ConfigStateChecks: []statecheck.StateCheck{expectText("status", "activated"), expectText("serial_number", "1")},
		}},
		CheckDestroy: func(s *terraform.State) error {
			w.RemoveDevice(w.device.ID)
			return destroyed(w.Server)(s)
		},
	})
}
