package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// One fault on the second of three requests: everything is made once, and what
// was made by the lost request is found and not sent again.
func TestBulk_losesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault              graphtest.Fault
		recovered, patches int
	}{
		"throttled":               {graphtest.Fault{Status: 429, RetryAfter: "0.1"}, 0, 4},
		"throttled for a while":   {graphtest.Fault{Status: 429}, 0, 4},
		"503 before the write":    {graphtest.Fault{Status: 503}, 0, 4},
		"503 after the write":     {graphtest.Fault{Status: 503, AfterWrite: true, RetryAfter: "0.1"}, 20, 3},
		"500 after the write":     {graphtest.Fault{Status: 500, AfterWrite: true}, 20, 3},
		"504 after the write":     {graphtest.Fault{Status: 504, AfterWrite: true}, 20, 3},
		"a gateway's 502":         {graphtest.Fault{Status: 502, HTML: true}, 0, 4},
		"a page that says 200":    {graphtest.Fault{Status: 200, HTML: true, AfterWrite: true}, 20, 3},
		"dropped before":          {graphtest.Fault{Drop: true}, 0, 4},
		"dropped after the write": {graphtest.Fault{Drop: true, AfterWrite: true}, 20, 3},
		"cut":                     {graphtest.Fault{Cut: true}, 20, 3},
		"413":                     {graphtest.Fault{Status: 413}, 0, 1 + 3 + 2},
		"412":                     {graphtest.Fault{Status: 412}, 0, 1 + 3 + 2},
	}
	for name, test := range tests {
		for _, delay := range []time.Duration{0, 150 * time.Millisecond} {
			t.Run(fmt.Sprint(name, delay), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(delay))
				test.fault.Method, test.fault.Path = "PATCH", devices
				specs := newDelivery(60)
				var once sync.Once
				result := newClient(t, srv, graph.WithSettleWindow(time.Second)).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{
					TokensPerRequest: 20,
					Progress: func(int, int) {
						once.Do(func() { test.fault.Times = 1; srv.AddFault(test.fault) })
					},
				})
				mustBeWhole(t, srv, specs, result)
				mustFail(t, result)
				if got := count(srv, "PATCH devices"); got != test.patches || len(result.Recovered) != test.recovered || len(result.Unlisted) != 0 {
					t.Errorf("%d creations, want %d; %d recovered, want %d", got, test.patches, len(result.Recovered), test.recovered)
				}
			})
		}
	}
}

// A lost request is invisible for longer than anybody waits before it is sent
// again: it is refused, and what was made is found all the same.
func TestBulk_lostAndInvisible(t *testing.T) {
	t.Parallel()
	for _, bad := range [][]int{nil, {3}} {
		for name, option := range map[string]graphtest.Option{
			"lost":         graphtest.WithPageSize(1000),
			"partial made": graphtest.WithQuirks(graphtest.QuirkBulkPartialMade),
		} {
			t.Run(fmt.Sprint(name, bad), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(1500*time.Millisecond), option)
				srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 503, AfterWrite: true, Times: 1})
				specs := spoil(newDelivery(8), bad...)
				result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
				mustBeWhole(t, srv, specs, result)
				want := []string{}
				for _, i := range bad {
					want = append(want, specs[i].SerialNumber)
				}
				mustFail(t, result, want...)
				t.Logf("%d recovered, %v", len(result.Recovered), calls(srv))
			})
		}
	}
}

func TestBulk_lostAndTakenByAStranger(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 503, Times: 1, Hang: 200 * time.Millisecond})
	specs := newDelivery(4)
	done := make(chan graph.BulkResult)
	go func() {
		done <- newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
	}()
	<-cancelWhen(t, func() bool { return count(srv, "PATCH devices") > 0 }).Done()
	stranger := newDevice(specs[1].SerialNumber)
	stranger.Model = "Another"
	existing := srv.PutDevice(stranger)
	result := <-done
	mustBeWhole(t, srv, specs, result)
	mustFail(t, result, specs[1].SerialNumber)
	if e := failure[*graph.AlreadyExistsError](t, result, specs[1].SerialNumber); e == nil || e.Existing.ID != existing.ID {
		t.Errorf("got %v", e)
	}
}

// A token that a stranger makes while the delivery is sent is refused alone, and
// only what is as it was asked for is taken for ours.
func TestBulk_refusedForAStranger(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 429, Times: 1, RetryAfter: "0.3"})
	specs := newDelivery(4)
	done := make(chan graph.BulkResult)
	go func() {
		done <- newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
	}()
	<-cancelWhen(t, func() bool { return count(srv, "PATCH devices") > 0 }).Done()
	stranger := newDevice(specs[1].SerialNumber)
	stranger.Model = "Another"
	existing := srv.PutDevice(stranger)
	result := <-done
	mustBeWhole(t, srv, specs, result)
	mustFail(t, result, specs[1].SerialNumber)
	var refused *graph.Error
	if e := failure[*graph.AlreadyExistsError](t, result, specs[1].SerialNumber); e == nil || e.Existing.ID != existing.ID || !errors.As(e, &refused) {
		t.Errorf("got %v", e)
	}
}

