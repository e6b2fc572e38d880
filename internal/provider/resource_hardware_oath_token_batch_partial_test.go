package provider_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// unlikedSeed is a good seed that a picky Graph refuses.
const unlikedSeed = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// picky makes Graph refuse unlikedSeed as long as it is on: the last letter is
// replaced under way by one that is none.
type picky struct {
	on   atomic.Bool
	each func(n int) // called before the n-th bulk creation
	n    atomic.Int32
}

func (p *picky) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPatch && strings.HasSuffix(req.URL.Path, "/hardwareOathDevices") {
		if n := p.n.Add(1); p.each != nil {
			p.each(int(n))
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if p.on.Load() {
			body = bytes.ReplaceAll(body, []byte(unlikedSeed), []byte(unlikedSeed[1:]+"1"))
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultTransport.RoundTrip(req)
}

func pickyProvider(t *testing.T, srv *graphtest.Server, p *picky) factories {
	t.Helper()
	p.on.Store(true)
	return newProvider(t, srv, provider.WithHTTPClient(&http.Client{Transport: p}))
}

const allMade = `
	lifecycle {
	  postcondition {
	    condition     = alltrue([for token in self.tokens : token.id != null])
	    error_message = "Some tokens were not created: see the warning."
	  }
	}
`

// updatedInPlace is what a plan after a partial creation must be: Terraform would
// replace what it takes for tainted.
func updatedInPlace() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(batchAddr, plancheck.ResourceActionUpdate)}}
}

// A delivery with two bad tokens: the others are made and in the state, and when
// the bad ones are put right, only they are made.
func TestHardwareOathTokenBatch_partialCreation(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string][]graphtest.Quirk{
		"refused as a whole": nil,
		"annotated":          {graphtest.QuirkBulkPartialAnnotated},
		"refused and made":   {graphtest.QuirkBulkPartialMade},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
			graphs := &picky{}
			b := batchOf(numbered(40)...)
			b.seeds = map[string]string{"D00007": unlikedSeed, "D00031": unlikedSeed}
			b.arguments = allMade
			fixed := b
			fixed.seeds = map[string]string{"D00007": otherSeed, "D00031": otherSeed}
			var ids map[string]string
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: pickyProvider(t, srv, graphs),
				Steps: []resource.TestStep{
					{Config: b.String(), ExpectError: says("Some tokens were not created: see the warning.")},
					{
						PreConfig: func() {
							ids = idsOf(srv)
							if len(ids) != 38 {
								t.Errorf("the tenant holds %d tokens, want 38", len(ids))
							}
						},
						Config: fixed.String(), ConfigPlanChecks: updatedInPlace(),
						ConfigStateChecks: append(sizeOf(srv, 40), inBatch("D00007", "id", isGUID()), inBatch("D00031", "id", isGUID()), expectRequests(srv, "DELETE", "", 0),
							stateCheckFunc(func() error {
								now := idsOf(srv)
								for serialNumber, id := range ids {
									if now[serialNumber] != id {
										return fmt.Errorf("token %s was made again", serialNumber)
									}
								}
								return nil
							})),
					},
					{Config: fixed.String(), ConfigPlanChecks: emptyPlan()},
				},
				CheckDestroy: destroyed(srv),
			})
		})
	}
}

func idsOf(srv *graphtest.Server) map[string]string {
	ids := map[string]string{}
	for _, device := range srv.Devices() {
		ids[device.SerialNumber] = device.ID
	}
	return ids
}

