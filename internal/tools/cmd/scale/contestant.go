package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/floor"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

// noGraph is the latency of the floor, which asks nobody.
const noGraph time.Duration = -1

// who names a contestant.
type who struct {
	kind    kind
	latency time.Duration
}

func (w who) String() string {
	if w.latency == noGraph {
		return string(w.kind) + ", floor"
	}
	return fmt.Sprintf("%s, %s", w.kind, w.latency)
}

// contestant is a provider in a sandbox, with an emulator of its own unless it is the floor.
type contestant struct {
	who
	n     int
	box   *sandbox.Sandbox
	graph *sandbox.Emulator
}

// enter makes a contestant ready for its first step.
func (b *bench) enter(ctx context.Context, k kind, n int, latency time.Duration) (_ *contestant, err error) {
	provider := b.provider
	if latency == noGraph {
		provider = b.floor
	}
	box, err := sandbox.NewMetered(b.cli, provider, b.meter)
	if err != nil {
		return nil, err
	}
	c := &contestant{who: who{k, latency}, n: n, box: box}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()

	tokens, err := tokensJSON(n)
	if err != nil {
		return nil, err
	}
	if err := box.Write("tokens.json", tokens); err != nil {
		return nil, err
	}
	if latency != noGraph {
		if c.graph, err = box.StartEmulator(ctx, b.emulator, sandbox.State{}, "-latency", latency.String()); err != nil {
			return nil, err
		}
		_, err = schemaIn(ctx, box, k.config())
	} else {
		err = b.prepareFloor(ctx, box, k)
	}
	if err != nil {
		return nil, err
	}
	// Telling its schema was not yet part of the contest.
	_, err = box.TakeUsage()
	return c, err
}

// prepareFloor gives the floor provider the provider's schemas, and makes sure that it has them.
func (b *bench) prepareFloor(ctx context.Context, box *sandbox.Sandbox, k kind) error {
	const name = "schema.json"
	if err := box.Write(name, b.schema); err != nil {
		return err
	}
	box.Setenv(floor.SchemaVariable, filepath.Join(box.Dir, name))
	answer, err := schemaIn(ctx, box, k.config())
	if err != nil {
		return err
	}
	got, err := floor.Comparable(answer)
	if err != nil {
		return err
	}
	want, err := floor.Comparable(b.schema)
	if err != nil {
		return err
	}
	if got != want {
		return errors.New("the floor's schemas are not the provider's")
	}
	return nil
}

func (c *contestant) close() error {
	if c.graph != nil {
		c.graph.Stop()
	}
	return c.box.Remove()
}

// measured is what one step took.
type measured struct {
	requests sandbox.Requests
	wall     time.Duration
	cpu      time.Duration // of the CLI with its providers
	usage    sandbox.Usage // of the providers
}

// better is what two rounds together say. What else the machine did can only have made a round slower; the dearest requests and
// the highest memory count.
func better(a, b measured) measured {
	best := measured{requests: a.requests, wall: min(a.wall, b.wall), cpu: min(a.cpu, b.cpu), usage: a.usage}
	if b.requests.Total() > a.requests.Total() {
		best.requests = b.requests
	}
	best.usage.CPU = min(a.usage.CPU, b.usage.CPU)
	best.usage.PeakMemory = max(a.usage.PeakMemory, b.usage.PeakMemory)
	return best
}

func (c *contestant) run(ctx context.Context, s step) (measured, error) {
	var got measured
	started := time.Now()
	result, err := c.box.MustRun(ctx, s.args()...)
	if err != nil {
		return got, err
	}
	got.wall, got.cpu = time.Since(started), result.CPU

	if got.usage, err = c.box.TakeUsage(); err != nil {
		return got, err
	}
	if got.usage.Processes == 0 {
		return got, errors.New("no provider has ended by itself, so none was measured")
	}
	if c.graph == nil {
		return got, nil
	}
	if got.requests, err = c.graph.TakeRequests(); err != nil {
		return got, err
	}
	return got, c.verify(ctx, s)
}

// verify asks Graph, past the CLI, whether the step did what it is to do: a fast step that does nothing is worth nothing.
func (c *contestant) verify(ctx context.Context, s step) error {
	devices, err := c.graph.Devices(ctx)
	if err != nil {
		return err
	}
	want := c.n
	if s == destroy {
		want = 0
	}
	if len(devices) != want {
		return fmt.Errorf("the tenant has %d tokens, and not %d", len(devices), want)
	}
	// What was asked here is not the provider's.
	_, err = c.graph.TakeRequests()
	return err
}
