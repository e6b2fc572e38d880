// Command scale measures what many tokens cost: requests, time and memory of apply, of the plan after it, and of destroy, each
// beside a provider of the same schema that does nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
)

func main() {
	b, cliPath, check, err := parseFlags(os.Args[1:])
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "scale:", err)
		}
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, b, cliPath, check); err != nil {
		fmt.Fprintf(os.Stderr, "scale: %v\n", err)
		os.Exit(1)
	}
}

func parseFlags(args []string) (b *bench, cliPath string, check bool, err error) {
	b = &bench{}
	set := flag.NewFlagSet("scale", flag.ContinueOnError)
	set.StringVar(&cliPath, "cli", "", "the Terraform or OpenTofu CLI")
	set.StringVar(&b.provider, "provider", "", "the provider's program")
	set.StringVar(&b.emulator, "emulator", "", "the Graph emulator's program")
	set.StringVar(&b.floor, "floor", "", "the floor provider's program")
	set.StringVar(&b.meter, "meter", "", "the meter's program")
	set.BoolVar(&check, "check", false, "fail when a step takes more requests than its limit")
	set.IntVar(&b.rounds, "rounds", 1, "how often everything is done; the fastest counts")
	numbers := set.String("n", "100", "how many tokens: `numbers`, with commas between them")
	latencies := set.String("latency", "0s,100ms", "how long the emulator takes to answer: `durations`, with commas between them")
	kinds := set.String("kinds", "single,batch", "single, a resource for each token, or batch, one for all, or both")
	if err := set.Parse(args); err != nil {
		return nil, "", false, err
	}
	if cliPath == "" || b.provider == "" || b.emulator == "" || b.floor == "" || b.meter == "" || b.rounds < 1 || set.NArg() > 0 {
		return nil, "", false, errors.New("-cli, -provider, -emulator, -floor and -meter are needed, a round at least, and nothing after the flags")
	}

	if b.sizes, err = parseList(*numbers, strconv.Atoi, func(n int) bool { return n > 0 }); err != nil {
		return nil, "", false, fmt.Errorf("-n: %w", err)
	}
	if b.latencies, err = parseList(*latencies, time.ParseDuration, func(d time.Duration) bool { return d >= 0 }); err != nil {
		return nil, "", false, fmt.Errorf("-latency: %w", err)
	}
	if b.kinds, err = parseList(*kinds, parseKind, func(kind) bool { return true }); err != nil {
		return nil, "", false, fmt.Errorf("-kinds: %w", err)
	}
	return b, cliPath, check, nil
}

// parseList reads values with commas between them.
func parseList[T any](text string, parse func(string) (T, error), good func(T) bool) ([]T, error) {
	var all []T
	for part := range strings.SplitSeq(text, ",") {
		value, err := parse(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if !good(value) {
			return nil, fmt.Errorf("%v is too small", value)
		}
		all = append(all, value)
	}
	return all, nil
}

func run(ctx context.Context, b *bench, cliPath string, check bool) error {
	var err error
	if b.cli, err = cli.Inspect(ctx, cliPath); err != nil {
		return err
	}
	if err := b.learnSchema(ctx); err != nil {
		return err
	}
	fmt.Printf("%s on %s/%s, %d CPUs, -parallelism=%d\n", b.cli, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), parallelism)
	exceeded := 0
	for _, n := range b.sizes {
		results, err := b.measure(ctx, n)
		if err != nil {
			return fmt.Errorf("%d tokens: %w", n, err)
		}
		over, err := results.print(os.Stdout)
		if err != nil {
			return err
		}
		exceeded += over
	}
	fmt.Print(legend)
	if check && exceeded > 0 {
		return fmt.Errorf("%d steps took more requests than their limit", exceeded)
	}
	return nil
}
