package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

// importedSecretVersion is the version that an import records: an import is not
// told the configuration, and 1 is the version that configurations begin with,
// so that the plan after it is empty.
const importedSecretVersion = 1

var (
	secretKeyPath          = path.Root("secret_key")
	secretKeyWOPath        = path.Root("secret_key_wo")
	secretKeyWOVersionPath = path.Root("secret_key_wo_version")
)

// secretPlan is what planSecret decides.
type secretPlan struct {
	secretKey   types.String
	version     types.Int64
	replace     path.Paths
	diagnostics diag.Diagnostics
}

// planSecret decides what the configured secret means for the plan. State is
// nil for a creation. Graph neither tells nor changes a seed, so a new seed is a
// new token; a seed that is configured for the first time on a token that is
// there already is only recorded.
func planSecret(config, plan hardwareOathTokenResourceModel, state *hardwareOathTokenResourceModel, private privateState) secretPlan {
	result := secretPlan{secretKey: plan.SecretKey, version: config.SecretKeyWOVersion}
	if state == nil {
		if config.SecretKey.IsNull() && config.SecretKeyWO.IsNull() {
			result.diagnostics.AddAttributeError(secretKeyWOPath, "Missing secret key",
				fmt.Sprintf("%s is to be created, and that needs its seed: set secret_key_wo (or secret_key, which is stored in the state). "+
					"If the token is in the tenant already, import it; an import needs no seed. "+
					"If the configuration is to be destroyed, and this token is gone already: terraform state rm it, or destroy with -refresh=false.", plan.describe()))
		}
		return result
	}
	result.planSecretKey(config, *state)
	result.planVersion(config, *state, private)
	if len(result.replace) > 0 || !plan.SerialNumber.Equal(state.SerialNumber) {
		result.diagnostics = nil // a new token takes whatever secret is configured
	}
	return result
}

// planSecretKey treats the secret that is kept in the state.
func (p *secretPlan) planSecretKey(config, state hardwareOathTokenResourceModel) {
	switch {
	case config.SecretKey.IsNull() && !state.SecretKey.IsNull() && isKnown(config.SecretKeyWO) && !sameSecret(config.SecretKeyWO, state.SecretKey):
		// Moved to the write-only argument, and not the same seed.
		p.replace.Append(secretKeyPath)
	case config.SecretKey.IsNull():
		// Removed, or never there: nothing to send.
	case state.SecretKey.IsNull():
		p.warnNotSent("secret_key is set for the first time", config)
	case sameSecret(config.SecretKey, state.SecretKey):
		p.secretKey = state.SecretKey
	default:
		p.replace.Append(secretKeyPath)
	}
}

// planVersion treats the version of the write-only secret.
func (p *secretPlan) planVersion(config, state hardwareOathTokenResourceModel, private privateState) {
	switch {
	case config.SecretKeyWOVersion.IsNull():
		p.version = state.SecretKeyWOVersion
	case config.SecretKeyWOVersion.Equal(state.SecretKeyWOVersion):
	case private.importedLately():
		p.warnNotSent("secret_key_wo_version is set for the first time since its import", config)
	case !state.SecretKeyWOVersion.IsNull():
		p.replace.Append(secretKeyWOVersionPath)
	case state.SecretKey.IsNull():
		p.warnNotSent("secret_key_wo_version is set for the first time", config)
	}
}

// warnNotSent names no attribute's path: the CLI would quote the line with the secret.
func (p *secretPlan) warnNotSent(what string, config hardwareOathTokenResourceModel) {
	p.diagnostics.AddWarning("Secret key recorded, not sent",
		fmt.Sprintf("%s exists, and %s: Terraform takes it for the seed that the token has. Microsoft Graph never tells a seed, so this could not be checked. "+
			"If it is another seed, replace the token: terraform apply -replace=ADDRESS.", config.describe(), what))
}

func isKnown(value types.String) bool { return !value.IsNull() && !value.IsUnknown() }

// sameSecret reports whether two known secrets are the same in any spelling.
func sameSecret(a, b types.String) bool {
	if a.IsUnknown() || b.IsUnknown() {
		return false
	}
	first, errA := totp.CanonicalSecret(a.ValueString())
	second, errB := totp.CanonicalSecret(b.ValueString())
	return errA == nil && errB == nil && first == second
}

// refuseUpdateOfAssigned refuses at plan time what Graph would refuse at apply:
// a token can be changed only while nobody holds it.
func refuseUpdateOfAssigned(plan, state hardwareOathTokenModel) diag.Diagnostics {
	if state.AssignedTo.IsNull() {
		return nil
	}
	var diags diag.Diagnostics
	for _, attribute := range []struct {
		name         string
		plan, before attr.Value
	}{
		{"manufacturer", plan.Manufacturer, state.Manufacturer},
		{"model", plan.Model, state.Model},
		{"time_interval_in_seconds", plan.TimeIntervalInSeconds, state.TimeIntervalInSeconds},
		{"hash_function", plan.HashFunction, state.HashFunction},
		{"display_name", plan.DisplayName, state.DisplayName},
	} {
		if attribute.plan.IsUnknown() || attribute.plan.Equal(attribute.before) {
			continue
		}
		detail := fmt.Sprintf("%s is assigned to %s, and Microsoft Graph changes only tokens that nobody holds. "+
			"Take the token back first, or undo the change of %s. To destroy the token as it is, use terraform destroy -refresh=false.", state.describe(), state.holder(), attribute.name)
		if attribute.name == "display_name" {
			detail += " The holder can rename the token too: to let the name be theirs, leave display_name out, or list it in lifecycle ignore_changes."
		}
		diags.AddAttributeError(path.Root(attribute.name), "Failed to update hardware OATH token", detail)
	}
	return diags
}
