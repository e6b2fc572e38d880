package provider

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
)

// The provider's arguments that are not about signing in.
const (
	attributeEnvironment       = "environment"
	attributeMaxRetries        = "max_retries"
	attributeMSGraphEndpoint   = "msgraph_endpoint"
	attributeRequestsPerSecond = "requests_per_second"
)

// The variables that no argument stands for.
const (
	envAuthorityHost    = "AZURE_AUTHORITY_HOST"
	envDisablePartnerID = "ARM_DISABLE_TERRAFORM_PARTNER_ID"
	envMSIEndpoint      = "ARM_MSI_ENDPOINT"
	envPartnerID        = "ARM_PARTNER_ID"
)

// environmentVariables lists the variables of an argument, the first one that is
// set counts: the names of hashicorp/azuread and microsoft/msgraph, then those
// that GitHub Actions, Azure DevOps and HCP Terraform set themselves.
func environmentVariables(attribute string) []string {
	switch attribute {
	case attributeMaxRetries, attributeRequestsPerSecond:
		return nil
	case credential.SettingAccessToken:
		return []string{"ARM_MSGRAPH_ACCESS_TOKEN"}
	case credential.SettingADOPipelineServiceConnectionID:
		return []string{"ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"}
	case credential.SettingOIDCRequestToken:
		return []string{"ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"}
	case credential.SettingOIDCRequestURL:
		return []string{"ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"}
	case credential.SettingOIDCToken:
		return []string{"ARM_OIDC_TOKEN", "TFC_WORKLOAD_IDENTITY_TOKEN"}
	default:
		return []string{"ARM_" + strings.ToUpper(attribute)}
	}
}

// fromEnvironment ends an argument's description.
func fromEnvironment(attribute string) string {
	return " Can also be set with the environment variable `" + strings.Join(environmentVariables(attribute), "` or `") + "`."
}

// userAgent says who asks: this provider, the CLI and, unless that is switched
// off, the partner that the person works for: a GUID, or what Partner Center
// makes of it (pid-…-partnercenter), as hashicorp/azurerm takes them.
func userAgent(version, terraformVersion string, getenv func(string) string, diags *diag.Diagnostics) string {
	agent := fmt.Sprintf("terraform-provider-entra/%s (+https://registry.terraform.io/providers/terraform-provider-entra/entra) Terraform/%s", version, terraformVersion)
	partner := strings.TrimPrefix(strings.TrimSpace(getenv(envPartnerID)), "pid-")
	disabled, _ := strconv.ParseBool(getenv(envDisablePartnerID))
	if disabled || partner == "" {
		return agent
	}
	if uuid.Validate(strings.TrimSuffix(partner, "-partnercenter")) != nil {
		diags.AddWarning("Partner id not used", fmt.Sprintf("The environment variable %s is %q, and it must be a GUID.", envPartnerID, getenv(envPartnerID)))
		return agent
	}
	return agent + " pid-" + partner
}
