package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const providerStart = 30 * time.Second

// Provider is the provider running as a process of ours, which the CLI attaches to instead of starting its own.
type Provider struct {
	cmd    *exec.Cmd
	exited chan struct{}
	stop   sync.Once
}

// StartProvider starts the provider with -debug and tells the sandbox's CLI to attach to it.
func (s *Sandbox) StartProvider(ctx context.Context, program string) (*Provider, error) {
	p := &Provider{exited: make(chan struct{})}
	p.cmd = command(context.WithoutCancel(ctx), program, "-debug")
	p.cmd.Env = s.env
	out, in := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = in, in
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		in.CloseWithError(p.cmd.Wait())
		close(p.exited)
	}()

	reattach := make(chan string, 1)
	go follow(out, reattach)
	select {
	case value := <-reattach:
		s.Setenv("TF_REATTACH_PROVIDERS", value)
		return p, nil
	case <-p.exited:
		return nil, errors.New("the provider ended at once")
	case <-ctx.Done():
		p.Stop()
		return nil, ctx.Err()
	case <-time.After(providerStart):
		p.Stop()
		return nil, fmt.Errorf("the provider did not say within %s how to attach to it", providerStart)
	}
}

// follow reads all that the provider prints, so that it never waits for a reader, and picks out how to attach to it.
func follow(out io.Reader, reattach chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		_, value, found := strings.Cut(lines.Text(), "TF_REATTACH_PROVIDERS='")
		if found {
			select {
			case reattach <- strings.TrimSuffix(value, "'"):
			default:
			}
		}
	}
}

// PID is the provider's process id.
func (p *Provider) PID() int {
	return p.cmd.Process.Pid
}

// Stop ends the provider and waits until it has gone.
func (p *Provider) Stop() {
	p.stop.Do(func() { end(p.cmd, p.exited) })
}
