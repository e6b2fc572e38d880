// Command demo walks a delivery of tokens through its whole life: a real Terraform or OpenTofu CLI, the provider as it was
// built, and the Graph emulator in the tenant's place. Every step is checked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

func main() {
	cliPath := flag.String("cli", "", "the Terraform or OpenTofu CLI")
	provider := flag.String("provider", "", "the provider's program")
	emulator := flag.String("emulator", "", "the Graph emulator's program")
	keep := flag.Bool("keep", false, "keep the folder")
	flag.Parse()
	if *cliPath == "" || *provider == "" || *emulator == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	err := run(ctx, *cliPath, *provider, *emulator, *keep)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nInterrupted: the emulator is stopped.")
		os.Exit(130)
	default:
		fmt.Fprintf(os.Stderr, "\nThe demo failed: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cliPath, provider, emulator string, keep bool) (err error) {
	started := time.Now()
	found, err := cli.Inspect(ctx, cliPath)
	if err != nil {
		return err
	}
	tenant, err := newTenant()
	if err != nil {
		return err
	}
	box, err := sandbox.New(found, provider)
	if err != nil {
		return err
	}
	defer func() {
		if keep {
			fmt.Printf("\nThe folder is kept: %s\n", box.Dir)
			return
		}
		err = errors.Join(err, box.Remove())
	}()
	graph, err := box.StartEmulator(ctx, emulator, tenant.state)
	if err != nil {
		return err
	}
	defer graph.Stop()

	d := &demo{screen: newScreen(os.Stdout), cli: found, box: box, graph: graph, tenant: tenant}
	if err := d.run(ctx); err != nil {
		return err
	}
	d.setApart()
	d.say("Done in %s, on %s. Nothing but this machine was asked.", time.Since(started).Round(100*time.Millisecond), found)
	return nil
}
