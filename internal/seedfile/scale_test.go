package seedfile_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// TestRead_scale bounds what a file of 20,000 tokens takes: what is allocated in
// all, which no machine's speed changes, and what the result keeps.
func TestRead_scale(t *testing.T) { //nolint:paralleltest // it counts the memory of the whole process
	if testing.Short() {
		t.Skip("skipped the scale test: -short")
	}
	const count = 20_000
	for _, file := range generate(t, count) { //nolint:paralleltest // as above
		t.Run(file.name, func(t *testing.T) {
			content := []byte(file.content)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			result, err := seedfile.Read(content, file.options)
			runtime.ReadMemStats(&after)
			if err != nil || len(result.Tokens) < count {
				t.Fatalf("%d tokens, %v", len(result.Tokens), err)
			}
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes, %d allocated: %d for a token", len(content), allocated, allocated/count)
			// A token is 170 bytes and its secret 32; slices grow by copying, and the race
			// detector adds a third.
			if limit := uint64(8*len(content)) + 4000*count; allocated > limit {
				t.Errorf("allocated %d bytes for a file of %d, want at most %d", allocated, len(content), limit)
			}
		})
	}
}

// TestRead_hostile bounds what a small file can make of one token: a cost that
// grows with the square of its size would allocate a hundred times as much.
func TestRead_hostile(t *testing.T) { //nolint:paralleltest // it counts the memory of the whole process
	const count = 5000
	packages := pskcWith(t, "</pskc:KeyContainer>", "<pskc:KeyPackage>"+strings.Repeat("<pskc:Key/>", count)+"</pskc:KeyPackage></pskc:KeyContainer>")
	elements := strings.Replace(dualShield, "<serial> 0012", strings.Repeat("<crypto/><digits/>", count)+"<serial> 0012", 1)
	for name, content := range map[string]string{"keys of a package": packages, "elements of a token": elements} { //nolint:paralleltest // as above
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			result, err := seedfile.Read([]byte(content), seedfile.Options{Model: "Model", SkipUnsupported: true})
			runtime.ReadMemStats(&after)
			if err != nil || len(result.Tokens) != 1 || len(result.Skipped) != 1 || len(result.Skipped[0].Reason) > 1000 {
				t.Fatalf("%d tokens, %d skipped, %v", len(result.Tokens), len(result.Skipped), err)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 4000*count {
				t.Errorf("allocated %d bytes for a file of %d", allocated, len(content))
			}
		})
	}
}
