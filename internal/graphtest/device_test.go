package graphtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
	if d, _ := s.DeviceBySerial("S1"); d.SecretKey != secret {
		t.Errorf("the tenant holds secret %q", d.SecretKey)
	}
}

func TestCreate_refuses(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	good := func(from, to string) string {
		body := deviceBody("S1", `"hashFunction":"hmacsha1"`)
		if !strings.Contains(body, from) {
			t.Fatalf("%s is not in %s", from, body)
		}
		return strings.Replace(body, from, to, 1)
	}
	for name, tc := range map[string]struct{ body, want string }{
		"no serial":         {good(`"serialNumber":"S1",`, ""), "serialNumber"},
		"null serial":       {good(`"S1"`, "null"), "serialNumber"},
		"empty serial":      {good(`"S1"`, `""`), "serialNumber"},
		"number serial":     {good(`"S1"`, "1"), "Edm.String"},
		"no manufacturer":   {good(`"manufacturer":"Contoso",`, ""), "manufacturer"},
		"no model":          {good(`"model":"M1",`, ""), "model"},
		"no secret":         {good(`"secretKey":"`+secret+`",`, ""), "secretKey"},
		"secret with 8":     {good(secret, "ABC8DEFG"), "Invalid base32 encoding due to illegal character 8"},
		"secret with space": {good(secret, "ABCD EFGH"), "illegal character"},
		"secret padded":     {good(secret, "ABCDEFG="), "illegal character ="},
		"long secret":       {good(secret, strings.Repeat("A", 129)), "128"},
		"no interval":       {good(`"timeIntervalInSeconds":30,`, ""), "timeIntervalInSeconds"},
		"null interval":     {good(`:30`, `:null`), "timeIntervalInSeconds"},
		"interval 45":       {good(`:30`, `:45`), "30 or 60"},
		"interval text":     {good(`:30`, `:"30"`), "Edm.Int32"},
		"hash md5":          {good("hmacsha1", "md5"), "hardwareOathTokenHashFunction"},
		"hash sha512":       {good("hmacsha1", "hmacsha512"), "hardwareOathTokenHashFunction"},
		"id":                {deviceBody("S1", `"id":"x"`), "'id'"},
		"status":            {deviceBody("S1", `"status":"activated"`), "'status'"},
		"assignedTo":        {deviceBody("S1", `"assignedTo":null`), "'assignedTo'"},
		"no object":         {`[]`, "JSON"},
		"no JSON":           {`{`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, s, "POST", devices, tc.body).want(t, 400)
			if got.code() != "badRequest" || !strings.Contains(got.message(), tc.want) {
				t.Errorf("got %s, want a message with %q", got.raw, tc.want)
			}
			if strings.Contains(got.raw, "ABC8") || strings.Contains(got.raw, secret) {
				t.Errorf("the answer holds the secret: %s", got.raw)
			}
		})
	}
}

func TestCreate_acceptsSecrets(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	for i, good := range []string{"YGSD2KY7KDLSYM4IIGB74UMXDFL52Q", "abcdef2234567abcdef2234567", "A", strings.Repeat("7", 128)} {
		body := strings.Replace(deviceBody(fmt.Sprintf("S%d", i)), secret, good, 1)
		do(t, s, "POST", devices, body).want(t, 201)
	}
}

func TestCreate_takesAnyCasingOfHash(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	got := do(t, s, "POST", devices, deviceBody("S1", `"hashFunction":"hmacSha256"`)).want(t, 201)
	if got.body["hashFunction"] != "hmacsha256" {
		t.Errorf("got %v", got.body["hashFunction"])
	}
}

func TestCreate_refusesDuplicate(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	create(t, s, "S1")
	got := do(t, s, "POST", devices, deviceBody("S1")).want(t, 400)
	if got.code() != "badRequest" || len(s.Devices()) != 1 {
		t.Errorf("got %s with %d devices", got.raw, len(s.Devices()))
	}
	do(t, s, "POST", devices, deviceBody("s1")).want(t, 201)
}

