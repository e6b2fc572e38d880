package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// What is made where nothing is found.
const (
	DefaultTerraform = "1.16.4"
	DefaultOpenTofu  = "1.12.6"

	// MinVersion is the first version, of either CLI, with write-only arguments.
	MinVersion = "1.11.0"
)

// Request says which CLI is wanted.
type Request struct {
	Kind    Kind   // empty: either
	Version string // empty: any from Min on
	Min     string // empty: MinVersion
}

// Finder finds a CLI, or gets one into CacheDir.
type Finder struct {
	CacheDir string
	Progress io.Writer

	// Seams for tests.
	getenv   func(string) string
	lookPath func(string) (string, error)
	download func(ctx context.Context, v *version.Version, path string) error
	build    func(ctx context.Context, kind Kind, v *version.Version, path string) error
}

// NewFinder makes a Finder that caches below the user's cache folder.
func NewFinder(progress io.Writer) (*Finder, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no folder to keep a CLI in: %w; set HOME or XDG_CACHE_HOME, or name a CLI in TERRAFORM", err)
	}

	f := &Finder{
		CacheDir: filepath.Join(cache, "terraform-provider-entra", "cli"),
		Progress: progress,
		getenv:   os.Getenv,
		lookPath: exec.LookPath,
	}
	f.download = f.downloadTerraform
	f.build = f.buildFromModule
	return f, nil
}

// Find answers with the first usable CLI: the one the environment names, PATH's, a cached one, a downloaded release, one
// built from its Go module.
func (f *Finder) Find(ctx context.Context, req Request) (CLI, error) {
	want, err := parseRequest(req)
	if err != nil {
		return CLI{}, err
	}

	// An explicit choice is meant: one that doesn't fit is an error and never passed over.
	if want.kind == "" && want.exact == nil {
		for _, name := range []string{"TERRAFORM", "TF_ACC_TERRAFORM_PATH"} {
			if path := f.getenv(name); path != "" {
				return f.named(ctx, name, path, want)
			}
		}
	}

	if found, ok := f.onPath(ctx, want); ok {
		return found, nil
	}
	if found, ok := f.cached(ctx, want); ok {
		return found, nil
	}
	return f.make(ctx, want)
}

type wanted struct {
	kind  Kind
	exact *version.Version
	min   *version.Version
}

func parseRequest(req Request) (wanted, error) {
	switch req.Kind {
	case "", Terraform, OpenTofu:
	default:
		return wanted{}, fmt.Errorf("kind %q: it must be %q or %q", req.Kind, Terraform, OpenTofu)
	}
	if req.Version != "" && req.Kind == "" {
		return wanted{}, errors.New("a version needs a kind: terraform or tofu")
	}
	if req.Min == "" {
		req.Min = MinVersion
	}

	want := wanted{kind: req.Kind}
	var err error
	if want.min, err = version.NewVersion(req.Min); err != nil {
		return wanted{}, fmt.Errorf("minimum version %q: %w", req.Min, err)
	}
	if req.Version != "" {
		if want.exact, err = version.NewVersion(req.Version); err != nil {
			return wanted{}, fmt.Errorf("version %q: %w", req.Version, err)
		}
	}
	return want, nil
}

// refuses says why a CLI will not do, or nothing when it will.
func (w wanted) refuses(c CLI) string {
	switch {
	case w.kind != "" && c.Kind != w.kind:
		return fmt.Sprintf("it is %s, and %s is wanted", c, w.kind.Name())
	case w.exact != nil && !c.Version.Equal(w.exact):
		return fmt.Sprintf("it is %s, and %s is wanted", c, w.exact)
	case w.exact == nil && c.Version.Core().LessThan(w.min):
		return fmt.Sprintf("it is %s, and %s or newer is needed", c, w.min)
	}
	return ""
}

func (w wanted) kinds() []Kind {
	if w.kind != "" {
		return []Kind{w.kind}
	}
	return []Kind{Terraform, OpenTofu}
}

func (f *Finder) named(ctx context.Context, variable, path string, want wanted) (CLI, error) {
	resolved, err := f.lookPath(path)
	if err != nil {
		return CLI{}, fmt.Errorf("%s is %q: %w", variable, path, err)
	}
	found, err := inspectAbs(ctx, resolved)
	if err != nil {
		return CLI{}, fmt.Errorf("%s is %q: %w", variable, path, err)
	}
	if why := want.refuses(found); why != "" {
		return CLI{}, fmt.Errorf("%s is %q: %s; name another one or unset it", variable, path, why)
	}
	return found, nil
}

