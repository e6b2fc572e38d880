package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/floor"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

// parallelism is the CLIs' default: how many resources they treat at a time.
const parallelism = 10

// step is one command of the CLI.
type step string

const (
	apply      step = "apply"
	secondPlan step = "second plan"
	destroy    step = "destroy"
)

func steps() []step { return []step{apply, secondPlan, destroy} }

func (s step) args() []string {
	switch s {
	case apply:
		return []string{"apply", "-auto-approve"}
	case destroy:
		return []string{"destroy", "-auto-approve"}
	default:
		// A plan that would change anything ends with exit code 2, which is a failure here.
		return []string{"plan", "-detailed-exitcode"}
	}
}

type bench struct {
	cli                              cli.CLI
	provider, emulator, floor, meter string
	sizes                            []int
	latencies                        []time.Duration
	kinds                            []kind
	rounds                           int

	schema []byte // what the CLI says of the provider's schemas
}

// learnSchema asks for the provider's schemas, and drops the kinds that it doesn't have.
func (b *bench) learnSchema(ctx context.Context) (err error) {
	box, err := sandbox.New(b.cli, b.provider)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Remove()) }()
	if b.schema, err = schemaIn(ctx, box, preamble); err != nil {
		return err
	}
	schemas, err := floor.ParseSchemas(b.schema)
	if err != nil {
		return err
	}
	b.kinds = slices.DeleteFunc(b.kinds, func(k kind) bool {
		_, known := schemas.ResourceSchemas[k.resource()]
		if !known {
			fmt.Printf("SKIPPED %s: the provider has no resource %s.\n", k, k.resource())
		}
		return !known
	})
	if len(b.kinds) == 0 {
		return errors.New("nothing is left to measure")
	}
	return nil
}

// schemaIn writes a configuration into a sandbox, makes it ready for use, and asks the CLI for its provider's schemas.
func schemaIn(ctx context.Context, box *sandbox.Sandbox, config string) ([]byte, error) {
	if err := box.Write("main.tf", []byte(config)); err != nil {
		return nil, err
	}
	if _, err := box.MustRun(ctx, "init"); err != nil {
		return nil, err
	}
	answer, err := box.MustRun(ctx, "providers", "schema", "-json")
	return []byte(answer.Stdout), err
}

// measure runs all contestants with n tokens. Each step is run by one after the other before the next begins, so that what else
// the machine does falls on all alike. A destroy leaves what the first apply found, so there can be several rounds.
func (b *bench) measure(ctx context.Context, n int) (results *results, err error) {
	var contestants []*contestant
	defer func() {
		for _, c := range contestants {
			err = errors.Join(err, c.close())
		}
	}()
	for _, k := range b.kinds {
		for _, latency := range append([]time.Duration{noGraph}, b.latencies...) {
			c, err := b.enter(ctx, k, n, latency)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", who{k, latency}, err)
			}
			contestants = append(contestants, c)
		}
	}

	results = newResults(b, n)
	for round := range b.rounds {
		for _, s := range steps() {
			for _, c := range contestants {
				got, err := c.run(ctx, s)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", c.who, s, err)
				}
				results.add(c.who, s, got)
				// The whole takes from a minute to hours: it is told how far it has come.
				fmt.Fprintf(os.Stderr, "%d tokens, %s, round %d: %s took %.1f s\n", n, c.who, round+1, s, got.wall.Seconds())
			}
		}
	}
	return results, nil
}
