// Command graph-emulator serves the hardware OATH part of Microsoft Graph on a loopback address, for demonstrations.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "graph-emulator:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	f, err := parseFlags(args, getenv, stderr)
	if err != nil {
		return err
	}
	if f.listQuirks {
		return listQuirks(stdout)
	}
	var st state
	if f.statePath != "" {
		if st, err = readState(f.statePath); err != nil {
			return err
		}
	}
	if err := removeStale(f.readyPath); err != nil {
		return err
	}
	s, err := graphtest.Start(f.listen, f.options(stdout)...)
	if err != nil {
		return err
	}
	defer s.Close()
	st.seed(s)
	if _, err := fmt.Fprintln(stdout, "Microsoft Graph emulator listening on", s.URL()); err != nil {
		return err
	}
	if f.readyPath != "" {
		if err := writeReady(f.readyPath, s.URL()); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return removeStale(f.readyPath)
}

func listQuirks(w io.Writer) error {
	for _, q := range graphtest.Quirks() {
		if _, err := fmt.Fprintf(w, "%-38s %s\n", string(q), q.Doc()); err != nil {
			return err
		}
	}
	return nil
}
