package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const examples = "../../examples"

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const deliveryFile = `{"@context":"#$delta","value":[
	{"@contentId":"1","serialNumber":"70029370","manufacturer":"Deepnet","model":"SafeID/Classic","secretKey":"` + seed + `","timeIntervalInSeconds":60,"hashFunction":"hmacsha1"},
	{"@contentId":"2","serialNumber":"70029371","manufacturer":"Deepnet","model":"SafeID/Diamond","secretKey":"` + seed + `","timeIntervalInSeconds":"30","hashFunction":"hmacsha256"}
]}`

// seedFiles are the vendor's files of the examples: the CSV of Entra's portal and
// a PSKC file without a model, with a token that Entra can't take.
const (
	seedCSV  = "upn,serial number,secret key,time interval,manufacturer,model\namy@contoso.com,70029370," + seed + ",30,Deepnet,SafeID/Classic\n,70029371," + seed + ",60,Deepnet,SafeID/Classic\n"
	seedOATH = "1000000000003,3132333435363738393031323334353637383930\n"
	seedXML  = `<data><header><manufacturerCode>DN</manufacturerCode><productCode>ST</productCode><encrypt>NONE</encrypt><encode>HEX</encode></header>` +
		`<tokens><token><serial>70029370</serial><seed>3132333435363738393031323334353637383930</seed></token></tokens></data>`
	seedPSKC = `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">` +
		`<KeyPackage><DeviceInfo><Manufacturer>Contoso</Manufacturer><SerialNo>1000000000001</SerialNo></DeviceInfo>` +
		`<Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>` +
		`<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret><TimeInterval><PlainValue>30</PlainValue></TimeInterval></Data></Key></KeyPackage>` +
		`<KeyPackage><DeviceInfo><Manufacturer>Contoso</Manufacturer><SerialNo>1000000000002</SerialNo></DeviceInfo>` +
		`<Key Id="2" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>` +
		`<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret><Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage></KeyContainer>`
)

// exampleToken is the token of the examples, as somebody uploaded it by hand.
func exampleToken() graphtest.Device {
	return graphtest.Device{
		ID: "3dee0e53-f50f-43ef-85c0-b44689f2d66d", SerialNumber: "70029370", Manufacturer: "Deepnet", Model: "SafeID/Classic",
		TimeIntervalInSeconds: 60, HashFunction: "hmacsha1", SecretKey: seed,
	}
}

// exampleUser is the person of the examples.
func exampleUser() graphtest.User {
	return graphtest.User{ID: "5f2bd1b7-3b8d-4a4e-8b3a-6f3c2f1f0e9a", UserPrincipalName: "amy@contoso.com", DisplayName: "Amy Masters"}
}

// Every example is applied as it stands in the documentation, and plans empty
// afterwards.
func TestExamples(t *testing.T) {
	t.Parallel()
	const dir, assigned, batchDir = "resources/entra_hardware_oath_token/", "resources/entra_hardware_oath_token_assignment/", "resources/entra_hardware_oath_token_batch/"
	resourceExample, assignment := example(t, dir+"resource.tf"), example(t, assigned+"resource.tf")
	for name, test := range map[string]struct {
		config        string
		there         bool // the token is in the tenant before
		held          bool // and Amy has it
		delivered     bool // the two tokens of the file are
		needsIdentity bool
		want          int // tokens in the tenant afterwards
		wantHeld      int // of which Amy has
	}{
		"provider":                {config: example(t, "provider/provider.tf") + token("1"), want: 1},
		"resource":                {config: resourceExample, want: 1},
		"resource, delivery":      {config: example(t, dir+"resource_delivery.tf"), want: 2},
		"resource, batch":         {config: example(t, batchDir+"resource.tf"), want: 2},
		"import, batch":           {config: example(t, batchDir+"resource.tf") + example(t, batchDir+"import-by-string-id.tf"), delivered: true, want: 2},
		"import by serial number": {config: resourceExample + example(t, dir+"import-by-string-id.tf"), there: true, want: 1},
		"import by identity":      {config: resourceExample + example(t, dir+"import-by-identity.tf"), there: true, needsIdentity: true, want: 1},
		"function":                {config: example(t, "functions/parse_seed_file/function.tf"), want: 0},
		"ephemeral resource":      {config: example(t, "ephemeral-resources/entra_seed_file/ephemeral-resource.tf"), want: 2},
		"data source":             {config: example(t, "data-sources/entra_hardware_oath_token/data-source.tf"), there: true, want: 1},
		"data source, inventory":  {config: example(t, "data-sources/entra_hardware_oath_tokens/data-source.tf"), there: true, want: 1},

		"assignment":                    {config: assignment, there: true, want: 1, wantHeld: 1},
		"assignment, activated":         {config: example(t, assigned+"resource_activate.tf"), want: 1, wantHeld: 1},
		"assignment, delivery":          {config: example(t, assigned+"resource_delivery.tf"), want: 2, wantHeld: 1},
		"assignment import by id":       {config: assignment + example(t, assigned+"import-by-string-id.tf"), there: true, held: true, want: 1, wantHeld: 1},
		"assignment import by identity": {config: assignment + example(t, assigned+"import-by-identity.tf"), there: true, held: true, needsIdentity: true, want: 1, wantHeld: 1},
		"methods":                       {config: example(t, "data-sources/entra_hardware_oath_methods/data-source.tf"), there: true, held: true, want: 1, wantHeld: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.PutUser(exampleUser())
			if test.there {
				srv.PutDevice(exampleToken())
			}
			if test.held {
				srv.Assign(exampleToken().ID, exampleUser().ID)
			}
			for _, serialNumber := range []string{"70029370", "70029371"} {
				if test.delivered {
					srv.PutDevice(graphtest.Device{SerialNumber: serialNumber, Manufacturer: "Deepnet", Model: "SafeID/Classic"})
				}
			}
			w := newWorkspace(t, srv, test.config)
			if test.needsIdentity {
				skipWithoutIdentity(t, w)
			}
			if strings.Contains(test.config, "required_providers") {
				w.write(t, "main.tf", test.config)
			}
			w.write(t, "safeid.json", deliveryFile)
			w.write(t, "tokens.csv", seedCSV)
			w.write(t, "tokens.pskc", seedPSKC)
			w.environment = append(w.environment, "TF_VAR_seed="+seed)
			w.apply(t)
			w.mustPlanEmpty(t)
			if got := len(srv.Devices()); got != test.want {
				t.Errorf("the tenant holds %d tokens, want %d", got, test.want)
			}
			if held := heldBy(srv, exampleUser().ID); held != test.wantHeld {
				t.Errorf("Amy has %d tokens, want %d", held, test.wantHeld)
			}
			posts := len(srv.Requests("POST", devicesPath)) + len(srv.Requests("PATCH", devicesPath)) + len(srv.Requests("POST", "/users/*/authentication/hardwareOathMethods"))
			if (test.delivered || test.there && test.held == (test.wantHeld > 0)) && posts != 0 {
				t.Errorf("%d creations of what was there before", posts)
			}
		})
	}
}

