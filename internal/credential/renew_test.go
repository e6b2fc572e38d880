package credential_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential/credentialtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// Ten requests that need a token at once, and find out at once that it was
// refused, cost one token each time.
func TestRenew_onceForAll(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]func(*testing.T, tenant) credential.Settings{
		"secret": func(*testing.T, tenant) credential.Settings { return credential.Settings{ClientSecret: secret} },
		"managed identity": func(t *testing.T, n tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseMSI: true, MSIEndpoint: n.metadataService(t, clientID)}
		},
		"GitHub Actions": func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCRequestURL: credentialtest.GitHubActions(t, requestToken), OIDCRequestToken: requestToken}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			c, err := credential.New(n.settings(settings(t, n)))
			if err != nil {
				t.Fatal(err)
			}
			atOnce(func() {
				if _, status, err := n.use(t, c); err != nil || status != http.StatusOK {
					t.Errorf("status %d, %v", status, err)
				}
			})
			if got := n.tokens(); got != 1 {
				t.Errorf("%d tokens for ten requests, want 1", got)
			}
			rejected, _, err := n.use(t, c)
			if err != nil {
				t.Fatal(err)
			}
			n.RevokeTokens()
			atOnce(func() {
				if !c.Renew(rejected) {
					t.Error("the token can't be renewed")
				}
				if token, status, err := n.use(t, c); err != nil || status != http.StatusOK || token == rejected {
					t.Errorf("after the renewal: status %d, %v", status, err)
				}
			})
			if got := n.tokens(); got != 2 {
				t.Errorf("%d tokens after the renewal, want 2", got)
			}
		})
	}
}

func atOnce(do func()) {
	var group sync.WaitGroup
	for range 10 {
		group.Go(do)
	}
	group.Wait()
}

// A token with less than five minutes left is not given out again.
func TestGetToken_renewsInTime(t *testing.T) {
	t.Parallel()
	n := newTenant(t, graphtest.WithTokenLifetime(5*time.Minute+2*time.Second))
	c, err := credential.New(n.settings(credential.Settings{ClientSecret: secret}))
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := n.use(t, c)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second)
	second, status, err := n.use(t, c)
	if err != nil || status != http.StatusOK || second == first {
		t.Errorf("status %d, %v; the same token: %t", status, err, second == first)
	}
}

func TestRenew_notOfAnAccessToken(t *testing.T) {
	t.Parallel()
	c, err := credential.New(credential.Settings{AccessToken: "opaque"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Renew("opaque") {
		t.Error("an access token that was given can't be renewed")
	}
}
