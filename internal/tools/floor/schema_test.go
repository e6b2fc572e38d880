package floor_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/floor"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

const requireUs = `
terraform {
  required_providers {
    entra = {
      source = "registry.terraform.io/terraform-provider-entra/entra"
    }
  }
}
`

// What a CLI is told of the floor's resources is what it was told of the provider's.
func TestSchema_ofProvider(t *testing.T) {
	t.Parallel()

	found := findCLI(t)
	want := answerOf(t, found, findProvider(t), "")
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := comparableOf(t, answerOf(t, found, buildFloor(t), path)), comparableOf(t, want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The same of shapes that the provider may get one day.
func TestSchema_ofTestdata(t *testing.T) {
	t.Parallel()

	found := findCLI(t)
	path, err := filepath.Abs("testdata/schemas.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := answerOf(t, found, buildFloor(t), path)
	const identities = "resource_identity_schemas"
	if !strings.Contains(string(got), identities) { // the CLI is too old for identities
		want = []byte(strings.ReplaceAll(string(want), identities, "ignored"))
	}
	if got, want := comparableOf(t, got), comparableOf(t, want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func comparableOf(t *testing.T, answer []byte) string {
	t.Helper()
	text, err := floor.Comparable(answer)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// answerOf is what the CLI tells of a provider's schemas.
func answerOf(t *testing.T, found cli.CLI, provider, schemaPath string) []byte {
	t.Helper()
	box, err := sandbox.New(found, provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Remove(); err != nil {
			t.Error(err)
		}
	})
	box.Setenv(floor.SchemaVariable, schemaPath)
	if err := box.Write("main.tf", []byte(requireUs)); err != nil {
		t.Fatal(err)
	}
	if _, err := box.MustRun(t.Context(), "init"); err != nil {
		t.Fatal(err)
	}
	answer, err := box.MustRun(t.Context(), "providers", "schema", "-json")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(answer.Stdout)
}

// findCLI takes the CLI that is there, and gets none: that can take minutes.
func findCLI(t *testing.T) cli.CLI {
	t.Helper()
	for _, name := range []string{cmp.Or(os.Getenv("TERRAFORM"), "terraform"), "tofu"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		found, err := cli.Inspect(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	t.Skip("needs a CLI: put terraform or tofu on PATH, or name one in TERRAFORM")
	return cli.CLI{}
}

func findProvider(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../../bin/terraform-provider-entra")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("needs the provider's program: run make build")
	}
	return path
}

func buildFloor(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "floor-provider")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../cmd/floor-provider").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
