package main

import (
	"strings"
	"testing"
)

func TestShortWalk(t *testing.T) {
	t.Parallel()

	output := strings.Join([]string{
		"data.x.found: Reading...",
		"",
		"Terraform used the selected providers to generate the following execution",
		"plan. Resource actions are indicated with the following symbols:",
		"  + create",
		"",
		"Terraform will perform the following actions:",
		"",
		"\x1b[1m  # x.a[\"1\"]\x1b[0m will be created",
		"  + resource \"x\" \"a\" {",
		"      + assigned_to   = (known after apply)",
		"      + secret_key_wo = (write-only attribute)",
		"    }",
		"",
		"  # x.a[\"2\"] will be created",
		"  + resource \"x\" \"a\" {",
		"      + serial_number = \"2\"",
		"    }",
		"",
		"Plan: 2 to add, 0 to change, 0 to destroy.",
		"x.a[\"1\"]: Creating...",
		"x.a[\"1\"]: Creation complete after 0s [id=1]",
		"",
		"Apply complete! Resources: 2 added, 0 changed, 0 destroyed.",
		"",
		"Outputs:",
		"",
		"found = \"1\"",
	}, "\n")
	want := strings.Join([]string{
		"\x1b[1m  # x.a[\"1\"]\x1b[0m will be created",
		"  + resource \"x\" \"a\" {",
		"      + assigned_to   = (known after apply)",
		"      + secret_key_wo = (write-only attribute)",
		"    }",
		"  # x.a[\"2\"] will be created",
		"Plan: 2 to add, 0 to change, 0 to destroy.",
		"x.a[\"1\"]: Creation complete after 0s [id=1]",
		"Apply complete! Resources: 2 added, 0 changed, 0 destroyed.",
		"Outputs:",
		"found = \"1\"",
		"",
	}, "\n")
	if got := shortWalk(output, 1); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMaskSecrets(t *testing.T) {
	t.Parallel()

	tenant, err := newTenant()
	if err != nil {
		t.Fatal(err)
	}
	file, err := config.ReadFile("config/" + vendorFile)
	if err != nil {
		t.Fatal(err)
	}
	masked := maskSecrets(string(file))
	for _, token := range tenant.delivery {
		if token.SecretKey == "" || !strings.Contains(string(file), token.SecretKey) {
			t.Errorf("token %s has no seed in the file", token.SerialNumber)
		}
		if strings.Contains(masked, token.SecretKey) {
			t.Errorf("the seed of token %s is shown", token.SerialNumber)
		}
		if !strings.Contains(masked, token.SerialNumber) {
			t.Errorf("token %s is missing", token.SerialNumber)
		}
	}
	if _, ok := bySerial(tenant.delivery, lookedUpSerial); !ok {
		t.Errorf("the delivery has no token %s", lookedUpSerial)
	}
	if _, ok := bySerial(tenant.state.Devices, importedSerial); !ok {
		t.Errorf("the tenant has no token %s", importedSerial)
	}
}
