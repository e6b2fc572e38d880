package provider_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// The same steps as on the emulator, against a live tenant: `make testacc` with
// the ARM_* credentials of an application that has the permission
// Policy.ReadWrite.AuthenticationMethod.
func TestAccHardwareOathToken_lifecycle(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("skipped: live tests need TF_ACC=1 and the credentials of a tenant, see `make testacc`")
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories{"entra": providerserver.NewProtocol6WithError(provider.New("acctest")())},
		Steps:                    tokenSteps(fmt.Sprintf("TFACC-%d", time.Now().UnixNano())),
	})
}
