package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const batchAddr = "entra_hardware_oath_token_batch.test"

// batch is a batch resource named test, written by hand.
type batch struct {
	serialNumbers []string
	// of replaces what the token of a serial number has.
	of map[string]string
	// seeds replaces the seed of a serial number; "" leaves it out.
	seeds     map[string]string
	secrets   string // the argument; "" is secret_keys_wo
	version   int    // 0 is 1, negative none
	arguments string
}

func (b batch) String() string {
	var tokens, seeds strings.Builder
	for _, serialNumber := range b.serialNumbers {
		attributes, ok := b.of[serialNumber]
		if !ok {
			attributes = `model = "SafeID/Classic", time_interval_in_seconds = 60`
		}
		fmt.Fprintf(&tokens, "%q = { manufacturer = \"Deepnet\", %s }\n", serialNumber, attributes)
		secret, ok := b.seeds[serialNumber]
		if !ok {
			secret = seed
		}
		if secret != "" {
			fmt.Fprintf(&seeds, "%q = %q\n", serialNumber, secret)
		}
	}
	secrets, version := "secret_keys_wo", ""
	if b.secrets != "" {
		secrets = b.secrets
	} else if b.version >= 0 {
		version = fmt.Sprintf("secret_keys_wo_version = %d", max(b.version, 1))
	}
	return fmt.Sprintf("resource \"entra_hardware_oath_token_batch\" \"test\" {\n tokens = {\n%s}\n %s = {\n%s}\n %s\n %s\n}\n", tokens.String(), secrets, seeds.String(), version, b.arguments)
}

func batchOf(serialNumbers ...string) batch { return batch{serialNumbers: serialNumbers} }

// numbered are n serial numbers.
func numbered(n int) []string {
	serialNumbers := make([]string, n)
	for i := range serialNumbers {
		serialNumbers[i] = fmt.Sprintf("D%05d", i)
	}
	return serialNumbers
}

// delivery is a batch that is fed by a seed file of so many tokens.
func delivery(t *testing.T, serialNumbers []string, arguments string) string {
	t.Helper()
	var csv strings.Builder
	csv.WriteString("upn,serial number,secret key,time interval,manufacturer,model\n")
	for _, serialNumber := range serialNumbers {
		fmt.Fprintf(&csv, "amy@contoso.com,%s,%s,60,Deepnet,SafeID/Classic\n", serialNumber, seed)
	}
	path := seedFilePath(t, csv.String())
	return fmt.Sprintf(`
		ephemeral "entra_seed_file" "test" {
		  path = %[1]q
		}
		resource "entra_hardware_oath_token_batch" "test" {
		  tokens                 = provider::entra::parse_seed_file(file(%[1]q)).tokens
		  secret_keys_wo         = ephemeral.entra_seed_file.test.secret_keys
		  secret_keys_wo_version = 1
		  %[2]s
		}
	`, path, arguments)
}

func batchToken(serialNumber, attribute string) tfjsonpath.Path {
	return tfjsonpath.New("tokens").AtMapKey(serialNumber).AtMapKey(attribute)
}

func inBatch(serialNumber, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(batchAddr, batchToken(serialNumber, attribute), want)
}

