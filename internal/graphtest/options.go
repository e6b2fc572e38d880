package graphtest

import (
	"fmt"
	"time"
)

// defaultPageSize is what public scripts observed: one answer carries at most 1000 tokens.
const defaultPageSize = 1000

// defaultAccessToken is the static bearer token of a server that was given no other.
const defaultAccessToken = "graphtest-access-token"

// Option changes how a server behaves.
type Option func(*config)

type config struct {
	tls             bool
	pageSize        int
	latency         time.Duration
	visibilityDelay time.Duration
	deletionDelay   time.Duration
	tokenLifetime   time.Duration
	clock           func() time.Time
	ids             func() string
	accessToken     string
	quirks          map[Quirk]bool
	log             func(format string, args ...any)
}

func newConfig(opts []Option) (config, error) {
	cfg := config{
		pageSize:      defaultPageSize,
		tokenLifetime: time.Hour,
		clock:         time.Now,
		ids:           sequence("00000000-0000-4000-8000-%012x"),
		accessToken:   defaultAccessToken,
		quirks:        map[Quirk]bool{},
		log:           func(string, ...any) {},
	}
	for _, opt := range opts {
		opt(&cfg)
	}
	for q := range cfg.quirks {
		if q.Doc() == "" {
			return config{}, fmt.Errorf("unknown quirk %q", string(q))
		}
	}
	if cfg.pageSize < 1 {
		return config{}, fmt.Errorf("the page size must be at least 1, got %d", cfg.pageSize)
	}
	if cfg.accessToken == "" {
		return config{}, fmt.Errorf("the access token must not be empty")
	}
	return cfg, nil
}

// sequence returns a generator of deterministic GUIDs; it is only called with the server's mutex held.
func sequence(format string) func() string {
	var n int
	return func() string {
		n++
		return fmt.Sprintf(format, n)
	}
}

// WithTLS serves https with a certificate made for this server alone.
func WithTLS() Option { return func(c *config) { c.tls = true } }

// WithPageSize sets how many items one page of a list carries at most.
func WithPageSize(n int) Option { return func(c *config) { c.pageSize = n } }

// WithLatency makes every answer wait for d.
func WithLatency(d time.Duration) Option { return func(c *config) { c.latency = d } }

// WithVisibilityDelay hides a token made over HTTP until the clock is d past its creation.
func WithVisibilityDelay(d time.Duration) Option { return func(c *config) { c.visibilityDelay = d } }

// WithDeletionDelay leaves a deleted token readable, and its serial number taken, for d.
func WithDeletionDelay(d time.Duration) Option { return func(c *config) { c.deletionDelay = d } }

// WithTokenLifetime sets how long a token of the token endpoint is good for; the default is an hour.
func WithTokenLifetime(d time.Duration) Option { return func(c *config) { c.tokenLifetime = d } }

// WithClock sets the clock of the tenant; the default is [time.Now].
// The function is called with the server's mutex held, so it must not call the server.
func WithClock(now func() time.Time) Option { return func(c *config) { c.clock = now } }

// WithIDs sets the source of object ids; the default is a deterministic sequence of GUIDs.
// The function is called with the server's mutex held, so it must not call the server.
func WithIDs(next func() string) Option { return func(c *config) { c.ids = next } }

// WithAccessToken sets the static bearer token that carries all permissions.
func WithAccessToken(token string) Option { return func(c *config) { c.accessToken = token } }

// WithQuirks turns on other answers where Graph is undocumented.
func WithQuirks(quirks ...Quirk) Option {
	return func(c *config) {
		for _, q := range quirks {
			c.quirks[q] = true
		}
	}
}

// WithLog receives one line per request: method, path and status, and the word batched when it came inside a $batch; never a
// body, a secret, a code or a token.
func WithLog(log func(format string, args ...any)) Option {
	return func(c *config) { c.log = log }
}