// Without a postcondition the apply succeeds, and the next plan is not empty.
func TestHardwareOathTokenBatch_partialCreationState(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	b := batchOf("1", "2", "3")
	b.seeds = map[string]string{"2": unlikedSeed}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: pickyProvider(t, srv, &picky{}),
		Steps: []resource.TestStep{
			{
				Config: b.String(), ExpectNonEmptyPlan: true,
				ConfigStateChecks: append(sizeOf(srv, 3)[:1], inBatch("1", "id", isGUID()), inBatch("3", "id", isGUID()),
					inBatch("2", "id", knownvalue.Null()), inBatch("2", "status", knownvalue.Null()), inBatch("2", "model", knownvalue.StringExact("SafeID/Classic"))),
			},
			// It fails again, as an error now, which does not taint what exists.
			{Config: b.String(), ExpectError: says(`Failed to create 1 of 1 hardware OATH token`)},
			{Config: batchOf("1", "2", "3").String(), ConfigPlanChecks: updatedInPlace(), ConfigStateChecks: append(sizeOf(srv, 3), expectRequests(srv, "DELETE", "", 0))},
			// Growth that fails in part keeps what is real.
			{Config: grownBadly().String(), ExpectError: says(`Failed to create 1 of 2 hardware OATH tokens`)},
			{Config: batchOf("1", "2", "3", "4").String(), ConfigPlanChecks: emptyPlan(), ConfigStateChecks: sizeOf(srv, 4)},
		},
		CheckDestroy: destroyed(srv),
	})
}

func grownBadly() batch {
	b := batchOf("1", "2", "3", "4", "5")
	b.seeds = map[string]string{"5": unlikedSeed}
	return b
}

// What could not be made at all leaves no state: there is nothing to keep.
func TestHardwareOathTokenBatch_nothingCreated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault graphtest.Fault
		want  string
	}{
		"refused":   {graphtest.Fault{Method: "PATCH", Status: 400, Message: "Not in the mood."}, `"1", "2" was refused by Microsoft Graph: Not in the mood (badRequest, status 400).`},
		"forbidden": {graphtest.Fault{Method: "PATCH", Status: 403}, `needs the Microsoft Graph permission Policy.ReadWrite.AuthenticationMethod`},
		"throttled": {graphtest.Fault{Method: "PATCH", Status: 429, RetryAfter: "900"}, `Microsoft Graph asked to wait 15m0s`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.AddFault(test.fault)
			b := batchOf("1", "2")
			b.arguments = `timeouts = { create = "3s" }`
			expectError(t, srv, test.want, resource.TestStep{Config: b.String()})
		})
	}
}

// The time runs out in the middle: what was made is in the state, and the next
// apply makes the rest.
func TestHardwareOathTokenBatch_timeout(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	graphs := &picky{}
	graphs.each = func(n int) {
		if n == 2 {
			srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 429, RetryAfter: "900"})
		}
	}
	b := batchOf(numbered(10)...)
	b.arguments = "tokens_per_request = 4\ntimeouts = { create = \"10s\" }"
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: pickyProvider(t, srv, graphs),
		Steps: []resource.TestStep{
			{
				Config: b.String(), ExpectNonEmptyPlan: true,
				ConfigStateChecks: append(sizeOf(srv, 10)[:1], inBatch("D00003", "id", isGUID()), inBatch("D00004", "id", knownvalue.Null())),
			},
			{PreConfig: srv.ClearFaults, Config: b.String(), ConfigPlanChecks: updatedInPlace(), ConfigStateChecks: append(sizeOf(srv, 10), expectRequests(srv, "DELETE", "", 0))},
		},
		CheckDestroy: destroyed(srv),
	})
}

// Graph takes the tokens and does not show them for longer than is waited: they
// are in the state without an id, and the next refresh finds them.
func TestHardwareOathTokenBatch_unlisted(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Hour), graphtest.WithClock(clock))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: batchOf("1", "2").String(), ExpectNonEmptyPlan: true, ConfigStateChecks: append(sizeOf(srv, 2), inBatch("1", "id", knownvalue.Null()))},
			{
				PreConfig: func() { later.Store(int64(2 * time.Hour)) },
				Config:    batchOf("1", "2").String(), ConfigPlanChecks: emptyPlan(),
				ConfigStateChecks: append(sizeOf(srv, 2), inBatch("1", "id", isGUID()), inBatch("2", "status", knownvalue.StringExact("available")), expectRequests(srv, "PATCH", "", 1)),
			},
		},
		CheckDestroy: destroyed(srv),
	})
}

