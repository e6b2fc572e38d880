package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

// The address is written out, so that both CLIs ask for the same one.
const requireUs = `
terraform {
  required_providers {
    entra = {
      source = "registry.terraform.io/terraform-provider-entra/entra"
    }
  }
}
`

const createTokens = `
resource "entra_hardware_oath_token" "token" {
  for_each = { for token in jsondecode(file("${path.module}/tokens.json")) : token.serial => token }

  serial_number            = each.key
  manufacturer             = "Contoso"
  model                    = "Bench"
  time_interval_in_seconds = 30
  secret_key_wo            = each.value.secret
  secret_key_wo_version    = 1
}
`

const megabyte = 1 << 20

type bench struct {
	cli                        cli.CLI
	provider, emulator, source string
	runs, creates              int
}

// in runs f in a sandbox of its own.
func (b *bench) in(ctx context.Context, config string, f func(*sandbox.Sandbox) error) (err error) {
	box, err := sandbox.New(b.cli, b.provider)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Remove()) }()
	if err := box.Write("main.tf", []byte(config)); err != nil {
		return err
	}
	if _, err := box.MustRun(ctx, "init"); err != nil {
		return err
	}
	return f(box)
}

// startup is how long the CLI takes to tell the provider's schema, against how long it takes with its built-in provider alone.
func (b *bench) startup(ctx context.Context) (row, error) {
	r := row{what: "start-up to the first schema answer", unit: "s", baseDescription: "the same command with terraform_data alone"}
	err := b.in(ctx, `resource "terraform_data" "none" {}`, func(without *sandbox.Sandbox) error {
		return b.in(ctx, requireUs, func(with *sandbox.Sandbox) error {
			var got, base []float64
			// In turns, so that what else the machine does falls on both alike; the first turn warms the caches.
			for turn := range b.runs + 1 {
				for box, times := range map[*sandbox.Sandbox]*[]float64{with: &got, without: &base} {
					started := time.Now()
					if _, err := box.MustRun(ctx, "providers", "schema", "-json"); err != nil {
						return err
					}
					if turn > 0 {
						*times = append(*times, time.Since(started).Seconds())
					}
				}
			}
			r.got, r.base = median(got), median(base)
			return nil
		})
	})
	return r, err
}

func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// size is that of the binary as it is released, stripped, against the one that make builds.
func (b *bench) size(ctx context.Context) (row, error) {
	r := row{what: "binary, stripped as in a release", unit: "MB", baseDescription: "with its symbols"}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)

	stripped := filepath.Join(dir, "stripped")
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", stripped, ".")
	cmd.Dir = b.source
	if out, err := cmd.CombinedOutput(); err != nil {
		return r, fmt.Errorf("go build: %w\n%s", err, out)
	}
	for path, into := range map[string]*float64{stripped: &r.got, b.provider: &r.base} {
		info, err := os.Stat(path)
		if err != nil {
			return r, err
		}
		*into = float64(info.Size()) / megabyte
	}
	return r, nil
}

// memory is the provider's peak over the creation of tokens, against its peak when it only tells its schema.
func (b *bench) memory(ctx context.Context) (row, error) {
	r := row{
		what: fmt.Sprintf("peak memory over %d creates", b.creates), unit: "MB",
		baseDescription: "after the schema answer alone",
	}
	var err error
	if r.base, err = b.peak(ctx, nil); err == nil {
		r.got, err = b.peak(ctx, func(box *sandbox.Sandbox, emulator *sandbox.Emulator) error {
			if _, err := box.MustRun(ctx, "apply", "-auto-approve"); err != nil {
				return err
			}
			devices, err := emulator.Devices(ctx)
			if err != nil {
				return err
			}
			if len(devices) != b.creates {
				return fmt.Errorf("%d tokens were made, and not %d", len(devices), b.creates)
			}
			return nil
		})
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return row{what: r.what, baseDescription: "needs Linux's /proc"}, nil
	}
	return r, err
}

// peak runs the provider as a process of ours, has it tell its schema and do the work, and reads how much memory it took at most.
func (b *bench) peak(ctx context.Context, work func(*sandbox.Sandbox, *sandbox.Emulator) error) (float64, error) {
	var peak float64
	err := b.in(ctx, requireUs+createTokens, func(box *sandbox.Sandbox) error {
		tokens, err := tokensJSON(b.creates)
		if err != nil {
			return err
		}
		if err := box.Write("tokens.json", tokens); err != nil {
			return err
		}
		emulator, err := box.StartEmulator(ctx, b.emulator, sandbox.State{})
		if err != nil {
			return err
		}
		defer emulator.Stop()
		provider, err := box.StartProvider(ctx, b.provider)
		if err != nil {
			return err
		}
		defer provider.Stop()

		if _, err := box.MustRun(ctx, "providers", "schema", "-json"); err != nil {
			return err
		}
		if work != nil {
			if err := work(box, emulator); err != nil {
				return err
			}
		}
		peak, err = peakMemory(provider.PID())
		return err
	})
	return peak, err
}

func tokensJSON(n int) ([]byte, error) {
	type token struct {
		Serial string `json:"serial"`
		Secret string `json:"secret"`
	}
	tokens := make([]token, 0, n)
	for i := range n {
		// 26 characters of base32 can hold no whole number of bytes; 24 can.
		tokens = append(tokens, token{Serial: fmt.Sprintf("BENCH-%06d", i), Secret: rand.Text()[:24]})
	}
	return json.Marshal(tokens)
}

// peakMemory reads the most memory that a running process ever held, in megabytes.
func peakMemory(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errors.ErrUnsupported
	}
	if err != nil {
		return 0, err
	}
	return parsePeak(string(status))
}

func parsePeak(status string) (float64, error) {
	for line := range strings.Lines(status) {
		var kilobytes float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kilobytes); err == nil {
			return kilobytes * 1024 / megabyte, nil
		}
	}
	return 0, errors.New("/proc tells no peak memory (VmHWM)")
}
