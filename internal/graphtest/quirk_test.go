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
	t     *testing.T
	clock *graphtest.Clock
	amy   graphtest.User
	free  graphtest.Device // S1
	held  graphtest.Device // S2, Amy's
}

func (w world) do(method, path, body string) response {
	w.t.Helper()
	return do(w.t, w.Server, method, path, body)
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
	return world{s, t, clock, amy, s.PutDevice(free), s.PutDevice(held)}
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
func quirkTests() map[graphtest.Quirk]func(world) {
	tests := map[graphtest.Quirk]func(world){}
	for _, part := range []map[graphtest.Quirk]func(world){shapeTests(), valueTests(), errorTests(), ruleTests(), holderTests(), bulkTests()} {
		for q, test := range part {
			tests[q] = test
		}
	}
	return tests
}

func shapeTests() map[graphtest.Quirk]func(world) {
	return map[graphtest.Quirk]func(world){
		graphtest.QuirkItemInValue: func(w world) {
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `{"value":{`)
		},
		graphtest.QuirkListItemsInDevice: func(w world) {
			w.do("GET", devices, "").wantText(w.t, 200, `"device":{`)
		},
		graphtest.QuirkMethodInValue: func(w world) {
			w.do("GET", w.method(w.held), "").wantText(w.t, 200, `{"value":{`)
		},
		graphtest.QuirkCreateOK: func(w world) {
			w.do("POST", devices, deviceBody("S3")).wantText(w.t, 200, `"S3"`)
		},
		graphtest.QuirkCreateInValue: func(w world) {
			w.do("POST", devices, deviceBody("S3")).wantText(w.t, 201, `{"value":{`)
		},
		graphtest.QuirkCreateNoContent: func(w world) {
			if got := w.do("POST", devices, deviceBody("S3")).want(w.t, 204); got.raw != "" {
				w.t.Errorf("got %s", got.raw)
			}
		},
		graphtest.QuirkCreateSaysAvailable: func(w world) {
			got := w.do("POST", devices, deviceBody("S3", fmt.Sprintf(`"assignTo":{"id":%q}`, w.amy.ID)))
			got.wantText(w.t, 201, `"status":"available"`)
			got.wantText(w.t, 201, w.amy.ID)
			w.do("GET", devices+"/"+fmt.Sprint(got.body["id"]), "").wantText(w.t, 200, `"status":"assigned"`)
		},
		graphtest.QuirkUpdateReturnsEntity: func(w world) {
			w.do("PATCH", w.item(w.free), `{"model":"M2"}`).wantText(w.t, 200, `"model":"M2"`)
		},
		graphtest.QuirkAssignOK: func(w world) {
			w.do("POST", methodsOf(w.amy.ID), deviceRef(w.free.ID)).want(w.t, 200)
		},
		graphtest.QuirkActivateOK: func(w world) {
			w.do("POST", w.method(w.held)+"/activate", w.code(w.held)).want(w.t, 200)
		},
	}
}

func valueTests() map[graphtest.Quirk]func(world) {
	return map[graphtest.Quirk]func(world){
		graphtest.QuirkEnumCasing: func(w world) {
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"hashFunction":"HMACSHA1"`)
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"status":"Available"`)
		},
		graphtest.QuirkUnknownFutureValue: func(w world) {
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"status":"unknownFutureValue"`)
		},
		graphtest.QuirkUnknownStatus: func(w world) {
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"status":"quarantined"`)
		},
		graphtest.QuirkUnknownHashFunction: func(w world) {
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"hashFunction":"hmacsha512"`)
		},
		graphtest.QuirkIntervalAsString: func(w world) {
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"timeIntervalInSeconds":"30"`)
		},
		graphtest.QuirkAssignedToMembers: func(w world) {
			w.do("GET", w.item(w.held), "").wantText(w.t, 200, `"userPrincipalName":"amy@contoso.com"`)
		},
	}
}

