package graphtest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const tenant = "33333333-0000-4000-8000-000000000001"

const (
	readPolicy   = "Policy.Read.All"
	writePolicy  = "Policy.ReadWrite.AuthenticationMethod"
	readMethods  = "UserAuthenticationMethod.Read.All"
	writeMethods = "UserAuthenticationMethod.ReadWrite.All"
)

// appToken registers the application "app" with these roles and gets a token for it.
func appToken(t *testing.T, s *graphtest.Server, roles ...string) string {
	t.Helper()
	s.PutApplication(graphtest.Application{ClientID: "app", Secret: "app-secret", Roles: roles})
	token, err := requestToken(t, s, "app", "app-secret")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func requestToken(t *testing.T, s *graphtest.Server, id, password string) (string, error) {
	t.Helper()
	got := postToken(t, s, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {password},
		"scope": {"https://graph.microsoft.com/.default"},
	})
	token, found := got.body["access_token"].(string)
	if got.status != 200 || !found {
		return "", fmt.Errorf("status %d: %s", got.status, got.raw)
	}
	return token, nil
}

func postToken(t *testing.T, s *graphtest.Server, form url.Values) response {
	t.Helper()
	req := newRequest(t, s, "POST", s.URL()+"/"+tenant+"/oauth2/v2.0/token", form.Encode())
	req.Header.Del("Authorization")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, s, req)
}

func doAs(t *testing.T, s *graphtest.Server, token, method, path, body string) response {
	t.Helper()
	req := newRequest(t, s, method, path, body)
	req.Header.Set("Authorization", "Bearer "+token)
	return send(t, s, req)
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now), graphtest.WithTokenLifetime(10*time.Minute),
		graphtest.WithAccessToken("static"))
	other := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
	if s.AccessToken() != "static" {
		t.Errorf("got %s", s.AccessToken())
	}
	token := appToken(t, s, readPolicy)
	doAs(t, s, token, "GET", devices, "").want(t, 200)
	forged, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"roles": []string{readPolicy}}).SignedString([]byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"none": "", "empty": "Bearer ", "wrong": "Bearer nonsense", "scheme": "Basic static", "forged": "Bearer " + forged,
		"other tenant's": "Bearer " + appToken(t, other, readPolicy),
	} {
		req := newRequest(t, s, "GET", devices, "")
		req.Header.Set("Authorization", header)
		if header == "" {
			req.Header.Del("Authorization")
		}
		got := send(t, s, req).want(t, 401)
		if got.code() != "InvalidAuthenticationToken" || !strings.HasPrefix(got.header.Get("Www-Authenticate"), "Bearer ") {
			t.Errorf("%s: got %s with %v", name, got.raw, got.header)
		}
	}
	clock.Advance(11 * time.Minute)
	if got := doAs(t, s, token, "GET", devices, "").want(t, 401); !strings.Contains(got.message(), "expired") {
		t.Errorf("got %s", got.raw)
	}
	second := appToken(t, s, readPolicy)
	s.RevokeTokens()
	third := appToken(t, s, readPolicy)
	doAs(t, s, second, "GET", devices, "").want(t, 401)
	doAs(t, s, third, "GET", devices, "").want(t, 200)
	doAs(t, s, "static", "GET", devices, "").want(t, 200)
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{})
	assignTo := deviceBody("S1", fmt.Sprintf(`"assignTo":{"id":%q}`, amy.ID))
	const item = devices + "/x"
	method := methodsOf(amy.ID) + "/x"
	for _, tc := range []struct {
		method, path, body string
		need               string
		more               []string
	}{
		{"GET", devices, "", readPolicy, []string{writePolicy}},
		{"GET", item, "", readPolicy, []string{writePolicy}},
		{"POST", devices, "{}", writePolicy, nil},
		{"PATCH", devices, "{}", writePolicy, nil},
		{"PATCH", item, "{}", writePolicy, nil},
		{"DELETE", item, "", writePolicy, nil},
		{"GET", methodsOf(amy.ID), "", readMethods, []string{writeMethods, "UserAuthMethod-HardwareOATH.Read.All", "UserAuthMethod-HardwareOATH.ReadWrite.All"}},
		{"GET", method, "", readMethods, []string{writeMethods}},
		{"POST", methodsOf(amy.ID), "{}", writeMethods, []string{"UserAuthMethod-HardwareOATH.ReadWrite.All"}},
		{"POST", methodsOf(amy.ID) + "/assignAndActivate", "{}", writeMethods, nil},
		{"POST", methodsOf(amy.ID) + "/assignAndActivateBySerialNumber", "{}", writeMethods, nil},
		{"DELETE", method, "", writeMethods, nil},
		{"POST", method + "/activate", "{}", writeMethods, nil},
		{"POST", method + "/deactivate", "", writeMethods, nil},
		{"PUT", method + "/device/assignTo/$ref", "{}", writeMethods, nil},
		{"GET", "/users/" + amy.ID, "", "User.Read.All", []string{"User.ReadBasic.All", "Directory.Read.All"}},
	} {
		allowed := append([]string{tc.need}, tc.more...)
		for _, role := range []string{readPolicy, writePolicy, readMethods, writeMethods, "User.Read.All"} {
			want := strings.Contains(" "+strings.Join(allowed, " ")+" ", " "+role+" ")
			got := doAs(t, s, appToken(t, s, role), tc.method, tc.path, tc.body)
			if (got.status != http.StatusForbidden) != want {
				t.Errorf("%s %s with %s: got %s", tc.method, tc.path, role, got.raw)
			}
			if !want && got.code() != "Authorization_RequestDenied" {
				t.Errorf("got %s", got.raw)
			}
		}
		for _, role := range tc.more {
			if got := doAs(t, s, appToken(t, s, role), tc.method, tc.path, tc.body); got.status == http.StatusForbidden {
				t.Errorf("%s %s with %s: got %s", tc.method, tc.path, role, got.raw)
			}
		}
	}
	doAs(t, s, appToken(t, s, writePolicy), "POST", devices, assignTo).want(t, 403)
	doAs(t, s, appToken(t, s, writePolicy), "PATCH", devices, delta(assignTo)).want(t, 403)
	doAs(t, s, appToken(t, s, writePolicy, writeMethods), "POST", devices, assignTo).want(t, 201)
}
