package graphtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func delta(items ...string) string {
	return `{"@context":"#$delta","value":[` + strings.Join(items, ",") + `]}`
}

func TestBulk_creates(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{DisplayName: "Amy Masters"})
	text := strings.Replace(deviceBody("S2", `"hashFunction":"HMACSHA256"`), `:30`, `:"60"`, 1)
	got := do(t, s, "PATCH", devices, delta(
		deviceBody("S1", `"@contentId":"1"`), text, deviceBody("S3", fmt.Sprintf(`"assignTo":{"id":%q}`, amy.ID)),
	)).want(t, 201)
	if got.texts("serialNumber") != "S1 S2 S3" || got.texts("secretKey") != "<nil> <nil> <nil>" ||
		got.texts("timeIntervalInSeconds") != "30 60 30" || got.texts("hashFunction") != "hmacsha1 hmacsha256 hmacsha1" ||
		got.texts("status") != "available available assigned" {
		t.Errorf("got %s", got.raw)
	}
	if len(s.Devices()) != 3 || strings.Contains(got.raw, secret) {
		t.Errorf("got %d devices and %s", len(s.Devices()), got.raw)
	}
	do(t, s, "PATCH", devices, strings.Replace(delta(deviceBody("S4")), "@context", "@odata.context", 1)).want(t, 201)
}

func TestBulk_failure(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, want string }{
		"bad secret":      {delta(deviceBody("S1"), strings.Replace(deviceBody("S2"), secret, "A1", 1)), "illegal character 1"},
		"twice":           {delta(deviceBody("S1"), deviceBody("S1")), "already exists"},
		"unknown user":    {delta(deviceBody("S1"), deviceBody("S2", `"assignTo":{"id":"x"}`)), "assignTo"},
		"bad interval":    {delta(deviceBody("S1"), strings.Replace(deviceBody("S2"), ":30", `:"thirty"`, 1)), "Edm.Int32"},
		"id":              {delta(deviceBody("S1"), deviceBody("S2", `"id":"x"`)), "'id'"},
		"no context":      {`{"value":[` + deviceBody("S1") + `]}`, "#$delta"},
		"other context":   {`{"@context":"$delta","value":[` + deviceBody("S1") + `]}`, "#$delta"},
		"no items":        {delta(), "at least one"},
		"no list":         {`{"@context":"#$delta","value":{}}`, "collection"},
		"item is no item": {delta(deviceBody("S1"), `"S2"`), "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := graphtest.NewServer(t)
			got := do(t, s, "PATCH", devices, tc.body).want(t, 400)
			if !strings.Contains(got.message(), tc.want) || len(s.Devices()) != 0 {
				t.Errorf("got %d devices and %s, want %q", len(s.Devices()), got.raw, tc.want)
			}
		})
	}
}

func TestBulk_thousands(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	items := make([]string, 2000)
	for i := range items {
		items[i] = deviceBody(fmt.Sprintf("S%04d", i))
	}
	do(t, s, "PATCH", devices, delta(items...)).want(t, 201)
	if got := len(s.Devices()); got != 2000 {
		t.Errorf("got %d devices", got)
	}
}
