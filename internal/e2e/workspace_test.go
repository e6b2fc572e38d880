package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// Seeds of our own making, never of a real token.
const seed = "6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB"

// workspace is an empty folder with a configuration, and a CLI that knows the
// built provider.
type workspace struct {
	dir         string
	environment []string
}

func newWorkspace(t *testing.T, srv *graphtest.Server, config string) *workspace {
	t.Helper()
	if cli == "" {
		t.Skip("skipped: end to end tests need Terraform or OpenTofu on PATH or in TF_ACC_TERRAFORM_PATH; use `make test`")
	}
	w := &workspace{dir: t.TempDir()}
	w.write(t, "main.tf", `
		terraform {
		  required_providers {
		    entra = { source = "terraform-provider-entra/entra" }
		  }
		}
	`+config)
	settings := filepath.Join(t.TempDir(), "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"terraform-provider-entra/entra\" = %q\n  }\n  direct {}\n}\n", providerDir)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "ARM_") {
			w.environment = append(w.environment, variable)
		}
	}
	w.environment = append(w.environment,
		"TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"ARM_MSGRAPH_ENDPOINT="+srv.URL(), "ARM_MSGRAPH_ACCESS_TOKEN="+srv.AccessToken())
	return w
}

func (w *workspace) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *workspace) command(arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), cli, arguments...)
	cmd.Dir, cmd.Env = w.dir, w.environment
	return cmd
}

// run runs the CLI and gives what it printed and its exit status.
func (w *workspace) run(t *testing.T, arguments ...string) (output string, status int) {
	t.Helper()
	var out bytes.Buffer
	cmd := w.command(append(arguments, "-no-color")...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// must runs the CLI and fails the test unless it succeeds.
func (w *workspace) must(t *testing.T, arguments ...string) string {
	t.Helper()
	output, status := w.run(t, arguments...)
	if status != 0 {
		t.Fatalf("%s: exit status %d\n%s", strings.Join(arguments, " "), status, output)
	}
	return output
}

// apply applies without asking.
func (w *workspace) apply(t *testing.T) {
	t.Helper()
	w.must(t, "apply", "-auto-approve", "-input=false")
}

// mustPlanEmpty fails the test when a plan holds a change.
func (w *workspace) mustPlanEmpty(t *testing.T) {
	t.Helper()
	if output, status := w.run(t, "plan", "-input=false", "-detailed-exitcode"); status != 0 {
		t.Fatalf("the plan is not empty: exit status %d\n%s", status, output)
	}
}

// mustDestroy destroys all and fails the test when the tenant still holds a token.
func (w *workspace) mustDestroy(t *testing.T, srv *graphtest.Server) {
	t.Helper()
	w.must(t, "destroy", "-auto-approve", "-input=false")
	if left := srv.Devices(); len(left) != 0 {
		t.Fatalf("destroy left %d tokens", len(left))
	}
}

// files reads every file of the workspace, by name.
func (w *workspace) files(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[filepath.Base(path)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