func (f *Finder) onPath(ctx context.Context, want wanted) (CLI, bool) {
	for _, kind := range want.kinds() {
		path, err := f.lookPath(string(kind))
		if err != nil {
			continue
		}
		found, err := inspectAbs(ctx, path)
		if err != nil {
			f.say("passing over %s: %v", path, err)
			continue
		}
		if why := want.refuses(found); why != "" {
			f.say("passing over %s: %s", path, why)
			continue
		}
		return found, true
	}
	return CLI{}, false
}

// cached prefers Terraform, and of each kind the newest.
func (f *Finder) cached(ctx context.Context, want wanted) (CLI, bool) {
	for _, kind := range want.kinds() {
		dirs, err := filepath.Glob(filepath.Join(f.CacheDir, string(kind)+"-*"))
		if err != nil {
			continue
		}

		var fitting []CLI
		for _, dir := range dirs {
			found, err := inspectAbs(ctx, filepath.Join(dir, kind.file()))
			if err == nil && want.refuses(found) == "" {
				fitting = append(fitting, found)
			}
		}
		if len(fitting) > 0 {
			return slices.MaxFunc(fitting, func(a, b CLI) int { return a.Version.Compare(b.Version) }), true
		}
	}
	return CLI{}, false
}

// make downloads a release, or builds a CLI where releases can't be reached.
func (f *Finder) make(ctx context.Context, want wanted) (CLI, error) {
	var tried []error

	if want.kind != OpenTofu {
		v := want.orDefault(DefaultTerraform)
		path := f.cachePath(Terraform, v)
		err := f.download(ctx, v, path)
		if err == nil {
			return f.made(ctx, path, want)
		}
		if ctx.Err() != nil {
			return CLI{}, ctx.Err()
		}
		f.say("no release of Terraform %s: %v", v, err)
		tried = append(tried, fmt.Errorf("downloading Terraform %s: %w", v, err))
	}

	kind, v := OpenTofu, want.orDefault(DefaultOpenTofu)
	if want.kind == Terraform {
		kind, v = Terraform, want.orDefault(DefaultTerraform)
	}
	path := f.cachePath(kind, v)
	err := f.build(ctx, kind, v, path)
	if err == nil {
		return f.made(ctx, path, want)
	}
	if ctx.Err() != nil {
		return CLI{}, ctx.Err()
	}
	tried = append(tried, fmt.Errorf("building %s %s from its Go module: %w", kind.Name(), v, err))

	return CLI{}, fmt.Errorf("there is no usable %s on this machine and none could be made; install one (Terraform or OpenTofu, %s or newer) and put it on PATH, or name it: make TERRAFORM=/path/to/it …\n%w",
		want.name(), want.min, errors.Join(tried...))
}

func (f *Finder) made(ctx context.Context, path string, want wanted) (CLI, error) {
	found, err := inspectAbs(ctx, path)
	if err != nil {
		return CLI{}, err
	}
	if why := want.refuses(found); why != "" {
		return CLI{}, fmt.Errorf("%s was made for this and will not do: %s; ask for a version by number", path, why)
	}
	f.say("%s is at %s", found, found.Path)
	return found, nil
}

func (f *Finder) cachePath(kind Kind, v *version.Version) string {
	return filepath.Join(f.CacheDir, string(kind)+"-"+v.String(), kind.file())
}

func (f *Finder) say(format string, args ...any) {
	fmt.Fprintf(f.Progress, "get-cli: "+format+"\n", args...)
}

func (w wanted) orDefault(v string) *version.Version {
	if w.exact != nil {
		return w.exact
	}
	return version.Must(version.NewVersion(v))
}

func (w wanted) name() string {
	names := make([]string, 0, 2)
	for _, kind := range w.kinds() {
		names = append(names, kind.Name())
	}
	return strings.Join(names, " or ")
}

func inspectAbs(ctx context.Context, path string) (CLI, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return CLI{}, err
	}
	return Inspect(ctx, abs)
}