func errorTests() map[graphtest.Quirk]func(world) {
	return map[graphtest.Quirk]func(world){
		graphtest.QuirkLowerInnerError: func(w world) {
			w.do("GET", devices+"/x", "").wantText(w.t, 404, `"innererror":{"client-request-id"`)
		},
		graphtest.QuirkNestedInnerError: func(w world) {
			w.do("GET", devices+"/x", "").wantText(w.t, 404, `"innerError":{"code":"innerFailure","innerError":{`)
		},
		graphtest.QuirkInnerErrorMessage: func(w world) {
			w.do("GET", devices+"/x", "").wantText(w.t, 404, `"message":"Hardware OATH device 'x' was not found.","request-id"`)
		},
		graphtest.QuirkUpperErrorCodes: func(w world) {
			w.do("GET", devices+"/x", "").wantText(w.t, 404, `"code":"NotFound"`)
		},
		graphtest.QuirkForbiddenAccessDenied: func(w world) {
			req := newRequest(w.t, w.Server, "GET", devices, "")
			req.Header.Set("Authorization", "Bearer "+appToken(w.t, w.Server))
			send(w.t, w.Server, req).wantText(w.t, 403, `"code":"accessDenied"`)
		},
		graphtest.QuirkNoRequestID: func(w world) {
			got := w.do("GET", devices, "").want(w.t, 200)
			if got.header.Get("Request-Id") != "" {
				w.t.Errorf("got header %v", got.header)
			}
		},
		graphtest.QuirkClaimsChallenge: func(w world) {
			req := newRequest(w.t, w.Server, "GET", devices, "")
			req.Header.Set("Authorization", "Bearer "+appToken(w.t, w.Server))
			w.RevokeTokens()
			got := send(w.t, w.Server, req).want(w.t, 401)
			if challenge := got.header.Get("Www-Authenticate"); !strings.Contains(challenge, `error="insufficient_claims", claims="`) {
				w.t.Errorf("got %s", challenge)
			}
		},
		graphtest.QuirkDuplicateConflict: func(w world) {
			w.do("POST", devices, deviceBody("S1")).wantText(w.t, 409, "conflict")
		},
		graphtest.QuirkUpdateAssigned409: func(w world) {
			w.do("PATCH", w.item(w.held), `{"model":"M2"}`).wantText(w.t, 409, "conflict")
		},
		graphtest.QuirkDeleteAssigned409: func(w world) {
			w.do("DELETE", w.item(w.held), "").wantText(w.t, 409, "conflict")
		},
	}
}

