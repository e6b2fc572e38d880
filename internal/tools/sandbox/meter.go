package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
)

// meterDir is the variable that tells the meter where to write.
const meterDir = "METER_DIR"

// metered is the provider's name beside the meter, which has the name that the CLI looks for.
func metered() string { return executable("metered") }

// Usage is what processes have used.
type Usage struct {
	Processes  int           `json:"-"`
	PeakMemory int64         `json:"peak_memory"` // bytes, of the process that held most; 0 where it can't be told
	CPU        time.Duration `json:"cpu"`         // of all together
}

// NewMetered is New with a program of ours, the meter, between the CLI and the provider: the CLI starts its providers and waits
// for them itself, and only who waits for a process learns its peak memory.
func NewMetered(c cli.CLI, provider, meter string) (*Sandbox, error) {
	s, err := layOut(c, map[string]string{programName(): meter, metered(): provider})
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(s.meterDir(), 0o700); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	s.Setenv(meterDir, s.meterDir())
	return s, nil
}

func (s *Sandbox) meterDir() string { return filepath.Join(s.Dir, ".meter") }

// TakeUsage tells what the providers have used that ended since it was asked last.
func (s *Sandbox) TakeUsage() (Usage, error) {
	paths, err := filepath.Glob(filepath.Join(s.meterDir(), "*"))
	if err != nil {
		return Usage{}, err
	}
	var total Usage
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return Usage{}, err
		}
		var one Usage
		if err := json.Unmarshal(content, &one); err != nil {
			return Usage{}, fmt.Errorf("%s: %w", path, err)
		}
		if err := os.Remove(path); err != nil {
			return Usage{}, err
		}
		total.Processes++
		total.PeakMemory = max(total.PeakMemory, one.PeakMemory)
		total.CPU += one.CPU
	}
	return total, nil
}

// Meter runs the provider that lies beside the program at path, with this process's own streams, and writes down what it used.
func Meter(path string, args []string) error {
	cmd := exec.Command(filepath.Join(filepath.Dir(path), metered()), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	endWithParent(cmd)
	failure := cmd.Run()
	if cmd.ProcessState == nil {
		return failure
	}

	content, err := json.Marshal(Usage{
		PeakMemory: peakMemory(cmd.ProcessState), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(os.Getenv(meterDir), "usage-*.json")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(failure, err, file.Close())
}
