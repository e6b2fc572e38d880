package e2e_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func existing(srv *graphtest.Server) graphtest.Device {
	return srv.PutDevice(graphtest.Device{
		SerialNumber: "GALT11420104", Manufacturer: "Deepnet", Model: "SafeID/Classic", TimeIntervalInSeconds: 60, SecretKey: seed,
	})
}

// terraform import, the command, with and without a seed in the configuration.
func TestImportCommand(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]func(graphtest.Device) string{
		"object id":     func(d graphtest.Device) string { return d.ID },
		"serial number": func(d graphtest.Device) string { return d.SerialNumber },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			device := existing(srv)
			w := newWorkspace(t, srv, token(device.SerialNumber))
			w.must(t, "import", "-input=false", "entra_hardware_oath_token.test", id(device))
			w.mustPlanEmpty(t)
			if got := srv.Requests("POST", ""); len(got) != 0 {
				t.Errorf("the import wrote to the tenant")
			}
			w.mustDestroy(t, srv)
		})
	}
}

// The configuration that the CLI writes for an import block plans empty.
func TestGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	device := existing(srv)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	srv.Assign(device.ID, user.ID)
	w := newWorkspace(t, srv, fmt.Sprintf("import {\n  to = entra_hardware_oath_token.test\n  id = %q\n}\n", device.SerialNumber))
	w.must(t, "plan", "-input=false", "-generate-config-out=generated.tf")
	w.apply(t)
	w.mustPlanEmpty(t)
	for method, want := range map[string]int{"POST": 0, "PATCH": 0, "DELETE": 0} {
		if got := len(srv.Requests(method, "")); got != want {
			t.Errorf("%d %s requests, want %d", got, method, want)
		}
	}
	srv.Unassign(device.ID)
	w.mustDestroy(t, srv)
}
