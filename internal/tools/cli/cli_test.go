package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/go-version"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		out     string
		want    string
		wantErr string
	}{
		"terraform":     {out: "Terraform v1.11.4\non linux_amd64\n", want: "Terraform 1.11.4"},
		"tofu":          {out: "OpenTofu v1.12.6\non linux_amd64\n", want: "OpenTofu 1.12.6"},
		"prerelease":    {out: "Terraform v1.17.0-rc1\non darwin_arm64\n", want: "Terraform 1.17.0-rc1"},
		"warning first": {out: "Warning: Unable to open CLI configuration file\n\nTerraform v1.16.4\non linux_amd64\n", want: "Terraform 1.16.4"},
		"old one":       {out: "Terraform v1.9.0\non linux_amd64\n\nYour version of Terraform is out of date! The latest version\nis 1.16.4.\n", want: "Terraform 1.9.0"},
		"windows":       {out: "Terraform v1.11.4\r\non windows_amd64\r\n", want: "Terraform 1.11.4"},
		"another tool":  {out: "terragrunt version v0.1\n", wantErr: "neither Terraform nor OpenTofu"},
		"nothing":       {out: "", wantErr: "neither Terraform nor OpenTofu"},
		"not a version": {out: "Terraform vNext\n", wantErr: "Malformed version"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := parseVersion(test.out)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.wantErr)) {
					t.Fatalf("error: got %v, want one with %q", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// world is a machine with fake CLIs on it.
type world struct {
	finder   *Finder
	progress *bytes.Buffer
	path     map[string]string // what is on PATH, by name
	env      map[string]string
	online   bool
	builds   bool
	made     []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake CLIs are shell scripts")
	}

	w := &world{progress: &bytes.Buffer{}, path: map[string]string{}, env: map[string]string{}}
	w.finder = &Finder{
		CacheDir: t.TempDir(),
		Progress: w.progress,
		getenv:   func(name string) string { return w.env[name] },
		lookPath: func(name string) (string, error) {
			if filepath.IsAbs(name) {
				return name, nil
			}
			if path, ok := w.path[name]; ok {
				return path, nil
			}
			return "", errors.New("not found on PATH")
		},
		download: func(_ context.Context, v *version.Version, path string) error {
			if !w.online {
				return errors.New("no such host")
			}
			w.made = append(w.made, "downloaded terraform "+v.String())
			fakeCLI(t, path, "Terraform v"+v.String())
			return nil
		},
		build: func(_ context.Context, kind Kind, v *version.Version, path string) error {
			if !w.builds {
				return errors.New("no Go module proxy")
			}
			w.made = append(w.made, "built "+string(kind)+" "+v.String())
			fakeCLI(t, path, kind.Name()+" v"+v.String())
			return nil
		},
	}
	return w
}

// fakeCLI writes a program that answers `version` like a CLI.
func fakeCLI(t *testing.T, path, says string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A program that a process forked meanwhile still holds open for writing can't be started (golang/go#22315).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+says+"'\necho on linux_amd64\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind_order(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		path     map[string]string // name → what it says
		cached   []string          // folder=what it says
		env      map[string]string // variable → what the program it names says
		online   bool
		builds   bool
		req      Request
		want     string
		wantMade string
		wantErr  string
		wantSaid string
	}{
		"the environment's choice comes first": {
			env: map[string]string{"TF_ACC_TERRAFORM_PATH": "OpenTofu v1.11.6"}, path: map[string]string{"terraform": "Terraform v1.16.4"},
			want: "OpenTofu 1.11.6",
		},
		"TERRAFORM, as on make's command line, comes before the test framework's own variable": {
			env:  map[string]string{"TERRAFORM": "Terraform v1.12.2", "TF_ACC_TERRAFORM_PATH": "OpenTofu v1.11.6"},
			path: map[string]string{"terraform": "Terraform v1.16.4"},
			want: "Terraform 1.12.2",
		},
		"an explicit choice that is too old is refused and not passed over": {
			env: map[string]string{"TERRAFORM": "Terraform v1.9.0"}, path: map[string]string{"terraform": "Terraform v1.16.4"},
			wantErr: "it is Terraform 1.9.0, and 1.11.0 or newer is needed",
		},
		"the environment has no say in a version asked for by number": {
			env: map[string]string{"TERRAFORM": "Terraform v1.9.0"}, path: map[string]string{"terraform": "Terraform v1.16.4"},
			req: Request{Kind: Terraform, Version: "1.16.4"}, want: "Terraform 1.16.4",
		},
		"terraform on PATH before tofu on PATH": {
			path: map[string]string{"terraform": "Terraform v1.11.4", "tofu": "OpenTofu v1.12.6"},
			want: "Terraform 1.11.4",
		},
		"an old terraform on PATH is passed over for tofu": {
			path: map[string]string{"terraform": "Terraform v1.10.5", "tofu": "OpenTofu v1.12.6"},
			want: "OpenTofu 1.12.6", wantSaid: "it is Terraform 1.10.5, and 1.11.0 or newer is needed",
		},
		"a terraform on PATH that is none is passed over": {
			path: map[string]string{"terraform": "no version set for this folder"}, cached: []string{"terraform-1.15.9=Terraform v1.15.9"},
			want: "Terraform 1.15.9", wantSaid: "neither Terraform nor OpenTofu",
		},
		"PATH before the cache": {
			path: map[string]string{"tofu": "OpenTofu v1.12.6"}, cached: []string{"terraform-1.16.4=Terraform v1.16.4"},
			want: "OpenTofu 1.12.6",
		},
		"the newest cached one": {
			cached: []string{"terraform-1.9.9=Terraform v1.9.9", "terraform-1.16.4=Terraform v1.16.4", "terraform-1.12.2=Terraform v1.12.2"}, online: true,
			want: "Terraform 1.16.4",
		},
		"nothing there: a release": {
			online: true, builds: true,
			want: "Terraform " + DefaultTerraform, wantMade: "downloaded terraform " + DefaultTerraform,
		},
		"nothing there and no releases: OpenTofu is built": {
			builds: true,
			want:   "OpenTofu " + DefaultOpenTofu, wantMade: "built tofu " + DefaultOpenTofu, wantSaid: "no such host",
		},
		"nothing can be had": {
			wantErr: "make TERRAFORM=/path/to/it",
		},
		"the docs' need passes over an older terraform and any tofu": {
			path: map[string]string{"terraform": "Terraform v1.11.4", "tofu": "OpenTofu v1.12.6"}, builds: true,
			req: Request{Kind: Terraform, Min: "1.14.0"}, want: "Terraform " + DefaultTerraform, wantMade: "built terraform " + DefaultTerraform,
		},
		"a version by number is cached once made": {
			path: map[string]string{"terraform": "Terraform v1.16.4"}, cached: []string{"terraform-1.12.2=Terraform v1.12.2"},
			req: Request{Kind: Terraform, Version: "1.12.2"}, want: "Terraform 1.12.2",
		},
		"a version of OpenTofu is built, never downloaded": {
			online: true, builds: true,
			req: Request{Kind: OpenTofu, Version: "1.11.6"}, want: "OpenTofu 1.11.6", wantMade: "built tofu 1.11.6",
		},
		"a minimum that the pinned ones do not reach": {
			online: true, builds: true, req: Request{Min: "1.99.0"},
			wantErr: "1.99.0 or newer is needed",
		},
		"a version without a kind": {req: Request{Version: "1.16.4"}, wantErr: "a version needs a kind"},
		"an unknown kind":          {req: Request{Kind: "pulumi"}, wantErr: `kind "pulumi"`},
		"no version":               {req: Request{Kind: Terraform, Version: "newest"}, wantErr: `version "newest"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			w.online, w.builds = test.online, test.builds
			bin := t.TempDir()
			for program, says := range test.path {
				w.path[program] = fakeCLI(t, filepath.Join(bin, program), says)
			}
			for variable, says := range test.env {
				w.env[variable] = fakeCLI(t, filepath.Join(bin, variable, "cli"), says)
			}
			for _, entry := range test.cached {
				dir, says, _ := strings.Cut(entry, "=")
				kind, _, _ := strings.Cut(dir, "-")
				fakeCLI(t, filepath.Join(w.finder.CacheDir, dir, kind), says)
			}

			got, err := w.finder.Find(t.Context(), test.req)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Fatalf("error: got %v, want one with %q", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !filepath.IsAbs(got.Path) {
				t.Errorf("path %q is not absolute", got.Path)
			}
			if made := strings.Join(w.made, ", "); made != test.wantMade {
				t.Errorf("made: got %q, want %q", made, test.wantMade)
			}
			if !strings.Contains(w.progress.String(), test.wantSaid) {
				t.Errorf("said %q, want something with %q", w.progress, test.wantSaid)
			}
		})
	}
}

func TestFind_madeOnceThenCached(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.builds = true
	for range 2 {
		if _, err := w.finder.Find(t.Context(), Request{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.made) != 1 {
		t.Errorf("made %v, want one build", w.made)
	}
}

func TestCLI_TestEnv(t *testing.T) {
	t.Parallel()

	start := "unset TF_CLI_ARGS TF_REATTACH_PROVIDERS\nexport TF_CLI_CONFIG_FILE='" + os.DevNull + "'\n"
	tests := map[string]struct {
		cli  CLI
		want string
	}{
		"terraform": {
			cli:  CLI{Kind: Terraform, Path: "/it's here/terraform"},
			want: `export TF_ACC_TERRAFORM_PATH='/it'\''s here/terraform'` + "\nunset TF_ACC_PROVIDER_NAMESPACE TF_ACC_PROVIDER_HOST\n",
		},
		"tofu": {
			cli:  CLI{Kind: OpenTofu, Path: "/opt/tofu"},
			want: "export TF_ACC_TERRAFORM_PATH='/opt/tofu'\nexport TF_ACC_PROVIDER_NAMESPACE=hashicorp\nexport TF_ACC_PROVIDER_HOST=registry.opentofu.org\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := test.cli.TestEnv(); got != start+test.want {
				t.Errorf("got %q, want %q", got, start+test.want)
			}
		})
	}
}
