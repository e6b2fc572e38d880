package e2e_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	methodsPath  = "/users/*/authentication/hardwareOathMethods"
	activatePath = methodsPath + "/*/activate"
)

func assignment(token, user, arguments string) string {
	return fmt.Sprintf(`
		resource "entra_hardware_oath_token_assignment" "test" {
		  token_id = %q
		  user_id  = %q
		  %s
		}
	`, token, user, arguments)
}

// mustSay looks for a text however the CLI has wrapped and framed it.
func mustSay(t *testing.T, output, want string) {
	t.Helper()
	unframed := strings.Join(strings.Fields(regexp.MustCompile(`(?m)^[│╷╵]`).ReplaceAllString(output, " ")), " ")
	if !strings.Contains(unframed, want) {
		t.Errorf("the output does not say %q:\n%s", want, output)
	}
}

// 200 people of a seed file, while every third request is throttled and every
// eleventh answer is lost: each has a token in the end, and nobody two.
func TestAssignDelivery(t *testing.T) {
	t.Parallel()
	const people = 200
	srv := graphtest.NewServer(t)
	var file strings.Builder
	file.WriteString("upn,serial number,secret key,time interval,manufacturer,model\n")
	for i := range people {
		user := srv.PutUser(graphtest.User{UserPrincipalName: fmt.Sprintf("user%03d@contoso.com", i)})
		fmt.Fprintf(&file, "%s,7002%04d,%s,30,Deepnet,SafeID/Classic\n", user.UserPrincipalName, i, seed)
	}
	w := newWorkspace(t, srv, example(t, "resources/entra_hardware_oath_token_assignment/resource_delivery.tf"))
	w.write(t, "tokens.csv", file.String())
	w.must(t, "apply", "-auto-approve", "-input=false", "-target=entra_hardware_oath_token.delivery")
	srv.ResetRequests()
	srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsPath, Status: 429, RetryAfter: "1", Every: 3})
	srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsPath, Status: 503, AfterWrite: true, Every: 11})
	w.must(t, "apply", "-auto-approve", "-input=false", "-refresh=false", "-parallelism=10")

	held := map[string]int{}
	for _, device := range srv.Devices() {
		held[device.AssignedTo]++
	}
	if len(held) != people || held[""] != 0 {
		t.Errorf("%d people have a token and %d tokens are free, want %d and none", len(held), held[""], people)
	}
	accepted := 0
	for _, request := range srv.Requests("POST", methodsPath) {
		if request.Status == 201 {
			accepted++
		}
	}
	lost := srv.FaultCount() - count(srv.Requests("POST", methodsPath), 429)
	if accepted+lost != people {
		t.Errorf("%d assignments were carried out and answered, and %d lost, want %d in all", accepted, lost, people)
	}
	srv.ClearFaults()
	w.mustPlanEmpty(t)
	w.mustDestroy(t, srv)
}

func count(requests []graphtest.Request, status int) int {
	n := 0
	for _, request := range requests {
		if request.Status == status {
			n++
		}
	}
	return n
}

// What costs nothing costs nothing: two requests for each assignment.
func TestAssignDelivery_requests(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	const people = 20
	var config strings.Builder
	config.WriteString("locals {\n  holders = {\n")
	for i := range people {
		user := srv.PutUser(graphtest.User{UserPrincipalName: fmt.Sprintf("user%03d@contoso.com", i)})
		device := srv.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(i), SecretKey: seed, Manufacturer: "Deepnet", Model: "M"})
		fmt.Fprintf(&config, "    %q = %q\n", device.ID, user.UserPrincipalName)
	}
	config.WriteString("  }\n}\n" + `
		resource "entra_hardware_oath_token_assignment" "all" {
		  for_each = local.holders
		  token_id = each.key
		  user_id  = each.value
		}`)
	w := newWorkspace(t, srv, config.String())
	w.apply(t)
	if got := len(srv.Requests("", "")); got != 2*people {
		t.Errorf("%d requests for %d assignments, want 2 for each", got, people)
	}
}

// What drift looks like to a person: who has the token now.
func TestAssignment_saysWhoHasTheToken(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy := srv.PutUser(exampleUser())
	bob := srv.PutUser(graphtest.User{DisplayName: "Bob Beamon", UserPrincipalName: "bob@contoso.com"})
	device := srv.PutDevice(exampleToken())
	w := newWorkspace(t, srv, assignment(device.ID, amy.UserPrincipalName, ""))
	w.apply(t)
	for _, test := range []struct {
		change func()
		want   string
	}{
		{func() { srv.Unassign(device.ID) }, fmt.Sprintf(`User "amy@contoso.com" (user %s) no longer has the hardware OATH token with serial number "70029370": nobody has it now. Terraform will assign it to this user again.`, amy.ID)},
		{func() { srv.Assign(device.ID, bob.ID) }, fmt.Sprintf(`it is assigned to "Bob Beamon" (user %s). Terraform will try to assign it to this user again, which Microsoft Graph refuses while the other has it`, bob.ID)},
	} {
		test.change()
		output := w.must(t, "plan", "-input=false")
		mustSay(t, output, test.want)
		mustSay(t, output, "1 to add, 0 to change, 0 to destroy")
	}
	// A destroy takes nothing from Bob.
	w.must(t, "destroy", "-auto-approve", "-input=false")
	if d, _ := srv.Device(device.ID); d.AssignedTo != bob.ID {
		t.Errorf("the token is held by %q, want Bob", d.AssignedTo)
	}
}

