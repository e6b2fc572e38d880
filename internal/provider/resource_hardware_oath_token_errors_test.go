package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// says matches a text however the CLI has wrapped and framed it.
func says(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}

// expectError runs steps of which the last must fail with a text.
func expectError(t *testing.T, srv *graphtest.Server, want string, steps ...resource.TestStep) {
	t.Helper()
	steps[len(steps)-1].ExpectError = says(want)
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: newProvider(t, srv), Steps: steps})
}

func TestHardwareOathToken_badInput(t *testing.T) {
	t.Parallel()
	secret := func(text string) string {
		return tokenConfig("1", fmt.Sprintf("secret_key_wo = %q", text))
	}
	for name, test := range map[string]struct{ config, want string }{
		"secret with 1":         {secret("C2dE3fH4iJ5kL6mN7oP1qR2sT3uV4wAA"), `character 20 is '1', and Base32 has only the letters A to Z and the digits 2 to 7. The value is not shown because it is a secret.`},
		"secret in hexadecimal": {secret("1234567890abcdef1234567890abcdef"), `it looks like hexadecimal, not Base32: convert the bytes to Base32 first`},
		"secret too short":      {secret("YGSD2KY7KDLSYM4IIGB74UMXDFL52Q"), `no number of bytes gives 30 Base32 characters: one was lost or added`},
		"secret too long":       {secret(strings.Repeat("A", 129)), `it has 129 Base32 characters, and Microsoft Entra takes at most 128`},
		"secret empty":          {secret(""), `it is empty`},
		"secret in state":       {tokenConfig("1", `secret_key = "0OIl"`), `Attribute secret_key: the value is not a Base32 secret that Microsoft Entra takes: character 1 is '0'`},
		"interval":              {strings.Replace(tokenConfig("1", withSeed(1)), "= 60", "= 45", 1), `Attribute time_interval_in_seconds value must be one of: ["30" "60"], got: 45`},
		"hash function":         {tokenConfig("1", withSeed(1)+`hash_function = "hmacsha512"`), `Attribute hash_function value must be one of: ["hmacsha1" "hmacsha256"], got: "hmacsha512"`},
		"both secrets":          {tokenConfig("1", withSeed(1)+fmt.Sprintf("secret_key = %q", seed)), `Both secret_key and secret_key_wo are set. Keep one of them: secret_key_wo is not stored in the state.`},
		"no secret":             {tokenConfig("1", ""), `The hardware OATH token with serial number "1" is to be created, and that needs its seed: set secret_key_wo (or secret_key, which is stored in the state). If the token is in the tenant already, import it`},
		"version 0":             {tokenConfig("1", withSeed(0)), `Attribute secret_key_wo_version value must be at least 1, got: 0`},
		"serial empty":          {tokenConfig("", withSeed(1)), `Attribute serial_number: value must not be empty and must have no white space around it, got: ""`},
		"serial padded":         {tokenConfig("1 ", withSeed(1)), `Attribute serial_number: value must not be empty and must have no white space around it, got: "1 "`},
		"timeout":               {tokenConfig("1", withSeed(1)+`timeouts = { create = "soon" }`), `"soon" must be a string containing a sequence of decimal numbers`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			expectError(t, srv, test.want, resource.TestStep{Config: test.config, PlanOnly: true})
			if got := srv.Requests("", ""); len(got) != 0 {
				t.Errorf("Graph was asked %d times about input that is wrong", len(got))
			}
		})
	}
}

// A secret that is known only at apply is checked there.
func TestHardwareOathToken_badSecretKnownLate(t *testing.T) {
	t.Parallel()
	expectError(t, graphtest.NewServer(t), `the value is not a Base32 secret that Microsoft Entra takes: it looks like hexadecimal`,
		resource.TestStep{Config: `
			resource "terraform_data" "source" { input = "0123456789abcdef" }
			` + tokenConfig("1", `secret_key_wo = terraform_data.source.output`)})
}

