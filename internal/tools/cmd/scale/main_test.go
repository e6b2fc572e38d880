package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseFlags(t *testing.T) {
	t.Parallel()

	programs := []string{"-cli", "c", "-provider", "p", "-emulator", "e", "-floor", "f", "-meter", "m"}
	for name, test := range map[string]struct {
		args    []string
		want    string
		wantErr string
	}{
		"presets":       {args: programs, want: "[100] [0s 100ms] [single batch]"},
		"lists":         {args: append([]string{"-n", "1, 20", "-latency", "1s", "-kinds", "batch"}, programs...), want: "[1 20] [1s] [batch]"},
		"no programs":   {wantErr: "are needed"},
		"an argument":   {args: append(programs[:len(programs):len(programs)], "all"), wantErr: "are needed"},
		"no token":      {args: append([]string{"-n", "0"}, programs...), wantErr: "-n: 0 is too small"},
		"no number":     {args: append([]string{"-n", "1,"}, programs...), wantErr: "-n: "},
		"negative time": {args: append([]string{"-latency", "-1s"}, programs...), wantErr: "-latency: -1s is too small"},
		"unknown kind":  {args: append([]string{"-kinds", "set"}, programs...), wantErr: `"set" is neither single nor batch`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b, _, _, err := parseFlags(test.args)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Fatalf("got %v, want %q", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(b.sizes, b.latencies, b.kinds); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
