package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// legend explains the columns.
const legend = `
floor: a provider with the same schema that does nothing. time/floor: wall time over the floor's; where every token is a request
of its own, Graph's share is added to the floor first: tokens x latency / parallelism. time/single: over that of a resource for
each token, at the same latency; time/single floor: over the floor of those, as it was measured. CPU/floor: the processor time of
the CLI with its providers, steadier than wall time; own CPU/floor: that of the providers alone. Memory is the provider's.
Times and sizes are this machine's, today: only the ratios are worth comparing. Requests are exact; "over" is not what the limit
promises.
`

// results are the measurements with n tokens.
type results struct {
	n         int
	kinds     []kind
	latencies []time.Duration
	of        map[who]map[step]measured
}

func newResults(b *bench, n int) *results {
	return &results{n: n, kinds: b.kinds, latencies: b.latencies, of: map[who]map[step]measured{}}
}

func (r *results) add(w who, s step, got measured) {
	if r.of[w] == nil {
		r.of[w] = map[step]measured{}
	}
	if before, again := r.of[w][s]; again {
		got = better(before, got)
	}
	r.of[w][s] = got
}

// print prints the table, and says how many steps exceeded their limit.
func (r *results) print(out io.Writer) (exceeded int, err error) {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "tokens\tkind\tlatency\tstep\trequests\tlimit\ttime\ttime/floor\ttime/single\ttime/single floor\tCPU/floor\tpeak memory\tmemory/floor\town CPU/floor")
	for _, k := range r.kinds {
		for _, s := range steps() {
			for _, latency := range append([]time.Duration{noGraph}, r.latencies...) {
				line, over := r.line(who{k, latency}, s)
				if over {
					exceeded++
				}
				fmt.Fprintln(table, line)
			}
		}
	}
	return exceeded, table.Flush()
}

func (r *results) line(w who, s step) (line string, over bool) {
	got, floor := r.of[w][s], r.of[who{w.kind, noGraph}][s]
	memory := fmt.Sprintf("%d MB", got.usage.PeakMemory>>20)
	if got.usage.PeakMemory == 0 {
		memory = "not measured"
	}
	if w.latency == noGraph {
		return fmt.Sprintf("%d\t%s\tfloor\t%s\t-\t-\t%.1f s\t\t\t\t\t%s\t\t", r.n, w.kind, s, got.wall.Seconds(), memory), false
	}

	verdict := "-"
	if l, ok := limitOf(w.kind, s); ok {
		verdict = fmt.Sprintf("%d", l.most(r.n))
		if over = l.exceeded(r.n, got.requests); over {
			verdict += ", over"
		}
	}
	beside, besideFloor := "", ""
	if w.kind != single && slices.Contains(r.kinds, single) {
		beside = ratio(got.wall, r.of[who{single, w.latency}][s].wall)
		besideFloor = ratio(got.wall, r.of[who{single, noGraph}][s].wall)
	}
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%.1f s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.n, w.kind, w.latency, s, got.requests, verdict,
		got.wall.Seconds(), ratio(got.wall, floor.wall+r.graphShare(w, s)), beside, besideFloor,
		ratio(got.cpu, floor.cpu), memory, ratio(got.usage.PeakMemory, floor.usage.PeakMemory), ratio(got.usage.CPU, floor.usage.CPU)), over
}

// graphShare is how long Graph takes by itself for a step in which every token is a request of its own.
func (r *results) graphShare(w who, s step) time.Duration {
	if w.kind != single || s == secondPlan {
		return 0
	}
	return time.Duration(r.n) * w.latency / parallelism
}

func ratio[T int64 | time.Duration](got, base T) string {
	if base == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(got)/float64(base))
}