func ruleTests() map[graphtest.Quirk]func(world) {
	return map[graphtest.Quirk]func(world){
		graphtest.QuirkDuplicatesAllowed: func(w world) {
			w.do("POST", devices, deviceBody("S1")).want(w.t, 201)
		},
		graphtest.QuirkUniqueTriple: func(w world) {
			w.do("POST", devices, deviceBody("S1")).want(w.t, 400)
			w.do("POST", devices, strings.Replace(deviceBody("S1"), "M1", "M2", 1)).want(w.t, 201)
		},
		graphtest.QuirkPaddingAccepted: func(w world) {
			w.do("POST", devices, strings.Replace(deviceBody("S3"), secret, "GEZDGNA=", 1)).want(w.t, 201)
			w.do("POST", devices, strings.Replace(deviceBody("S4"), secret, "GEZ=DGNA", 1)).want(w.t, 400)
		},
		graphtest.QuirkAssignToUPN: func(w world) {
			w.do("POST", devices, deviceBody("S3", `"assignTo":{"id":"AMY@contoso.com"}`)).wantText(w.t, 201, w.amy.ID)
		},
		graphtest.QuirkDeleteAssigned: func(w world) {
			w.do("DELETE", w.item(w.held), "").want(w.t, 204)
			w.do("GET", w.method(w.held), "").want(w.t, 404)
		},
		graphtest.QuirkUnassignLags: func(w world) {
			w.do("DELETE", w.method(w.held), "").want(w.t, 204)
			w.do("GET", w.item(w.held), "").wantText(w.t, 200, `"assignedTo":null`)
			w.do("DELETE", w.item(w.held), "").want(w.t, 400)
			w.clock.Advance(2 * time.Second)
			w.do("DELETE", w.item(w.held), "").want(w.t, 204)
		},
		graphtest.QuirkAssignLags: func(w world) {
			w.do("POST", methodsOf(w.amy.ID), deviceRef(w.free.ID)).want(w.t, 201)
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"assignedTo":null`)
			w.do("POST", w.method(w.free)+"/activate", w.code(w.free)).want(w.t, 404)
			w.clock.Advance(time.Second)
			w.do("POST", w.method(w.free)+"/activate", w.code(w.free)).want(w.t, 204)
			w.do("DELETE", w.method(w.free), "").want(w.t, 204)
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, w.amy.ID)
			w.do("POST", methodsOf(w.amy.ID), deviceRef(w.free.ID)).want(w.t, 400)
			w.clock.Advance(time.Second)
			w.do("GET", w.item(w.free), "").wantText(w.t, 200, `"assignedTo":null`)
		},
		graphtest.QuirkFilterNoAssignedTo: func(w world) {
			w.do("GET", devices+"?$filter=assignedTo/id+eq+'x'", "").want(w.t, 400)
		},
		graphtest.QuirkFilterIgnoresCase: func(w world) {
			w.do("GET", devices+"?$filter=serialNumber+eq+'s1'", "").wantText(w.t, 200, `"S1"`)
		},
		graphtest.QuirkTopLimit: func(w world) {
			w.do("GET", devices+"?$top=1000", "").want(w.t, 400)
			w.do("GET", devices+"?$top=999", "").want(w.t, 200)
		},
	}
}

func holderTests() map[graphtest.Quirk]func(world) {
	return map[graphtest.Quirk]func(world){
		graphtest.QuirkPolicyMustBeEnabled: func(w world) {
			w.do("POST", devices, deviceBody("S3")).want(w.t, 403)
			w.do("POST", methodsOf(w.amy.ID), deviceRef(w.free.ID)).want(w.t, 403)
			w.do("PATCH", "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/hardwareOath",
				`{"state":"enabled"}`).want(w.t, 204)
			w.do("POST", devices, deviceBody("S3")).want(w.t, 201)
		},
		graphtest.QuirkFailedActivationEnds: func(w world) {
			w.do("POST", w.method(w.held)+"/activate", w.wrong(w.held)).want(w.t, 400)
			w.do("POST", w.method(w.held)+"/activate", w.code(w.held)).want(w.t, 400)
		},
		graphtest.QuirkReactivationRefused: func(w world) {
			w.do("POST", w.method(w.held)+"/activate", w.code(w.held)).want(w.t, 204)
			w.do("POST", w.method(w.held)+"/activate", w.code(w.held)).want(w.t, 400)
		},
		graphtest.QuirkActivateRollsBack: func(w world) {
			body := strings.Replace(w.wrong(w.free), "{", fmt.Sprintf(`{"device":{"id":%q},`, w.free.ID), 1)
			w.do("POST", methodsOf(w.amy.ID)+"/assignAndActivate", body).want(w.t, 400)
			if d, _ := w.Device(w.free.ID); d != w.free {
				w.t.Errorf("got %+v", d)
			}
		},
		graphtest.QuirkDeactivateIdempotent: func(w world) {
			w.do("POST", w.method(w.held)+"/deactivate", "").want(w.t, 204)
		},
	}
}

func bulkTests() map[graphtest.Quirk]func(world) {
	mixed := delta(deviceBody("B1"), strings.Replace(deviceBody("B2", `"@contentId":"2"`), secret, "A1", 1), deviceBody("B3"))
	return map[graphtest.Quirk]func(world){
		graphtest.QuirkBulkOK: func(w world) {
			w.do("PATCH", devices, delta(deviceBody("B1"))).want(w.t, 200)
		},
		graphtest.QuirkBulkItemsInDevice: func(w world) {
			w.do("PATCH", devices, delta(deviceBody("B1"))).wantText(w.t, 201, `"device":{`)
		},
		graphtest.QuirkBulkShuffled: func(w world) {
			got := w.do("PATCH", devices, delta(deviceBody("B1"), deviceBody("B2"), deviceBody("B3"))).want(w.t, 201)
			if got.texts("serialNumber") != "B3 B2 B1" {
				w.t.Errorf("got %s", got.texts("serialNumber"))
			}
		},
		graphtest.QuirkBulkPartialAnnotated: func(w world) {
			got := w.do("PATCH", devices, mixed).want(w.t, 200)
			items := got.items()
			if len(items) != 3 || items[1]["@Core.DataModificationException"] == nil || items[1]["serialNumber"] != "B2" ||
				items[1]["@contentId"] != "2" || items[1]["secretKey"] != nil || items[0]["id"] == nil {
				w.t.Errorf("got %s", got.raw)
			}
			if len(w.Devices()) != 4 || strings.Contains(got.raw, secret) {
				w.t.Errorf("got %d devices, %s", len(w.Devices()), got.raw)
			}
		},
		graphtest.QuirkBulkPartialMade: func(w world) {
			w.do("PATCH", devices, mixed).want(w.t, 400)
			if len(w.Devices()) != 4 {
				w.t.Errorf("got %d devices", len(w.Devices()))
			}
		},
		graphtest.QuirkBulkLimit: func(w world) {
			items := make([]string, 51)
			for i := range items {
				items[i] = deviceBody(fmt.Sprint("B", i))
			}
			w.do("PATCH", devices, delta(items...)).want(w.t, 400)
			w.do("PATCH", devices, delta(items[1:]...)).want(w.t, 201)
		},
		graphtest.QuirkBulkTooLarge: func(w world) {
			items := make([]string, 200)
			for i := range items {
				items[i] = deviceBody(fmt.Sprint("B", i))
			}
			w.do("PATCH", devices, delta(items...)).wantText(w.t, 413, "too large")
			w.do("PATCH", devices, delta(items[:20]...)).want(w.t, 201)
		},
		graphtest.QuirkBatchShuffled: func(w world) {
			got := w.do("POST", "/$batch",
				`{"requests":[{"id":"1","method":"GET","url":"/users/x"},{"id":"2","method":"GET","url":"/users/x"}]}`).want(w.t, 200)
			if ids := batchIDs(got); ids != "2 1" {
				w.t.Errorf("got %s", ids)
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
			test(newWorld(t, q))
		})
	}
}

func TestQuirks_unknown(t *testing.T) {
	t.Parallel()
	if _, err := graphtest.Start("127.0.0.1:0", graphtest.WithQuirks("nonsense")); err == nil {
		t.Error("no error")
	}
}
