package graphtest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestList_pages(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t, graphtest.WithPageSize(3))
	for _, serial := range []string{"E", "D", "C", "B", "A"} {
		s.PutDevice(graphtest.Device{SerialNumber: serial, Manufacturer: "Contoso"})
	}
	first := do(t, s, "GET", devices+"?$top=2&$select=id,serialNumber&$filter=manufacturer%20eq%20'Contoso'", "").want(t, 200)
	if diff := cmp.Diff("E D", first.texts("serialNumber")); diff != "" {
		t.Error(diff)
	}
	if len(first.items()[0]) != 2 {
		t.Errorf("$select left %v", first.items()[0])
	}
	link, _ := first.body["@odata.nextLink"].(string)
	if !strings.HasPrefix(link, s.URL()+"/beta"+devices+"?") {
		t.Fatalf("nextLink is %q", link)
	}
	s.PutDevice(graphtest.Device{SerialNumber: "F", Manufacturer: "Contoso"})
	if d, found := s.DeviceBySerial("D"); found {
		s.RemoveDevice(d.ID)
	}
	second := do(t, s, "GET", link, "").want(t, 200)
	third := do(t, s, "GET", fmt.Sprint(second.body["@odata.nextLink"]), "").want(t, 200)
	if got := second.texts("serialNumber") + "|" + third.texts("serialNumber"); got != "C B|A F" {
		t.Errorf("got pages %s", got)
	}
	if third.body["@odata.nextLink"] != nil {
		t.Error("the last page has a nextLink")
	}
	if got := do(t, s, "GET", devices+"?$top=100", "").want(t, 200); len(got.items()) != 3 {
		t.Errorf("a page of 3 has %d items", len(got.items()))
	}
	for _, query := range []string{"$top=0", "$top=x", "$skiptoken=x", "$top=1&$top=2"} {
		do(t, s, "GET", devices+"?"+query, "").want(t, 400)
	}
}

func TestList_defaultPageSize(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	for i := range 1001 {
		s.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(i)})
	}
	got := do(t, s, "GET", devices, "").want(t, 200)
	if len(got.items()) != 1000 || got.body["@odata.nextLink"] == nil {
		t.Errorf("the first page has %d items", len(got.items()))
	}
}

func TestList_filters(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	amy := s.PutUser(graphtest.User{})
	s.PutDevice(graphtest.Device{SerialNumber: "S1", Manufacturer: "O'Neil and Sons", Model: "M1"})
	s.PutDevice(graphtest.Device{SerialNumber: "S2", Manufacturer: "Contoso", Model: "M1", HashFunction: "hmacsha256", TimeIntervalInSeconds: 60})
	s.PutDevice(graphtest.Device{SerialNumber: "S3", Manufacturer: "Contoso", Model: "M2", AssignedTo: amy.ID})
	for filter, want := range map[string]string{
		"serialNumber eq 'S1'":                            "S1",
		"serialNumber eq 's1'":                            "",
		"manufacturer eq 'O''Neil and Sons'":              "S1",
		"manufacturer eq 'Contoso' and model eq 'M1'":     "S2",
		"model eq 'M1'":                                   "S1 S2",
		"hashFunction eq 'hmacsha256'":                    "S2",
		"timeIntervalInSeconds eq 60":                     "S2",
		"status eq 'assigned'":                            "S3",
		"status eq 'available' and model eq 'M2'":         "",
		"assignedTo/id eq '" + amy.ID + "'":               "S3",
		" timeIntervalInSeconds eq 30  and model eq 'M1'": "S1",
	} {
		got := do(t, s, "GET", devices+"?%24filter="+url.QueryEscape(filter), "").want(t, 200)
		if got.texts("serialNumber") != want {
			t.Errorf("%s: got %q, want %q", filter, got.texts("serialNumber"), want)
		}
	}
	for _, filter := range []string{
		"serialNumber eq 1", "serialNumber eq 'S1", "timeIntervalInSeconds eq '30'", "serialNumber", "serialNumber eq S1",
	} {
		do(t, s, "GET", devices+"?$filter="+url.QueryEscape(filter), "").want(t, 400)
	}
}

func TestUnsupported_isLoud(t *testing.T) {
	t.Parallel()
	const item = devices + "/x"
	for _, tc := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", devices + "?$orderby=serialNumber", "", 400},
		{"GET", devices + "?$count=true", "", 400},
		{"GET", devices + "?$skip=1", "", 400},
		{"GET", devices + "?$search=x", "", 400},
		{"GET", devices + "?$expand=assignTo", "", 400},
		{"GET", devices + "?filter=x", "", 400},
		{"GET", devices + "?$select=colour", "", 400},
		{"GET", devices + "?$filter=displayName+eq+'x'", "", 400},
		{"GET", devices + "?$filter=serialNumber+ne+'x'", "", 400},
		{"GET", devices + "?$filter=serialNumber+eq+'x'+or+model+eq+'y'", "", 400},
		{"GET", item + "?$select=id", "", 400},
		{"POST", devices + "?$select=id", deviceBody("S1"), 400},
		{"POST", devices, deviceBody("S1", `"colour":"red"`), 400},
		{"POST", devices, deviceBody("S1", `"@odata.type":"#microsoft.graph.user"`), 400},
		{"POST", devices, deviceBody("S1", `"assignTo":{"userPrincipalName":"x"}`), 400},
		{"PATCH", item, `{"colour":"red"}`, 400},
		{"PATCH", devices, `{"@context":"#$delta","value":[` + deviceBody("S1") + `,` + deviceBody("S2", `"colour":"red"`) + `]}`, 400},
		{"PUT", item, `{}`, 501},
		{"GET", "/nothing", "", 501},
		{"GET", devices + "/", "", 501},
		{"GET", "//directory", "", 501},
		{"GET", "/users", "", 501},
		{"POST", "/$batch", `{"requests":[],"colour":"red"}`, 400},
		{"GET", "/users/x/authentication/hardwareOathMethods?$filter=id+eq+'x'", "", 400},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			t.Parallel()
			tb := &loud{T: t}
			s := graphtest.NewServer(tb)
			got := do(t, s, tc.method, tc.path, tc.body).want(t, tc.status)
			if got.code() == "" || len(tb.all()) != 1 {
				t.Errorf("got %s and complaints %q", got.raw, tb.all())
			}
			if len(s.Devices()) != 0 {
				t.Error("a device was made")
			}
		})
	}
}

func TestSeeding_complainsOfUnknownDevice(t *testing.T) {
	t.Parallel()
	tb := &loud{T: t}
	s := graphtest.NewServer(tb)
	s.Assign("x", "y")
	s.Unassign("x")
	s.Activate("x")
	if len(tb.all()) != 3 {
		t.Errorf("got complaints %q", tb.all())
	}
}
