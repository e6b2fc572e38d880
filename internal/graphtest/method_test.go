package graphtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func deviceRef(id string) string { return fmt.Sprintf(`{"device":{"id":%q}}`, id) }

func status(t *testing.T, s *graphtest.Server, id string) string {
	t.Helper()
	d, found := s.Device(id)
	if !found {
		t.Fatalf("there is no device %s", id)
	}
	return d.Status
}

func TestMethods_listAndGet(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
	amy := s.PutUser(graphtest.User{UserPrincipalName: "Amy@contoso.com", DisplayName: "Amy Masters"})
	bob := s.PutUser(graphtest.User{UserPrincipalName: "bob@contoso.com"})
	d := s.PutDevice(graphtest.Device{SerialNumber: "S1", AssignedTo: amy.ID, SecretKey: secret})
	s.PutDevice(graphtest.Device{SerialNumber: "S2", AssignedTo: bob.ID})
	list := do(t, s, "GET", methodsOf("amy@contoso.com"), "").want(t, 200)
	if len(list.items()) != 1 {
		t.Fatalf("got %s", list.raw)
	}
	method := list.items()[0]
	device, _ := method["device"].(map[string]any)
	if method["id"] != d.ID || device["id"] != d.ID || device["serialNumber"] != "S1" || device["secretKey"] != nil ||
		method["createdDateTime"] != "2026-01-02T03:04:05Z" || method["@odata.type"] != "#microsoft.graph.hardwareOathAuthenticationMethod" {
		t.Errorf("got %s", list.raw)
	}
	got := do(t, s, "GET", methodsOf(amy.ID)+"/"+d.ID, "").want(t, 200)
	delete(got.body, "@odata.context")
	if diff := cmp.Diff(method, got.body); diff != "" {
		t.Error(diff)
	}
	selected := do(t, s, "GET", methodsOf(amy.ID)+"?$select=id&$top=5", "").want(t, 200)
	if diff := cmp.Diff([]map[string]any{{"id": d.ID}}, selected.items()); diff != "" {
		t.Error(diff)
	}
	do(t, s, "GET", methodsOf(bob.ID)+"/"+d.ID, "").want(t, 404)
	if got := do(t, s, "GET", methodsOf("nobody"), "").want(t, 404); got.code() != "Request_ResourceNotFound" {
		t.Errorf("got %s", got.raw)
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
	amy, bob := s.PutUser(graphtest.User{}), s.PutUser(graphtest.User{})
	guest := s.PutUser(graphtest.User{Guest: true})
	id := create(t, s, "S1")
	got := do(t, s, "POST", methodsOf(amy.ID), deviceRef(id)).want(t, 201)
	if got.body["id"] != id || got.body["createdDateTime"] != "2026-01-02T03:04:05Z" {
		t.Errorf("got %s", got.raw)
	}
	if d, _ := s.Device(id); d.Status != "assigned" || d.AssignedTo != amy.ID {
		t.Errorf("got %+v", d)
	}
	do(t, s, "POST", methodsOf(amy.ID), deviceRef(id)).want(t, 400)
	do(t, s, "POST", methodsOf(bob.ID), deviceRef(id)).want(t, 400)
	do(t, s, "POST", methodsOf(bob.ID), deviceRef("unknown")).want(t, 404)
	do(t, s, "POST", methodsOf("nobody"), deviceRef(create(t, s, "S2"))).want(t, 404)
	do(t, s, "POST", methodsOf(bob.ID), `{}`).want(t, 400)
	do(t, s, "POST", methodsOf(guest.ID), deviceRef(create(t, s, "S3"))).want(t, 400)
	for i := range 4 {
		do(t, s, "POST", methodsOf(amy.ID), deviceRef(create(t, s, fmt.Sprintf("A%d", i)))).want(t, 201)
	}
	sixth := create(t, s, "A5")
	do(t, s, "POST", methodsOf(amy.ID), deviceRef(sixth)).want(t, 400)
	do(t, s, "POST", devices, deviceBody("A6", fmt.Sprintf(`"assignTo":{"id":%q}`, amy.ID))).want(t, 400)
	if got := status(t, s, sixth); got != "available" {
		t.Errorf("the sixth token is %s", got)
	}
}

func TestAssignByRef(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com"})
	bob := s.PutUser(graphtest.User{})
	id := create(t, s, "S1")
	ref := func(user string) string {
		return fmt.Sprintf(`{"@odata.id":"https://graph.microsoft.com/beta/users/%s"}`, user)
	}
	path := func(id string) string { return methodsOf(amy.ID) + "/" + id + "/device/assignTo/$ref" }
	do(t, s, "PUT", path(id), ref(bob.ID)).want(t, 400)
	do(t, s, "PUT", path(id), ref("nobody")).want(t, 400)
	do(t, s, "PUT", path(id), `{}`).want(t, 400)
	do(t, s, "PUT", path("unknown"), ref(amy.ID)).want(t, 404)
	do(t, s, "PUT", path(id), ref("amy@contoso.com")).want(t, 204)
	do(t, s, "PUT", path(id), ref(amy.ID)).want(t, 400)
	if d, _ := s.Device(id); d.AssignedTo != amy.ID {
		t.Errorf("got %+v", d)
	}
}

func TestUnassign(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy, bob := s.PutUser(graphtest.User{}), s.PutUser(graphtest.User{})
	id := create(t, s, "S1")
	s.Assign(id, amy.ID)
	s.Activate(id)
	do(t, s, "DELETE", methodsOf(bob.ID)+"/"+id, "").want(t, 404)
	do(t, s, "DELETE", methodsOf(amy.ID)+"/"+id, "").want(t, 204)
	do(t, s, "DELETE", methodsOf(amy.ID)+"/"+id, "").want(t, 404)
	got := do(t, s, "GET", devices+"/"+id, "").want(t, 200)
	if got.body["status"] != "available" || got.body["assignedTo"] != nil {
		t.Errorf("got %s", got.raw)
	}
}

func TestActivate(t *testing.T) {
	t.Parallel()
	// The vectors of RFC 6238 appendix B, shortened to the six digits that Entra asks for.
	for _, tc := range []struct {
		at           int64
		secret, hash string
		code         string
	}{
		{1111111109, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "hmacsha1", "081804"},
		{20000000000, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "hmacsha1", "353130"},
		{1111111109, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA", "hmacsha256", "084774"},
		{2000000000, "gezdgnbvgy3tqojqgezdgnbvgy3tqojqgezdgnbvgy3tqojqgeza", "hmacsha256", "698825"},
	} {
		t.Run(tc.code, func(t *testing.T) {
			t.Parallel()
			clock := graphtest.NewClock(time.Unix(tc.at, 0))
			s := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
			amy := s.PutUser(graphtest.User{})
			d := s.PutDevice(graphtest.Device{SerialNumber: "S1", SecretKey: tc.secret, HashFunction: tc.hash, AssignedTo: amy.ID})
			path := methodsOf(amy.ID) + "/" + d.ID + "/activate"
			if got := s.VerificationCode(d.ID, clock.Now()); got != tc.code {
				t.Errorf("the token shows %s, want %s", got, tc.code)
			}
			do(t, s, "POST", path, `{}`).want(t, 400)
			do(t, s, "POST", path, `{"verificationCode":123456}`).want(t, 400)
			wrong := do(t, s, "POST", path, fmt.Sprintf(`{"verificationCode":%q}`, s.WrongCode(d.ID))).want(t, 400)
			if status(t, s, d.ID) != "failedActivation" || wrong.code() != "badRequest" {
				t.Errorf("got %s and %s", status(t, s, d.ID), wrong.raw)
			}
			do(t, s, "POST", path, fmt.Sprintf(`{"verificationCode":%q,"displayName":"Amy's"}`, tc.code)).want(t, 204)
			if got, _ := s.Device(d.ID); got.Status != "activated" || got.DisplayName != "Amy's" {
				t.Errorf("got %+v", got)
			}
			now := clock.Now().UTC()
			want := []graphtest.Attempt{
				{DeviceID: d.ID, UserID: amy.ID, Time: now},
				{DeviceID: d.ID, UserID: amy.ID, Time: now, Accepted: true},
			}
			if diff := cmp.Diff(want, s.Attempts()); diff != "" {
				t.Error(diff)
			}
			do(t, s, "POST", methodsOf(amy.ID)+"/unknown/activate", `{"verificationCode":"123456"}`).want(t, 404)
		})
	}
}

func TestActivate_window(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, tc := range []struct {
		interval int
		off      time.Duration
		status   int
	}{
		{30, day, 204},
		{30, -day, 204},
		{30, day + time.Minute, 400},
		{30, -day - time.Minute, 400},
		{60, 2 * day, 204},
		{60, -2 * day, 204},
		{60, 2*day + 2*time.Minute, 400},
		{60, -2*day - 2*time.Minute, 400},
	} {
		t.Run(fmt.Sprint(tc.interval, tc.off), func(t *testing.T) {
			t.Parallel()
			clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
			s := graphtest.NewServer(t, graphtest.WithClock(clock.Now))
			amy := s.PutUser(graphtest.User{})
			d := s.PutDevice(graphtest.Device{SerialNumber: "S1", SecretKey: secret, TimeIntervalInSeconds: tc.interval, AssignedTo: amy.ID})
			code := s.VerificationCode(d.ID, clock.Now().Add(tc.off))
			do(t, s, "POST", methodsOf(amy.ID)+"/"+d.ID+"/activate", fmt.Sprintf(`{"verificationCode":%q}`, code)).want(t, tc.status)
			attempt := s.Attempts()[0]
			if want := int(tc.off.Seconds()) / tc.interval; attempt.Accepted && attempt.Steps != want {
				t.Errorf("it is off by %d steps, want %d", attempt.Steps, want)
			}
		})
	}
}

func TestDeactivate(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{})
	d := s.PutDevice(graphtest.Device{SerialNumber: "S1", AssignedTo: amy.ID, Status: "activated"})
	path := methodsOf(amy.ID) + "/" + d.ID + "/deactivate"
	do(t, s, "POST", path, "").want(t, 204)
	if got, _ := s.Device(d.ID); got.Status != "assigned" || got.AssignedTo != amy.ID {
		t.Errorf("got %+v", got)
	}
	do(t, s, "POST", path, "{}").want(t, 400)
}

func TestAssignAndActivate(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy, bob := s.PutUser(graphtest.User{}), s.PutUser(graphtest.User{})
	body := func(which, code string) string {
		return fmt.Sprintf(`{%s,"verificationCode":%q,"displayName":"Amy's"}`, which, code)
	}
	byID := func(id string) string { return fmt.Sprintf(`"device":{"id":%q}`, id) }
	path := methodsOf(amy.ID) + "/assignAndActivate"

	free := create(t, s, "S1")
	do(t, s, "POST", path, fmt.Sprintf(`{%s}`, byID(free))).want(t, 400)
	do(t, s, "POST", path, body(byID(free), s.VerificationCode(free, time.Now()))).want(t, 204)
	if d, _ := s.Device(free); d.Status != "activated" || d.AssignedTo != amy.ID || d.DisplayName != "Amy's" {
		t.Errorf("got %+v", d)
	}
	held := create(t, s, "S2", fmt.Sprintf(`"assignTo":{"id":%q}`, amy.ID))
	do(t, s, "POST", path+"BySerialNumber", body(`"serialNumber":"S2"`, s.VerificationCode(held, time.Now()))).want(t, 204)
	if got := status(t, s, held); got != "activated" {
		t.Errorf("got %s", got)
	}
	do(t, s, "POST", methodsOf(bob.ID)+"/assignAndActivate", body(byID(held), s.VerificationCode(held, time.Now()))).want(t, 400)

	wrong := create(t, s, "S3")
	do(t, s, "POST", path, body(byID(wrong), s.WrongCode(wrong))).want(t, 400)
	if d, _ := s.Device(wrong); d.Status != "failedActivation" || d.AssignedTo != amy.ID {
		t.Errorf("got %+v", d)
	}
	do(t, s, "POST", path, body(byID("unknown"), "000000")).want(t, 404)
	do(t, s, "POST", path+"BySerialNumber", body(`"serialNumber":"unknown"`, "000000")).want(t, 404)
}

func TestLegacy(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy, bob := s.PutUser(graphtest.User{}), s.PutUser(graphtest.User{})
	d := s.PutDevice(graphtest.Device{SerialNumber: "S1", SecretKey: secret, AssignedTo: amy.ID, Legacy: true})
	item, method := devices+"/"+d.ID, methodsOf(amy.ID)+"/"+d.ID
	code := fmt.Sprintf(`{"verificationCode":%q}`, s.VerificationCode(d.ID, time.Now()))

	if got := do(t, s, "GET", methodsOf(amy.ID), "").want(t, 200); got.texts("id") != d.ID {
		t.Errorf("got %s", got.raw)
	}
	if got := do(t, s, "GET", devices, "").want(t, 200); len(got.items()) != 0 {
		t.Errorf("got %s", got.raw)
	}
	do(t, s, "GET", item, "").want(t, 404)
	do(t, s, "PATCH", item, `{"model":"M2"}`).want(t, 404)
	do(t, s, "POST", method+"/activate", code).want(t, 400)
	do(t, s, "POST", method+"/deactivate", "").want(t, 400)

	id := create(t, s, "S1")
	if found, _ := s.DeviceBySerial("S1"); found.ID != id {
		t.Errorf("got %+v", found)
	}
	do(t, s, "DELETE", item, "").want(t, 400)
	do(t, s, "DELETE", method, "").want(t, 204)
	do(t, s, "POST", methodsOf(bob.ID), deviceRef(d.ID)).want(t, 400)
	do(t, s, "DELETE", item, "").want(t, 204)
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	const path = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/hardwareOath"
	s := graphtest.NewServer(t)
	got := do(t, s, "GET", path, "").want(t, 200)
	if got.body["state"] != "enabled" || got.body["id"] != "HardwareOath" {
		t.Errorf("got %s", got.raw)
	}
	do(t, s, "PATCH", path, `{"state":"perhaps"}`).want(t, 400)
	do(t, s, "PATCH", path, `{"@odata.type":"#microsoft.graph.hardwareOathAuthenticationMethodConfiguration","state":"disabled",
		"includeTargets":[{"targetType":"group","id":"g1","isRegistrationRequired":false}]}`).want(t, 204)
	got = do(t, s, "GET", path, "").want(t, 200)
	targets, _ := got.body["includeTargets"].([]any)
	if got.body["state"] != "disabled" || len(targets) != 1 {
		t.Errorf("got %s", got.raw)
	}
	create(t, s, "S1")
}

func TestUser(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{UserPrincipalName: "amy_contoso.com#EXT#@fabrikam.com", DisplayName: "Amy", Guest: true})
	got := do(t, s, "GET", "/users/Amy_contoso.com%23EXT%23@fabrikam.com", "").want(t, 200)
	if got.body["id"] != amy.ID || got.body["displayName"] != "Amy" || got.body["userPrincipalName"] != amy.UserPrincipalName {
		t.Errorf("got %s", got.raw)
	}
	got = do(t, s, "GET", "/users/"+amy.ID+"?$select=id", "").want(t, 200)
	if _, found := got.body["displayName"]; found {
		t.Errorf("got %s", got.raw)
	}
	do(t, s, "GET", "/users/nobody", "").want(t, 404)
}