// A failed activation is a warning at first, an error later, and never an
// unassignment; and neither seed nor code is left anywhere.
func TestAssignment_failedActivation(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy := srv.PutUser(exampleUser())
	device := srv.PutDevice(exampleToken())
	w := newWorkspace(t, srv, `
		variable "code" {
		  type      = string
		  ephemeral = true
		}
	`+assignment(device.ID, amy.UserPrincipalName, "activate = true\nverification_code_wo = var.code"))
	wrong, trace := srv.WrongCode(device.ID), "TF_LOG_PATH="+w.dir+"/trace.log"
	w.environment = append(w.environment, "TF_VAR_code="+wrong, "TF_LOG=TRACE", trace)
	printed := w.must(t, "plan", "-input=false", "-out=plan.out")
	output := w.must(t, "apply", "-input=false", "plan.out")
	mustSay(t, output, "Warning: Assigned a token and did not activate it")
	mustSay(t, output, "The token is assigned, and stays so. The next terraform apply tries to activate it again.")
	printed += output
	output, status := w.run(t, "apply", "-auto-approve", "-input=false")
	if status == 0 {
		t.Errorf("the second failure is no error:\n%s", output)
	}
	mustSay(t, output, "Error: Failed to activate hardware OATH token")
	printed += output
	right := srv.VerificationCode(device.ID, time.Now())
	w.environment = append(w.environment, "TF_VAR_code="+right)
	printed += w.must(t, "apply", "-auto-approve", "-input=false")
	if d, _ := srv.Device(device.ID); d.Status != "activated" || len(srv.Requests("DELETE", "")) != 0 || len(srv.Requests("POST", methodsPath)) != 1 {
		t.Errorf("the token is %s, after %d unassignments", d.Status, len(srv.Requests("DELETE", "")))
	}
	files := w.files(t)
	files["output"] = printed
	for name, content := range unzip(t, files["plan.out"]) {
		files["plan.out/"+name] = content
	}
	for name, content := range files {
		for _, code := range []string{wrong, right} {
			// In an id or a time six digits mean nothing.
			if regexp.MustCompile(`(?i)(^|[^0-9a-z.-])` + code + `($|[^0-9a-z.-])`).MatchString(content) {
				t.Errorf("%s holds the code", name)
			}
		}
	}
}

// The code that is computed is in no file and in no output, nor is the seed.
func TestAssignment_keepsNoSecret(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.PutUser(exampleUser())
	srv.AddFault(graphtest.Fault{Method: "POST", Path: activatePath, Status: 429, RetryAfter: "0.1", Times: 1})
	w := newWorkspace(t, srv, example(t, "resources/entra_hardware_oath_token_assignment/resource_activate.tf"))
	w.environment = append(w.environment, "TF_VAR_seed="+seed, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
	before := time.Now()
	printed := w.must(t, "plan", "-input=false", "-out=plan.out")
	printed += w.must(t, "apply", "-input=false", "plan.out")
	printed += w.must(t, "show", "-json") + w.must(t, "show", "-json", "plan.out")
	w.mustPlanEmpty(t)
	device := srv.Devices()[0]
	if device.Status != "activated" || device.DisplayName != "Front desk" {
		t.Fatalf("the token is %s and called %q", device.Status, device.DisplayName)
	}
	files := w.files(t)
	files["output"] = printed
	for name, content := range unzip(t, files["plan.out"]) {
		files["plan.out/"+name] = content
	}
	if !strings.Contains(files["trace.log"], "/activate") {
		t.Error("the trace log does not hold the provider's lines")
	}
	for name, content := range files {
		if strings.Contains(strings.ToUpper(content), seed) {
			t.Errorf("%s holds the seed", name)
		}
		for at := before.Add(-time.Minute); at.Before(time.Now().Add(time.Minute)); at = at.Add(30 * time.Second) {
			if regexp.MustCompile(`(?i)(^|[^0-9a-z.-])` + srv.VerificationCode(device.ID, at) + `($|[^0-9a-z.-])`).MatchString(content) {
				t.Errorf("%s holds a code", name)
			}
		}
	}
	w.mustDestroy(t, srv)
}
