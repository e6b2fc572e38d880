package credential_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential/credentialtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// Every method gets a token that Graph takes, through azidentity and a token
// endpoint that verifies secrets, signatures and assertions.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want     string
		settings func(*testing.T, tenant) credential.Settings
	}{
		"access token": {"an access token", func(_ *testing.T, n tenant) credential.Settings {
			return credential.Settings{AccessToken: n.AccessToken()}
		}},
		"secret": {"a client secret", func(*testing.T, tenant) credential.Settings {
			return credential.Settings{ClientSecret: secret}
		}},
		"secret, tenant by its domain": {"a client secret", func(*testing.T, tenant) credential.Settings {
			return credential.Settings{ClientSecret: secret, TenantID: "contoso.onmicrosoft.com"}
		}},
		"secret and client in files": {"a client secret", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientSecretFilePath: file(t, []byte(secret+"\r\n")), ClientIDFilePath: file(t, []byte(clientID+"\n"))}
		}},
		"secret in both forms": {"a client secret", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientSecret: secret, ClientSecretFilePath: file(t, []byte(secret))}
		}},
		"certificate with a SHA-256 MAC": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			pfx := bundle(t, pkcs12.Modern2023, credentialtest.Keys().Key, credentialtest.Keys().Certificate)
			if _, _, err := azidentity.ParseCertificates(pfx, []byte(password)); err == nil {
				t.Error("azidentity reads this file itself: go-pkcs12 is no longer needed")
			}
			return credential.Settings{ClientCertificate: base64Of(pfx), ClientCertificatePassword: password}
		}},
		"certificate with a PBMAC1": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificate: base64Of(bundle(t, pkcs12.Modern2026, credentialtest.Keys().Key, credentialtest.Keys().Certificate)), ClientCertificatePassword: password}
		}},
		"certificate with RC2": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificate: base64Of(bundle(t, pkcs12.LegacyRC2, credentialtest.Keys().Key, credentialtest.Keys().Certificate)), ClientCertificatePassword: password}
		}},
		"certificate with 3DES, on many lines": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			encoded := base64Of(bundle(t, pkcs12.LegacyDES, credentialtest.Keys().Key, credentialtest.Keys().Certificate))
			return credential.Settings{ClientCertificate: encoded[:76] + "\n" + encoded[76:] + "\n", ClientCertificatePassword: password}
		}},
		"certificate in a file": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificatePath: file(t, bundle(t, pkcs12.Modern2023, credentialtest.Keys().Key, credentialtest.Keys().Certificate)), ClientCertificatePassword: password}
		}},
		"certificate in both forms": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			pfx := bundle(t, pkcs12.Modern2023, credentialtest.Keys().Key, credentialtest.Keys().Certificate)
			return credential.Settings{ClientCertificate: base64Of(pfx), ClientCertificatePath: file(t, pfx), ClientCertificatePassword: password}
		}},
		"PEM in a file": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificatePath: file(t, credentialtest.PEM(t, credentialtest.Keys().Key, credentialtest.Keys().Certificate))}
		}},
		"PEM in Base64": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificate: base64Of(credentialtest.PEM(t, credentialtest.Keys().Key, credentialtest.Keys().Certificate))}
		}},
		"PEM as it is": {"a client certificate", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificate: string(credentialtest.PEM(t, credentialtest.Keys().Key, credentialtest.Keys().Certificate))}
		}},
		"OIDC token": {"an OIDC token", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCToken: credentialtest.Assertion(t, nil, nil)}
		}},
		"OIDC token in a file": {"an OIDC token", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCTokenFilePath: file(t, []byte(credentialtest.Assertion(t, nil, nil)+"\n"))}
		}},
		"GitHub Actions": {"an OIDC token request", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCRequestURL: credentialtest.GitHubActions(t, requestToken), OIDCRequestToken: requestToken}
		}},
		"Azure DevOps": {"an Azure DevOps service connection", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCRequestURL: credentialtest.AzureDevOps(t, requestToken, connectionID), OIDCRequestToken: requestToken, ADOPipelineServiceConnectionID: connectionID}
		}},
		"AKS workload identity": {"AKS workload identity", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseAKSWorkloadIdentity: true, OIDCTokenFilePath: file(t, []byte(credentialtest.Assertion(t, nil, nil)))}
		}},
		"user-assigned identity": {"a managed identity", func(t *testing.T, n tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseMSI: true, MSIEndpoint: n.metadataService(t, clientID)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			c, err := credential.New(n.settings(test.settings(t, n)))
			if err != nil {
				t.Fatal(err)
			}
			if c.Name != test.want {
				t.Errorf("signed in with %s, want %s", c.Name, test.want)
			}
			if len(n.TokenRequests()) != 0 {
				t.Error("somebody signed in before a token was asked for")
			}
			if _, status, err := n.use(t, c); err != nil || status != http.StatusOK {
				t.Fatalf("status %d, %v", status, err)
			}
			for _, request := range n.TokenRequests() {
				if strings.Contains(request.Path, "/discovery/instance") {
					t.Error("instance discovery was asked about an authority that is not Microsoft's")
				}
			}
		})
	}
}

