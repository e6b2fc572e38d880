package e2e_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential/credentialtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// What signs in, of our own making.
const (
	tenantID     = "8f2b0d2e-6c1f-4f6e-9b0a-2f1d3c4b5a69"
	clientID     = "0cadbf92-6c1f-4f6e-9b0a-2f1d3c4b5a69"
	clientSecret = "client-secret-of-our-own-making"
	password     = "Pfx~Of4Test"
	requestToken = "request-token-of-a-job"
)

// newTenant is a tenant over TLS with an application that has every kind of credential.
func newTenant(t *testing.T, options ...graphtest.Option) *graphtest.Server {
	t.Helper()
	srv := graphtest.NewServer(t, append(options, graphtest.WithTLS())...)
	srv.PutApplication(graphtest.Application{
		ClientID: clientID, Secret: clientSecret, Roles: []string{"Policy.ReadWrite.AuthenticationMethod"},
		Certificates: []*x509.Certificate{credentialtest.Keys().Certificate},
		Federated: []graphtest.FederatedCredential{
			{Issuer: credentialtest.Issuer, Subject: credentialtest.Subject, Key: &credentialtest.Keys().Issuer.PublicKey},
		},
	})
	return srv
}

// signIn makes a workspace sign in at the tenant, as a process that trusts what
// SSL_CERT_FILE names and knows nothing else of the tests.
func (w *workspace) signIn(t *testing.T, srv *graphtest.Server, variables ...string) {
	t.Helper()
	w.trust(t, srv.CACertificate())
	w.environment = append(w.environment,
		"ARM_MSGRAPH_ACCESS_TOKEN=", "AZURE_AUTHORITY_HOST="+srv.URL(), "ARM_TENANT_ID="+tenantID, "ARM_CLIENT_ID="+clientID)
	w.environment = append(w.environment, variables...)
}

