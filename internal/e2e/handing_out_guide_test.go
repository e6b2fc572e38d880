package e2e_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// guideBlock is a configuration of a guide, under the heading that it stands below.
type guideBlock struct{ heading, config string }

func guideBlocks(t *testing.T, name string) []guideBlock {
	t.Helper()
	guide, err := os.ReadFile("../../templates/guides/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []guideBlock
	for _, section := range strings.Split(string(guide), "\n## ") { // the first is the front matter and what follows it
		heading, text, _ := strings.Cut(section, "\n")
		for _, block := range regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(text, -1) {
			blocks = append(blocks, guideBlock{heading: heading, config: block[1]})
		}
	}
	return blocks
}

// Each configuration of the guide does what the text around it says.
func TestHandingTokensOutGuide(t *testing.T) {
	t.Parallel()
	does := map[string]func(t *testing.T, srv *graphtest.Server, w *workspace, config string){
		"2. Assigned by Terraform, activated by the person":      guideAssigns,
		"3. Assigned by Terraform, activated by a computed code": guideActivates,
		"4. At the help desk, with actions":                      guideInvokes,
		"Who has what":                                           guideLists,
		"A leaver's token":                                       guideTakesBack,
		"A lost token":                                           guideDeletes,
	}
	blocks := guideBlocks(t, "handing-tokens-out.md")
	if len(blocks) != len(does) {
		t.Errorf("the guide has %d configurations, and %d are tested", len(blocks), len(does))
	}
	for _, block := range blocks {
		t.Run(block.heading, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.PutUser(exampleUser())
			srv.PutUser(graphtest.User{UserPrincipalName: "bob@contoso.com"})
			w := newWorkspace(t, srv, "")
			header := w.files(t)["main.tf"]
			w.write(t, "main.tf", block.config)
			if output, status := w.run(t, "fmt", "-check", "-diff"); status != 0 {
				t.Errorf("not formatted:\n%s", output)
			}
			w.write(t, "versions.tf", header)
			w.write(t, "tokens.csv", seedCSV)
			if does[block.heading] == nil {
				t.Fatal("nothing is known of this configuration")
			}
			does[block.heading](t, srv, w, block.config)
		})
	}
}

func putExamples(srv *graphtest.Server) (first, second graphtest.Device) {
	first, second = exampleToken(), exampleToken()
	second.ID, second.SerialNumber = "", "70029371"
	return srv.PutDevice(first), srv.PutDevice(second)
}

func guideAssigns(t *testing.T, srv *graphtest.Server, w *workspace, config string) {
	t.Helper()
	first, second := putExamples(srv)
	w.apply(t)
	for _, device := range []graphtest.Device{first, second} {
		if d, _ := srv.Device(device.ID); d.Status != "assigned" || (d.AssignedTo == exampleUser().ID) != (device.ID == first.ID) {
			t.Errorf("token %s is %s, held by %q", d.SerialNumber, d.Status, d.AssignedTo)
		}
	}
	srv.Activate(first.ID) // the person does it
	w.mustPlanEmpty(t)
	w.write(t, "main.tf", strings.Replace(config, `    "70029371" = "bob@contoso.com"`+"\n", "", 1)) // Bob leaves
	w.apply(t)
	if d, _ := srv.Device(second.ID); d.Status != "available" {
		t.Errorf("Bob's token is %s after he has left, want available", d.Status)
	}
}

func guideActivates(t *testing.T, srv *graphtest.Server, w *workspace, _ string) {
	t.Helper()
	w.apply(t)
	w.mustPlanEmpty(t)
	if d, _ := srv.DeviceBySerial("70029370"); d.Status != "activated" || d.AssignedTo != exampleUser().ID {
		t.Errorf("Amy's token is %s, held by %q", d.Status, d.AssignedTo)
	}
	if d, _ := srv.DeviceBySerial("70029371"); d.Status != "available" {
		t.Errorf("the token without a name is %s", d.Status)
	}
}

func guideInvokes(t *testing.T, srv *graphtest.Server, w *workspace, _ string) {
	t.Helper()
	skipWithoutActions(t, w)
	device, _ := putExamples(srv)
	srv.Assign(device.ID, exampleUser().ID)
	w.environment = append(w.environment, "TF_VAR_user=amy@contoso.com", "TF_VAR_serial_number=70029370")
	w.must(t, "apply", "-auto-approve", "-input=false", "-invoke=action.entra_hardware_oath_token_activate.this",
		"-var=code="+srv.VerificationCode(device.ID, time.Now()))
	mustHaveStatus(t, srv, "activated")
	w.must(t, "apply", "-auto-approve", "-input=false", "-invoke=action.entra_hardware_oath_token_deactivate.this")
	mustHaveStatus(t, srv, "assigned")
	w.mustPlanEmpty(t)
}

func guideLists(t *testing.T, srv *graphtest.Server, w *workspace, _ string) {
	t.Helper()
	device, second := putExamples(srv)
	srv.Assign(device.ID, exampleUser().ID)
	second.SerialNumber, second.Legacy, second.AssignedTo, second.Status = "70029370", true, exampleUser().ID, "activated"
	srv.PutDevice(second) // both stores, as the text says
	w.apply(t)
	output := w.must(t, "output")
	for _, want := range []string{`"70029370: assigned"`, `"70029370: activated"`} {
		if !strings.Contains(output, want) {
			t.Errorf("the output lacks %s:\n%s", want, output)
		}
	}
}

func guideTakesBack(t *testing.T, srv *graphtest.Server, w *workspace, _ string) {
	t.Helper()
	device, _ := putExamples(srv)
	srv.Assign(device.ID, exampleUser().ID)
	srv.Activate(device.ID)
	w.apply(t)
	w.mustPlanEmpty(t)
	mustHaveStatus(t, srv, "activated")
	w.write(t, "main.tf", "")
	w.apply(t)
	mustHaveStatus(t, srv, "available")
}

func guideDeletes(t *testing.T, srv *graphtest.Server, w *workspace, config string) {
	t.Helper()
	before := strings.NewReplacer(`"70029371" = "amy@contoso.com"`, `"70029370" = "amy@contoso.com"`, `["70029370"]`, `[]`).Replace(config)
	w.write(t, "main.tf", before)
	w.apply(t)
	if d, _ := srv.DeviceBySerial("70029370"); d.AssignedTo != exampleUser().ID {
		t.Errorf("before the loss the token is held by %q", d.AssignedTo)
	}
	w.write(t, "main.tf", config)
	w.apply(t)
	w.mustPlanEmpty(t)
	if _, there := srv.DeviceBySerial("70029370"); there {
		t.Error("the lost token is still there")
	}
	if d, _ := srv.DeviceBySerial("70029371"); d.AssignedTo != exampleUser().ID {
		t.Errorf("the other token is held by %q, want Amy", d.AssignedTo)
	}
}
