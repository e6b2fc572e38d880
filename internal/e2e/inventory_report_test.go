package e2e_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// newReport is a workspace with the module's own README as its configuration,
// and the module beside it.
func newReport(t *testing.T, srv *graphtest.Server) *workspace {
	t.Helper()
	_, config, _ := strings.Cut(example(t, "modules/inventory-report/README.md"), "```terraform\n")
	config, _, _ = strings.Cut(config, "```")
	config = regexp.MustCompile(`source = "[^"]*"`).ReplaceAllString(config, `source = "./inventory-report"`)
	w := newWorkspace(t, srv, config)
	module := os.DirFS(filepath.Join(examples, "modules", "inventory-report"))
	if err := os.CopyFS(filepath.Join(w.dir, "inventory-report"), module); err != nil {
		t.Fatal(err)
	}
	// Not init: it would ask a registry for the provider that is built here.
	w.must(t, "get")
	return w
}

// unwrapped is the CLI's output without its frames and line breaks.
func unwrapped(output string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " ")
}

// report reads the CSV as a spreadsheet does: rows by serial number, cells by column.
func report(t *testing.T, w *workspace) map[string]map[string]string {
	t.Helper()
	output := w.must(t, "output", "-raw", "csv")
	lines, err := csv.NewReader(strings.NewReader(output)).ReadAll()
	if err != nil {
		t.Fatalf("%v in\n%s", err, output)
	}
	if strings.Count(output, "\r\n") != len(lines) {
		t.Errorf("%d lines end with CRLF, want each of the %d", strings.Count(output, "\r\n"), len(lines))
	}
	rows := map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows[row["serial_number"]] = row
	}
	return rows
}

func TestInventoryReport(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	used := time.Now().UTC().Truncate(time.Second)
	amy := srv.PutUser(graphtest.User{DisplayName: `Amy "A", Masters`})
	formula := srv.PutUser(graphtest.User{DisplayName: `=HYPERLINK("https://example.com","x")`})
	inUse := exampleToken()
	inUse.AssignedTo, inUse.Status, inUse.LastUsedDateTime, inUse.DisplayName = amy.ID, "activated", used, " +1"
	srv.PutDevice(inUse)
	srv.PutDevice(graphtest.Device{SerialNumber: "failed", Manufacturer: "Deepnet", Model: "SafeID/Diamond", Status: "failedActivation", AssignedTo: formula.ID, LastUsedDateTime: used})
	srv.PutDevice(graphtest.Device{SerialNumber: "unused", Manufacturer: "Deepnet", Model: "SafeID/Diamond", AssignedTo: amy.ID})
	srv.PutDevice(graphtest.Device{SerialNumber: "drawer", Manufacturer: "Deepnet", Model: "SafeID/Classic"})
	w := newReport(t, srv)

	warnings := unwrapped(w.must(t, "apply", "-auto-approve", "-input=false"))
	for _, want := range []string{
		"Check block assertion failed",
		"The activation of 1 token(s) has failed: failed.",
		"Time to order tokens, few are available: SafeID/Classic (1 of 20).",
		"Held and not used for 90 days, or never: unused.",
	} {
		if !strings.Contains(warnings, want) {
			t.Errorf("the apply does not say %q:\n%s", want, warnings)
		}
	}

	rows := report(t, w)
	want := map[string]string{
		"id": inUse.ID, "serial_number": "70029370", "manufacturer": "Deepnet", "model": "SafeID/Classic",
		"time_interval_in_seconds": "60", "hash_function": "hmacsha1", "status": "activated", "display_name": "' +1",
		"holder": `Amy "A", Masters`, "holder_id": amy.ID, "last_used_date_time": used.Format(time.RFC3339),
	}
	if diff := cmp.Diff(want, rows["70029370"]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if got, want := rows["failed"]["holder"], `'=HYPERLINK("https://example.com","x")`; got != want {
		t.Errorf("the formula reads %s, want %s", got, want)
	}
	if got := rows["drawer"]; len(rows) != 4 || got["holder"] != "" || got["last_used_date_time"] != "" {
		t.Errorf("%d rows, the one of the token in the drawer: %v", len(rows), got)
	}
	w.mustPlanEmpty(t)
}

// Nothing is said when there is nothing to say, and a plan costs one list for
// the inventory and one for the check.
func TestInventoryReport_quiet(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	for i := range 20 {
		srv.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(i), Manufacturer: "Deepnet", Model: "SafeID/Classic"})
	}
	w := newReport(t, srv)
	if output := w.must(t, "plan", "-input=false"); strings.Contains(output, "Check block assertion failed") {
		t.Errorf("the plan warns:\n%s", output)
	}
	if got := len(srv.Requests("", "")); got != 1 {
		t.Errorf("%d requests for a plan, want 1", got)
	}
}

func TestInventoryReport_emptyTenant(t *testing.T) {
	t.Parallel()
	w := newReport(t, graphtest.NewServer(t))
	output := unwrapped(w.must(t, "apply", "-auto-approve", "-input=false"))
	if want := "few are available: SafeID/Classic (0 of 20)."; !strings.Contains(output, want) {
		t.Errorf("the apply does not say %q:\n%s", want, output)
	}
	if rows := report(t, w); len(rows) != 0 {
		t.Errorf("%d rows, want the header alone", len(rows))
	}
}

// One plan of the inventory is one GET per page. Tokens that can't be told
// apart by their serial number are a warning and no loss.
func TestTokens_planRequestsAndWarning(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithPageSize(2))
	for _, serial := range []string{"twin", "1", "2", "3", "twin"} {
		srv.PutDevice(graphtest.Device{SerialNumber: serial})
	}
	w := newWorkspace(t, srv, `
		data "entra_hardware_oath_tokens" "all" {}
		output "tokens" { value = length(data.entra_hardware_oath_tokens.all.tokens) }
	`)
	output := unwrapped(w.must(t, "plan", "-input=false"))
	if got := len(srv.Requests("GET", "")); got != 3 || got != len(srv.Requests("", "")) {
		t.Errorf("%d requests for a plan, want 3 pages", got)
	}
	for _, want := range []string{"Several tokens have the same serial number", `- "twin"`, "+ tokens = 5"} {
		if !strings.Contains(output, want) {
			t.Errorf("the plan does not say %q:\n%s", want, output)
		}
	}
}