// What Graph has accepted is ours, even when somebody takes it at once.
func TestBulk_assignedAtOnce(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	specs := newDelivery(3)
	result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{Progress: func(int, int) {
		device, _ := srv.DeviceBySerial(specs[1].SerialNumber)
		srv.Assign(device.ID, srv.PutUser(graphtest.User{}).ID)
	}})
	mustBeWhole(t, srv, specs, result)
	if len(result.Made) != 3 || result.Made[1].AssignedTo == nil || len(result.Recovered) != 0 {
		t.Errorf("got %+v", result)
	}
}

func TestBulk_neverAnswered(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
	config.MaxRetries = 1
	srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 503, RetryAfter: "0.01"})
	specs := newDelivery(30)
	result := newClientOf(t, config).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{TokensPerRequest: 10})
	mustBeWhole(t, srv, specs, result)
	if len(result.Failed) != 30 || count(srv, "PATCH devices") != 2 {
		t.Errorf("%d failed after %v", len(result.Failed), calls(srv))
	}
	var lost *graph.LostAnswerError
	if first := failure[*graph.LostAnswerError](t, result, specs[0].SerialNumber); first == nil || first.Then != nil {
		t.Errorf("got %v", first)
	}
	if last := failure[*graph.Error](t, result, specs[29].SerialNumber); last == nil || last.Status != 503 || errors.As(result.Failed[29], &lost) {
		t.Errorf("got %v, want the 503 that ended the run", result.Failed[29])
	}
}

// What would be said of every request ends the delivery; what was made is known.
func TestBulk_fatal(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"401": {Status: 401}, "403": {Status: 403}, "404": {Status: 404, HTML: true}, "405": {Status: 405}, "429 forever": {Status: 429, RetryAfter: "0.01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			fault.Method, fault.Path = "PATCH", devices
			specs := newDelivery(50)
			result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{
				TokensPerRequest: 10,
				Progress: func(done, _ int) {
					if done == 20 {
						srv.AddFault(fault)
					}
				},
			})
			mustBeWhole(t, srv, specs, result)
			if refused := failure[*graph.Error](t, result, specs[49].SerialNumber); len(result.Made) != 20 || refused == nil || refused.Status != fault.Status {
				t.Errorf("%d made, error %v", len(result.Made), refused)
			}
			if got, want := len(calls(srv)), 5; name != "429 forever" && got != want {
				t.Errorf("%d requests, want %d", got, want)
			}
		})
	}
}

func TestBulk_firstListFails(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Status: 403})
	specs := newDelivery(3)
	result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
	if len(result.Failed) != 3 || !graph.IsForbidden(result.Failed[0]) || len(calls(srv)) != 1 {
		t.Errorf("got %v after %v", result, calls(srv))
	}
}

func TestBulk_lastListFails(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	specs := newDelivery(3)
	result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{
		Progress: func(int, int) { srv.AddFault(graphtest.Fault{Status: 403}) },
	})
	mustBeWhole(t, srv, specs, result)
	if len(result.Unlisted) != 3 || !graph.IsForbidden(result.UnlistedErr) {
		t.Errorf("got %v", result)
	}
}

func TestBulk_interrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault graphtest.Fault
		delay time.Duration
	}{
		"while answered":                 {graphtest.Fault{Hang: 300 * time.Millisecond}, 0},
		"while lost":                     {graphtest.Fault{Hang: 300 * time.Millisecond, Drop: true, AfterWrite: true}, 0},
		"while answered and not visible": {graphtest.Fault{Hang: 300 * time.Millisecond}, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(test.delay))
			test.fault.Method = "PATCH"
			specs := newDelivery(30)
			ctx := cancelWhen(t, func() bool { return count(srv, "PATCH devices") > 1 })
			result := newClient(t, srv).CreateHardwareOathTokens(ctx, specs, graph.BulkOptions{
				TokensPerRequest: 10, Progress: func(int, int) { srv.AddFault(test.fault) },
			})
			mustBeWhole(t, srv, specs, result)
			if len(result.Made) != 20 || count(srv, "PATCH devices") != 2 {
				t.Errorf("%d made by %v", len(result.Made), calls(srv))
			}
			if wait := failure[*graph.WaitError](t, result, specs[29].SerialNumber); !errors.Is(wait, context.Canceled) {
				t.Errorf("got %v", wait)
			}
		})
	}
}