func heldBy(srv *graphtest.Server, userID string) int {
	held := 0
	for _, device := range srv.Devices() {
		if device.AssignedTo == userID {
			held++
		}
	}
	return held
}

// What the README shows works as it is printed.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, config, _ := strings.Cut(string(text), "```terraform\n")
	config, _, _ = strings.Cut(config, "```")
	srv := graphtest.NewServer(t)
	for _, serialNumber := range []string{"68110028", "GALT11420104"} {
		srv.PutDevice(graphtest.Device{SerialNumber: serialNumber, Manufacturer: "Deepnet", Model: "SafeID/Classic", TimeIntervalInSeconds: 30})
	}
	w := newWorkspace(t, srv, "")
	w.write(t, "main.tf", config)
	w.write(t, "safeid.json", deliveryFile)
	w.apply(t)
	w.mustPlanEmpty(t)
	if got := len(srv.Devices()); got != 4 {
		t.Errorf("the tenant holds %d tokens, want the 2 that were there and the 2 of the delivery", got)
	}
}

// Each command of import.sh works as it is printed.
func TestExampleImportCommands(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"entra_hardware_oath_token", "entra_hardware_oath_token_assignment", "entra_hardware_oath_token_batch"} {
		commands := 0
		for line := range strings.Lines(example(t, "resources/"+kind+"/import.sh")) {
			arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "terraform import ")
			if !ok {
				continue
			}
			commands++
			srv := graphtest.NewServer(t)
			srv.PutDevice(exampleToken())
			srv.PutUser(exampleUser())
			if strings.HasSuffix(kind, "_assignment") {
				srv.Assign(exampleToken().ID, exampleUser().ID)
			}
			srv.PutDevice(graphtest.Device{SerialNumber: "70029371", Manufacturer: "Deepnet", Model: "SafeID/Classic", TimeIntervalInSeconds: 60})
			w := newWorkspace(t, srv, example(t, "resources/"+kind+"/resource.tf"))
			// The example's file says 30 seconds of the first token.
			w.write(t, "tokens.csv", strings.Replace(seedCSV, ",30,", ",60,", 1))
			w.write(t, "serial-numbers.txt", "# the delivery of May\n70029370\n70029371\n")
			w.environment = append(w.environment, "TF_VAR_seed="+seed)
			w.must(t, append([]string{"import", "-input=false"}, strings.Fields(arguments)...)...)
			w.mustPlanEmpty(t)
		}
		if commands != 2 {
			t.Errorf("%s/import.sh has %d commands, want 2", kind, commands)
		}
	}
}

// skipWithoutIdentity skips on Terraform before 1.12: import by identity is not there.
func skipWithoutIdentity(t *testing.T, w *workspace) {
	t.Helper()
	for _, old := range []string{"Terraform v1.11.", "OpenTofu v1.11."} {
		if strings.HasPrefix(w.must(t, "version"), old) {
			t.Skipf("skipped: import by identity needs Terraform or OpenTofu 1.12 and newer, this is %s…", old)
		}
	}
}
