// Package sandbox is a fresh folder in which a real CLI runs our provider against the emulator, with nothing of the machine's
// own configuration.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
)

const (
	providerVersion = "0.1.0"

	// interruptGrace is how long a program may take to end by itself after an interrupt.
	interruptGrace = 20 * time.Second
)

// registries are the hosts that the two CLIs complete a short provider address with.
var registries = []string{"registry.terraform.io", "registry.opentofu.org"}

// Sandbox is a working folder with the provider laid out in it.
type Sandbox struct {
	Dir string

	cli cli.CLI
	env []string
}

// New makes the folder and lays the provider out where `init` of either CLI finds it without registry or configuration.
func New(c cli.CLI, provider string) (*Sandbox, error) {
	return layOut(c, map[string]string{programName(): provider})
}

// layOut makes a sandbox whose provider package holds copies of programs, by the names that they have there.
func layOut(c cli.CLI, programs map[string]string) (*Sandbox, error) {
	dir, err := os.MkdirTemp("", "terraform-provider-entra-")
	if err != nil {
		return nil, err
	}
	// macOS names its temporary folder by a symbolic link.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}

	s := &Sandbox{Dir: dir, cli: c}
	if err := s.fill(programs); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// programName is the name by which the CLI knows the provider's program in its package.
func programName() string {
	return executable("terraform-provider-entra_v" + providerVersion)
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func (s *Sandbox) fill(programs map[string]string) error {
	for _, host := range registries {
		dir := filepath.Join(s.Dir, "terraform.d", "plugins", host, "terraform-provider-entra", "entra", providerVersion, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for name, program := range programs {
			if err := linkOrCopy(program, filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}

	// An empty configuration: nothing of the user's own, such as dev_overrides or a mirror, has a say.
	config := filepath.Join(s.Dir, "cli.tfrc")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return err
	}
	s.env = append(cleanEnv(os.Environ()), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "PWD="+s.Dir)
	return nil
}

// linkOrCopy links a file, or copies it where the temporary folder is on another file system.
func linkOrCopy(from, to string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}

	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// cleanEnv drops what would steer the CLI, or point the provider at a real tenant.
func cleanEnv(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		for _, prefix := range []string{"TF_", "TOFU_", "ARM_", "AZURE_", "ACTIONS_ID_TOKEN_", "SYSTEM_ACCESSTOKEN"} {
			if strings.HasPrefix(entry, prefix) {
				return true
			}
		}
		return false
	})
}

// Setenv gives the CLI one more variable.
func (s *Sandbox) Setenv(name, value string) {
	s.env = append(s.env, name+"="+value)
}

// Write puts a file into the folder.
func (s *Sandbox) Write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(s.Dir, name), content, 0o600)
}

// Remove removes the folder and everything in it.
func (s *Sandbox) Remove() error {
	return os.RemoveAll(s.Dir)
}

// Result is what a CLI command answered.
type Result struct {
	Code   int
	Stdout string
	Output string        // standard output and standard error, as they came
	CPU    time.Duration // of the CLI and every process that it has waited for
}

// Run runs the CLI in the folder. A command that ran and failed is a Result with its exit code and no error.
func (s *Sandbox) Run(ctx context.Context, args ...string) (Result, error) {
	var stdout, output bytes.Buffer
	cmd := command(ctx, s.cli.Path, args...)
	cmd.Dir, cmd.Env = s.Dir, s.env
	both := &syncWriter{w: &output}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, both), both

	err := cmd.Run()
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	result := Result{Stdout: stdout.String(), Output: output.String()}
	if cmd.ProcessState != nil {
		result.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		result.Code = exit.ExitCode()
		return result, nil
	}
	return result, err
}

// MustRun runs the CLI and makes an error, with what it printed, of an exit code other than 0.
func (s *Sandbox) MustRun(ctx context.Context, args ...string) (Result, error) {
	result, err := s.Run(ctx, args...)
	if err != nil {
		return Result{}, err
	}
	if result.Code != 0 {
		return Result{}, fmt.Errorf("%s %s failed with exit code %d:\n%s", s.cli.Kind, strings.Join(args, " "), result.Code, result.Output)
	}
	return result, nil
}

// command makes a command that is interrupted once when ctx ends, and killed when it then takes too long. It stands in a
// process group of its own, so that Ctrl-C reaches it once, from us, and not a second time from the terminal.
func command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = interruptGrace
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	isolate(cmd)
	return cmd
}

// end interrupts a program, waits for it, and kills it when that takes too long. That it has gone already is as good.
func end(cmd *exec.Cmd, exited <-chan struct{}) {
	_ = interrupt(cmd.Process)
	select {
	case <-exited:
	case <-time.After(5 * time.Second):
		_ = cmd.Process.Kill()
		<-exited
	}
}
