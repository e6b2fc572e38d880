package graphtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

type world struct {
	*graphtest.Server
	clock *graphtest.Clock
	amy   graphtest.User
	free  graphtest.Device // S1
	held  graphtest.Device // S2, Amy's
}

func (w world) item(d graphtest.Device) string   { return devices + "/" + d.ID }
func (w world) method(d graphtest.Device) string { return methodsOf(w.amy.ID) + "/" + d.ID }
func (w world) code(d graphtest.Device) string {
	return fmt.Sprintf(`{"verificationCode":%q}`, w.VerificationCode(d.ID, w.clock.Now()))
}

func (w world) wrong(d graphtest.Device) string {
	return fmt.Sprintf(`{"verificationCode":%q}`, w.WrongCode(d.ID))
}

func newWorld(t *testing.T, quirks ...graphtest.Quirk) world {
	t.Helper()
	clock := graphtest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := graphtest.NewServer(t, graphtest.WithClock(clock.Now), graphtest.WithQuirks(quirks...))
	amy := s.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com", DisplayName: "Amy Masters"})
	device := graphtest.Device{Manufacturer: "Contoso", Model: "M1", SecretKey: secret}
	free, held := device, device
	free.SerialNumber, held.SerialNumber, held.AssignedTo = "S1", "S2", amy.ID
	return world{s, clock, amy, s.PutDevice(free), s.PutDevice(held)}
}

// wantText fails unless the raw answer holds the text.
func (r response) wantText(t *testing.T, status int, text string) {
	t.Helper()
	r.want(t, status)
	if !strings.Contains(r.raw, text) {
		t.Errorf("got %s, want it to contain %s", r.raw, text)
	}
}

// quirkTests has one test for each quirk.
func quirkTests() map[graphtest.Quirk]func(*testing.T, world) {
	tests := map[graphtest.Quirk]func(*testing.T, world){}
	for _, part := range []map[graphtest.Quirk]func(*testing.T, world){shapeTests(), errorTests(), ruleTests(), bulkTests()} {
		for q, test := range part {
			tests[q] = test
		}
	}
	return tests
}

func shapeTests() map[graphtest.Quirk]func(*testing.T, world) {
	return map[graphtest.Quirk]func(*testing.T, world){
		graphtest.QuirkItemInValue: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `{"value":{`)
		},
		graphtest.QuirkListItemsInDevice: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices, "").wantText(t, 200, `"device":{`)
		},
		graphtest.QuirkMethodInValue: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.method(w.held), "").wantText(t, 200, `{"value":{`)
		},
		graphtest.QuirkCreateOK: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S3")).wantText(t, 200, `"S3"`)
		},
		graphtest.QuirkCreateInValue: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S3")).wantText(t, 201, `{"value":{`)
		},
		graphtest.QuirkCreateNoContent: func(t *testing.T, w world) {
			if got := do(t, w.Server, "POST", devices, deviceBody("S3")).want(t, 204); got.raw != "" {
				t.Errorf("got %s", got.raw)
			}
		},
		graphtest.QuirkCreateSaysAvailable: func(t *testing.T, w world) {
			got := do(t, w.Server, "POST", devices, deviceBody("S3", fmt.Sprintf(`"assignTo":{"id":%q}`, w.amy.ID)))
			got.wantText(t, 201, `"status":"available"`)
			got.wantText(t, 201, w.amy.ID)
			do(t, w.Server, "GET", devices+"/"+fmt.Sprint(got.body["id"]), "").wantText(t, 200, `"status":"assigned"`)
		},
		graphtest.QuirkUpdateReturnsEntity: func(t *testing.T, w world) {
			do(t, w.Server, "PATCH", w.item(w.free), `{"model":"M2"}`).wantText(t, 200, `"model":"M2"`)
		},
		graphtest.QuirkAssignOK: func(t *testing.T, w world) {
			do(t, w.Server, "POST", methodsOf(w.amy.ID), deviceRef(w.free.ID)).want(t, 200)
		},
		graphtest.QuirkActivateOK: func(t *testing.T, w world) {
			do(t, w.Server, "POST", w.method(w.held)+"/activate", w.code(w.held)).want(t, 200)
		},
		graphtest.QuirkEnumCasing: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `"hashFunction":"HMACSHA1"`)
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `"status":"Available"`)
		},
		graphtest.QuirkUnknownFutureValue: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `"status":"unknownFutureValue"`)
		},
		graphtest.QuirkUnknownStatus: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `"status":"quarantined"`)
		},
		graphtest.QuirkUnknownHashFunction: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `"hashFunction":"hmacsha512"`)
		},
		graphtest.QuirkIntervalAsString: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.free), "").wantText(t, 200, `"timeIntervalInSeconds":"30"`)
		},
		graphtest.QuirkAssignedToMembers: func(t *testing.T, w world) {
			do(t, w.Server, "GET", w.item(w.held), "").wantText(t, 200, `"userPrincipalName":"amy@contoso.com"`)
		},
	}
}

