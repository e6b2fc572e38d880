package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// errUsage means that the flag package has already said what is wrong.
var errUsage = errors.New("usage")

const tokenVariable = "GRAPH_EMULATOR_ACCESS_TOKEN"

type flags struct {
	listen, statePath, readyPath, accessToken string

	latency, visibilityDelay, deletionDelay time.Duration

	pageSize          int
	quirks            []graphtest.Quirk
	listQuirks, quiet bool
}

func parseFlags(args []string, getenv func(string) string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("graph-emulator", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 takes a free one")
	set.StringVar(&f.statePath, "state", "", "JSON `file` with the users and tokens to begin with")
	set.StringVar(&f.accessToken, "access-token", "", "bearer `token` to accept; also "+tokenVariable)
	set.StringVar(&f.readyPath, "ready-file", "", "`file` that is given the URL once the emulator listens")
	set.DurationVar(&f.latency, "latency", 0, "how long every answer takes")
	set.DurationVar(&f.visibilityDelay, "visibility-delay", 0, "how long a new token stays hidden")
	set.DurationVar(&f.deletionDelay, "deletion-delay", 0, "how long a deleted token stays readable")
	set.IntVar(&f.pageSize, "page-size", 1000, "most items on a page of a list")
	set.BoolVar(&f.listQuirks, "list-quirks", false, "print the quirks and end")
	set.BoolVar(&f.quiet, "quiet", false, "print no line per request")
	set.Func("quirk", "`name` of a quirk to turn on; may be repeated", func(name string) error {
		if !slices.Contains(graphtest.Quirks(), graphtest.Quirk(name)) {
			return fmt.Errorf("there is no quirk %q, see -list-quirks", name)
		}
		f.quirks = append(f.quirks, graphtest.Quirk(name))
		return nil
	})
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return f, err
		}
		return f, errUsage
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected arguments: %s", strings.Join(set.Args(), " "))
	}
	if f.accessToken == "" {
		f.accessToken = getenv(tokenVariable)
	}
	return f, nil
}

func (f flags) options(stdout io.Writer) []graphtest.Option {
	opts := []graphtest.Option{
		graphtest.WithPageSize(f.pageSize),
		graphtest.WithLatency(f.latency),
		graphtest.WithVisibilityDelay(f.visibilityDelay),
		graphtest.WithDeletionDelay(f.deletionDelay),
		graphtest.WithQuirks(f.quirks...),
	}
	if f.accessToken != "" {
		opts = append(opts, graphtest.WithAccessToken(f.accessToken))
	}
	if !f.quiet {
		var mu sync.Mutex
		opts = append(opts, graphtest.WithLog(func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			// A closed standard output is no reason to stop serving.
			_, _ = fmt.Fprintf(stdout, format+"\n", args...)
		}))
	}
	return opts
}
