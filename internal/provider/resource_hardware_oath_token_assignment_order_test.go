package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const createFirst = "lifecycle {\n create_before_destroy = true\n }\n"

// tokenAndHolder is a token and its assignment, each with further arguments.
func tokenAndHolder(serialNumber string, version int, user, token, assignment string) string {
	return tokenConfig(serialNumber, withSeed(version)+token) + assignConfig(tokenAddr+".id", fmt.Sprintf("%q", user), assignment)
}

func writes(srv *graphtest.Server) string {
	var all []string
	for _, request := range srv.Requests("", "") {
		noun := "token"
		if strings.Contains(request.Path, "/users/") {
			noun = "assignment"
		}
		if request.Method != "GET" && request.Status < 300 {
			all = append(all, map[string]string{"POST": "create", "DELETE": "delete"}[request.Method]+" "+noun)
		}
	}
	return strings.Join(all, ", ")
}

// expectWrites takes any of the orders: what does not depend on each other may
// happen in either.
func expectWrites(srv *graphtest.Server, want []string) statecheck.StateCheck {
	return stateCheckFunc(func() error {
		if got := writes(srv); !slices.Contains(want, got) {
			return fmt.Errorf("the order was %s, want one of %q", got, want)
		}
		return nil
	})
}

// Token and assignment are replaced in the order that Graph allows, with
// create_before_destroy on either side too, under delays of either kind.
func TestHardwareOathTokenAssignment_replacementOrder(t *testing.T) {
	t.Parallel()
	plain := []string{"delete assignment, delete token, create token, create assignment"}
	user := []string{"delete assignment, create assignment"}
	both := []string{"create token, create assignment, delete assignment, delete token"}
	other := []string{
		"create token, delete assignment, create assignment, delete token", "create token, delete assignment, delete token, create assignment",
		"delete assignment, create token, create assignment, delete token", "delete assignment, create token, delete token, create assignment",
	}
	for name, test := range map[string]struct {
		token, assignment string
		serial            string
		version           int
		user              string
		want              []string
		refused           string
	}{
		"token replaced":                     {serial: "1", version: 2, want: plain},
		"token replaced, other serial":       {serial: "2", version: 1, want: plain},
		"token first, other serial":          {token: createFirst, serial: "2", version: 1, want: other},
		"both first, other serial":           {token: createFirst, assignment: createFirst, serial: "2", version: 1, want: both},
		"assignment first, other serial":     {assignment: createFirst, serial: "2", version: 1, want: both},
		"user replaced":                      {serial: "1", version: 1, user: "bob@contoso.com", want: user},
		"token first, same serial":           {token: createFirst, serial: "1", version: 2, refused: `a serial number exists once, so take create_before_destroy away, here and in the resources that depend on this one.`},
		"assignment first, same serial":      {assignment: createFirst, serial: "1", version: 2, refused: `a serial number exists once, so take create_before_destroy away, here and in the resources that depend on this one.`},
		"assignment first, other user":       {assignment: createFirst, serial: "1", version: 1, user: "bob@contoso.com", refused: `If it was this resource's own assignment, which create_before_destroy was to replace: take create_before_destroy away`},
		"user and token replaced":            {serial: "1", version: 2, user: "bob@contoso.com", want: plain},
		"user and serial, both first":        {token: createFirst, assignment: createFirst, serial: "2", version: 1, user: "bob@contoso.com", want: both},
		"user replaced, token create before": {token: createFirst, serial: "1", version: 1, user: "bob@contoso.com", want: user},
	} {
		for _, quirks := range [][]graphtest.Quirk{nil, {graphtest.QuirkUnassignLags, graphtest.QuirkAssignLags, graphtest.QuirkDeleteAssigned409}} {
			if test.refused != "" && quirks != nil {
				continue // the destroy that follows at once knows nothing of the other run's unassignment
			}
			t.Run(fmt.Sprint(name, quirks), func(t *testing.T) {
				t.Parallel()
				w := newOffice(t, 0, graphtest.WithQuirks(quirks...))
				w.RemoveDevice(w.device.ID)
				user := test.user
				if user == "" {
					user = w.amy.UserPrincipalName
				}
				change := resource.TestStep{
					PreConfig:        w.ResetRequests,
					Config:           tokenAndHolder(test.serial, test.version, user, test.token, test.assignment),
					ConfigPlanChecks: expectAction(plancheck.ResourceActionReplace),
				}
				if test.refused != "" {
					change.ExpectError = says(test.refused)
				} else {
					change.ConfigStateChecks = []statecheck.StateCheck{expectWrites(w.Server, test.want)}
				}
				resource.UnitTest(t, resource.TestCase{
					ProtoV6ProviderFactories: w.patient(t),
					Steps: []resource.TestStep{
						{Config: tokenAndHolder("1", 1, w.amy.UserPrincipalName, test.token, test.assignment)},
						change,
					},
					CheckDestroy: destroyed(w.Server),
				})
				if got := writes(w.Server); test.refused == "" && !strings.HasSuffix(got, "delete assignment, delete token") {
					t.Errorf("the order was %s, want the destroy at the end", got)
				}
			})
		}
	}
}