func errorTests() map[graphtest.Quirk]func(*testing.T, world) {
	return map[graphtest.Quirk]func(*testing.T, world){
		graphtest.QuirkLowerInnerError: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"/x", "").wantText(t, 404, `"innererror":{"client-request-id"`)
		},
		graphtest.QuirkNestedInnerError: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"/x", "").wantText(t, 404, `"innerError":{"code":"innerFailure","innerError":{`)
		},
		graphtest.QuirkInnerErrorMessage: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"/x", "").wantText(t, 404, `"message":"Hardware OATH device 'x' was not found.","request-id"`)
		},
		graphtest.QuirkUpperErrorCodes: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"/x", "").wantText(t, 404, `"code":"NotFound"`)
		},
		graphtest.QuirkForbiddenAccessDenied: func(t *testing.T, w world) {
			req := newRequest(t, w.Server, "GET", devices, "")
			req.Header.Set("Authorization", "Bearer "+appToken(t, w.Server))
			send(t, w.Server, req).wantText(t, 403, `"code":"accessDenied"`)
		},
		graphtest.QuirkNoRequestID: func(t *testing.T, w world) {
			got := do(t, w.Server, "GET", devices, "").want(t, 200)
			if got.header.Get("Request-Id") != "" {
				t.Errorf("got header %v", got.header)
			}
		},
		graphtest.QuirkClaimsChallenge: func(t *testing.T, w world) {
			req := newRequest(t, w.Server, "GET", devices, "")
			req.Header.Set("Authorization", "Bearer "+appToken(t, w.Server))
			w.RevokeTokens()
			got := send(t, w.Server, req).want(t, 401)
			if challenge := got.header.Get("Www-Authenticate"); !strings.Contains(challenge, `error="insufficient_claims", claims="`) {
				t.Errorf("got %s", challenge)
			}
		},
		graphtest.QuirkDuplicateConflict: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S1")).wantText(t, 409, "conflict")
		},
		graphtest.QuirkUpdateAssigned409: func(t *testing.T, w world) {
			do(t, w.Server, "PATCH", w.item(w.held), `{"model":"M2"}`).wantText(t, 409, "conflict")
		},
		graphtest.QuirkDeleteAssigned409: func(t *testing.T, w world) {
			do(t, w.Server, "DELETE", w.item(w.held), "").wantText(t, 409, "conflict")
		},
	}
}

func ruleTests() map[graphtest.Quirk]func(*testing.T, world) {
	return map[graphtest.Quirk]func(*testing.T, world){
		graphtest.QuirkDuplicatesAllowed: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S1")).want(t, 201)
		},
		graphtest.QuirkUniqueTriple: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S1")).want(t, 400)
			do(t, w.Server, "POST", devices, strings.Replace(deviceBody("S1"), "M1", "M2", 1)).want(t, 201)
		},
		graphtest.QuirkPaddingAccepted: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, strings.Replace(deviceBody("S3"), secret, "GEZDGNA=", 1)).want(t, 201)
			do(t, w.Server, "POST", devices, strings.Replace(deviceBody("S4"), secret, "GEZ=DGNA", 1)).want(t, 400)
		},
		graphtest.QuirkAssignToUPN: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S3", `"assignTo":{"id":"AMY@contoso.com"}`)).wantText(t, 201, w.amy.ID)
		},
		graphtest.QuirkDeleteAssigned: func(t *testing.T, w world) {
			do(t, w.Server, "DELETE", w.item(w.held), "").want(t, 204)
			do(t, w.Server, "GET", w.method(w.held), "").want(t, 404)
		},
		graphtest.QuirkUnassignLags: func(t *testing.T, w world) {
			do(t, w.Server, "DELETE", w.method(w.held), "").want(t, 204)
			do(t, w.Server, "GET", w.item(w.held), "").wantText(t, 200, `"assignedTo":null`)
			do(t, w.Server, "DELETE", w.item(w.held), "").want(t, 400)
			w.clock.Advance(2 * time.Second)
			do(t, w.Server, "DELETE", w.item(w.held), "").want(t, 204)
		},
		graphtest.QuirkFilterNoAssignedTo: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"?$filter=assignedTo/id+eq+'x'", "").want(t, 400)
		},
		graphtest.QuirkFilterIgnoresCase: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"?$filter=serialNumber+eq+'s1'", "").wantText(t, 200, `"S1"`)
		},
		graphtest.QuirkTopLimit: func(t *testing.T, w world) {
			do(t, w.Server, "GET", devices+"?$top=1000", "").want(t, 400)
			do(t, w.Server, "GET", devices+"?$top=999", "").want(t, 200)
		},
		graphtest.QuirkPolicyMustBeEnabled: func(t *testing.T, w world) {
			do(t, w.Server, "POST", devices, deviceBody("S3")).want(t, 403)
			do(t, w.Server, "POST", methodsOf(w.amy.ID), deviceRef(w.free.ID)).want(t, 403)
			do(t, w.Server, "PATCH", "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/hardwareOath",
				`{"state":"enabled"}`).want(t, 204)
			do(t, w.Server, "POST", devices, deviceBody("S3")).want(t, 201)
		},
		graphtest.QuirkFailedActivationEnds: func(t *testing.T, w world) {
			do(t, w.Server, "POST", w.method(w.held)+"/activate", w.wrong(w.held)).want(t, 400)
			do(t, w.Server, "POST", w.method(w.held)+"/activate", w.code(w.held)).want(t, 400)
		},
		graphtest.QuirkReactivationRefused: func(t *testing.T, w world) {
			do(t, w.Server, "POST", w.method(w.held)+"/activate", w.code(w.held)).want(t, 204)
			do(t, w.Server, "POST", w.method(w.held)+"/activate", w.code(w.held)).want(t, 400)
		},
		graphtest.QuirkActivateRollsBack: func(t *testing.T, w world) {
			body := strings.Replace(w.wrong(w.free), "{", fmt.Sprintf(`{"device":{"id":%q},`, w.free.ID), 1)
			do(t, w.Server, "POST", methodsOf(w.amy.ID)+"/assignAndActivate", body).want(t, 400)
			if d, _ := w.Device(w.free.ID); d != w.free {
				t.Errorf("got %+v", d)
			}
		},
		graphtest.QuirkDeactivateIdempotent: func(t *testing.T, w world) {
			do(t, w.Server, "POST", w.method(w.held)+"/deactivate", "").want(t, 204)
		},
	}
}