func (w *workspace) trust(t *testing.T, certificates ...*x509.Certificate) {
	t.Helper()
	var roots []byte
	for _, certificate := range certificates {
		roots = append(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	name := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(name, roots, 0o600); err != nil {
		t.Fatal(err)
	}
	w.environment = append(w.environment, "SSL_CERT_FILE="+name)
}

// fakeAzureCLI puts an az on the PATH of the workspace, and nothing else. It
// answers with a text, or fails with it, and counts its runs.
func (w *workspace) fakeAzureCLI(t *testing.T, answer string, status int) (runs func() int) {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho \"$*\" >>%s/runs\n", dir)
	if status == 0 {
		script += fmt.Sprintf("/bin/cat <<'END'\n%s\nEND\n", answer)
	} else {
		script += fmt.Sprintf("echo '%s' >&2\nexit %d\n", answer, status)
	}
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	w.environment = append(w.environment, "PATH="+dir)
	return func() int {
		log, _ := os.ReadFile(filepath.Join(dir, "runs")) // no file: no run
		for line := range strings.Lines(string(log)) {
			if want := "account get-access-token -o json --resource https://graph.microsoft.com --tenant " + tenantID; strings.TrimSpace(line) != want {
				t.Errorf("az %s, want az %s", line, want)
			}
		}
		return bytes.Count(log, []byte("\n"))
	}
}

func azureCLIAnswer(t *testing.T, token string) string {
	t.Helper()
	answer, err := json.Marshal(map[string]any{
		"accessToken": token, "expires_on": time.Now().Add(time.Hour).Unix(), "expiresOn": time.Now().Add(time.Hour).Format("2006-01-02 15:04:05.000000"),
		"tenant": tenantID, "tokenType": "Bearer",
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// mint gets an access token as somebody else would: the Azure CLI, a machine.
func mint(srv *graphtest.Server) (string, error) {
	resp, err := srv.Client().PostForm(srv.URL()+"/"+tenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return "", fmt.Errorf("the login authority answered %s: %w", resp.Status, err)
	}
	return answer.AccessToken, nil
}

func mustMint(t *testing.T, srv *graphtest.Server) string {
	t.Helper()
	token, err := mint(srv)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func tokenPosts(srv *graphtest.Server) int {
	posts := 0
	for _, request := range srv.TokenRequests() {
		if request.Method == http.MethodPost {
			posts++
		}
	}
	return posts
}

var anyJWT = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}`)

// Each method signs the built provider in, over TLS, and what it signs in with is
// in no log at TRACE, though the sign-in library logs too, nor in anything that
// is printed or kept; also when Graph and the login authority stumble.
func TestSignIn(t *testing.T) {
	t.Parallel()
	pfx, err := pkcs12.Modern2023.Encode(credentialtest.Keys().Key, credentialtest.Keys().Certificate, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	file := func(t *testing.T, text string) string {
		t.Helper()
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, environment := range map[string]func(*testing.T, *workspace, *graphtest.Server) []string{
		"client secret": func(*testing.T, *workspace, *graphtest.Server) []string {
			return []string{"ARM_CLIENT_SECRET=" + clientSecret}
		},
		"client certificate": func(*testing.T, *workspace, *graphtest.Server) []string {
			return []string{"ARM_CLIENT_CERTIFICATE=" + base64.StdEncoding.EncodeToString(pfx), "ARM_CLIENT_CERTIFICATE_PASSWORD=" + password}
		},
		"client certificate in a file": func(t *testing.T, _ *workspace, _ *graphtest.Server) []string {
			t.Helper()
			return []string{"ARM_CLIENT_CERTIFICATE_PATH=" + file(t, string(credentialtest.PEM(t, credentialtest.Keys().Key, credentialtest.Keys().Certificate)))}
		},
		"OIDC token": func(t *testing.T, _ *workspace, _ *graphtest.Server) []string {
			t.Helper()
			return []string{"ARM_USE_OIDC=true", "ARM_OIDC_TOKEN=" + credentialtest.Assertion(t, nil, nil)}
		},
		"HCP Terraform": func(t *testing.T, _ *workspace, _ *graphtest.Server) []string {
			t.Helper()
			return []string{"ARM_USE_OIDC=true", "TFC_WORKLOAD_IDENTITY_TOKEN=" + credentialtest.Assertion(t, nil, nil)}
		},
		"GitHub Actions": func(t *testing.T, _ *workspace, _ *graphtest.Server) []string {
			t.Helper()
			return []string{
				"ARM_USE_OIDC=true", "ACTIONS_ID_TOKEN_REQUEST_URL=" + credentialtest.GitHubActions(t, requestToken),
				"ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + requestToken,
			}
		},
		"Azure DevOps": func(t *testing.T, _ *workspace, _ *graphtest.Server) []string {
			t.Helper()
			return []string{
				"ARM_USE_OIDC=true", "SYSTEM_OIDCREQUESTURI=" + credentialtest.AzureDevOps(t, requestToken, tenantID),
				"SYSTEM_ACCESSTOKEN=" + requestToken, "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID=" + tenantID,
			}
		},
		"AKS workload identity": func(t *testing.T, _ *workspace, _ *graphtest.Server) []string {
			t.Helper()
			return []string{
				"ARM_USE_AKS_WORKLOAD_IDENTITY=true", "ARM_TENANT_ID=", "ARM_CLIENT_ID=", "AZURE_TENANT_ID=" + tenantID, "AZURE_CLIENT_ID=" + clientID,
				"AZURE_FEDERATED_TOKEN_FILE=" + file(t, credentialtest.Assertion(t, nil, nil)),
			}
		},
		"managed identity": func(t *testing.T, _ *workspace, srv *graphtest.Server) []string {
			t.Helper()
			return []string{"ARM_USE_MSI=true", "ARM_MSI_ENDPOINT=" + credentialtest.MetadataService(t, clientID, func() (string, error) { return mint(srv) })}
		},
		"access token": func(t *testing.T, _ *workspace, srv *graphtest.Server) []string {
			t.Helper()
			return []string{"ARM_MSGRAPH_ACCESS_TOKEN=" + mustMint(t, srv)}
		},
		"Azure CLI": func(t *testing.T, w *workspace, srv *graphtest.Server) []string {
			t.Helper()
			w.fakeAzureCLI(t, azureCLIAnswer(t, mustMint(t, srv)), 0)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			srv.AddFault(graphtest.Fault{Method: "POST", Status: 503, AfterWrite: true, Times: 1})
			w := newWorkspace(t, srv, seedFromVariable)
			w.signIn(t, srv)
			w.environment = append(w.environment, environment(t, w, srv)...)
			if name != "managed identity" { // whose tokens the test itself asks for
				srv.AddFault(graphtest.Fault{Method: "POST", Path: "/" + tenantID + "/oauth2/v2.0/token", Status: 503, Times: 1})
			}
			w.environment = append(w.environment, "TF_VAR_seed="+seed, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log", "AZURE_SDK_GO_LOGGING=all")
			printed := w.must(t, "plan", "-input=false", "-out=plan.out")
			printed += w.must(t, "apply", "-input=false", "plan.out")
			w.mustPlanEmpty(t)

			files := w.files(t)
			if trace := files["trace.log"]; !strings.Contains(trace, "graph answered") || !strings.Contains(trace, "client_request_id") {
				t.Error("the trace log does not hold the provider's lines")
			}
			files["output"] = printed
			for name, content := range unzip(t, files["plan.out"]) {
				files["plan.out/"+name] = content
			}
			for name, content := range files {
				for what, secret := range map[string]string{
					"client secret": clientSecret, "password": password, "request token": requestToken, "seed": seed,
					"certificate": base64.StdEncoding.EncodeToString(pfx)[:64], "private key": "PRIVATE KEY",
				} {
					if strings.Contains(content, secret) {
						t.Errorf("%s holds the %s", name, what)
					}
				}
				if found := anyJWT.FindString(content); found != "" {
					t.Errorf("%s holds a token: %.20s…", name, found)
				}
			}
		})
	}
}

// The Azure CLI takes long to answer: one run serves all requests.
func TestSignIn_byAzureCLIOnce(t *testing.T) {
	t.Parallel()
	srv := newTenant(t)
	w := newWorkspace(t, srv, manyTokens(12))
	w.signIn(t, srv)
	runs := w.fakeAzureCLI(t, azureCLIAnswer(t, mustMint(t, srv)), 0)
	w.must(t, "plan", "-input=false", "-out=plan.out")
	before := runs()
	w.must(t, "apply", "-input=false", "plan.out")
	if got := runs() - before; before > 1 || got != 1 {
		t.Errorf("az was run %d times for the plan and %d times for the apply, want at most once and once", before, got)
	}
}

// What the Azure CLI's user is told, and what is said when the CLI is not there
// or not signed in. No secret is in it.
func TestSignIn_byAzureCLIRefused(t *testing.T) {
	t.Parallel()
	user, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "unique_name": "amy@contoso.com", "tid": tenantID, "scp": "AuditLog.Read.All User.Read",
	}).SignedString([]byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		answer string
		status int
		want   []string
	}{
		"user": {azureCLIAnswer(t, user), 0, []string{
			"The request was signed with the Azure CLI, as user amy@contoso.com through application 04b07795-8ddb-461a-bbee-02f9e1bf7b46 in tenant " + tenantID,
			"the token carries AuditLog.Read.All, User.Read", "Policy.ReadWrite.AuthenticationMethod", "the role Authentication Policy Administrator",
			"a user signed in with az login is refused whatever the user's roles are: use a service principal or a managed identity.",
		}},
		"not signed in": {"ERROR: Please run az login to setup account.", 1, []string{"signing in with the Azure CLI failed", "Please run az login to setup account."}},
		"not there":     {"", 127, []string{"signing in with the Azure CLI failed", "executable not found on path"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t, graphtest.WithAccessToken(user))
			srv.AddFault(graphtest.Fault{Method: "POST", Path: devicesPath, Status: 403})
			w := newWorkspace(t, srv, token("1"))
			w.signIn(t, srv)
			if test.status == 127 {
				w.environment = append(w.environment, "PATH="+t.TempDir())
			} else {
				w.fakeAzureCLI(t, test.answer, test.status)
			}
			output, status := w.run(t, "apply", "-auto-approve", "-input=false")
			if status == 0 {
				t.Fatalf("the apply succeeded:\n%s", output)
			}
			text := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("the output does not say %q:\n%s", want, output)
				}
			}
			if anyJWT.MatchString(output) {
				t.Errorf("the output holds a token:\n%s", output)
			}
		})
	}
}

// Secrets that are wrong stand in the configuration, where the CLI would quote
// them if an error pointed at their line.
func TestSignIn_noSecretInErrors(t *testing.T) {
	t.Parallel()
	const (
		identity = "tenant_id = \"" + tenantID + "\"\nclient_id = \"" + clientID + "\"\n"
		expired  = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl"
	)
	for name, test := range map[string]struct{ arguments, secret, want string }{
		"wrong client secret":       {identity + `client_secret = "another-secret-of-ours"`, "another-secret-of-ours", "AADSTS7000215"},
		"certificate, not Base64":   {identity + `client_certificate = "%not-base64%"`, "%not-base64%", "is not Base64"},
		"certificate, not a PKCS12": {identity + `client_certificate = "bm90IGEgY2VydGlmaWNhdGU="`, "bm90IGEgY2VydGlmaWNhdGU=", "can't be read"},
		"wrong password":            {identity + "client_certificate_path = \"cert.pfx\"\nclient_certificate_password = \"another-password\"", "another-password", "does not open"},
		"expired OIDC token":        {identity + "use_oidc = true\noidc_token = \"" + expired + `"`, expired, "The token has expired"},
		"refused OIDC token":        {identity + "use_oidc = true\noidc_token = \"no-token-at-all\"", "no-token-at-all", "AADSTS50027"},
		"half a request":            {identity + "use_oidc = true\noidc_request_token = \"" + requestToken + `"`, requestToken, "oidc_request_url"},
		"expired access token":      {`access_token = "` + expired + `"`, expired, "The token has expired"},
		"refused access token":      {`access_token = "no-token-at-all"`, "no-token-at-all", "did not accept the token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			w := newWorkspace(t, srv, "provider \"entra\" {\n"+test.arguments+"\n}\n"+token("1"))
			w.signIn(t, srv, "ARM_TENANT_ID=", "ARM_CLIENT_ID=", "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
			pfx, err := pkcs12.Modern2023.Encode(credentialtest.Keys().Key, credentialtest.Keys().Certificate, nil, password)
			if err != nil {
				t.Fatal(err)
			}
			w.write(t, "cert.pfx", string(pfx))
			output, status := w.run(t, "apply", "-auto-approve", "-input=false")
			if status == 0 || !strings.Contains(strings.Join(strings.Fields(output), " "), test.want) {
				t.Errorf("exit status %d, want an error that says %q:\n%s", status, test.want, output)
			}
			for where, text := range map[string]string{"output": output, "trace log": w.files(t)["trace.log"]} {
				if strings.Contains(text, test.secret) {
					t.Errorf("the %s holds the secret:\n%.2000s", where, text)
				}
			}
		})
	}
}

func manyTokens(count int) string {
	return strings.Replace(fortyTokens, "range(40)", fmt.Sprintf("range(%d)", count), 1)
}

// A token that ends, or is refused, in the middle of an apply of 50 tokens is
// renewed once for all requests in flight.
func TestSignIn_renewedInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options  []graphtest.Option
		revoke   bool
		min, max int // tokens of the apply
	}{
		// What has less than 5 minutes left counts as expired: these are good for 2 seconds,
		// and 50 tokens take 4, ten at a time and 800 ms each.
		"expires":                     {[]graphtest.Option{graphtest.WithTokenLifetime(5*time.Minute + 2*time.Second)}, false, 2, 49},
		"revoked":                     {nil, true, 2, 2},
		"revoked, claims are wanted":  {[]graphtest.Option{graphtest.WithQuirks(graphtest.QuirkClaimsChallenge)}, true, 2, 2},
		"neither, for the comparison": {nil, false, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t, append(test.options, graphtest.WithLatency(800*time.Millisecond))...)
			w := newWorkspace(t, srv, manyTokens(50))
			w.signIn(t, srv, "ARM_CLIENT_SECRET="+clientSecret)
			w.must(t, "plan", "-input=false", "-out=plan.out")
			srv.ResetRequests()
			stop := make(chan struct{})
			var watch sync.WaitGroup
			watch.Go(func() {
				for test.revoke && len(srv.Requests("POST", devicesPath)) < 20 {
					select {
					case <-stop:
						return
					case <-time.After(5 * time.Millisecond):
					}
				}
				if test.revoke {
					srv.RevokeTokens()
				}
			})
			w.must(t, "apply", "-input=false", "plan.out")
			close(stop)
			watch.Wait()
			if got := len(srv.Devices()); got != 50 {
				t.Errorf("the tenant holds %d tokens, want 50", got)
			}
			if got := tokenPosts(srv); got < test.min || got > test.max {
				t.Errorf("the apply cost %d access tokens, want %d to %d", got, test.min, test.max)
			}
			refused := 0
			for _, request := range srv.Requests("", "") {
				if request.Status == http.StatusUnauthorized {
					refused++
				}
			}
			// Ten requests in flight, and those that began before the renewal was there.
			if (refused > 0) != test.revoke || refused > 20 {
				t.Errorf("%d requests were refused with 401", refused)
			}
		})
	}
}

