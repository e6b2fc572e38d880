package sandbox

import (
	"os"
	"os/exec"
	"syscall"
)

// endWithParent kills the command's process when this one is killed, as the CLI kills a provider that does not end. The thread
// that starts the process must live as long as this one: the caller locks it.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// peakMemory is the most memory that an ended process ever held, in bytes; Linux counts in kilobytes.
func peakMemory(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss * 1024
	}
	return 0
}
