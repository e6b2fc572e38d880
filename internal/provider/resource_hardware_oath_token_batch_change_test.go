package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func handToAmy(srv *graphtest.Server, serialNumbers ...string) func() {
	return func() {
		amy := srv.PutUser(graphtest.User{DisplayName: "Amy", UserPrincipalName: "amy@contoso.com"})
		for _, serialNumber := range serialNumbers {
			device, _ := srv.DeviceBySerial(serialNumber)
			srv.Assign(device.ID, amy.ID)
		}
	}
}

func takeBack(srv *graphtest.Server, serialNumber string) func() {
	return func() {
		device, _ := srv.DeviceBySerial(serialNumber)
		srv.Unassign(device.ID)
	}
}

// A batch lives under every answer of a bulk request, a batch and a list that is
// as likely as the emulator's own.
func TestHardwareOathTokenBatch_underQuirks(t *testing.T) {
	t.Parallel()
	for _, quirk := range []graphtest.Quirk{
		graphtest.QuirkBulkOK, graphtest.QuirkBulkItemsInDevice, graphtest.QuirkBulkShuffled, graphtest.QuirkBulkPartialAnnotated,
		graphtest.QuirkBulkPartialMade, graphtest.QuirkBulkLimit, graphtest.QuirkBulkTooLarge, graphtest.QuirkBatchShuffled,
		graphtest.QuirkListItemsInDevice, graphtest.QuirkEnumCasing, graphtest.QuirkUnknownStatus, graphtest.QuirkUnknownHashFunction,
		graphtest.QuirkIntervalAsString, graphtest.QuirkUpdateReturnsEntity, graphtest.QuirkDuplicateConflict, graphtest.QuirkDuplicatesAllowed,
	} {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(quirk))
			resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: newProvider(t, srv), Steps: batchSteps(srv), CheckDestroy: destroyed(srv)})
		})
	}
}

// Raising the version makes every token again, and finding the old ones in the
// tenant is no error then.
func TestHardwareOathTokenBatch_version(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	raised := batchOf("1", "2")
	raised.version = 2
	raised.seeds = map[string]string{"1": otherSeed, "2": otherSeed}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: batchOf("1", "2").String()},
			{PreConfig: handToAmy(srv, "2"), Config: raised.String(), ExpectError: says(`"2" is assigned to "Amy" (user`)},
			{
				PreConfig: takeBack(srv, "2"), Config: raised.String(),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(batchAddr, plancheck.ResourceActionDestroyBeforeCreate),
					plancheck.ExpectUnknownValue(batchAddr, batchToken("1", "id")),
				}},
				ConfigStateChecks: append(sizeOf(srv, 2), expectRequests(srv, "DELETE", devicePath, 2), stateCheckFunc(func() error {
					for _, device := range srv.Devices() {
						if device.SecretKey != otherSeed {
							return fmt.Errorf("token %s has the old seed", device.SerialNumber)
						}
					}
					return nil
				})),
			},
			{Config: raised.String(), ConfigPlanChecks: emptyPlan()},
		},
		CheckDestroy: destroyed(srv),
	})
}

// With seeds in the state another seed is another token, that one alone.
func TestHardwareOathTokenBatch_secretInState(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	kept := batchOf("1", "2", "3")
	kept.secrets = "secret_keys"
	spelled := kept
	spelled.seeds = map[string]string{"1": strings.ToLower(seed[:8]) + " " + seed[8:] + "="}
	changed := kept
	changed.seeds = map[string]string{"2": otherSeed}
	moved := changed
	moved.secrets = ""
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: kept.String()},
			{Config: spelled.String(), ConfigPlanChecks: emptyPlan()},
			{
				PreConfig: srv.ResetRequests, Config: changed.String(),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(batchAddr, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(batchAddr, batchToken("2", "id")),
					plancheck.ExpectKnownValue(batchAddr, batchToken("1", "id"), isGUID()),
				}},
				ConfigStateChecks: append(sizeOf(srv, 3), expectRequests(srv, "DELETE", devicePath, 1), expectRequests(srv, "PATCH", devicesPath, 1)),
			},
			{Config: changed.String(), ConfigPlanChecks: emptyPlan()},
			{
				PreConfig: srv.ResetRequests, Config: moved.String(), ConfigPlanChecks: updatedInPlace(),
				ConfigStateChecks: append(sizeOf(srv, 3), expectRequests(srv, "POST", "/$batch", 1), expectRequests(srv, "", "", 1+3), statecheck.ExpectKnownValue(batchAddr, tfjsonpath.New("secret_keys"), knownvalue.Null())),
			},
			{Config: moved.String(), ConfigPlanChecks: emptyPlan()},
		},
		CheckDestroy: destroyed(srv),
	})
}