// A 401 that no new token cures ends after one renewal for each request.
func TestSignIn_renewedOnce(t *testing.T) {
	t.Parallel()
	srv := newTenant(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Path: devicesPath, Status: 401})
	w := newWorkspace(t, srv, token("1"))
	w.signIn(t, srv, "ARM_CLIENT_SECRET="+clientSecret)
	w.must(t, "plan", "-input=false", "-out=plan.out")
	srv.ResetRequests()
	if output, status := w.run(t, "apply", "-input=false", "plan.out"); status == 0 || !strings.Contains(output, "did not accept the token") {
		t.Errorf("exit status %d:\n%s", status, output)
	}
	if posts, tokens := len(srv.Requests("POST", devicesPath)), tokenPosts(srv); posts != 2 || tokens != 2 {
		t.Errorf("%d creations with %d access tokens, want 2 and 2", posts, tokens)
	}
}

// connectProxy is an HTTP proxy that leads every CONNECT to one server.
type connectProxy struct {
	*httptest.Server

	mu    sync.Mutex
	asked []string
}

func newConnectProxy(t *testing.T, target string) *connectProxy {
	t.Helper()
	proxy := &connectProxy{}
	proxy.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy.mu.Lock()
		proxy.asked = append(proxy.asked, r.Method+" "+r.Host)
		proxy.mu.Unlock()
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		far, err := (&net.Dialer{}).DialContext(context.WithoutCancel(r.Context()), "tcp", target)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = far.Close()
			return
		}
		_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

