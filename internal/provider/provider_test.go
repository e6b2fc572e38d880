package provider_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

const (
	devicesPath = "/directory/authenticationMethodDevices/hardwareOathDevices"
	devicePath  = devicesPath + "/*"
	methodPath  = "/users/*/authentication/hardwareOathMethods/*"
	tokenAddr   = "entra_hardware_oath_token.test"
	// Seeds of our own making, never of a real token.
	seed      = "6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB"
	otherSeed = "TXYZAE6PJ4UZF3NNKIW3HQNFUF7WFTFB"
)

type factories = map[string]func() (tfprotov6.ProviderServer, error)

// newProvider joins a provider to a server. The waits for what Graph has not
// shown yet are short: tests that are about them set their own.
func newProvider(t *testing.T, srv *graphtest.Server, options ...provider.Option) factories {
	t.Helper()
	options = append([]provider.Option{
		provider.WithEnvironment(map[string]string{
			"ARM_MSGRAPH_ENDPOINT":     srv.URL(),
			"ARM_MSGRAPH_ACCESS_TOKEN": srv.AccessToken(),
		}),
		provider.WithGraphOptions(graph.WithVisibilityWindow(time.Second), graph.WithSettleWindow(500*time.Millisecond)),
	}, options...)
	return factories{"entra": providerserver.NewProtocol6WithError(provider.New("test", options...)())}
}

// tokenConfig is a token resource named test, with further arguments.
func tokenConfig(serialNumber, arguments string) string {
	return fmt.Sprintf(`
resource "entra_hardware_oath_token" "test" {
  serial_number            = %q
  manufacturer             = "Deepnet"
  model                    = "SafeID/Classic"
  time_interval_in_seconds = 60
  %s
}
`, serialNumber, arguments)
}

// withSeed are the arguments of a token whose seed is write-only.
func withSeed(version int) string {
	return fmt.Sprintf("secret_key_wo = %q\nsecret_key_wo_version = %d\n", seed, version)
}

// deviceOf is the device that tokenConfig describes, as another tool would have made it.
func deviceOf(serialNumber string) graphtest.Device {
	return graphtest.Device{
		SerialNumber: serialNumber, Manufacturer: "Deepnet", Model: "SafeID/Classic",
		TimeIntervalInSeconds: 60, HashFunction: "hmacsha1", SecretKey: seed,
	}
}

// destroyed checks that destroy left nothing.
func destroyed(srv *graphtest.Server) func(*terraform.State) error {
	return func(*terraform.State) error {
		if left := srv.Devices(); len(left) != 0 {
			return fmt.Errorf("destroy left %d tokens, the first with serial number %q", len(left), left[0].SerialNumber)
		}
		return nil
	}
}

// expectRequests checks how many requests a step has cost.
func expectRequests(srv *graphtest.Server, method, path string, want int) statecheck.StateCheck {
	return stateCheckFunc(func() error {
		if got := len(srv.Requests(method, path)); got != want {
			return fmt.Errorf("%s %s: %d requests, want %d", method, path, got, want)
		}
		return nil
	})
}

// expectProperties checks what the last request of a kind has sent.
func expectProperties(srv *graphtest.Server, method, path, want string) statecheck.StateCheck {
	return stateCheckFunc(func() error {
		requests := srv.Requests(method, path)
		if len(requests) == 0 {
			return fmt.Errorf("%s %s: no request", method, path)
		}
		if got := fmt.Sprint(requests[len(requests)-1].Properties); got != want {
			return fmt.Errorf("%s %s sent %s, want %s", method, path, got, want)
		}
		return nil
	})
}

type stateCheckFunc func() error

func (f stateCheckFunc) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = f()
}

// needsIdentity skips a test of identities on CLIs without them.
func needsIdentity() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}
}