func TestHardwareOathToken_importOfNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ id, want string }{
		"serial number": {"no-such-serial", `The hardware OATH token with serial number "no-such-serial" is not in the tenant.`},
		"object id":     {"3dee0e53-f50f-43ef-85c0-b44689f2d66d", `The hardware OATH token with object id "3dee0e53-f50f-43ef-85c0-b44689f2d66d" is not in the tenant.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, graphtest.NewServer(t), test.want, resource.TestStep{
				Config: tokenConfig("1", ""), ResourceName: tokenAddr, ImportState: true, ImportStateId: test.id,
			})
		})
	}
}

func TestHardwareOathToken_importOfSeveral(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkDuplicatesAllowed))
	srv.PutDevice(deviceOf("1"))
	srv.PutDevice(deviceOf("1"))
	expectError(t, srv, `2 hardware OATH tokens have the serial number "1":`, resource.TestStep{
		Config: tokenConfig("1", ""), ResourceName: tokenAddr, ImportState: true, ImportStateId: "1",
	})
}

func TestHardwareOathToken_importByIdentityOfTwoTokens(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	device := srv.PutDevice(deviceOf("1"))
	srv.PutDevice(deviceOf("2"))
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   needsIdentity(),
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{{
			Config:      tokenConfig("2", "") + fmt.Sprintf("import {\n to = %s\n identity = { id = %q, serial_number = \"2\" }\n}\n", tokenAddr, device.ID),
			ExpectError: says(`The identity names two tokens`),
		}},
	})
}

func TestHardwareOathToken_importByWrongIdentity(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ identity, want string }{
		"nothing":      {`{ id = "" }`, `The import names no token. Give its object id or its serial number`},
		"serial as id": {`{ id = "70029370" }`, `The identity's id is "70029370", and an object id is a GUID. If it is the number on the token, give it as serial_number.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{
				TerraformVersionChecks:   needsIdentity(),
				ProtoV6ProviderFactories: newProvider(t, graphtest.NewServer(t)),
				Steps: []resource.TestStep{{
					Config:      tokenConfig("2", "") + fmt.Sprintf("import {\n to = %s\n identity = %s\n}\n", tokenAddr, test.identity),
					ExpectError: says(test.want),
				}},
			})
		})
	}
}

func TestHardwareOathToken_duplicate(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]graphtest.Quirk{nil, {graphtest.QuirkDuplicateConflict}} {
		t.Run(fmt.Sprint(quirks), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
			device := srv.PutDevice(deviceOf("1"))
			expectError(t, srv, fmt.Sprintf(`The hardware OATH token with serial number "1" is in the tenant already: Deepnet SafeID/Classic, object id %s; it is not assigned. `+
				`This creation did not make it, and has left it as it is. To manage that token here, add this block with this resource's own address, and apply: `+
				`import { to = entra_hardware_oath_token.example id = %q }`, device.ID, device.ID),
				resource.TestStep{Config: tokenConfig("1", withSeed(1))})
			if posts, gets := len(srv.Requests("POST", "")), len(srv.Requests("GET", "")); posts != 1 || gets != 1 {
				t.Errorf("%d POSTs and %d GETs, want 1 and 1", posts, gets)
			}
			if got := len(srv.Devices()); got != 1 {
				t.Errorf("%d tokens in the tenant, want the 1 that was there", got)
			}
		})
	}
}

func TestHardwareOathToken_assigned(t *testing.T) {
	t.Parallel()
	assigned := func(t *testing.T) (*graphtest.Server, graphtest.User) {
		t.Helper()
		srv := graphtest.NewServer(t)
		return srv, srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	}
	create := resource.TestStep{Config: tokenConfig("1", withSeed(1))}
	assign := func(srv *graphtest.Server, user graphtest.User) func() {
		return func() { srv.Assign(srv.Devices()[0].ID, user.ID) }
	}
	t.Run("update is refused at plan time", func(t *testing.T) {
		t.Parallel()
		srv, user := assigned(t)
		create := resource.TestStep{Config: tokenConfig("1", withSeed(1)+"unassign_on_destroy = true")}
		expectError(t, srv, fmt.Sprintf(`is assigned to "Amy Masters" (user %s), and Microsoft Graph changes only tokens that nobody holds. Take the token back first, or undo the change of display_name.`, user.ID),
			create, resource.TestStep{
				PreConfig: assign(srv, user), Config: tokenConfig("1", withSeed(1)+"unassign_on_destroy = true\ndisplay_name = \"x\""),
			})
	})
	t.Run("destroy is refused", func(t *testing.T) {
		t.Parallel()
		srv, user := assigned(t)
		steps := []resource.TestStep{
			create,
			{
				PreConfig: assign(srv, user), Config: tokenConfig("1", withSeed(1)), Destroy: true,
				ExpectError: says(fmt.Sprintf(`is assigned to "Amy Masters" (user %s), and Microsoft Graph deletes only tokens that nobody holds. Take the token back from that user first, or set unassign_on_destroy = true, apply that, and destroy again.`, user.ID)),
			},
			{PreConfig: func() { srv.Unassign(srv.Devices()[0].ID) }, Config: tokenConfig("1", withSeed(1))},
		}
		resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: newProvider(t, srv), Steps: steps, CheckDestroy: destroyed(srv)})
	})
}

