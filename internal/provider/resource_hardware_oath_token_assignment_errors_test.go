package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestHardwareOathTokenAssignment_badInput(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	for name, test := range map[string]struct{ config, want string }{
		"token by serial number": {assignConfig(`"70029370"`, `"amy@contoso.com"`, ""), `Attribute token_id: value must be an object id, which is a GUID; the number on a token is its serial_number, got: "70029370".`},
		"user by display name":   {w.assign("Amy Masters", ""), `Attribute user_id: value must be a user's object id, which is a GUID, or a user principal name such as amy@contoso.com, got: "Amy Masters".`},
		"no code":                {w.assign(w.amy.ID, "activate = true"), `needs a code: set secret_key_wo, to have it computed from the token's seed, or verification_code_wo, a code that was read off the token.`},
		"two codes":              {w.assign(w.amy.ID, activated(seed)+`verification_code_wo = "123456"`), `Both secret_key_wo and verification_code_wo are set, and one code activates the token. Keep one of them.`},
		"code too short":         {w.assign(w.amy.ID, "activate = true\nverification_code_wo = \"12345\""), `Attribute verification_code_wo: a verification code is the six digits that the token shows`},
		"code of letters":        {w.assign(w.amy.ID, "activate = true\nverification_code_wo = \"12345a\""), `The value is not shown because it is a secret.`},
		"seed in hexadecimal":    {w.assign(w.amy.ID, activated("0123456789abcdef")), `it looks like hexadecimal, not Base32`},
		"name without activate":  {w.assign(w.amy.ID, `display_name = "x"`), `Microsoft Graph takes a name only with an activation.`},
		"name, deactivated":      {w.assign(w.amy.ID, "activate = false\ndisplay_name = \"x\""), `Microsoft Graph takes a name only with an activation.`},
		"version 0":              {w.assign(w.amy.ID, "secret_key_wo_version = 0"), `Attribute secret_key_wo_version value must be at least 1, got: 0`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, w.Server, test.want, resource.TestStep{Config: test.config, PlanOnly: true})
		})
	}
	t.Cleanup(func() {
		if n := len(w.Requests("", "")); n != 0 {
			t.Errorf("Graph was asked %d times about input that is wrong", n)
		}
	})
}

// What people will meet, each told by what is looked up and not by Graph's words.
func TestHardwareOathTokenAssignment_refusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(w office) string // gives the user
		want    string
	}{
		"held by somebody else": {
			func(w office) string { w.Assign(w.device.ID, w.bob.ID); return w.amy.ID },
			`was refused: the token (serial number "70029370", status assigned) is assigned to "Bob Beamon" (user 00000000-0000-4000-8000-000000000002), and a token has one holder.`,
		},
		"held by the same user": {
			func(w office) string { w.Assign(w.device.ID, w.amy.ID); return w.amy.UserPrincipalName },
			`exists already: "Amy Masters" (user 00000000-0000-4000-8000-000000000001) holds the token (serial number "70029370", status assigned). This creation did not make the assignment, and has left it as it is. ` +
				`To manage it here, add this block with this resource's own address, and apply: import { to = entra_hardware_oath_token_assignment.example ` +
				`id = "00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000003" }`,
		},
		"user not found": {
			func(office) string { return "nobody@contoso.com" },
			`was refused: Microsoft Graph knows no user "nobody@contoso.com" in this tenant. user_id is an object id or a user principal name.`,
		},
		"guest": {
			func(w office) string {
				return w.PutUser(graphtest.User{UserPrincipalName: "eve_fabrikam.com#EXT#@contoso.com", Guest: true}).UserPrincipalName
			},
			`The token is free and the user exists. But the user's name is that of a guest, and hardware OATH tokens can't be assigned to guests.`,
		},
		"guest by object id": {
			func(w office) string { return w.PutUser(graphtest.User{Guest: true}).ID },
			`What is known to be refused: a guest; a user with 5 OATH tokens and authenticator apps (this one has 0 hardware OATH tokens); a user whom the authentication methods policy does not allow`,
		},
		"sixth token": {
			func(w office) string {
				for i := range 5 {
					w.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(i), AssignedTo: w.amy.ID})
				}
				return w.amy.ID
			},
			`But the user has 5 hardware OATH tokens already, and Microsoft Entra allows 5, authenticator apps counted among them: take one back first.`,
		},
		"user unknown": {
			func(w office) string {
				w.AddFault(graphtest.Fault{Method: "POST", Path: methodsPath, Status: 400})
				w.AddFault(graphtest.Fault{Method: "GET", Path: methodsPath, Status: 403})
				return w.amy.ID
			},
			`The token is free. What is known to be refused: a guest; a user with 5 OATH tokens and authenticator apps; a user whom`,
		},
		"token gone": {
			func(w office) string { w.RemoveDevice(w.device.ID); return w.amy.ID },
			`was refused: there is no token with object id "00000000-0000-4000-8000-000000000003" in the tenant's inventory. token_id is the id of an entra_hardware_oath_token and not its serial number.`,
		},
		"no permission": {
			func(w office) string {
				w.AddFault(graphtest.Fault{Method: "POST", Path: methodsPath, Status: 403})
				return w.amy.ID
			},
			`An application needs the Microsoft Graph permission UserAuthenticationMethod.ReadWrite.All, with admin consent; a signed-in user needs it too, and the role Authentication Administrator ` +
				`(or Privileged Authentication Administrator for an administrator's token).`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 0)
			expectError(t, w.Server, test.want, resource.TestStep{Config: w.assign(test.prepare(w), "")})
			if !strings.HasPrefix(name, "held") {
				if d, _ := w.Device(w.device.ID); d.AssignedTo != "" {
					t.Errorf("the token is held by %q, want nobody", d.AssignedTo)
				}
			}
		})
	}
	t.Run("disabled", func(t *testing.T) {
		t.Parallel()
		w := newOffice(t, 0, graphtest.WithQuirks(graphtest.QuirkPolicyMustBeEnabled))
		expectError(t, w.Server, `and the tenant's authentication methods policy disables hardware OATH tokens. Enable the method for this user`,
			resource.TestStep{Config: w.assign(w.amy.ID, "")})
	})
}

