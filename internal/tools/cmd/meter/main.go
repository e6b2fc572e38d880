// Command meter stands in a provider's place: it runs the provider that lies beside it, and writes down what it used.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

func main() {
	// The provider ends with the thread that started it.
	runtime.LockOSThread()
	// The provider, too, leaves it to the CLI what an interrupt means.
	signal.Ignore(os.Interrupt)

	path, err := os.Executable()
	if err == nil {
		err = sandbox.Meter(path, os.Args[1:])
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "meter:", err)
		os.Exit(1)
	}
}
