package e2e_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const seedFromVariable = `
	variable "seed" {
	  type      = string
	  sensitive = true
	  ephemeral = true
	}
	resource "entra_hardware_oath_token" "test" {
	  serial_number            = "1"
	  manufacturer             = "Deepnet"
	  model                    = "SafeID/Classic"
	  time_interval_in_seconds = 60
	  secret_key_wo            = var.seed
	  secret_key_wo_version    = 1
	}
`

// The seed is in no file that a run leaves behind and in nothing that it
// prints, at the most talkative log level; nor is the access token.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 503, AfterWrite: true, Times: 1}) // the recovery is looked at too
	w := newWorkspace(t, srv, seedFromVariable)
	w.environment = append(w.environment, "TF_VAR_seed="+seed, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
	printed := w.must(t, "plan", "-input=false", "-out=plan.out")
	printed += w.must(t, "apply", "-input=false", "plan.out")
	printed += w.must(t, "show", "-json")
	printed += w.must(t, "show", "-json", "plan.out")
	w.mustPlanEmpty(t)

	files := w.files(t)
	for _, name := range []string{"terraform.tfstate", "plan.out", "trace.log"} {
		if len(files[name]) == 0 {
			t.Fatalf("there is no %s to search", name)
		}
	}
	if !strings.Contains(files["trace.log"], "graph refused") || !strings.Contains(files["trace.log"], "client_request_id") {
		t.Error("the trace log does not hold the provider's lines")
	}
	files["output"] = printed
	for name, content := range unzip(t, files["plan.out"]) {
		files["plan.out/"+name] = content
	}
	for name, content := range files {
		for what, secret := range map[string]string{"seed": seed, "access token": srv.AccessToken()} {
			if strings.Contains(strings.ToUpper(content), strings.ToUpper(secret)) {
				t.Errorf("%s holds the %s", name, what)
			}
		}
	}
}

// A box of tokens, from the vendor's file to the tenant: the seeds are in the
// file alone.
func TestNoSecretOfSeedFileIsKept(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"one by one": example(t, "ephemeral-resources/entra_seed_file/ephemeral-resource.tf"),
		"batch":      example(t, "resources/entra_hardware_oath_token_batch/resource.tf"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noSecretOfSeedFileIsKept(t, config)
		})
	}
}

func noSecretOfSeedFileIsKept(t *testing.T, config string) {
	t.Helper()
	srv := graphtest.NewServer(t)
	// A lost answer and a refusal are looked at too.
	srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 503, AfterWrite: true, Times: 1})
	srv.AddFault(graphtest.Fault{Method: "PATCH", Status: 400, Times: 1})
	w := newWorkspace(t, srv, config)
	const file = "tokens.csv"
	w.write(t, file, seedCSV)
	w.environment = append(w.environment, "TF_LOG=TRACE", "TF_LOG_PATH="+w.dir+"/trace.log")
	printed := w.must(t, "plan", "-input=false", "-out=plan.out")
	printed += w.must(t, "apply", "-input=false", "plan.out")
	printed += w.must(t, "show", "-json", "plan.out")
	w.mustPlanEmpty(t)
	if got := len(srv.Devices()); got != 2 {
		t.Fatalf("the tenant holds %d tokens, want 2", got)
	}

	files := w.files(t)
	delete(files, file)
	files["output"] = printed
	for name, content := range unzip(t, files["plan.out"]) {
		files["plan.out/"+name] = content
	}
	if len(files["trace.log"]) == 0 || len(files["terraform.tfstate"]) == 0 {
		t.Fatal("there is no log or no state to search")
	}
	for name, content := range files {
		if strings.Contains(strings.ToUpper(content), seed) {
			t.Errorf("%s holds a seed", name)
		}
	}
}

// A secret that is wrong is in the configuration, where the CLI would quote it
// if the error pointed at its line.
func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	const bad = "C2DE3FH4IJ5KL6MN7OP1QR2ST3UV4WAA"
	argument := func(name, value string) string { return fmt.Sprintf("%s = %q", name, value) }
	with := func(arguments ...string) string {
		return strings.Replace(token("1"), argument("secret_key_wo           ", seed), strings.Join(arguments, "\n"), 1)
	}
	assigned := func(name, value string, more ...string) string {
		return assignment("3dee0e53-f50f-43ef-85c0-b44689f2d66d", "amy@contoso.com", "activate = true\n"+argument(name, value)+"\n"+strings.Join(more, "\n"))
	}
	for name, config := range map[string]string{
		"write-only":             with(argument("secret_key_wo", bad)),
		"in the state":           with(argument("secret_key", bad)),
		"both":                   with(argument("secret_key", seed), argument("secret_key_wo", seed)),
		"warning":                with(argument("secret_key", seed)),
		"batch":                  batch(`{ "1" = "`+seed+`", "2" = "`+bad+`" }`, "secret_keys_wo"),
		"batch in the state":     batch(`{ "1" = "`+seed+`", "2" = "`+bad+`" }`, "secret_keys"),
		"batch, missing":         batch(`{ "1" = "`+seed+`" }`, "secret_keys_wo"),
		"long":                   with(argument("secret_key_wo", strings.Repeat(seed, 5))),
		"duplicate":              strings.ReplaceAll(token("taken"), `"test"`, `"other"`),
		"two ways to sign in":    "provider \"entra\" {\n" + argument("access_token", seed) + "\n" + argument("client_secret", seed) + "\n}\n" + token("1"),
		"half a credential":      "provider \"entra\" {\n" + argument("client_secret", seed) + "\n}\n" + token("1"),
		"assignment, bad seed":   assigned("secret_key_wo", bad),
		"assignment, two codes":  assigned("secret_key_wo", seed, argument("verification_code_wo", "123456")),
		"assignment, refused":    assigned("secret_key_wo", seed),
		"token not for printing": "provider \"entra\" {\n" + argument("access_token", seed) + "\n}\n" + token("1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.PutDevice(graphtest.Device{SerialNumber: "taken", Manufacturer: "Deepnet", Model: "SafeID/Classic", TimeIntervalInSeconds: 60, SecretKey: seed})
			w := newWorkspace(t, srv, config)
			if strings.Contains(config, "provider \"entra\"") {
				w.environment = append(w.environment, "ARM_MSGRAPH_ACCESS_TOKEN=")
			}
			output, status := w.run(t, "apply", "-auto-approve", "-input=false")
			if name != "warning" && status == 0 {
				t.Errorf("the apply succeeded:\n%s", output)
			}
			for _, secret := range []string{seed, bad} {
				if strings.Contains(strings.ToUpper(output), secret) {
					t.Errorf("the output shows a secret:\n%s", output)
				}
			}
		})
	}
}

// batch is a batch of the tokens 1 and 2.
func batch(seeds, argument string) string {
	return fmt.Sprintf(`
		resource "entra_hardware_oath_token_batch" "test" {
		  tokens = { for serial in ["1", "2"] : serial => { manufacturer = "Deepnet", model = "SafeID/Classic", time_interval_in_seconds = 60 } }
		  %s = %s
		}
	`, argument, seeds)
}

func unzip(t *testing.T, archive string) map[string]string {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader([]byte(archive)), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range reader.File {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		files[file.Name] = string(text)
	}
	return files
}
