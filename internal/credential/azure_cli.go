package credential

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func azureCLI(s Settings) (azcore.TokenCredential, error) {
	built, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.TenantID})
	return orWrong(built, err, SettingTenantID)
}
