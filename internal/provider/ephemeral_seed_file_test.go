package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// echoed shows an ephemeral value in the state, which only a test may do.
func echoed(arguments string) string {
	return fmt.Sprintf(`
		ephemeral "entra_seed_file" "test" {
		  %s
		}
		provider "echo" {
		  data = ephemeral.entra_seed_file.test
		}
		resource "echo" "test" {}
	`, arguments)
}

func withEcho(t *testing.T, srv *graphtest.Server) factories {
	t.Helper()
	both := newProvider(t, srv)
	both["echo"] = echoprovider.NewProviderServer()
	return both
}

func seedFilePath(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSeedFile(t *testing.T) {
	t.Parallel()
	path := seedFilePath(t, seedCSV)
	for name, arguments := range map[string]string{
		"path":           fmt.Sprintf("path = %q", path),
		"content":        fmt.Sprintf("content = file(%q)", path),
		"content_base64": fmt.Sprintf("content_base64 = filebase64(%q)", path),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			data := tfjsonpath.New("data")
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: withEcho(t, srv),
				Steps: []resource.TestStep{{
					Config: echoed(arguments),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue("echo.test", data.AtMapKey("secret_keys"), knownvalue.MapExact(map[string]knownvalue.Check{
							"00012345": knownvalue.StringExact(seed), "00012346": knownvalue.StringExact(otherSeed),
						})),
						statecheck.ExpectKnownValue("echo.test", data.AtMapKey("tokens"), knownvalue.MapSizeExact(2)),
						statecheck.ExpectKnownValue("echo.test", data.AtMapKey("skipped"), knownvalue.ListSizeExact(0)),
					},
				}},
			})
		})
	}
}

func TestSeedFile_skipUnsupported(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	data := tfjsonpath.New("data")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: withEcho(t, srv),
		Steps: []resource.TestStep{{
			Config: echoed(fmt.Sprintf("path = %q\nmanufacturer = \"Contoso\"\nmodel = \"HT1\"\nskip_unsupported = true", seedFilePath(t, mixedOATH))),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("secret_keys"), knownvalue.MapExact(map[string]knownvalue.Check{
					"70001": knownvalue.StringExact("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
				})),
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("skipped").AtSliceIndex(0).AtMapKey("serial_number"), knownvalue.StringExact("70002")),
				statecheck.ExpectKnownValue("echo.test", data.AtMapKey("skipped").AtSliceIndex(0).AtMapKey("row"), knownvalue.Int64Exact(2)),
			},
		}},
	})
}

func TestSeedFile_errors(t *testing.T) {
	t.Parallel()
	path := seedFilePath(t, seedCSV)
	for name, test := range map[string]struct{ arguments, want string }{
		"no source":     {``, `Exactly one of path, content and content_base64 is needed, and 0 are given.`},
		"two sources":   {fmt.Sprintf("path = %q\ncontent = \"x\"", path), `Exactly one of path, content and content_base64 is needed, and 2 are given.`},
		"no such file":  {`path = "no/such/file.csv"`, `The seed file "no/such/file.csv" can't be used. The file can't be read: stat no/such/file.csv: no such file or directory.`},
		"no file":       {`path = "/dev/zero"`, `It is not a file.`},
		"proprietary":   {`path = "tokens.sds"`, `ask HID`},
		"not base64":    {`content_base64 = "%"`, `The argument content_base64 is not Base64: use filebase64() to read the file.`},
		"key not hex":   {fmt.Sprintf("path = %q\nkey_hex = \"secretkey\"", path), `Attribute key_hex: the value is not hexadecimal.`},
		"key too short": {fmt.Sprintf("path = %q\nkey_hex = \"00ff\"", path), `Attribute key_hex: the value has 2 bytes, and an AES key has 16, 24 or 32.`},
		"no PEM":        {fmt.Sprintf("path = %q\ntrusted_certificates = \"x\"", path), `The argument trusted_certificates can't be used: it holds no certificate in PEM form.`},
		"format":        {fmt.Sprintf("path = %q\nformat = \"xls\"", path), `Attribute format value must be one of:`},
		"interval":      {fmt.Sprintf("path = %q\ntime_interval_in_seconds = 45", path), `Attribute time_interval_in_seconds value must be one of:`},
		"HOTP in it":    {fmt.Sprintf("path = %q\nmanufacturer = \"Contoso\"\nmodel = \"HT1\"", seedFilePath(t, mixedOATH)), `"70002"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: withEcho(t, graphtest.NewServer(t)),
				Steps:                    []resource.TestStep{{Config: echoed(test.arguments), ExpectError: says(test.want)}},
			})
		})
	}
}
