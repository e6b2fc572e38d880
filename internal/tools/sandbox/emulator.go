package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	emulatorStart = 15 * time.Second
	devicesPath   = "/beta/directory/authenticationMethodDevices/hardwareOathDevices"
)

// State is what an emulator starts with.
type State struct {
	Users   []User   `json:"users"`
	Devices []Device `json:"hardwareOathDevices"`
}

// User is a user of the emulated tenant.
type User struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName"`
}

// Device is a token of the emulated tenant, as Graph names its properties.
type Device struct {
	ID                    string    `json:"id,omitempty"`
	DisplayName           string    `json:"displayName,omitempty"`
	SerialNumber          string    `json:"serialNumber"`
	Manufacturer          string    `json:"manufacturer"`
	Model                 string    `json:"model"`
	SecretKey             string    `json:"secretKey,omitempty"`
	TimeIntervalInSeconds int       `json:"timeIntervalInSeconds"`
	HashFunction          string    `json:"hashFunction"`
	Status                string    `json:"status,omitempty"`
	AssignedTo            *Identity `json:"assignedTo,omitempty"`
}

// Identity is who holds a token.
type Identity struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName,omitempty"`
}

// Emulator is a running Graph emulator.
type Emulator struct {
	URL   string
	Token string

	cmd     *exec.Cmd
	logPath string
	logRead int64 // how much of the log TakeRequests has read
	exited  chan struct{}
	stop    sync.Once
}

// StartEmulator starts the emulator, with further flags of its program, on a free loopback port and points the sandbox's CLI at it.
func (s *Sandbox) StartEmulator(ctx context.Context, program string, state State, flags ...string) (*Emulator, error) {
	dir, err := os.MkdirTemp(s.Dir, ".emulator-")
	if err != nil {
		return nil, err
	}
	seed, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	statePath, readyPath := filepath.Join(dir, "state.json"), filepath.Join(dir, "ready")
	if err := os.WriteFile(statePath, seed, 0o600); err != nil {
		return nil, err
	}

	e := &Emulator{Token: rand.Text(), logPath: filepath.Join(dir, "log"), exited: make(chan struct{})}
	log, err := os.Create(e.logPath)
	if err != nil {
		return nil, err
	}
	defer log.Close()

	// It outlives ctx: a CLI that was interrupted still has requests to finish. Stop ends it.
	e.cmd = command(context.WithoutCancel(ctx), program, append([]string{
		"-listen", "127.0.0.1:0", "-state", statePath, "-access-token", e.Token, "-ready-file", readyPath,
	}, flags...)...)
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = e.cmd.Wait() // How it ended is in its log.
		close(e.exited)
	}()

	if err := e.awaitReady(ctx, readyPath); err != nil {
		e.Stop()
		return nil, err
	}
	s.Setenv("ARM_MSGRAPH_ENDPOINT", e.URL)
	s.Setenv("ARM_MSGRAPH_ACCESS_TOKEN", e.Token)
	return e, nil
}

func (e *Emulator) awaitReady(ctx context.Context, readyPath string) error {
	ctx, cancel := context.WithTimeout(ctx, emulatorStart)
	defer cancel()

	for {
		if url, ok := answering(ctx, readyPath); ok {
			e.URL = url
			return nil
		}
		select {
		case <-e.exited:
			return fmt.Errorf("the emulator ended at once:\n%s", e.Log())
		case <-ctx.Done():
			return fmt.Errorf("the emulator did not get ready: %w\n%s", context.Cause(ctx), e.Log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// answering reads the emulator's address, and says whether somebody listens there: the file may be half written.
func answering(ctx context.Context, readyPath string) (string, bool) {
	content, err := os.ReadFile(readyPath)
	if err != nil {
		return "", false
	}
	address := strings.TrimSuffix(strings.TrimSpace(string(content)), "/")
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return "", false
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", parsed.Host)
	if err != nil {
		return "", false
	}
	_ = conn.Close()
	return address, true
}

// Stop ends the emulator and waits until it has gone.
func (e *Emulator) Stop() {
	e.stop.Do(func() { end(e.cmd, e.exited) })
}

// Log is what the emulator printed.
func (e *Emulator) Log() string {
	content, err := os.ReadFile(e.logPath)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// Devices asks the emulator, as any client of Graph would, which tokens the tenant has.
func (e *Emulator) Devices(ctx context.Context) ([]Device, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()

	var all []Device
	for address := e.URL + devicesPath; address != ""; {
		page, next, err := e.page(ctx, address)
		if err != nil {
			return nil, err
		}
		all, address = append(all, page...), next
	}
	return all, nil
}

func (e *Emulator) page(ctx context.Context, address string) (devices []Device, next string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Authorization", "Bearer "+e.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("the emulator answers %s to GET %s", resp.Status, devicesPath)
	}

	var body struct {
		Value []Device `json:"value"`
		Next  string   `json:"@odata.nextLink"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return nil, "", err
	}
	return body.Value, body.Next, nil
}