func TestSignIn_systemAssignedIdentity(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	settings := n.settings(credential.Settings{UseMSI: true, MSIEndpoint: n.metadataService(t, "")})
	settings.ClientID, settings.TenantID = "", ""
	c, err := credential.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, status, err := n.use(t, c); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v", status, err)
	}
}

// The files were made by openssl 3: pkcs12 -export, the second one with -legacy.
func TestSignIn_withFilesOfOpenSSL(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"testdata/openssl-3.pfx", "testdata/openssl-3-legacy.pfx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pfx, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, certificate, err := pkcs12.Decode(pfx, "of-a-test")
			if err != nil {
				t.Fatal(err)
			}
			n := newTenant(t)
			n.PutApplication(graphtest.Application{ClientID: clientID, Certificates: []*x509.Certificate{certificate}, Roles: []string{"Policy.Read.All"}})
			c, err := credential.New(n.settings(credential.Settings{ClientCertificatePath: name, ClientCertificatePassword: "of-a-test"}))
			if err != nil {
				t.Fatal(err)
			}
			if _, status, err := n.use(t, c); err != nil || status != http.StatusOK {
				t.Fatalf("status %d, %v", status, err)
			}
		})
	}
}

// What is wrong and can't be known beforehand is refused by the token endpoint,
// whose words are the answer; no other method is tried, and nothing secret is said.
func TestSignIn_refused(t *testing.T) {
	t.Parallel()
	stranger := credentialtest.NewIssuer()
	oidc := func(changes jwt.MapClaims, key *ecdsa.PrivateKey) func(*testing.T, tenant) credential.Settings {
		return func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCToken: credentialtest.Assertion(t, changes, key)}
		}
	}
	request := func(connection string, answer func(*http.Request) (int, any)) func(*testing.T, tenant) credential.Settings {
		return func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCRequestURL: credentialtest.NewService(t, answer).URL, OIDCRequestToken: requestToken, ADOPipelineServiceConnectionID: connection}
		}
	}
	for name, test := range map[string]struct {
		want     string
		settings func(*testing.T, tenant) credential.Settings
	}{
		"secret": {"AADSTS7000215", func(*testing.T, tenant) credential.Settings {
			return credential.Settings{ClientSecret: "Wrong~" + secret}
		}},
		"secret in a file": {"AADSTS7000215", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientSecretFilePath: file(t, []byte("Wrong~"+secret))}
		}},
		"certificate of somebody else": {"AADSTS700027", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{ClientCertificate: base64Of(bundle(t, pkcs12.Modern2023, credentialtest.Keys().OtherKey, credentialtest.Keys().OtherCertificate)), ClientCertificatePassword: password}
		}},
		"assertion's signature": {"AADSTS700027", oidc(nil, stranger)},
		"assertion's issuer":    {"AADSTS700211", oidc(jwt.MapClaims{"iss": "https://issuer.example"}, nil)},
		"assertion's subject":   {"AADSTS700213", oidc(jwt.MapClaims{"sub": "repo:contoso/another"}, nil)},
		"assertion's audience":  {"AADSTS700212", oidc(jwt.MapClaims{"aud": "sts.amazonaws.com"}, nil)},
		"assertion of tomorrow": {"AADSTS700024", oidc(jwt.MapClaims{"nbf": time.Now().Add(24 * time.Hour).Unix(), "exp": time.Now().Add(25 * time.Hour).Unix()}, nil)},
		"assertion is no JWT": {"AADSTS50027", func(*testing.T, tenant) credential.Settings {
			return credential.Settings{UseOIDC: true, OIDCToken: requestToken}
		}},
		"AKS, subject": {"AADSTS700213", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseAKSWorkloadIdentity: true, OIDCTokenFilePath: file(t, []byte(credentialtest.Assertion(t, jwt.MapClaims{"sub": "x"}, nil)))}
		}},
		"GitHub, request token": {"the OIDC token was refused by 127.0.0.1:", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCRequestURL: credentialtest.GitHubActions(t, requestToken), OIDCRequestToken: "wrong"}
		}},
		"GitHub, no JSON": {"is not JSON", request("", func(*http.Request) (int, any) { return 200, "<html>" })},
		"GitHub, nothing": {"holds none", request("", func(*http.Request) (int, any) { return 200, map[string]any{"value": nil} })},
		"GitHub, far away": {"could not be asked for", func(*testing.T, tenant) credential.Settings {
			return credential.Settings{UseOIDC: true, OIDCRequestURL: "http://127.0.0.1:1", OIDCRequestToken: requestToken}
		}},
		"Azure DevOps, another connection": {"the OIDC token was refused by 127.0.0.1:", func(t *testing.T, _ tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseOIDC: true, OIDCRequestURL: credentialtest.AzureDevOps(t, requestToken, connectionID), OIDCRequestToken: requestToken, ADOPipelineServiceConnectionID: tenantID}
		}},
		"Azure DevOps, nothing": {"holds none", request(connectionID, func(*http.Request) (int, any) { return 200, map[string]any{"value": "x"} })},
		"identity of another machine": {"the requested identity isn't assigned to this resource", func(t *testing.T, n tenant) credential.Settings {
			t.Helper()
			return credential.Settings{UseMSI: true, MSIEndpoint: n.metadataService(t, "another")}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			settings := n.settings(test.settings(t, n))
			settings.UseCLI = true // configured too, and not to be tried
			c, err := credential.New(settings)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = n.use(t, c)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			for _, hidden := range []string{secret, password, requestToken, settings.OIDCToken, settings.ClientCertificate} {
				if hidden != "" && strings.Contains(err.Error(), hidden) {
					t.Errorf("the error holds a secret: %v", err)
				}
			}
		})
	}
}

