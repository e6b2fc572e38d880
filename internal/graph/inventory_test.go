package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// fill puts n tokens into the tenant, and gives them as they are read.
func fill(srv *graphtest.Server, n int) []graphtest.Device {
	tokens := make([]graphtest.Device, n)
	for i := range tokens {
		tokens[i] = srv.PutDevice(graphtest.Device{
			SerialNumber: fmt.Sprintf("SN-%04d", i), Manufacturer: "Deepnet", Model: "SafeID",
			TimeIntervalInSeconds: 30, HashFunction: "hmacsha1", SecretKey: secret,
		})
	}
	return tokens
}

// tenAtOnce does what Terraform does with a resource of many instances.
func tenAtOnce(n int, do func(i int)) {
	work := make(chan int)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for i := range work {
				do(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	group.Wait()
}

// listsAndReads says how many requests were lists, and how many reads of one token.
func listsAndReads(srv *graphtest.Server) (lists, reads int) {
	return len(srv.Requests(http.MethodGet, devices)), len(srv.Requests(http.MethodGet, devices+"/*"))
}

func TestGet_manyByOneList(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		quirks       []graphtest.Quirk
		faults       []graphtest.Fault
		lists, reads int
	}{
		"clear":         {lists: 1, reads: 1},
		"wrapped items": {quirks: []graphtest.Quirk{graphtest.QuirkListItemsInDevice}, lists: 1, reads: 1},
		"throttled":     {faults: []graphtest.Fault{{Method: "GET", Path: devices, Times: 3, Status: 429, RetryAfter: "0.01"}}, lists: 4, reads: 1},
		// Three requests for one list, after which 32 reads go one by one, then 64, then 128.
		"the list fails": {faults: []graphtest.Fault{{Method: "GET", Path: devices, Status: 500}}, lists: 12, reads: 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			srv := graphtest.NewServer(t, graphtest.WithQuirks(test.quirks...))
			tokens := fill(srv, 300)
			for _, fault := range test.faults {
				srv.AddFault(fault)
			}
			client := newClient(t, srv)
			tenAtOnce(len(tokens), func(i int) {
				got, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: tokens[i].ID})
				if err != nil || got.SerialNumber != tokens[i].SerialNumber {
					t.Errorf("token %d: got %+v and error %v", i, got, err)
				}
			})
			lists, reads := listsAndReads(srv)
			if lists > test.lists || reads > test.reads {
				t.Errorf("got %d lists and %d reads, want at most %d and %d", lists, reads, test.lists, test.reads)
			}
		})
	}
}

func TestGet_afterWrite(t *testing.T) {
	t.Parallel()

	srv := graphtest.NewServer(t)
	tokens := fill(srv, 5)
	client := newClient(t, srv)
	read := func(i int) (graph.HardwareOathToken, error) {
		return client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: tokens[i].ID})
	}
	for i := range tokens {
		if _, err := read(i); err != nil {
			t.Fatal(err)
		}
	}
	model := "SafeID/Diamond"
	if err := client.UpdateHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: tokens[3].ID}, graph.HardwareOathTokenUpdate{Model: &model}); err != nil {
		t.Fatal(err)
	}
	if got, err := read(3); err != nil || got.Model != model {
		t.Errorf("after an update: got %+v and error %v", got, err)
	}
	if err := client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: tokens[4].ID}, false); err != nil {
		t.Fatal(err)
	}
	if got, err := read(4); !graph.IsNotFound(err) {
		t.Errorf("after a deletion: got %+v and error %v", got, err)
	}
	all, err := client.ListHardwareOathTokensBy(t.Context(), graph.HardwareOathTokenFilter{})
	if err != nil || len(all) != 4 || all[3].Model != model {
		t.Errorf("the list after both: got %+v and error %v", all, err)
	}
}

func TestDelete_manyByOneList(t *testing.T) {
	t.Parallel()

	srv := graphtest.NewServer(t)
	tokens := fill(srv, 300)
	client := newClient(t, srv)
	tenAtOnce(len(tokens), func(i int) {
		if err := client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: tokens[i].ID}, false); err != nil {
			t.Errorf("token %d: %v", i, err)
		}
	})
	lists, reads := listsAndReads(srv)
	if deletes := len(srv.Requests(http.MethodDelete, devices+"/*")); deletes != 300 || lists != 1 || reads != 1 {
		t.Errorf("got %d deletions, %d lists and %d reads, want 300, 1 and 1", deletes, lists, reads)
	}
}

func TestFind_manyByOneList(t *testing.T) {
	t.Parallel()

	srv := graphtest.NewServer(t)
	tokens := fill(srv, 300)
	client := newClient(t, srv)
	tenAtOnce(len(tokens), func(i int) {
		got, err := client.FindHardwareOathTokens(t.Context(), tokens[i].SerialNumber)
		if err != nil || len(got) != 1 || got[0].ID != tokens[i].ID {
			t.Errorf("token %d: got %+v and error %v", i, got, err)
		}
	})
	if lists, _ := listsAndReads(srv); lists != 2 {
		t.Errorf("got %d lists, want the first look-up and one of all", lists)
	}
	if got, err := client.FindHardwareOathTokens(t.Context(), "sn-0007"); err != nil || len(got) != 1 || got[0].ID != tokens[7].ID {
		t.Errorf("in another case: got %+v and error %v", got, err)
	}
}

// An id is one in any case of its letters: what was read before a write of it
// is not shown afterwards, however the writer spells it.
func TestInventory_writesInAnotherSpelling(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	var tokens []graphtest.Device
	for i := range 5 {
		tokens = append(tokens, srv.PutDevice(graphtest.Device{
			ID: fmt.Sprintf("dddddddd-0000-4000-8000-00000000000%d", i), SerialNumber: fmt.Sprintf("SN-%d", i),
			Manufacturer: "Deepnet", Model: "SafeID", SecretKey: secret,
		}))
	}
	client := newClient(t, srv)
	for _, token := range tokens {
		if _, err := client.GetHardwareOathToken(t.Context(), refOf(token)); err != nil {
			t.Fatal(err)
		}
	}
	shouted := strings.ToUpper(tokens[4].ID)
	if _, err := client.AssignHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: shouted}, amy.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{tokens[4].ID, shouted} {
		token, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: id})
		if err != nil || token.AssignedTo == nil {
			t.Errorf("%s: got %+v and %v, want it as it is since the write", id, token, err)
		}
	}
	// The list is found by any spelling too.
	srv.ResetRequests()
	if _, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: strings.ToUpper(tokens[3].ID)}); err != nil || len(srv.Requests("", "")) != 0 {
		t.Errorf("got %v and %d requests, want none", err, len(srv.Requests("", "")))
	}
}