func TestCreate_withAssignTo(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com", DisplayName: "Amy Masters"})
	guest := s.PutUser(graphtest.User{Guest: true})
	got := do(t, s, "POST", devices,
		deviceBody("S1", fmt.Sprintf(`"assignTo":{"@odata.type":"#microsoft.graph.user","id":%q}`, amy.ID))).want(t, 201)
	want := map[string]any{"id": amy.ID, "displayName": "Amy Masters"}
	if diff := cmp.Diff(want, got.body["assignedTo"]); diff != "" || got.body["status"] != "assigned" {
		t.Errorf("status %v, assignedTo %s", got.body["status"], diff)
	}
	for _, id := range []string{"amy@contoso.com", "nobody", guest.ID} {
		do(t, s, "POST", devices, deviceBody("S2", fmt.Sprintf(`"assignTo":{"id":%q}`, id))).want(t, 400)
	}
	if _, found := s.DeviceBySerial("S2"); found {
		t.Error("a refused token was made")
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	used := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := s.PutDevice(graphtest.Device{SerialNumber: "S1", LastUsedDateTime: used})
	got := do(t, s, "GET", devices+"/"+strings.ToUpper(d.ID), "").want(t, 200)
	if got.body["serialNumber"] != "S1" || got.body["lastUsedDateTime"] != "2026-01-02T03:04:05Z" || got.body["displayName"] != nil {
		t.Errorf("got %s", got.raw)
	}
	if got := do(t, s, "GET", devices+"/unknown", "").want(t, 404); got.code() != "notFound" {
		t.Errorf("got %s", got.raw)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	id := create(t, s, "S1", `"displayName":"Old"`)
	item := devices + "/" + id
	do(t, s, "PATCH", item, `{"@odata.type":"#microsoft.graph.hardwareOathTokenAuthenticationMethodDevice","displayName":"New",
		"manufacturer":"C2","model":"M2","timeIntervalInSeconds":60,"hashFunction":"hmacsha256"}`).want(t, 204)
	want := graphtest.Device{
		ID: id, DisplayName: "New", SerialNumber: "S1", Manufacturer: "C2", Model: "M2", SecretKey: secret,
		TimeIntervalInSeconds: 60, HashFunction: "hmacsha256", Status: "available",
	}
	if got, _ := s.Device(id); got != want {
		t.Error(cmp.Diff(want, got))
	}
	for _, body := range []string{
		`{"serialNumber":"S2"}`, `{"secretKey":"AAAA"}`, `{"status":"activated"}`, `{"assignTo":{"id":"x"}}`,
		`{"manufacturer":null}`, `{"model":""}`, `{"timeIntervalInSeconds":45}`, `{"timeIntervalInSeconds":null}`, `{"hashFunction":"md5"}`,
		`{"displayName":1}`,
	} {
		do(t, s, "PATCH", item, body).want(t, 400)
	}
	do(t, s, "PATCH", devices+"/unknown", `{"model":"M3"}`).want(t, 404)
	if got, _ := s.Device(id); got != want {
		t.Error(cmp.Diff(want, got))
	}
	do(t, s, "PATCH", item, `{"displayName":null}`).want(t, 204)
	s.Assign(id, s.PutUser(graphtest.User{}).ID)
	if got := do(t, s, "PATCH", item, `{"model":"M3"}`).want(t, 400); got.code() != "badRequest" {
		t.Errorf("got %s", got.raw)
	}
	if got, _ := s.Device(id); got.DisplayName != "" || got.Model != "M2" {
		t.Errorf("got %+v", got)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	item := devices + "/" + create(t, s, "S1")
	do(t, s, "DELETE", item, "").want(t, 204)
	do(t, s, "DELETE", item, "").want(t, 404)
	do(t, s, "GET", item, "").want(t, 404)
	id := create(t, s, "S1")
	s.Assign(id, s.PutUser(graphtest.User{}).ID)
	do(t, s, "DELETE", devices+"/"+id, "").want(t, 400)
	s.Unassign(id)
	do(t, s, "DELETE", devices+"/"+id, "").want(t, 204)
}

func TestVisibilityDelay(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now), graphtest.WithVisibilityDelay(time.Second))
	amy := s.PutUser(graphtest.User{})
	id := create(t, s, "S1")
	item := devices + "/" + id
	assign := fmt.Sprintf(`{"device":{"id":%q}}`, id)
	hidden := func() {
		t.Helper()
		do(t, s, "GET", item, "").want(t, 404)
		do(t, s, "PATCH", item, `{"model":"M2"}`).want(t, 404)
		do(t, s, "DELETE", item, "").want(t, 404)
		do(t, s, "POST", methodsOf(amy.ID), assign).want(t, 404)
		do(t, s, "POST", methodsOf(amy.ID)+"/assignAndActivateBySerialNumber", `{"serialNumber":"S1","verificationCode":"000000"}`).want(t, 404)
		if got := do(t, s, "GET", devices, "").want(t, 200); len(got.items()) != 0 {
			t.Errorf("the list shows %s", got.raw)
		}
		do(t, s, "POST", devices, deviceBody("S1")).want(t, 400)
	}
	hidden()
	clock.Advance(time.Second - 1)
	hidden()
	clock.Advance(1)
	do(t, s, "GET", item, "").want(t, 200)
	do(t, s, "POST", methodsOf(amy.ID), assign).want(t, 201)
}

func TestDeletionDelay(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now), graphtest.WithDeletionDelay(time.Second))
	item := devices + "/" + create(t, s, "S1")
	do(t, s, "DELETE", item, "").want(t, 204)
	do(t, s, "GET", item, "").want(t, 200)
	do(t, s, "DELETE", item, "").want(t, 404)
	do(t, s, "PATCH", item, `{"model":"M2"}`).want(t, 404)
	do(t, s, "POST", devices, deviceBody("S1")).want(t, 400)
	if len(s.Devices()) != 0 {
		t.Error("Devices shows a deleted device")
	}
	clock.Advance(time.Second)
	do(t, s, "GET", item, "").want(t, 404)
	do(t, s, "POST", devices, deviceBody("S1")).want(t, 201)
}
