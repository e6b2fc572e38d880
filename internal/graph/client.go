package graph

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	kiotahttp "github.com/microsoft/kiota-http-go"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-beta-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-beta-sdk-go/users"
	"golang.org/x/time/rate"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph/inventory"
)

const (
	// defaultVisibilityWindow is how long after its creation a token that Graph
	// answers 404 for is "not yet" and not "gone". Nothing is documented; users'
	// scripts wait 1 to 3 seconds (graph-api.md 3.1).
	defaultVisibilityWindow = 2 * time.Minute
	// defaultSettleWindow is how long a serial number is looked up after the
	// answer to its creation was lost, before the creation is sent again.
	defaultSettleWindow = 6 * time.Second
)

// Config is what a Client needs.
type Config struct {
	// Endpoint is the Graph root without a version, such as https://graph.microsoft.com.
	Endpoint string
	// Credential signs the requests, asked for Scope.
	Credential azcore.TokenCredential
	Scope      string
	// SignedInWith names the credential in error texts, such as "a client secret".
	SignedInWith string
	// UserAgent is sent with each request.
	UserAgent string
	// MaxRetries is how often a request that failed for a passing reason is sent again.
	MaxRetries int
	// RequestsPerSecond caps what this client sends; 0 is no cap.
	RequestsPerSecond float64
}

// Option changes what only tests need to change.
type Option func(*Client)

// WithTransport sends through another transport, for tests over TLS.
func WithTransport(base http.RoundTripper) Option {
	return func(c *Client) { c.transport.base = base }
}

// WithVisibilityWindow sets how long a token that was just made may be invisible.
func WithVisibilityWindow(window time.Duration) Option {
	return func(c *Client) { c.visibilityWindow = window }
}

// WithSettleWindow sets how long a serial number is looked up after a lost answer.
func WithSettleWindow(window time.Duration) Option {
	return func(c *Client) { c.settleWindow = window }
}

// Client talks to one tenant's Graph. It is safe for concurrent use and lives
// as long as one provider configuration.
type Client struct {
	transport        *transport
	adapter          *kiotahttp.NetHttpRequestAdapter
	inventory        *inventory.Reader[HardwareOathToken]
	visibilityWindow time.Duration
	settleWindow     time.Duration
	byUserRefused    atomic.Bool // Graph does not filter tokens by user

	mu         sync.Mutex
	created    map[string]time.Time   // by id and by serial number, made by this client
	deleted    map[string]time.Time   // by id, deleted by this client
	assigned   map[string]handover    // by id, given to a user by this client
	unassigned map[string]handover    // by id, taken back by this client
	creating   map[string]*sync.Mutex // by serial number, or by id for an assignment
}

// New makes a client; it sends nothing.
func New(config Config, options ...Option) (*Client, error) {
	root, err := url.Parse(config.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("the Graph endpoint %q is not a URL: %w", config.Endpoint, err)
	}
	limit := rate.Inf
	if config.RequestsPerSecond > 0 {
		limit = rate.Limit(config.RequestsPerSecond)
	}
	c := &Client{
		transport: &transport{
			base: newBaseTransport(), credential: config.Credential, scope: config.Scope,
			signedInWith: config.SignedInWith, root: root, userAgent: config.UserAgent,
			maxRetries: config.MaxRetries, limiter: rate.NewLimiter(limit, 1),
			clock: serverClock{local: machineClock{}},
		},
		visibilityWindow: defaultVisibilityWindow,
		settleWindow:     defaultSettleWindow,
		created:          map[string]time.Time{},
		deleted:          map[string]time.Time{},
		assigned:         map[string]handover{},
		unassigned:       map[string]handover{},
		creating:         map[string]*sync.Mutex{},
	}
	c.inventory = inventory.New(inventory.Source[HardwareOathToken]{
		Get: c.freshToken,
		Page: func(ctx context.Context, link string) ([]HardwareOathToken, string, error) {
			return c.listPage(optional(ctx), "", link)
		},
		ID:  func(token HardwareOathToken) string { return token.ID },
		Key: func(token HardwareOathToken) string { return foldSerialNumber(token.SerialNumber) },
	})
	for _, option := range options {
		option(c)
	}
	// kiota's own middleware is left out on purpose: it replays POSTs and
	// compresses bodies, sending a second time on 415. Only the decoding of
	// "%24filter" to "$filter" in the query is taken from it.
	decode := kiotahttp.NewParametersNameDecodingHandler()
	httpClient := &http.Client{
		Transport:     kiotahttp.NewCustomTransportWithParentTransport(c.transport, decode),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.adapter, err = kiotahttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{},
		kiotajson.NewJsonParseNodeFactory(), kiotajson.NewJsonSerializationWriterFactory(), httpClient)
	if err != nil {
		return nil, err
	}
	c.adapter.SetBaseUrl(strings.TrimRight(config.Endpoint, "/") + "/beta")
	return c, nil
}

// SignedInWith names the credential that signs the client's requests.
func (c *Client) SignedInWith() string { return c.transport.signedInWith }

func (c *Client) devices() *directory.AuthenticationMethodDevicesHardwareOathDevicesRequestBuilder {
	return directory.NewDirectoryRequestBuilderInternal(map[string]string{}, c.adapter).
		AuthenticationMethodDevices().HardwareOathDevices()
}

func (c *Client) methods(userID string) *users.ItemAuthenticationHardwareOathMethodsRequestBuilder {
	return users.NewUsersRequestBuilderInternal(map[string]string{}, c.adapter).
		ByUserId(userID).Authentication().HardwareOathMethods()
}

// newBaseTransport is Go's default transport with room for as many idle
// connections as Terraform has operations in flight (10 unless told otherwise).
func newBaseTransport() http.RoundTripper {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	base = base.Clone()
	base.MaxIdleConnsPerHost = 100
	return base
}