// Somebody has deleted one token and changed another.
func TestHardwareOathTokenBatch_drift(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	config := batchOf("1", "2", "3").String()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					gone, _ := srv.DeviceBySerial("1")
					srv.RemoveDevice(gone.ID)
					edited, _ := srv.DeviceBySerial("2")
					edited.Model, edited.DisplayName = "Other", "Mine"
					srv.PutDevice(edited)
				},
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(batchAddr, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(batchAddr, batchToken("1", "id")),
					plancheck.ExpectKnownValue(batchAddr, batchToken("2", "display_name"), knownvalue.StringExact("Mine")),
				}},
				ConfigStateChecks: append(sizeOf(srv, 3), inBatch("2", "model", knownvalue.StringExact("SafeID/Classic")), inBatch("2", "display_name", knownvalue.StringExact("Mine"))),
			},
			{
				// All are gone: the batch is.
				PreConfig: func() {
					for _, device := range srv.Devices() {
						srv.RemoveDevice(device.ID)
					}
				},
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(batchAddr, plancheck.ResourceActionCreate),
				}},
				ConfigStateChecks: sizeOf(srv, 3),
			},
		},
		CheckDestroy: destroyed(srv),
	})
}

// What people hold is changed and taken only when that was asked for.
func TestHardwareOathTokenBatch_assigned(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	all := numbered(25)
	edited := batchOf(all...)
	edited.of = map[string]string{all[3]: `model = "Other", time_interval_in_seconds = 60`}
	shrunk := batchOf(all[:2]...)
	taking := shrunk
	taking.arguments = "unassign_on_destroy = true"
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: batchOf(all...).String()},
			{PreConfig: handToAmy(srv, all[3], all[20]), Config: batchOf(all...).String(), ConfigPlanChecks: emptyPlan()},
			{Config: edited.String(), ExpectError: says(`"D00003" is assigned to "Amy" (user`)},
			{Config: shrunk.String(), ExpectError: says(`"D00020" is assigned to "Amy" (user`)},
			{Config: taking.String(), ConfigPlanChecks: updatedInPlace(), ConfigStateChecks: append(sizeOf(srv, 2), expectRequests(srv, "DELETE", methodPath, 2))},
		},
		CheckDestroy: destroyed(srv),
	})
}

func TestHardwareOathTokenBatch_import(t *testing.T) {
	t.Parallel()
	serialNumbers := numbered(30)
	list := filepath.Join(t.TempDir(), "serials.txt")
	if err := os.WriteFile(list, []byte("\ufeff# a delivery\r\n\r\n"+strings.Join(serialNumbers, "\r\n")+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := delivery(t, serialNumbers, "")
	for name, id := range map[string]string{"list": strings.Join(serialNumbers, ", ") + ",", "file": "@" + list} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			for i, serialNumber := range serialNumbers {
				device := deviceOf(serialNumber)
				if i == 5 {
					device.DisplayName = "Amy's"
				}
				srv.PutDevice(device)
			}
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps: []resource.TestStep{
					{Config: config, ResourceName: batchAddr, ImportState: true, ImportStateId: id, ImportStatePersist: true},
					{Config: config, ConfigPlanChecks: emptyPlan(), ConfigStateChecks: []statecheck.StateCheck{
						inBatch("D00005", "display_name", knownvalue.StringExact("Amy's")), inBatch("D00006", "hash_function", knownvalue.StringExact("hmacsha1")),
						inBatch("D00006", "id", isGUID()),
					}},
				},
			})
		})
	}
}

func TestHardwareOathTokenBatch_importErrors(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkDuplicatesAllowed))
	for _, serialNumber := range []string{"1", "2", "2"} {
		srv.PutDevice(deviceOf(serialNumber))
	}
	for name, test := range map[string]struct{ id, want string }{
		"missing": {"1,8,9", `2 of the 3 serial numbers are not in the tenant: "8", "9".`},
		"several": {"1,2", `Each of these serial numbers names several tokens of the tenant: "2".`},
		"nothing": {" , ", `The import names no token`},
		"no file": {"@no/such/file", `The file with the serial numbers can't be read`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, srv, test.want, resource.TestStep{Config: batchOf("1").String(), ResourceName: batchAddr, ImportState: true, ImportStateId: test.id})
		})
	}
}

// Serial numbers that are taken are found by the plan, all at once, and what the
// error says to import can be imported.
func TestHardwareOathTokenBatch_existing(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.PutDevice(deviceOf("1"))
	srv.PutDevice(deviceOf("2"))
	config := batchOf("1", "2", "3").String()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: config, ExpectError: says(`import { to = entra_hardware_oath_token_batch.example id = "1,2" }`)},
			{
				PreConfig: srv.ResetRequests,
				Config:    config + fmt.Sprintf("import {\n to = %s\n id = \"1,2\"\n}\n", batchAddr), ConfigPlanChecks: updatedInPlace(),
				ConfigStateChecks: append(sizeOf(srv, 3), expectRequests(srv, "PATCH", devicesPath, 1), expectRequests(srv, "DELETE", "", 0)),
			},
			{Config: config, ConfigPlanChecks: emptyPlan()},
		},
		CheckDestroy: destroyed(srv),
	})
}

