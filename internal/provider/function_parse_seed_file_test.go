package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// Seeds of our own making; the second token is one that Entra can't take.
const (
	seedCSV   = "upn,serial number,secret key,time interval,manufacturer,model\nAmy@contoso.com,00012345," + seed + ",30,Contoso,HT1\n,00012346," + otherSeed + ",60,Contoso,HT1\n"
	mixedOATH = "70001,3132333435363738393031323334353637383930,totp,6,30\n70002,3132333435363738393031323334353637383930,hotp,6,0\n"
)

func parse(content, options string) string {
	if options != "" {
		options = ", " + options
	}
	return fmt.Sprintf("output \"test\" {\n  value = provider::entra::parse_seed_file(%s%s)\n}\n", content, options)
}

func object(values map[string]knownvalue.Check) knownvalue.Check {
	return knownvalue.ObjectExact(values)
}

func TestParseSeedFile(t *testing.T) {
	t.Parallel()
	token := func(interval int64, upn knownvalue.Check) knownvalue.Check {
		return object(map[string]knownvalue.Check{
			"manufacturer": knownvalue.StringExact("Contoso"), "model": knownvalue.StringExact("HT1"),
			"time_interval_in_seconds": knownvalue.Int64Exact(interval), "hash_function": knownvalue.StringExact("hmacsha1"),
			"display_name": knownvalue.Null(), "user_principal_name": upn,
		})
	}
	both := map[string]knownvalue.Check{
		"00012345": token(30, knownvalue.StringExact("Amy@contoso.com")), "00012346": token(60, knownvalue.Null()),
	}
	for name, test := range map[string]struct {
		call string
		want map[string]knownvalue.Check
	}{
		"CSV": {parse(fmt.Sprintf("%q", seedCSV), ""), map[string]knownvalue.Check{
			"format": knownvalue.StringExact("entra_csv"), "tokens": knownvalue.MapExact(both), "skipped": knownvalue.ListExact(nil),
		}},
		"base64": {parse(fmt.Sprintf("base64encode(%q)", seedCSV), "{ content_base64 = true }"), map[string]knownvalue.Check{
			"format": knownvalue.StringExact("entra_csv"), "tokens": knownvalue.MapExact(both), "skipped": knownvalue.ListExact(nil),
		}},
		"options": {
			parse(fmt.Sprintf("%q", mixedOATH), `{ manufacturer = "Contoso", model = "HT1", hash_function = null, time_interval_in_seconds = "30", skip_unsupported = "true", format = "oath_csv" }`),
			map[string]knownvalue.Check{
				"format":  knownvalue.StringExact("oath_csv"),
				"tokens":  knownvalue.MapExact(map[string]knownvalue.Check{"70001": token(30, knownvalue.Null())}),
				"skipped": knownvalue.ListSizeExact(1),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps: []resource.TestStep{{
					Config:            test.call,
					ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("test", knownvalue.ObjectExact(test.want))},
				}},
			})
			if got := srv.Requests("", ""); len(got) != 0 {
				t.Errorf("a function asked Graph %d times", len(got))
			}
		})
	}
}

func TestParseSeedFile_errors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ call, want string }{
		"unknown option":  {parse(`"x"`, `{ modell = "x" }`), `there is no option "modell"; there are assume_totp, content_base64, format,`},
		"two objects":     {parse(`"x"`, `{}, {}`), `2 options objects are given, and only one is taken.`},
		"not an object":   {parse(`"x"`, `"oath_csv"`), `the options must be an object, such as { skip_unsupported = true }.`},
		"wrong type":      {parse(`"x"`, `{ skip_unsupported = "yes" }`), `the option skip_unsupported must be true or false.`},
		"not a value":     {parse(`"x"`, `{ model = ["x"] }`), `the option model must be a single value.`},
		"not whole":       {parse(`"x"`, `{ time_interval_in_seconds = 30.5 }`), `the option time_interval_in_seconds must be a whole number.`},
		"unknown format":  {parse(`"x"`, `{ format = "xls" }`), `unknown format "xls"`},
		"not base64":      {parse(`"%"`, `{ content_base64 = true }`), `the content is not Base64, as content_base64 says: use filebase64() to read the file.`},
		"not a seed file": {parse(`"hello"`, ""), `the format of the file is not known`},
		"HOTP in it":      {parse(fmt.Sprintf("%q", mixedOATH), `{ manufacturer = "Contoso", model = "HT1" }`), `"70002"`},
		"no model":        {parse(fmt.Sprintf("%q", strings.Split(mixedOATH, "\n")[0]), `{ manufacturer = "Contoso" }`), `model`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, graphtest.NewServer(t), test.want, resource.TestStep{Config: test.call})
		})
	}
}
