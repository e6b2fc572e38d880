// Package cli finds a Terraform or OpenTofu CLI that the tests, the docs and the demo can run, and gets one where there is none.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
)

// Kind says which of the two CLIs one is.
type Kind string

// The two CLIs, named as their programs are.
const (
	Terraform Kind = "terraform"
	OpenTofu  Kind = "tofu"
)

// Name is how people write the CLI's name.
func (k Kind) Name() string {
	if k == OpenTofu {
		return "OpenTofu"
	}
	return "Terraform"
}

// file is the name of the CLI's program on this operating system.
func (k Kind) file() string {
	if runtime.GOOS == "windows" {
		return string(k) + ".exe"
	}
	return string(k)
}

// CLI is a program that was run and told its version.
type CLI struct {
	Kind    Kind
	Version *version.Version
	Path    string
}

func (c CLI) String() string {
	return fmt.Sprintf("%s %s", c.Kind.Name(), c.Version)
}

// TestEnv is what points terraform-plugin-testing at the CLI, as lines for a shell to evaluate. The user's own CLI configuration
// is left out: it may override the provider, and a complaint about it hides the version from terraform-plugin-testing. OpenTofu
// looks for the providers under test under another host, and refuses the namespace that terraform-plugin-testing makes up.
func (c CLI) TestEnv() string {
	env := "unset TF_CLI_ARGS TF_REATTACH_PROVIDERS\n" +
		"export TF_CLI_CONFIG_FILE=" + quote(os.DevNull) + "\n" +
		"export TF_ACC_TERRAFORM_PATH=" + quote(c.Path) + "\n"
	if c.Kind == OpenTofu {
		env += "export TF_ACC_PROVIDER_NAMESPACE=hashicorp\nexport TF_ACC_PROVIDER_HOST=registry.opentofu.org\n"
	} else {
		env += "unset TF_ACC_PROVIDER_NAMESPACE TF_ACC_PROVIDER_HOST\n"
	}
	return env
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Inspect runs the program at path to learn which CLI it is.
func Inspect(ctx context.Context, path string) (CLI, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()

	cmd := exec.CommandContext(ctx, path, "version")
	// The machine's own CLI configuration has no say in what the version is, and nothing is asked of the network.
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1", "TF_CLI_ARGS=", "TF_CLI_ARGS_version=", "TF_LOG=")
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return CLI{}, fmt.Errorf("%s version: %w: %s", path, err, strings.TrimSpace(string(exit.Stderr)))
		}
		return CLI{}, fmt.Errorf("%s version: %w", path, err)
	}

	found, err := parseVersion(string(out))
	if err != nil {
		return CLI{}, fmt.Errorf("%s version: %w", path, err)
	}
	found.Path = path
	return found, nil
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)\r?$`)

// parseVersion reads what `version` prints; warnings may stand before or after the line that counts.
func parseVersion(out string) (CLI, error) {
	match := versionLine.FindStringSubmatch(out)
	if match == nil {
		first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
		return CLI{}, fmt.Errorf("this is neither Terraform nor OpenTofu: it says %q", first)
	}

	parsed, err := version.NewVersion(match[2])
	if err != nil {
		return CLI{}, err
	}

	kind := Terraform
	if match[1] == "OpenTofu" {
		kind = OpenTofu
	}
	return CLI{Kind: kind, Version: parsed}, nil
}
