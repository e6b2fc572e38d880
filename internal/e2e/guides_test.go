package e2e_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const signInGuide = "../../templates/guides/authenticating.md"

// What the guide shows to copy is formatted as Terraform does it, and its
// provider blocks are good ones.
func TestSignInGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(signInGuide)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, graphtest.NewServer(t), "")
	header := w.files(t)["main.tf"]
	blocks := regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	providers := 0
	for _, block := range blocks {
		w.write(t, "main.tf", block[1])
		if output, status := w.run(t, "fmt", "-check", "-diff"); status != 0 {
			t.Errorf("not formatted:\n%s", output)
		}
		if strings.HasPrefix(block[1], "provider \"entra\"") {
			providers++
			w.write(t, "main.tf", header+block[1]+token("1"))
			w.must(t, "validate")
		}
	}
	if len(blocks) < 6 || providers < 4 {
		t.Errorf("the guide has %d blocks and %d of the provider, want more", len(blocks), providers)
	}
}

// The configurations of the other guides are formatted, and good ones: the files
// that they read are there.
func TestTokenGuides(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"from-graph-explorer.md", "seed-files.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guide, err := os.ReadFile("../../templates/guides/" + name)
			if err != nil {
				t.Fatal(err)
			}
			blocks := regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
			if len(blocks) < 3 {
				t.Errorf("the guide has %d blocks, want more", len(blocks))
			}
			for _, block := range blocks {
				w := newWorkspace(t, graphtest.NewServer(t), "")
				header := w.files(t)["main.tf"]
				w.write(t, "main.tf", block[1])
				if output, status := w.run(t, "fmt", "-check", "-diff"); status != 0 {
					t.Errorf("not formatted:\n%s", output)
				}
				w.write(t, "main.tf", header+block[1])
				w.write(t, "safeid.json", deliveryFile)
				w.write(t, "safeid.xml", seedXML)
				w.write(t, "tokens.csv", seedCSV)
				w.write(t, "oath.csv", seedOATH)
				w.write(t, "feitian.pskc", seedPSKC)
				first, _, _ := strings.Cut(seedPSKC, "</KeyPackage>")
				w.write(t, "otp110.pskc", first+"</KeyPackage></KeyContainer>")
				w.must(t, "validate")
			}
		})
	}
}

// Every variable in the guide is one that the provider reads, and every
// argument's variable is in the guide.
func TestSignInGuide_variables(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(signInGuide)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := os.ReadFile("../../docs/index.md")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\bARM_[A-Z_]*[A-Z]\b`)
	noArgument := []string{"ARM_MSI_ENDPOINT", "ARM_PARTNER_ID", "ARM_DISABLE_TERRAFORM_PARTNER_ID"}
	read := append(variable.FindAllString(string(reference), -1), noArgument...)
	for _, name := range variable.FindAllString(string(guide), -1) {
		if !slices.Contains(read, name) {
			t.Errorf("the guide names %s, which the provider does not read", name)
		}
	}
	for _, name := range read {
		if !strings.Contains(string(guide), name) && !strings.HasPrefix(name, "ARM_OIDC_REQUEST_") && name != "ARM_CLIENT_ID_FILE_PATH" {
			t.Errorf("the guide does not name %s", name)
		}
	}
}
