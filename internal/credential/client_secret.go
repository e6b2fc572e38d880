package credential

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func (s Settings) hasClientSecret() bool { return s.ClientSecret != "" }

func clientSecret(s Settings) (azcore.TokenCredential, error) {
	if err := s.application(SettingClientSecret); err != nil {
		return nil, err
	}
	built, err := azidentity.NewClientSecretCredential(s.TenantID, s.ClientID, s.ClientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            s.clientOptions(),
		DisableInstanceDiscovery: s.privateAuthority(),
	})
	return orWrong(built, err, SettingTenantID)
}