func TestHardwareOathTokenAssignment_import(t *testing.T) {
	t.Parallel()
	for name, identify := range map[string]func(w office) string{
		"object id":        func(w office) string { return fmt.Sprintf("id = %q", w.amy.ID+"/"+w.device.ID) },
		"name":             func(w office) string { return fmt.Sprintf("id = %q", "Amy@contoso.com/"+w.device.ID) },
		"identity":         func(w office) string { return identityOf(w.amy.ID, w.device.ID) },
		"identity by name": func(w office) string { return identityOf(w.amy.UserPrincipalName, w.device.ID) },
	} {
		for _, spelling := range []string{"object id", "name"} {
			t.Run(name+", configured by "+spelling, func(t *testing.T) {
				t.Parallel()
				w := newOffice(t, 0)
				w.Assign(w.device.ID, w.amy.ID)
				w.Activate(w.device.ID)
				user := map[string]string{"object id": w.amy.ID, "name": w.amy.UserPrincipalName}[spelling]
				testCase := resource.TestCase{
					ProtoV6ProviderFactories: w.provider(t),
					Steps: []resource.TestStep{{
						Config:           w.assign(user, fmt.Sprintf("secret_key_wo = %q\nsecret_key_wo_version = 1", seed)) + fmt.Sprintf("import {\n  to = %s\n  %s\n}\n", assignmentAddr, identify(w)),
						ConfigPlanChecks: expectAction(plancheck.ResourceActionNoop),
						ConfigStateChecks: []statecheck.StateCheck{
							expectText("user_object_id", w.amy.ID), expectText("status", "activated"), expectRequests(w.Server, "POST", "", 0),
						},
					}},
					CheckDestroy: w.taken,
				}
				if strings.HasPrefix(name, "identity") {
					testCase.TerraformVersionChecks = needsIdentity()
					testCase.Steps[0].ConfigStateChecks = append(testCase.Steps[0].ConfigStateChecks,
						statecheck.ExpectIdentityValueMatchesStateAtPath(assignmentAddr, tfjsonpath.New("user_id"), tfjsonpath.New("user_object_id")))
				}
				resource.UnitTest(t, testCase)
			})
		}
	}
}

func identityOf(user, token string) string {
	return fmt.Sprintf("identity = {\n user_id = %q\n token_id = %q\n }", user, token)
}

func TestHardwareOathTokenAssignment_importOfNothing(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	held := w.PutDevice(graphtest.Device{SerialNumber: "held", AssignedTo: w.bob.ID})
	for name, test := range map[string]struct{ id, want string }{
		"nobody's":     {w.amy.ID + "/" + w.device.ID, `User "00000000-0000-4000-8000-000000000001" does not hold the hardware OATH token with serial number "70029370" (object id 00000000-0000-4000-8000-000000000003): nobody has it now.`},
		"another's":    {"amy@contoso.com/" + held.ID, `it is assigned to "Bob Beamon" (user 00000000-0000-4000-8000-000000000002).`},
		"no token":     {"amy@contoso.com/3dee0e53-f50f-43ef-85c0-b44689f2d66d", `There is no token with object id "3dee0e53-f50f-43ef-85c0-b44689f2d66d" in the tenant's inventory.`},
		"serial":       {"amy@contoso.com/70029370", `The import names user "amy@contoso.com" and token "70029370".`},
		"token alone":  {w.device.ID, `The import names user "" and token "00000000-0000-4000-8000-000000000003".`},
		"unknown user": {"nobody@contoso.com/" + held.ID, `User "nobody@contoso.com" does not hold`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, w.Server, test.want, resource.TestStep{
				Config: w.assign(w.amy.ID, ""), ResourceName: assignmentAddr, ImportState: true, ImportStateId: test.id,
			})
		})
	}
}

