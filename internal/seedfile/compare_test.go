package seedfile_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// pythonPSKC reads a file as its users do, and counts the secrets.
const pythonPSKC = `
import sys
from pskc import PSKC
print(sum(1 for key in PSKC(sys.argv[1]).keys if key.secret))
`

// BenchmarkAgainstOthers times pskctool, python-pskc and this package on the
// same file, the best run of each, and prints how many times as long the others
// take. These pay for the start of a process, which is why the file is big.
func BenchmarkAgainstOthers(b *testing.B) {
	const count = 20_000
	content := []byte(pskcOf(count, "totp"))
	path := filepath.Join(b.TempDir(), "tokens.pskc")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	// Debian's package is for Debian's Python, which need not be the first on the path.
	others := map[string]time.Duration{}
	for name, command := range map[string][]string{
		"pskctool":    {"pskctool", "--info", path},
		"python-pskc": {"/usr/bin/python3", "-c", pythonPSKC, path},
	} {
		if took, err := fastest(command, count); err != nil {
			b.Logf("skipped the comparison with %s: %v", name, err)
		} else {
			others[name] = took
		}
	}
	if len(others) == 0 {
		b.Skip("skipped the comparison: neither pskctool nor python-pskc is installed")
	}
	ours := time.Hour
	for b.Loop() {
		start := time.Now()
		// The file is read from disk each time, as the others do.
		content, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		result, err := seedfile.Read(content, seedfile.Options{})
		if err != nil || len(result.Tokens) != count {
			b.Fatalf("%d tokens, %v", len(result.Tokens), err)
		}
		ours = min(ours, time.Since(start))
	}
	for name, took := range others {
		b.ReportMetric(float64(took)/float64(ours), "x-"+name)
		b.Logf("%s: %s for %d keys, ours %s: %.1f times", name, took.Round(time.Millisecond), count, ours.Round(10*time.Microsecond), float64(took)/float64(ours))
	}
}

// fastest is the best of three runs, once it is clear that all keys are read.
func fastest(command []string, count int) (time.Duration, error) {
	best := time.Duration(0)
	for range 3 {
		var output bytes.Buffer
		run := exec.Command(command[0], command[1:]...)
		run.Stdout = &output
		start := time.Now()
		err := run.Run()
		took := time.Since(start)
		if err != nil {
			return 0, err
		}
		if keys := bytes.Count(output.Bytes(), []byte("Key Secret (base64)")); keys != count && bytes.Count(output.Bytes(), []byte("20000\n")) != 1 {
			return 0, os.ErrInvalid
		}
		if best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}
