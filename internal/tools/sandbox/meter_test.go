package sandbox

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTakeUsage(t *testing.T) {
	t.Parallel()

	s := &Sandbox{Dir: t.TempDir()}
	if err := os.Mkdir(s.meterDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"usage-1.json": `{"peak_memory": 100, "cpu": 2000000000}`,
		"usage-2.json": `{"peak_memory": 300, "cpu": 1000000000}`,
	} {
		if err := os.WriteFile(filepath.Join(s.meterDir(), name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []Usage{{Processes: 2, PeakMemory: 300, CPU: 3 * time.Second}, {}} {
		got, err := s.TakeUsage()
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