func TestHardwareOathTokenBatch_badInput(t *testing.T) {
	t.Parallel()
	with := func(b batch, change func(*batch)) string {
		change(&b)
		return b.String()
	}
	for name, test := range map[string]struct{ config, want string }{
		"missing seeds": {with(batchOf("1", "2", "3"), func(b *batch) { b.seeds = map[string]string{"1": "", "3": ""} }), `2 hardware OATH tokens of this batch are to be created, and that needs their seeds: "1", "3".`},
		"bad seeds":     {with(batchOf("1", "2"), func(b *batch) { b.seeds = map[string]string{"2": "0123"} }), `serial number "2": it looks like hexadecimal`},
		"no tokens":     {batchOf().String(), `at least 1 elements`},
		"serial empty":  {batchOf("", "x").String(), `must not differ from another in case alone, got: "".`},
		"serial padded": {batchOf(" 1").String(), `got: " 1".`},
		"serials fold":  {batchOf("ab", "AB").String(), `got: "ab" beside "AB".`},
		"no model":      {with(batchOf("1"), func(b *batch) { b.of = map[string]string{"1": `time_interval_in_seconds = 30`} }), `"1" lacks model`},
		"interval":      {with(batchOf("1"), func(b *batch) { b.of = map[string]string{"1": `model = "x", time_interval_in_seconds = 45`} }), `value must be one of: ["30" "60"], got: 45`},
		"hash function": {with(batchOf("1"), func(b *batch) {
			b.of = map[string]string{"1": `model = "x", time_interval_in_seconds = 30, hash_function = "sha512"`}
		}), `value must be one of: ["hmacsha1" "hmacsha256"], got: "sha512"`},
		"both maps":        {with(batchOf("1"), func(b *batch) { b.arguments = fmt.Sprintf("secret_keys = { \"1\" = %q }", seed) }), `Both secret_keys and secret_keys_wo are set.`},
		"tokens a request": {with(batchOf("1"), func(b *batch) { b.arguments = "tokens_per_request = 0" }), `must be between 1 and 1000, got: 0`},
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

// What is known only at apply can be planned: the tokens, one of them, a part of
// one, the seeds, the version.
func TestHardwareOathTokenBatch_unknown(t *testing.T) {
	t.Parallel()
	const source = "resource \"terraform_data\" \"late\" {\n input = %s\n}\n"
	token := `{ manufacturer = "Deepnet", model = "x", time_interval_in_seconds = 60 }`
	for name, test := range map[string]struct{ late, tokens, seeds, version string }{
		"tokens":  {`{ "1" = ` + token + ` }`, `terraform_data.late.output`, fmt.Sprintf(`{ "1" = %q }`, seed), "1"},
		"token":   {token, `{ "1" = terraform_data.late.output, "2" = ` + token + ` }`, fmt.Sprintf(`{ "1" = %[1]q, "2" = %[1]q }`, seed), "1"},
		"model":   {`"x"`, `{ "1" = { manufacturer = "Deepnet", model = terraform_data.late.output, time_interval_in_seconds = 60 } }`, fmt.Sprintf(`{ "1" = %q }`, seed), "1"},
		"seeds":   {fmt.Sprintf(`{ "1" = %q }`, seed), `{ "1" = ` + token + ` }`, `terraform_data.late.output`, "1"},
		"seed":    {fmt.Sprintf(`%q`, seed), `{ "1" = ` + token + ` }`, `{ "1" = terraform_data.late.output }`, "1"},
		"version": {`1`, `{ "1" = ` + token + ` }`, fmt.Sprintf(`{ "1" = %q }`, seed), `terraform_data.late.output`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			config := fmt.Sprintf(source, test.late) + fmt.Sprintf("resource \"entra_hardware_oath_token_batch\" \"test\" {\n tokens = %s\n secret_keys_wo = %s\n secret_keys_wo_version = %s\n}\n", test.tokens, test.seeds, test.version)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps: []resource.TestStep{
					{Config: config, ConfigStateChecks: []statecheck.StateCheck{inBatch("1", "id", isGUID()), inBatch("1", "model", knownvalue.StringExact("x"))}},
					{Config: config, ConfigPlanChecks: emptyPlan()},
				},
				CheckDestroy: destroyed(srv),
			})
		})
	}
}

// A token that goes with its assignment goes in one apply: the assignment ends first.
func TestHardwareOathTokenBatch_removedWithItsAssignment(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy := srv.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com"})
	assignment := fmt.Sprintf(`
		resource "entra_hardware_oath_token_assignment" "one" {
		  token_id = %s.tokens["1"].id
		  user_id  = %q
		}
	`, batchAddr, amy.ID)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: batchOf("1", "2").String() + assignment, ConfigStateChecks: sizeOf(srv, 2)},
			{Config: batchOf("2").String(), ConfigStateChecks: sizeOf(srv, 1)},
		},
		CheckDestroy: destroyed(srv),
	})
}