// A name goes with an activation, which a tenant may refuse for a token that is
// activated: then the seed is not the only one to blame.
func TestHardwareOathTokenAssignment_renameRefused(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0, graphtest.WithQuirks(graphtest.QuirkReactivationRefused))
	w.run(
		t,
		resource.TestStep{Config: w.assign(w.amy.ID, activated(seed))},
		resource.TestStep{
			Config:      w.assign(w.amy.ID, activated(seed)+`display_name = "Amy's"`),
			ExpectError: says(`was refused. The token is activated already, and was to get another name, which Microsoft Graph takes with an activation alone. Either the code was wrong`),
		},
	)
}

// A deleted user's token can't be taken back, and the error says what to do.
func TestHardwareOathTokenAssignment_deletedUser(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	w.run(
		t,
		resource.TestStep{Config: w.assign(w.amy.ID, "")},
		resource.TestStep{
			PreConfig: func() {
				for _, path := range []string{methodsPath, methodPath} {
					w.AddFault(graphtest.Fault{Path: path, Status: 404, Code: "Request_ResourceNotFound"})
				}
			},
			Config:      w.assign(w.amy.ID, ""),
			Destroy:     true,
			ExpectError: says("The inventory still shows the token as this user's, as it may after the account was deleted. Restore the account and destroy again, or forget the assignment with terraform state rm"),
		},
		resource.TestStep{PreConfig: w.ClearFaults, Config: w.assign(w.amy.ID, "")},
	)
}

// The token may be assigned when nobody can read it: the state has it all the
// same, and no later read is confused by what it did not know.
func TestHardwareOathTokenAssignment_unconfirmed(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{"object id", "name"} {
		t.Run(spelling, func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 0)
			user := map[string]string{"object id": w.amy.ID, "name": w.amy.UserPrincipalName}[spelling]
			w.AddFault(graphtest.Fault{Method: "GET", Path: devicePath, Status: 401, Times: 1})
			w.run(
				t,
				resource.TestStep{
					Config:             w.assign(user, activated(seed)),
					ExpectNonEmptyPlan: true,
					ConfigStateChecks:  []statecheck.StateCheck{expectNull("status"), expectNull("serial_number"), expectRequests(w.Server, "POST", "", 1)},
				},
				resource.TestStep{
					Config:           w.assign(user, activated(seed)),
					ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
					ConfigStateChecks: []statecheck.StateCheck{
						expectText("status", "activated"), expectText("user_object_id", w.amy.ID), expectText("id", w.amy.ID+"/"+w.device.ID), expectRequests(w.Server, "POST", methodsPath, 1),
					},
				},
			)
		})
	}
}

func TestHardwareOathTokenAssignment_survivesEveryQuirk(t *testing.T) {
	t.Parallel()
	for _, quirk := range graphtest.Quirks() {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, -90*time.Second, graphtest.WithQuirks(quirk))
			w.RemoveDevice(w.device.ID)
			config := tokenConfig("1", withSeed(1)) + assignConfig(tokenAddr+".id", `"amy@contoso.com"`, activated(seed))
			steps := []resource.TestStep{{Config: config}}
			switch quirk {
			case graphtest.QuirkPolicyMustBeEnabled:
				steps[0].ExpectError = says("Failed to create hardware OATH token")
			case graphtest.QuirkUnknownHashFunction:
				// No code can be computed: a warning. The token's own drift is not for this test.
				steps[0].ExpectNonEmptyPlan = true
			default:
				steps = append(steps, resource.TestStep{Config: config, PlanOnly: true})
			}
			resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.patient(t), Steps: steps, CheckDestroy: destroyed(w.Server)})
		})
	}
}

// Each fault in turn, over ten people at once: each has a token, exactly once.
func TestHardwareOathTokenAssignment_losesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"429":                    {Status: 429, RetryAfter: "1"},
		"503 before the write":   {Status: 503},
		"503 after the write":    {Status: 503, AfterWrite: true},
		"connection lost before": {Drop: true},
		"connection lost after":  {Drop: true, AfterWrite: true},
		"answer cut":             {Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOffice(t, 40*time.Second)
			var tokens strings.Builder
			for i := range 10 {
				w.PutUser(graphtest.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i)})
				fmt.Fprintf(&tokens, "%q,", w.PutDevice(deviceOf(fmt.Sprint(i))).ID)
			}
			fault.Every = 5 // with every third, one POST and the two GETs after it would keep step with the fault
			w.AddFault(fault)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: w.provider(t),
				Steps: []resource.TestStep{{Config: fmt.Sprintf(`
					resource "entra_hardware_oath_token_assignment" "all" {
					  count         = 10
					  token_id      = [%s][count.index]
					  user_id       = "user${count.index}@contoso.com"
					  activate      = true
					  secret_key_wo = %q
					}`, tokens.String(), seed)}},
			})
			if w.FaultCount() == 0 {
				t.Error("no fault was met")
			}
			for _, device := range w.Devices() {
				if device.AssignedTo != "" {
					t.Errorf("destroy left token %s assigned", device.SerialNumber)
				}
			}
			for _, attempt := range w.Attempts() {
				if !attempt.Accepted || attempt.Steps != 0 {
					t.Errorf("attempt %+v, want each code to be right and of its own step", attempt)
				}
			}
		})
	}
}
