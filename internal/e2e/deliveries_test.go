package e2e_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// deliveriesGuide gives the guide's configurations, in their order.
func deliveriesGuide(t *testing.T) (first, each, toBatch, toSingle string) {
	t.Helper()
	blocks := guideBlocks(t, "large-deliveries.md")
	if len(blocks) != 4 {
		t.Fatalf("the guide has %d configurations, want 4", len(blocks))
	}
	return blocks[0].config, blocks[1].config, blocks[2].config, blocks[3].config
}

// What the guide shows for one delivery and for several is formatted and works.
func TestDeliveriesGuide(t *testing.T) {
	t.Parallel()

	first, each, _, _ := deliveriesGuide(t)
	for name, config := range map[string]string{"one": first, "several": each} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			srv := graphtest.NewServer(t)
			w := newWorkspace(t, srv, "")
			header := w.files(t)["main.tf"]
			w.write(t, "main.tf", config)
			if output, status := w.run(t, "fmt", "-check", "-diff"); status != 0 {
				t.Errorf("not formatted:\n%s", output)
			}
			w.write(t, "main.tf", header+config)
			w.write(t, "2026-11-safeid.csv", seedCSV)
			w.write(t, "2026-03-safeid.csv", strings.NewReplacer("70029370", "60029370", "70029371", "60029371").Replace(seedCSV))
			w.apply(t)
			if got, want := len(srv.Devices()), 2*strings.Count(config, ".csv\""); got != want {
				t.Errorf("the tenant holds %d tokens, want %d", got, want)
			}
			w.mustPlanEmpty(t)
			w.mustDestroy(t, srv)
		})
	}
}

// Tokens move from single resources to a batch and back as the guide says, and
// nothing is made or deleted.
func TestDeliveriesGuide_moving(t *testing.T) {
	t.Parallel()

	_, _, toBatch, toSingle := deliveriesGuide(t)
	srv := graphtest.NewServer(t)
	w := newWorkspace(t, srv, "")
	header := w.files(t)["main.tf"]
	w.write(t, "2026-11-safeid.csv", seedCSV)
	w.write(t, "serials.txt", "70029370\n70029371\n")
	for _, serialNumber := range []string{"70029370", "70029371"} {
		srv.PutDevice(graphtest.Device{SerialNumber: serialNumber})
	}
	matching := regexp.MustCompile(`(?s)removed \{.*?\n\}\n`)
	w.write(t, "main.tf", header+matching.ReplaceAllString(toSingle, ""))
	w.apply(t)

	for _, config := range []string{toBatch, toSingle} {
		w.write(t, "main.tf", config)
		if output, status := w.run(t, "fmt", "-check", "-diff"); status != 0 {
			t.Errorf("not formatted:\n%s", output)
		}
		w.write(t, "main.tf", header+config)
		if plan := unwrapped(w.must(t, "plan", "-input=false")); !strings.Contains(plan, "0 to destroy") || !strings.Contains(plan, "0 to add") {
			t.Errorf("the plan makes or deletes:\n%s", plan)
		}
		srv.ResetRequests()
		w.apply(t)
		for _, request := range srv.Requests("", "") {
			if request.Method == "DELETE" || request.Method == "POST" {
				t.Errorf("moving sent %s %s", request.Method, request.Path)
			}
		}
		w.mustPlanEmpty(t)
	}
	w.mustDestroy(t, srv)
}