// Two resources with one serial number, and every answer lost: one token, in
// one state.
func TestHardwareOathToken_twoResourcesOneToken(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 503, AfterWrite: true})
	expectError(t, srv, `It was made a moment ago, in this run: two resources have the same serial_number, and one of them must go.`,
		resource.TestStep{Config: tokenConfig("1", withSeed(1)) + strings.Replace(tokenConfig("1", withSeed(1)), `"test"`, `"twin"`, 1)})
	if got := len(srv.Devices()); got != 0 {
		t.Errorf("%d tokens are left, want none: the one that was made was in the state", got)
	}
}

// A 404 of a proxy or a wrong endpoint is not Graph's word that a token is gone.
func TestHardwareOathToken_strangers404(t *testing.T) {
	t.Parallel()
	for _, destroy := range []bool{false, true} {
		t.Run(fmt.Sprintf("destroy %t", destroy), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				AdditionalCLIOptions:     &resource.AdditionalCLIOptions{Plan: resource.PlanOptions{NoRefresh: destroy}},
				Steps: []resource.TestStep{
					{Config: tokenConfig("1", withSeed(1))},
					{
						PreConfig:   func() { srv.AddFault(graphtest.Fault{Status: 404, HTML: true}) },
						Config:      tokenConfig("1", withSeed(1)),
						Destroy:     destroy,
						ExpectError: says(`so it may not be Microsoft Graph that answered`),
					},
					{
						PreConfig: srv.ClearFaults,
						Config:    tokenConfig("1", withSeed(1)),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectEmptyPlan(),
						}},
					},
				},
				CheckDestroy: destroyed(srv),
			})
		})
	}
}

// With -refresh=false the plan does not know; Graph's refusal is then the error.
func TestHardwareOathToken_assignedWithoutRefresh(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		AdditionalCLIOptions:     &resource.AdditionalCLIOptions{Plan: resource.PlanOptions{NoRefresh: true}},
		Steps: []resource.TestStep{
			{Config: tokenConfig("1", withSeed(1))},
			{
				PreConfig:   func() { srv.Assign(srv.Devices()[0].ID, user.ID) },
				Config:      tokenConfig("1", withSeed(1)+`display_name = "x"`),
				ExpectError: says(`A token can be changed only while nobody holds it. Run terraform plan with a refresh to see who holds it now.`),
			},
			{PreConfig: func() { srv.Unassign(srv.Devices()[0].ID) }, Config: tokenConfig("1", withSeed(1))},
		},
	})
}

func TestHardwareOathToken_graphErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault graphtest.Fault
		want  string
	}{
		"forbidden": {
			graphtest.Fault{Status: 403},
			`The request was signed with an access token. An application needs the Microsoft Graph permission Policy.ReadWrite.AuthenticationMethod, with admin consent; a signed-in user needs it too, and the role Authentication Policy Administrator.`,
		},
		"token refused":    {graphtest.Fault{Status: 401}, `Microsoft Graph did not accept the token. The request was signed with an access token.`},
		"throttled always": {graphtest.Fault{Status: 429, RetryAfter: "0"}, `Microsoft Graph throttled this request every time (3 attempts). Lower the load with requests_per_second or -parallelism, or raise max_retries.`},
		"throttled long":   {graphtest.Fault{Status: 429, RetryAfter: "3600"}, `Microsoft Graph asked to wait 1h0m0s before the next attempt, which is longer than what is left of this operation's timeout.`},
		"gateway's page":   {graphtest.Fault{Status: 400, HTML: true}, `(BadRequest, status 400).`},
		"wrong request":    {graphtest.Fault{Status: 400, Code: "badRequest", Message: "The world is flat."}, `was refused by Microsoft Graph: The world is flat (badRequest, status 400).`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			test.fault.Method = "POST"
			srv.AddFault(test.fault)
			expectError(t, srv, test.want, resource.TestStep{Config: `provider "entra" { max_retries = 2 }` + tokenConfig("1", withSeed(1))})
		})
	}
}

