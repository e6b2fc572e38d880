package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"golang.org/x/mod/modfile"
)

const (
	reachTimeout    = 5 * time.Second
	downloadTimeout = 5 * time.Minute
	heartbeat       = 30 * time.Second
)

// downloadTerraform puts a release of Terraform at path. Whether the release server answers at all is asked first, and
// quickly: hc-install's own retries would keep an offline machine waiting.
func (f *Finder) downloadTerraform(ctx context.Context, v *version.Version, path string) error {
	if err := releaseAnswers(ctx, v); err != nil {
		return err
	}

	f.say("downloading Terraform %s, about 30 MB", v)
	tmp, err := tempBeside(path)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	release := &releases.ExactVersion{Product: product.Terraform, Version: v, InstallDir: tmp, Timeout: downloadTimeout}
	got, err := release.Install(ctx)
	if err != nil {
		return err
	}
	return os.Rename(got, path)
}

func releaseAnswers(ctx context.Context, v *version.Version) error {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()

	url := fmt.Sprintf("https://releases.hashicorp.com/terraform/%s/index.json", v)
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// buildFromModule builds a CLI as an ordinary Go module. `go install` refuses both: their go.mod files have replace directives.
func (f *Finder) buildFromModule(ctx context.Context, kind Kind, v *version.Version, path string) error {
	goCommand, err := f.lookPath("go")
	if err != nil {
		return fmt.Errorf("the Go toolchain is needed on PATH: %w", err)
	}
	f.say("building %s %s from its Go module, about 5 minutes the first time (on 2 cores), once per machine", kind.Name(), v)

	work, err := os.MkdirTemp("", "get-cli-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	tmp, err := tempBeside(path)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	b := builder{goCommand: goCommand, dir: work, progress: f.say}
	module, pkg := "github.com/hashicorp/terraform", "github.com/hashicorp/terraform"
	if kind == OpenTofu {
		module, pkg = "github.com/opentofu/opentofu", "github.com/opentofu/opentofu/cmd/tofu"
	}
	if err := b.writeModule(ctx, kind, module, "v"+v.String()); err != nil {
		return err
	}

	// Without version.dev=no the version would end in -dev.
	out := filepath.Join(tmp, kind.file())
	if _, err := b.run(ctx, "build", "-trimpath", "-ldflags", "-s -w -X "+module+"/version.dev=no", "-o", out, pkg); err != nil {
		return err
	}
	return os.Rename(out, path)
}

// tempBeside makes a temporary folder on path's own file system, so that what is made there can be renamed to path at once.
func tempBeside(path string) (string, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return os.MkdirTemp(dir, ".new-")
}

type builder struct {
	goCommand string
	dir       string
	progress  func(format string, args ...any)
}

// Terraform's module leaves these out, as modules of their own that are not published; empty ones stand in for them, so that
// local, remote, cloud and http work and the others are refused.
var terraformBackends = []string{"azure", "consul", "cos", "gcs", "kubernetes", "oci", "oss", "pg", "s3"}

func (b builder) writeModule(ctx context.Context, kind Kind, module, v string) error {
	goMod := fmt.Sprintf("module cli\n\ngo 1.26\n\nrequire %s %s\n", module, v)
	// The requirement must stand before the module can be asked for its own replace directives.
	if err := b.write("go.mod", goMod); err != nil {
		return err
	}

	if kind == OpenTofu {
		replaces, err := b.replaces(ctx, module+"@"+v)
		if err != nil {
			return err
		}
		return b.write("go.mod", goMod+replaces)
	}

	stubs := map[string]string{"legacy": module + "/internal/legacy"}
	for _, backend := range terraformBackends {
		stubs[backend] = module + "/internal/backend/remote-state/" + backend
		stub := fmt.Sprintf("package %s\n\nimport %q\n\nfunc New() backend.Backend { panic(\"this build for tests has no %s backend\") }\n",
			backend, module+"/internal/backend", backend)
		if err := b.write(filepath.Join("stub", backend, "stub.go"), stub); err != nil {
			return err
		}
	}
	for name, path := range stubs {
		if err := b.write(filepath.Join("stub", name, "go.mod"), fmt.Sprintf("module %s\n\ngo 1.26\n", path)); err != nil {
			return err
		}
		goMod += fmt.Sprintf("replace %s => ./stub/%s\n", path, name)
	}
	return b.write("go.mod", goMod)
}

// replaces reads the replace directives of a module's own go.mod, which Go heeds in a main module only.
func (b builder) replaces(ctx context.Context, moduleVersion string) (string, error) {
	out, err := b.run(ctx, "mod", "download", "-json", moduleVersion)
	if err != nil {
		return "", err
	}
	var info struct{ GoMod string }
	if err := json.Unmarshal(out, &info); err != nil {
		return "", fmt.Errorf("go mod download -json: %w", err)
	}
	content, err := os.ReadFile(info.GoMod)
	if err != nil {
		return "", err
	}
	parsed, err := modfile.Parse(info.GoMod, content, nil)
	if err != nil {
		return "", err
	}

	var lines strings.Builder
	for _, r := range parsed.Replace {
		fmt.Fprintf(&lines, "replace %s %s => %s %s\n", r.Old.Path, r.Old.Version, r.New.Path, r.New.Version)
	}
	return lines.String(), nil
}

func (b builder) write(name, content string) error {
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

// run runs the go command in the module, with none of the machine's own flags, and says from time to time that it still does.
func (b builder) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, b.goCommand, args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(),
		"CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "PWD="+b.dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr

	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()

	started, tick := time.Now(), time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, tail(stderr.String(), 20))
			}
			return stdout.Bytes(), nil
		case <-tick.C:
			b.progress("still building, %s", time.Since(started).Round(time.Second))
		}
	}
}

// tail answers the last lines of a log.
func tail(log string, lines int) string {
	all := strings.Split(strings.TrimSpace(log), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}