func TestSignIn_unknownApplication(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	c, err := credential.New(n.settings(credential.Settings{ClientID: connectionID, ClientSecret: secret}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := n.use(t, c); err == nil || !strings.Contains(err.Error(), "AADSTS700016") {
		t.Errorf("got %v, want AADSTS700016", err)
	}
}

// A token file is read when a token is needed, not once.
func TestSignIn_tokenFileRotates(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]credential.Settings{
		"OIDC": {UseOIDC: true},
		"AKS":  {UseAKSWorkloadIdentity: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			settings.OIDCTokenFilePath = file(t, []byte(credentialtest.Assertion(t, jwt.MapClaims{"sub": "too early"}, nil)))
			c, err := credential.New(n.settings(settings))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := n.use(t, c); err == nil || !strings.Contains(err.Error(), "AADSTS700213") {
				t.Fatalf("got %v, want AADSTS700213", err)
			}
			write(t, settings.OIDCTokenFilePath, []byte(credentialtest.Assertion(t, nil, nil)))
			first, status, err := n.use(t, c)
			if err != nil || status != http.StatusOK {
				t.Fatalf("after the rotation: status %d, %v", status, err)
			}
			write(t, settings.OIDCTokenFilePath, []byte(credentialtest.Assertion(t, jwt.MapClaims{"exp": time.Now().Add(-time.Minute).Unix()}, nil)))
			if again, _, err := n.use(t, c); err != nil || again != first {
				t.Errorf("the access token is not kept: %v", err)
			}
			if !c.Renew(first) {
				t.Error("the access token can't be renewed")
			}
			if _, _, err := n.use(t, c); err == nil || !strings.Contains(err.Error(), "oidc_token_file_path: The token has expired") {
				t.Errorf("got %v, want that the file's token has expired", err)
			}
			write(t, settings.OIDCTokenFilePath, []byte(credentialtest.Assertion(t, nil, nil)))
			if again, status, err := n.use(t, c); err != nil || status != http.StatusOK || again == first {
				t.Errorf("after another rotation: status %d, %v", status, err)
			}
		})
	}
}