// A person who reads the error can give Microsoft's support the request-id.
func TestHardwareOathToken_errorsCarryRequestID(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 400, Code: "badRequest", Message: "No."})
	var text string
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps:                    []resource.TestStep{{Config: tokenConfig("1", withSeed(1))}},
		ErrorCheck:               func(err error) error { text = err.Error(); return nil },
	})
	request := srv.Requests("POST", devicesPath)[0]
	for _, want := range []string{request.RequestID, request.ClientRequestID} {
		if !says(want).MatchString(text) {
			t.Errorf("the error does not name the request %q:\n%s", want, text)
		}
	}
}

// An interrupt, a timeout and an outage leave a state or a way to find the token.
func TestHardwareOathToken_answerLostForGood(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", AfterWrite: true, Drop: true})
	srv.AddFault(graphtest.Fault{Method: "GET", Status: 503})
	expectError(t, srv, `may or may not be in the tenant now: the answer to its creation was lost`,
		resource.TestStep{Config: `provider "entra" { max_retries = 1 }` + tokenConfig("1", withSeed(1))})
	if got := len(srv.Requests("POST", devicesPath)); got != 1 {
		t.Errorf("%d POSTs, want 1: a creation whose outcome is not known is not sent again", got)
	}
}

func TestHardwareOathToken_survivesEveryQuirk(t *testing.T) {
	t.Parallel()
	for _, quirk := range graphtest.Quirks() {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(quirk))
			step := resource.TestStep{Config: tokenConfig("1", withSeed(1))}
			switch quirk {
			case graphtest.QuirkPolicyMustBeEnabled:
				step.ExpectError = says("Failed to create hardware OATH token")
			}
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps:                    []resource.TestStep{step},
				CheckDestroy:             destroyed(srv),
			})
		})
	}
}

// Each fault in turn, over ten tokens at once: every token ends in the tenant
// and in the state exactly once, and destroy leaves none.
func TestHardwareOathToken_losesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"429 with Retry-After":     {Status: 429, RetryAfter: "1"},
		"429 without Retry-After":  {Status: 429},
		"503 before the write":     {Status: 503},
		"503 after the write":      {Status: 503, AfterWrite: true},
		"504 page after the write": {Status: 504, HTML: true, AfterWrite: true},
		"connection lost before":   {Drop: true},
		"connection lost after":    {Drop: true, AfterWrite: true},
		"answer cut":               {Cut: true},
	} {
		for _, delay := range []time.Duration{0, time.Second} {
			t.Run(fmt.Sprintf("%s, visible after %s", name, delay), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(delay))
				fault.Every = 3
				srv.AddFault(fault)
				resource.UnitTest(t, resource.TestCase{
					ProtoV6ProviderFactories: newProvider(t, srv, provider.WithGraphOptions(graph.WithVisibilityWindow(time.Minute), graph.WithSettleWindow(1500*time.Millisecond))),
					Steps: []resource.TestStep{{
						Config: fmt.Sprintf(`
							resource "entra_hardware_oath_token" "all" {
							  count                    = 10
							  serial_number            = "S-${count.index}"
							  manufacturer             = "Deepnet"
							  model                    = "SafeID/Classic"
							  time_interval_in_seconds = 60
							  secret_key_wo            = %q
							}`, seed),
					}},
					CheckDestroy: destroyed(srv),
				})
				if srv.FaultCount() == 0 {
					t.Error("no fault was met")
				}
			})
		}
	}
}

// A wait that has no room in the operation's timeout is not begun.
func TestHardwareOathToken_timeoutArgument(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 429, RetryAfter: "3600", Times: 1})
	expectError(t, srv, `Microsoft Graph asked to wait 1h0m0s`, resource.TestStep{Config: tokenConfig("1", withSeed(1)+`timeouts = { create = "30m" }`)})
}
