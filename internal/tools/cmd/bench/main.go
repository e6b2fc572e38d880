// Command bench measures what a user of the provider waits and pays for before any token is touched: the start-up time to the
// first schema answer, the size of the binary, and the peak memory over 100 creates.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"text/tabwriter"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
)

func main() {
	b := &bench{}
	cliPath := flag.String("cli", "", "the Terraform or OpenTofu CLI")
	flag.StringVar(&b.provider, "provider", "", "the provider's program")
	flag.StringVar(&b.emulator, "emulator", "", "the Graph emulator's program")
	flag.StringVar(&b.source, "source", ".", "the folder of the provider's source, to build it stripped")
	flag.IntVar(&b.runs, "runs", 9, "how often the start-up is measured")
	flag.IntVar(&b.creates, "creates", 100, "how many tokens are created")
	flag.Parse()
	if *cliPath == "" || b.provider == "" || b.emulator == "" || b.runs < 1 || b.creates < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, b, *cliPath); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, b *bench, cliPath string) error {
	var err error
	if b.cli, err = cli.Inspect(ctx, cliPath); err != nil {
		return err
	}
	startup, err := b.startup(ctx)
	if err != nil {
		return fmt.Errorf("start-up: %w", err)
	}
	size, err := b.size(ctx)
	if err != nil {
		return fmt.Errorf("size: %w", err)
	}
	memory, err := b.memory(ctx)
	if err != nil {
		return fmt.Errorf("memory: %w", err)
	}

	fmt.Printf("%s on %s/%s, %d CPUs\n\n", b.cli, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "what\tmeasured\tmeasured against\tratio")
	for _, row := range []row{startup, size, memory} {
		fmt.Fprintln(table, row)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Println("\nTimes and sizes are this machine's, today. Only the ratios are worth comparing.")
	return nil
}

// row is one line of the table.
type row struct {
	what, unit      string
	got, base       float64
	baseDescription string
}

func (r row) String() string {
	if r.base == 0 {
		return fmt.Sprintf("%s\tnot measured\t%s\t-", r.what, r.baseDescription)
	}
	return fmt.Sprintf("%s\t%.3g %s\t%.3g %s, %s\t%.2f", r.what, r.got, r.unit, r.base, r.unit, r.baseDescription, r.got/r.base)
}
