package graphtest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestCreate_answersFlatEntity(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	got := do(t, s, "POST", devices, deviceBody("S1", `"displayName":"Token 1"`)).want(t, 201).body
	want := map[string]any{
		"@odata.context":        s.URL() + "/beta/$metadata#directory/authenticationMethodDevices/hardwareOathDevices/$entity",
		"id":                    "00000000-0000-4000-8000-000000000001",
		"displayName":           "Token 1",
		"serialNumber":          "S1",
		"manufacturer":          "Contoso",
		"model":                 "M1",
		"secretKey":             nil,
		"timeIntervalInSeconds": float64(30),
		"hashFunction":          "hmacsha1",
		"status":                "available",
		"lastUsedDateTime":      nil,
		"assignedTo":            nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