func isGUID() knownvalue.Check {
	return knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f-]{36}$`))
}

func emptyPlan() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// sizeOf checks how many tokens state and tenant hold.
func sizeOf(srv *graphtest.Server, n int) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(batchAddr, tfjsonpath.New("tokens"), knownvalue.MapSizeExact(n)),
		stateCheckFunc(func() error {
			if got := len(srv.Devices()); got != n {
				return fmt.Errorf("the tenant holds %d tokens, want %d", got, n)
			}
			return nil
		}),
	}
}

// batchSteps is a batch's whole life.
func batchSteps(srv *graphtest.Server) []resource.TestStep {
	grown := batchOf("1", "2", "3", "4")
	edited := grown
	edited.of = map[string]string{
		"2": `model = "SafeID/Diamond", time_interval_in_seconds = 30, hash_function = "hmacsha256", display_name = "Desk"`,
		"3": `model = "SafeID/Eagle", time_interval_in_seconds = 60`,
	}
	shrunk := edited
	shrunk.serialNumbers = []string{"2"}
	return []resource.TestStep{
		{Config: batchOf("1", "2").String(), ConfigStateChecks: append(sizeOf(srv, 2), inBatch("1", "id", isGUID()), inBatch("2", "id", isGUID()))},
		{Config: grown.String(), ConfigPlanChecks: updatedInPlace(), ConfigStateChecks: append(sizeOf(srv, 4), inBatch("4", "id", isGUID()))},
		{
			Config: edited.String(), ConfigPlanChecks: updatedInPlace(),
			ConfigStateChecks: append(sizeOf(srv, 4),
				inBatch("2", "model", knownvalue.StringExact("SafeID/Diamond")), inBatch("2", "display_name", knownvalue.StringExact("Desk")),
				inBatch("2", "id", isGUID())),
		},
		{Config: edited.String(), ConfigPlanChecks: emptyPlan()},
		{Config: shrunk.String(), ConfigPlanChecks: updatedInPlace(), ConfigStateChecks: sizeOf(srv, 1)},
	}
}

func TestHardwareOathTokenBatch_lifecycle(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	steps := batchSteps(srv)
	steps[0].ConfigStateChecks = append(steps[0].ConfigStateChecks,
		inBatch("1", "status", knownvalue.StringExact("available")), inBatch("1", "hash_function", knownvalue.StringExact("hmacsha1")),
		inBatch("1", "display_name", knownvalue.Null()),
		statecheck.ExpectKnownValue(batchAddr, tfjsonpath.New("secret_keys"), knownvalue.Null()),
		statecheck.ExpectKnownValue(batchAddr, tfjsonpath.New("secret_keys_wo"), knownvalue.Null()),
		statecheck.ExpectKnownValue(batchAddr, tfjsonpath.New("unassign_on_destroy"), knownvalue.Bool(false)),
		statecheck.ExpectKnownValue(batchAddr, tfjsonpath.New("secret_keys_wo_version"), knownvalue.Int64Exact(1)),
	)
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: newProvider(t, srv), Steps: steps, CheckDestroy: destroyed(srv)})
}

// 1,000 tokens: what each step of a delivery's life costs.
func TestHardwareOathTokenBatch_requests(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	const lists = 4 // two plans look for taken serial numbers, the creation looks before and after
	serialNumbers := numbered(1000)
	all := delivery(t, serialNumbers, "")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{
				Config: all,
				ConfigStateChecks: append(sizeOf(srv, 1000), expectRequests(srv, "PATCH", devicesPath, 10),
					expectRequests(srv, "GET", devicesPath, lists), expectRequests(srv, "", "", 10+lists)),
			},
			{PreConfig: srv.ResetRequests, Config: all, ConfigPlanChecks: emptyPlan(), ConfigStateChecks: []statecheck.StateCheck{expectRequests(srv, "", "", 1)}},
			{
				// What Graph does not know costs nothing but the refresh.
				PreConfig: srv.ResetRequests, Config: delivery(t, serialNumbers, "unassign_on_destroy = true\ntokens_per_request = 500"),
				ConfigStateChecks: []statecheck.StateCheck{expectRequests(srv, "", "", 1)},
			},
			{
				PreConfig: srv.ResetRequests, Config: delivery(t, serialNumbers[:950], ""), ConfigPlanChecks: updatedInPlace(),
				ConfigStateChecks: append(sizeOf(srv, 950), expectRequests(srv, "GET", devicesPath, 2),
					expectRequests(srv, "POST", "/$batch", 3), expectRequests(srv, "DELETE", devicePath, 50)),
			},
			{
				PreConfig: srv.ResetRequests, Config: all, ConfigPlanChecks: updatedInPlace(),
				ConfigStateChecks: append(sizeOf(srv, 1000), expectRequests(srv, "PATCH", devicesPath, 1),
					expectRequests(srv, "GET", devicesPath, lists), expectRequests(srv, "", "", 1+lists)), // the plan looks into what the refresh has read
			},
			{PreConfig: srv.ResetRequests, Config: all, Destroy: true},
		},
		CheckDestroy: destroyed(srv),
	})
	// The destroy plan's refresh, then one list and the deletions.
	if lists, batches := len(srv.Requests("GET", devicesPath)), len(srv.Requests("POST", "/$batch")); lists != 2 || batches != 50 {
		t.Errorf("destroy cost %d lists and %d batches, want 2 and 50", lists, batches)
	}
}