func (p *connectProxy) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

// newFront plays another host over TLS, in front of the tenant.
func newFront(t *testing.T, srv *graphtest.Server, name string) *httptest.Server {
	t.Helper()
	target, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(&httputil.ReverseProxy{
		Transport: srv.Client().Transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(resp *http.Response) error { // the login authority's own addresses
			body, err := io.ReadAll(resp.Body)
			body = bytes.ReplaceAll(body, []byte(srv.URL()), []byte("https://"+name))
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Set("Content-Length", fmt.Sprint(len(body)))
			return err
		},
	})
	t.Cleanup(front.Close)
	return front
}

// Sign-in and Graph go through HTTPS_PROXY: the host that is asked exists only
// behind the proxy.
func TestSignIn_throughProxy(t *testing.T) {
	t.Parallel()
	const host = "example.com" // the name in httptest's certificate
	srv := newTenant(t)
	front := newFront(t, srv, host)
	proxy := newConnectProxy(t, front.Listener.Addr().String())
	w := newWorkspace(t, srv, token("1"))
	w.signIn(t, srv, "ARM_CLIENT_SECRET="+clientSecret, "ARM_MSGRAPH_ENDPOINT=https://"+host, "AZURE_AUTHORITY_HOST=https://"+host, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	w.trust(t, front.Certificate())
	w.apply(t)
	if got := len(srv.Devices()); got != 1 {
		t.Errorf("the tenant holds %d tokens, want 1", got)
	}
	if hosts := proxy.hosts(); len(hosts) < 2 {
		t.Errorf("the proxy was asked for %q only", hosts)
	}
	for _, asked := range proxy.hosts() {
		if asked != "CONNECT "+host+":443" {
			t.Errorf("the proxy was asked to %s", asked)
		}
	}
}

// NO_PROXY leaves hosts out: these exist nowhere but behind the proxy, and it is
// not asked for them.
func TestSignIn_noProxy(t *testing.T) {
	t.Parallel()
	for name, variables := range map[string][]string{
		"Graph":           {"ARM_MSGRAPH_ACCESS_TOKEN=any", "ARM_MSGRAPH_ENDPOINT=https://graph.invalid"},
		"login authority": {"ARM_CLIENT_SECRET=" + clientSecret, "AZURE_AUTHORITY_HOST=https://login.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			proxy := newConnectProxy(t, strings.TrimPrefix(srv.URL(), "https://"))
			w := newWorkspace(t, srv, "provider \"entra\" {\n  max_retries = 0\n}\n"+token("1"))
			w.signIn(t, srv, append(variables, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=.invalid")...)
			if output, status := w.run(t, "apply", "-auto-approve", "-input=false"); status == 0 {
				t.Errorf("the apply succeeded:\n%s", output)
			}
			if hosts := proxy.hosts(); len(hosts) != 0 {
				t.Errorf("the proxy was asked for %q", hosts)
			}
		})
	}
}

// Without its root, nobody is trusted, and the token is not sent.
func TestSignIn_untrusted(t *testing.T) {
	t.Parallel()
	srv := newTenant(t)
	w := newWorkspace(t, srv, token("1"))
	w.signIn(t, srv, "ARM_CLIENT_SECRET="+clientSecret, "SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/dev/null")
	output, status := w.run(t, "apply", "-auto-approve", "-input=false")
	if status == 0 || !strings.Contains(output, "certificate") || len(srv.TokenRequests()) != 0 {
		t.Errorf("exit status %d, %d requests reached the login authority:\n%s", status, len(srv.TokenRequests()), output)
	}
}
