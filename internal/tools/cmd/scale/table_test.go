package main

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

func TestLimit(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		kind     kind
		step     step
		n        int
		requests map[string]int
		over     bool
	}{
		"as many creates":      {single, apply, 100, map[string]int{"POST": 100, "GET": 5}, false},
		"one request too many": {single, apply, 100, map[string]int{"POST": 100, "GET": 6}, true},
		"one create too many":  {single, apply, 100, map[string]int{"POST": 101}, true},
		"one create too few":   {single, apply, 100, map[string]int{"POST": 99}, true},
		"a plan":               {single, secondPlan, 5000, map[string]int{"GET": 20}, false},
		"a plan of one each":   {single, secondPlan, 100, map[string]int{"GET": 100}, true},
		"a destroy":            {single, destroy, 1000, map[string]int{"GET": 5, "DELETE": 1000}, false},
		"a dear destroy":       {single, destroy, 1000, map[string]int{"GET": 6, "DELETE": 1000}, true},
		"a batch":              {batch, apply, 1000, map[string]int{"PATCH": 30}, false},
		"a dear batch":         {batch, apply, 1000, map[string]int{"PATCH": 31}, true},
		"a larger batch":       {batch, apply, 5000, map[string]int{"$batch": 150}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			l, ok := limitOf(test.kind, test.step)
			if !ok {
				t.Fatal("there is no limit")
			}
			if got := l.exceeded(test.n, sandbox.Requests{Sent: test.requests}); got != test.over {
				t.Errorf("got %t, want %t", got, test.over)
			}
		})
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()

	const latency = 100 * time.Millisecond
	r := newResults(&bench{kinds: []kind{single, batch}, latencies: []time.Duration{latency}}, 100)
	took := func(seconds int, memory int64, sent map[string]int) measured {
		return measured{
			wall: time.Duration(seconds) * time.Second, cpu: time.Duration(seconds) * time.Second, requests: sandbox.Requests{Sent: sent},
			usage: sandbox.Usage{Processes: 1, PeakMemory: memory << 20, CPU: time.Duration(memory) * time.Second},
		}
	}
	for _, s := range steps() {
		r.add(who{single, noGraph}, s, took(4, 20, nil))
		r.add(who{single, latency}, s, took(10, 50, map[string]int{"POST": 100}))
		r.add(who{batch, noGraph}, s, took(1, 20, nil))
		r.add(who{batch, latency}, s, took(2, 60, map[string]int{"PATCH": 5}))
	}

	var out strings.Builder
	over, err := r.print(&out)
	if err != nil {
		t.Fatal(err)
	}
	if over != 1 {
		t.Errorf("%d steps are over their limit, want the second plan of single tokens", over)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	for _, want := range []string{
		"100 single floor apply - - 4.0 s 20 MB",
		// 100 tokens x 100 ms / 10 are Graph's: 10 s over 4 s + 1 s.
		"100 single 100ms apply 100 POST 105 10.0 s 2.00 2.50 50 MB 2.50 2.50",
		"100 single 100ms second plan 100 POST 20, over 10.0 s 2.50 2.50 50 MB 2.50 2.50",
		"100 batch 100ms apply 5 PATCH 30 2.0 s 2.00 0.20 0.50 2.00 60 MB 3.00 3.00",
		"100 batch 100ms destroy 5 PATCH - 2.0 s 2.00 0.20 0.50 2.00 60 MB 3.00 3.00",
	} {
		if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

func TestBetter(t *testing.T) {
	t.Parallel()

	one := measured{wall: 3, cpu: 1, usage: sandbox.Usage{PeakMemory: 7, CPU: 2}, requests: sandbox.Requests{Sent: map[string]int{"GET": 1}}}
	two := measured{wall: 2, cpu: 4, usage: sandbox.Usage{PeakMemory: 6, CPU: 1}, requests: sandbox.Requests{Sent: map[string]int{"GET": 2}}}
	for _, got := range []measured{better(one, two), better(two, one)} {
		if got.wall != 2 || got.cpu != 1 || got.usage.PeakMemory != 7 || got.usage.CPU != 1 || got.requests.Total() != 2 {
			t.Errorf("got %+v", got)
		}
	}
}
