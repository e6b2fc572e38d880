package graphtest

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	invalidClient       = "invalid_client"
	invalidRequest      = "invalid_request"
	unauthorizedClient  = "unauthorized_client"
	jwtBearer           = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	defaultScopeSuffix  = "/.default"
	federationAudience  = "api://AzureADTokenExchange"
	clientCredentials   = "client_credentials"
	unsupportedGrant    = "unsupported_grant_type"
	invalidScope        = "invalid_scope"
	formContentTypeName = "application/x-www-form-urlencoded"
)

func (s *Server) token(c *call) (int, any) {
	tenant := c.r.PathValue("tenant")
	token, err := s.grant(c, tenant)
	if err != nil {
		return s.loginRefusal(c, err)
	}
	seconds := int(s.cfg.tokenLifetime.Seconds())
	return http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
	}
}

func (s *Server) loginRefusal(c *call, err *loginError) (int, any) {
	at := c.time.Format("2006-01-02 15:04:05Z")
	return err.status, map[string]any{
		"error": err.kind,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			err.code, err.message, c.record.RequestID, c.clientRequestID(), at),
		"error_codes":    []int{err.code},
		"timestamp":      at,
		"trace_id":       c.record.RequestID,
		"correlation_id": c.clientRequestID(),
		"error_uri":      fmt.Sprintf("%s/error?code=%d", s.url, err.code),
	}
}

func (s *Server) grant(c *call, tenant string) (string, *loginError) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || !strings.HasPrefix(c.r.Header.Get("Content-Type"), formContentTypeName) {
		return "", &loginError{400, invalidRequest, 900144, "The request body must contain the following parameter: 'grant_type'."}
	}
	switch grantType := form.Get("grant_type"); grantType {
	case clientCredentials:
	case "":
		return "", &loginError{400, invalidRequest, 900144, "The request body must contain the following parameter: 'grant_type'."}
	default:
		return "", &loginError{400, unsupportedGrant, 70003, fmt.Sprintf("The app requested an unsupported grant type '%s'.", grantType)}
	}
	app, refusal := s.application(form)
	if refusal != nil {
		return "", refusal
	}
	if refusal := s.checkCredential(c, tenant, app, form); refusal != nil {
		return "", refusal
	}
	audience, refusal := s.audience(form.Get("scope"))
	if refusal != nil {
		return "", refusal
	}
	token, err := s.mint(tenant, audience, app)
	if err != nil {
		return "", &loginError{500, "server_error", 90033, "A transient error has occurred. Please try again."}
	}
	return token, nil
}

func (s *Server) application(form url.Values) (Application, *loginError) {
	id := form.Get("client_id")
	if id == "" {
		return Application{}, &loginError{400, invalidRequest, 900144, "The request body must contain the following parameter: 'client_id'."}
	}
	s.mu.Lock()
	app, found := s.store.apps[key(id)]
	s.mu.Unlock()
	if !found {
		return app, &loginError{400, unauthorizedClient, 700016, fmt.Sprintf("Application with identifier '%s' was not found in the directory.", id)}
	}
	return app, nil
}

func (s *Server) checkCredential(c *call, tenant string, app Application, form url.Values) *loginError {
	switch {
	case form.Has("client_assertion"):
		if form.Get("client_assertion_type") != jwtBearer {
			return &loginError{400, invalidRequest, 900144, "The request body must contain the following parameter: 'client_assertion_type'."}
		}
		return s.checkAssertion(c, tenant, app, form.Get("client_assertion"))
	case form.Has("client_secret"):
		if app.Secret == "" || subtle.ConstantTimeCompare([]byte(form.Get("client_secret")), []byte(app.Secret)) != 1 {
			return &loginError{401, invalidClient, 7000215, fmt.Sprintf("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", app.ClientID)}
		}
		return nil
	default:
		return &loginError{401, invalidClient, 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	}
}

// audience reads the one scope that client credentials may ask for. MSAL adds those of OpenID Connect, which count for nothing.
func (s *Server) audience(scope string) (string, *loginError) {
	scopes := slices.DeleteFunc(strings.Fields(scope), func(one string) bool {
		return slices.Contains([]string{"openid", "offline_access", "profile"}, one)
	})
	resource, found := strings.CutSuffix(strings.Join(scopes, " "), defaultScopeSuffix)
	if !found || len(scopes) != 1 {
		return "", &loginError{400, invalidScope, 1002012, fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)}
	}
	if !s.audienceOf(resource) {
		return "", &loginError{400, "invalid_resource", 500011, fmt.Sprintf("The resource principal named %s was not found in the tenant.", resource)}
	}
	return strings.TrimRight(resource, "/"), nil
}