func bulkTests() map[graphtest.Quirk]func(*testing.T, world) {
	mixed := delta(deviceBody("B1"), strings.Replace(deviceBody("B2", `"@contentId":"2"`), secret, "A1", 1), deviceBody("B3"))
	return map[graphtest.Quirk]func(*testing.T, world){
		graphtest.QuirkBulkOK: func(t *testing.T, w world) {
			do(t, w.Server, "PATCH", devices, delta(deviceBody("B1"))).want(t, 200)
		},
		graphtest.QuirkBulkItemsInDevice: func(t *testing.T, w world) {
			do(t, w.Server, "PATCH", devices, delta(deviceBody("B1"))).wantText(t, 201, `"device":{`)
		},
		graphtest.QuirkBulkShuffled: func(t *testing.T, w world) {
			got := do(t, w.Server, "PATCH", devices, delta(deviceBody("B1"), deviceBody("B2"), deviceBody("B3"))).want(t, 201)
			if got.texts("serialNumber") != "B3 B2 B1" {
				t.Errorf("got %s", got.texts("serialNumber"))
			}
		},
		graphtest.QuirkBulkPartialAnnotated: func(t *testing.T, w world) {
			got := do(t, w.Server, "PATCH", devices, mixed).want(t, 200)
			items := got.items()
			if len(items) != 3 || items[1]["@Core.DataModificationException"] == nil || items[1]["serialNumber"] != "B2" ||
				items[1]["@contentId"] != "2" || items[1]["secretKey"] != nil || items[0]["id"] == nil {
				t.Errorf("got %s", got.raw)
			}
			if len(w.Devices()) != 4 || strings.Contains(got.raw, secret) {
				t.Errorf("got %d devices, %s", len(w.Devices()), got.raw)
			}
		},
		graphtest.QuirkBulkPartialMade: func(t *testing.T, w world) {
			do(t, w.Server, "PATCH", devices, mixed).want(t, 400)
			if len(w.Devices()) != 4 {
				t.Errorf("got %d devices", len(w.Devices()))
			}
		},
		graphtest.QuirkBulkLimit: func(t *testing.T, w world) {
			items := make([]string, 51)
			for i := range items {
				items[i] = deviceBody(fmt.Sprint("B", i))
			}
			do(t, w.Server, "PATCH", devices, delta(items...)).want(t, 400)
			do(t, w.Server, "PATCH", devices, delta(items[1:]...)).want(t, 201)
		},
		graphtest.QuirkBatchShuffled: func(t *testing.T, w world) {
			got := do(t, w.Server, "POST", "/$batch",
				`{"requests":[{"id":"1","method":"GET","url":"/users/x"},{"id":"2","method":"GET","url":"/users/x"}]}`).want(t, 200)
			if ids := batchIDs(got); ids != "2 1" {
				t.Errorf("got %s", ids)
			}
		},
	}
}

func TestQuirks(t *testing.T) {
	t.Parallel()
	tests := quirkTests()
	for _, q := range graphtest.Quirks() {
		t.Run(string(q), func(t *testing.T) {
			t.Parallel()
			if q.Doc() == "" {
				t.Error("it has no doc")
			}
			test, found := tests[q]
			if !found {
				t.Fatal("it has no test")
			}
			test(t, newWorld(t, q))
		})
	}
}

func TestQuirks_unknown(t *testing.T) {
	t.Parallel()
	if _, err := graphtest.Start("127.0.0.1:0", graphtest.WithQuirks("nonsense")); err == nil {
		t.Error("no error")
	}
}
