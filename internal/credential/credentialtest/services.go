package credentialtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// MetadataPath is where a machine's metadata service answers.
const MetadataPath = "/metadata/identity/oauth2/token"

// NewService is a small service on a loopback port that answers JSON, or a text
// as it is.
func NewService(tb testing.TB, answer func(*http.Request) (status int, body any)) *httptest.Server {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body := answer(r)
		if text, ok := body.(string); ok {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	tb.Cleanup(server.Close)
	return server
}

// GitHubActions answers as GitHub Actions does to a job with id-token: write,
// and gives the address to ask at.
// Source: "OpenID Connect reference" of GitHub Actions.
func GitHubActions(tb testing.TB, requestToken string) string {
	tb.Helper()
	server := NewService(tb, func(r *http.Request) (int, any) {
		if r.Method != http.MethodGet || r.URL.Path != "/idtoken" || r.URL.Query().Get("job") != "7" || r.Header.Get("Authorization") != "Bearer "+requestToken {
			return http.StatusUnauthorized, map[string]string{"message": "no"}
		}
		return http.StatusOK, map[string]any{"count": 1, "value": Assertion(tb, jwt.MapClaims{"aud": r.URL.Query().Get("audience")}, nil)}
	})
	return server.URL + "/idtoken?job=7"
}

// AzureDevOps answers as Azure DevOps does for one service connection, and gives
// the address to ask at.
// Source: "Oidctoken - Create" of the Azure DevOps REST API.
func AzureDevOps(tb testing.TB, requestToken, connectionID string) string {
	tb.Helper()
	server := NewService(tb, func(r *http.Request) (int, any) {
		query := r.URL.Query()
		if r.Method != http.MethodPost || query.Get("api-version") == "" || query.Get("serviceConnectionId") != connectionID ||
			query.Has("audience") || r.Header.Get("Authorization") != "Bearer "+requestToken {
			return http.StatusUnauthorized, map[string]string{"message": "no"}
		}
		return http.StatusOK, map[string]any{"oidcToken": Assertion(tb, nil, nil)}
	})
	return server.URL + "/contoso/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken"
}

// MetadataService is that of a machine with one identity: a user-assigned one, or
// with "" the system-assigned one. It gives the address to ask at.
// Source: "Use managed identities on a virtual machine to acquire access token".
func MetadataService(tb testing.TB, userAssigned string, token func() (string, error)) string {
	tb.Helper()
	server := NewService(tb, func(r *http.Request) (int, any) {
		query := r.URL.Query()
		switch {
		case r.Method != http.MethodGet, r.URL.Path != MetadataPath, r.Header.Get("Metadata") != "true",
			query.Get("api-version") == "", query.Get("resource") != "https://graph.microsoft.com":
			return http.StatusTeapot, map[string]string{"error": "unexpected_request", "error_description": r.URL.String()}
		case query.Get("client_id") != userAssigned:
			return http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "Identity not found"}
		}
		text, err := token()
		if err != nil {
			return http.StatusTeapot, map[string]string{"error": "no_token", "error_description": err.Error()}
		}
		return http.StatusOK, map[string]string{
			"access_token": text, "expires_in": "3599", "expires_on": fmt.Sprint(time.Now().Add(time.Hour).Unix()),
			"resource": query.Get("resource"), "token_type": "Bearer",
		}
	})
	return server.URL + MetadataPath
}