func TestBulk_outOfTime(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"hangs":                 {Hang: time.Minute},
		"hangs after the write": {Hang: time.Minute, AfterWrite: true},
		"throttled for long":    {Status: 429, RetryAfter: "60"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			fault.Method = "PATCH"
			specs := newDelivery(30)
			ctx, cancel := contextWithTimeout(t, time.Second)
			defer cancel()
			result := newClient(t, srv).CreateHardwareOathTokens(ctx, specs, graph.BulkOptions{
				TokensPerRequest: 10, Progress: func(int, int) { srv.AddFault(fault) },
			})
			want := 10
			if fault.AfterWrite {
				want = 20
			}
			mustBeWhole(t, srv, specs, result)
			if len(result.Made) != want || len(result.Made)+len(result.Failed) != 30 {
				t.Errorf("%d made, want %d", len(result.Made), want)
			}
			if last := failure[*graph.WaitError](t, result, specs[29].SerialNumber); !errors.Is(last, context.DeadlineExceeded) {
				t.Errorf("got %v", last)
			}
		})
	}
}

// Graph refuses everything, always in the same words: nobody waits for minutes
// whether a refused request has made something all the same.
func TestBulk_allBad(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	specs := spoil(newDelivery(5), 0, 1, 2, 3, 4)
	start := time.Now()
	client := newClient(t, srv, graph.WithVisibilityWindow(time.Minute), graph.WithSettleWindow(100*time.Millisecond))
	result := client.CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
	mustBeWhole(t, srv, specs, result)
	mustFail(t, result, serialNumbersOf(specs)...)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestBulk_visibility(t *testing.T) {
	t.Parallel()
	for delay, unlisted := range map[time.Duration]int{0: 0, time.Second: 0, time.Hour: 25} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(delay))
			specs := newDelivery(25)
			result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{TokensPerRequest: 10})
			mustBeWhole(t, srv, specs, result)
			mustFail(t, result)
			if len(result.Unlisted) != unlisted || result.UnlistedErr != nil {
				t.Errorf("%d unlisted, want %d; %v", len(result.Unlisted), unlisted, result.UnlistedErr)
			}
		})
	}
}

// A delivery replaces tokens that were deleted a moment ago.
func TestBulk_waitsForDeletions(t *testing.T) {
	t.Parallel()
	for delay, want := range map[time.Duration]int{time.Second: 0, time.Hour: 5} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithDeletionDelay(delay))
			client := newClient(t, srv)
			old := stock(t, srv, client, 5)
			if _, failures := client.DeleteHardwareOathTokens(t.Context(), old, false); len(failures) != 0 {
				t.Fatal(failures)
			}
			specs := newDelivery(20)
			result := client.CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
			mustBeWhole(t, srv, specs, result)
			if len(result.Made) != 20-want || len(result.Failed) != want {
				t.Errorf("%d made, failures %v", len(result.Made), result.Failed)
			}
			for i := range want {
				if e := failure[*graph.AlreadyExistsError](t, result, specs[i].SerialNumber); e == nil || e.Existing.ID != old[i].ID {
					t.Errorf("got %v", e)
				}
			}
		})
	}
}

// Two deliveries that overlap, in another order, and single creations between
// them: each serial number is one's.
func TestBulk_overlapping(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	specs := newDelivery(20)
	backwards := make([]graph.NewHardwareOathToken, 20)
	for i, spec := range specs {
		backwards[19-i] = spec
	}
	made := make(chan int)
	for _, delivery := range [][]graph.NewHardwareOathToken{specs, backwards} {
		go func() {
			made <- len(client.CreateHardwareOathTokens(t.Context(), delivery, graph.BulkOptions{TokensPerRequest: 3}).Made)
		}()
	}
	go func() {
		n := 0
		for _, spec := range backwards {
			if _, _, err := client.CreateHardwareOathToken(t.Context(), spec); err == nil {
				n++
			}
		}
		made <- n
	}()
	if n := <-made + <-made + <-made; n != 20 || len(srv.Devices()) != 20 {
		t.Errorf("%d were made, and there are %d devices", n, len(srv.Devices()))
	}
}

func TestBulk_secretsAreInNoLogAndNoError(t *testing.T) {
	t.Parallel()
	specs := newDelivery(2)
	hidden := []string{}
	for _, spec := range specs {
		hidden = append(hidden, spec.SecretKey)
	}
	for name, fault := range map[string]graphtest.Fault{
		"refused":        {Method: "PATCH", Status: 413, Message: "Bad secret " + hidden[0], Times: 2},
		"refused at all": {Method: "PATCH", Status: 403, Message: "Bad secrets " + strings.Join(hidden, " ")},
		"lost":           {Method: "PATCH", Status: 503, AfterWrite: true, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.AddFault(fault)
			var log bytes.Buffer
			result := newClient(t, srv).CreateHardwareOathTokens(tflogtest.RootLogger(t.Context(), &log), specs, graph.BulkOptions{})
			for _, failure := range result.Failed {
				mustBeDiscreet(t, failure.Error(), hidden...)
			}
			mustBeDiscreet(t, log.String(), hidden...)
			if !strings.Contains(log.String(), `"method":"PATCH"`) {
				t.Errorf("the log tells nothing of the requests: %s", log.String())
			}
		})
	}
}