// What Graph has taken and does not show is refused when it is sent again: it is
// still ours when it shows at last.
func TestHardwareOathTokenBatch_unlistedAgain(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Hour), graphtest.WithClock(clock))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: batchOf("1", "2").String(), ExpectNonEmptyPlan: true},
			{Config: batchOf("1", "2").String(), ExpectError: says(`Failed to create 2 of 2 hardware OATH tokens`)},
			{
				PreConfig: func() { later.Store(int64(2 * time.Hour)) },
				Config:    batchOf("1", "2").String(), ConfigPlanChecks: emptyPlan(),
				ConfigStateChecks: append(sizeOf(srv, 2), inBatch("1", "id", isGUID()), inBatch("2", "id", isGUID())),
			},
		},
		CheckDestroy: destroyed(srv),
	})
}

// An answer is lost and the token is not shown: it is adopted once it is there,
// with a warning, since it is as it was asked for and nobody else's.
func TestHardwareOathTokenBatch_lost(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Hour), graphtest.WithClock(clock))
	graphs := &picky{each: func(n int) {
		if n == 2 {
			srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 503, AfterWrite: true, Times: 1})
		}
	}}
	b := batchOf("1", "2", "3")
	b.arguments = "tokens_per_request = 1"
	config := "provider \"entra\" {\n max_retries = 0\n}\n" + b.String()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: pickyProvider(t, srv, graphs),
		Steps: []resource.TestStep{
			{Config: config, ExpectNonEmptyPlan: true, ConfigStateChecks: append(sizeOf(srv, 3)[:1], inBatch("1", "id", knownvalue.Null()), inBatch("2", "id", knownvalue.Null()))},
			{
				PreConfig: func() { later.Store(int64(2 * time.Hour)) },
				Config:    config, ConfigPlanChecks: updatedInPlace(), // the third
				ConfigStateChecks:  append(sizeOf(srv, 3)[:1], inBatch("1", "id", isGUID()), inBatch("2", "id", isGUID()), expectRequests(srv, "PATCH", devicesPath, 3)),
				ExpectNonEmptyPlan: true, // the third is not shown yet
			},
		},
	})
}

// A token that somebody else makes while ours are under way is never taken.
func TestHardwareOathTokenBatch_rival(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	var rival graphtest.Device
	graphs := &picky{each: func(n int) {
		if n == 1 {
			other := deviceOf("2")
			other.Model = "SafeID/Eagle"
			rival = srv.PutDevice(other)
		}
	}}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: pickyProvider(t, srv, graphs),
		Steps: []resource.TestStep{
			{Config: batchOf("1", "2").String(), ExpectError: says(`They are "2". Take these serial numbers out of tokens`)},
			{Config: batchOf("1").String(), ConfigStateChecks: []statecheck.StateCheck{inBatch("1", "id", isGUID())}},
		},
	})
	if left := srv.Devices(); len(left) != 1 || left[0].ID != rival.ID {
		t.Errorf("the tenant holds %d tokens, want the one of somebody else", len(left))
	}
}

// Two batches with the same serial number: one makes it, and the other is not
// told to import what the first one has.
func TestHardwareOathTokenBatch_twice(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	other := func(serialNumbers ...string) string {
		return strings.Replace(batchOf(serialNumbers...).String(), `"test"`, `"other"`, 1)
	}
	const late = "depends_on = [entra_hardware_oath_token_batch.other]"
	first := batchOf("1")
	first.arguments = late
	both := batchOf("1", "2")
	both.arguments = late
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: other("1") + first.String(), ExpectError: says(`they must stay out of one of the two`)},
			{Config: other("1") + both.String(), ExpectError: says(`this resource does not have them in its state`)},
		},
	})
	if got := len(srv.Devices()); got != 0 {
		t.Errorf("%d tokens are left", got)
	}
}