// A message of Graph's about one item may repeat its secret, and answers may be
// of any shape.
func TestBulk_answersOfAnyShape(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer string
		failed []string
	}{
		"by content id":    {`{"value":[{"@contentId":"2","@Org.OData.Core.V1.DataModificationException":{"responseCode":"409","info":{"code":"x","message":"Bad ` + secret + `"}}}]}`, []string{"D0001"}},
		"no info":          {`{"value":[{"serialNumber":"D0000","@Core.DataModificationException":null},{"serialNumber":"D0001","@Core.DataModificationException":17}]}`, []string{"D0000", "D0001"}},
		"items of no kind": {`{"value":[17,null,{"id":"x"},{"serialNumber":"D0001","@Core.DataModificationException":{}}]}`, []string{"D0001"}},
		"another's item":   {`{"value":[{"serialNumber":"Z","@Core.DataModificationException":{}}]}`, []string{}},
		"no list":          {`{"value":{}}`, []string{}},
		"no object":        {`[]`, []string{}},
		"nothing":          {``, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClientOf(t, newConfig(newHandlerServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPatch {
					fmt.Fprint(w, test.answer)
					return
				}
				fmt.Fprint(w, `{"value":[]}`)
			}).URL, &staticCredential{}), graph.WithVisibilityWindow(50*time.Millisecond))
			specs := newDelivery(2)
			specs[1].SecretKey = secret
			result := client.CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
			if diff := cmp.Diff(test.failed, failed(result.Failed)); diff != "" || len(result.Unlisted)+len(result.Failed) != 2 {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			for _, failure := range result.Failed {
				mustBeDiscreet(t, failure.Error())
			}
		})
	}
}

// Whatever goes wrong, in whatever order: no token is lost, none is made twice,
// and each is told of.
func TestBulk_random(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			options := []graphtest.Option{graphtest.WithPageSize(50 + random.IntN(300))}
			quirks := []graphtest.Quirk{
				graphtest.QuirkBulkPartialAnnotated, graphtest.QuirkBulkPartialMade, graphtest.QuirkBulkLimit, graphtest.QuirkBulkTooLarge,
				graphtest.QuirkDuplicateConflict, graphtest.QuirkBulkShuffled, graphtest.QuirkBulkItemsInDevice, graphtest.QuirkBulkOK,
			}
			options = append(options, graphtest.WithQuirks(quirks[random.IntN(len(quirks))], quirks[random.IntN(len(quirks))]))
			if random.IntN(2) == 0 {
				options = append(options, graphtest.WithVisibilityDelay(time.Duration(random.IntN(600))*time.Millisecond))
			}
			srv := graphtest.NewServer(t, options...)
			for range random.IntN(4) {
				faults := []graphtest.Fault{
					{Status: 429, RetryAfter: "0.05"},
					{Status: 503},
					{Status: 503, AfterWrite: true},
					{Status: 500, AfterWrite: true, RetryAfter: "0.01"},
					{Status: 502, HTML: true},
					{Cut: true},
					{Drop: true},
					{Drop: true, AfterWrite: true},
					{Status: 200, HTML: true, AfterWrite: true},
				}
				fault := faults[random.IntN(len(faults))]
				fault.Method, fault.Every, fault.Times = "PATCH", 2+random.IntN(8), 1+random.IntN(3)
				srv.AddFault(fault)
			}
			specs := newDelivery(300)
			bad := map[string]bool{}
			for range random.IntN(6) {
				i := random.IntN(len(specs))
				spoil(specs, i)
				bad[specs[i].SerialNumber] = true
			}
			config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
			config.MaxRetries = 8
			result := newClientOf(t, config).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{TokensPerRequest: 20 + random.IntN(120)})
			mustBeWhole(t, srv, specs, result)
			for _, failure := range result.Failed {
				if !bad[failure.SerialNumber] {
					t.Errorf("a good token failed: %v", failure)
				}
			}
			if len(result.Failed) != len(bad) {
				t.Errorf("%d failed, want %d", len(result.Failed), len(bad))
			}
			t.Logf("%d creations, %d lists, %d recovered, %d bad, %d faults", count(srv, "PATCH devices"), count(srv, "GET devices"), len(result.Recovered), len(bad), srv.FaultCount())
		})
	}
}
