package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// batchPlan decides what a plan does to each token of a batch.
type batchPlan struct {
	client       *graph.Client
	config, plan hardwareOathTokenBatchModel
	state        *hardwareOathTokenBatchModel // nil for a creation
	private      privateState
	prior        batchTokens

	replace     path.Paths
	diagnostics diag.Diagnostics
	// renewed have another seed than the state: their tokens are deleted and made
	// again. Of unsettled ones that is not known yet.
	renewed, unsettled map[string]bool
	// made and edited are what is to be done, sorted.
	made, edited []string
}

// decideSecrets decides what the configured secrets mean. A version that was
// raised is new seeds for all; a secret that changes in the state is a new seed
// for that one token.
func (p *batchPlan) decideSecrets() {
	p.renewed, p.unsettled = map[string]bool{}, map[string]bool{}
	if p.state == nil {
		p.plan.SecretKeysWOVersion = p.config.SecretKeysWOVersion
		return
	}
	p.decideVersion()
	if p.state.SecretKeys.IsNull() {
		if !p.config.SecretKeys.IsNull() {
			p.warnNotSent("secret_keys is set for the first time")
		}
		return
	}
	configured, settled := p.config.secrets()
	before := secretsFrom(p.state.SecretKeys)
	for serialNumber, secret := range before {
		now, ok := configured[serialNumber]
		switch {
		case !settled || ok && now.IsUnknown():
			p.unsettled[serialNumber] = true
		case ok && !sameSecret(now, secret):
			p.renewed[serialNumber] = true
		}
	}
	// Terraform takes the configuration's map or the state's, as a whole.
	if settled && len(p.renewed)+len(p.unsettled) == 0 && !p.config.SecretKeys.IsNull() && len(configured) == len(before) && containsAll(configured, before) {
		p.plan.SecretKeys = p.state.SecretKeys
	}
}

func containsAll(all, part map[string]types.String) bool {
	for key := range part {
		if _, ok := all[key]; !ok {
			return false
		}
	}
	return true
}

// decideVersion treats the version of the write-only secrets, as planVersion
// does for one token.
func (p *batchPlan) decideVersion() {
	config, state := p.config.SecretKeysWOVersion, p.state.SecretKeysWOVersion
	switch {
	case config.IsNull():
		p.plan.SecretKeysWOVersion = state
	case config.Equal(state):
	case p.private.importedLately():
		p.warnNotSent("secret_keys_wo_version is set for the first time since its import")
	case !state.IsNull():
		p.replace.Append(path.Root("secret_keys_wo_version"))
	case p.state.SecretKeys.IsNull():
		p.warnNotSent("secret_keys_wo_version is set for the first time")
	}
}

func (p *batchPlan) warnNotSent(what string) {
	p.diagnostics.AddWarning("Secret keys recorded, not sent",
		fmt.Sprintf("The batch exists, and %s: Terraform takes them for the seeds that its tokens have. Microsoft Graph never tells a seed, so this could not be checked. "+
			"If they are other seeds, replace the batch: terraform apply -replace=ADDRESS.", what))
}

// decideTokens says for each token whether it stays, and gives what only Graph
// can say its planned value: what the state knows, or unknown.
func (p *batchPlan) decideTokens() {
	configured, written := batchTokensFrom(p.config.Tokens), p.config.Tokens.Elements()
	attributeTypes := batchTokenAttributeTypes()
	elements := p.plan.Tokens.Elements()
	for serialNumber, element := range elements {
		token, known := batchTokenFrom(serialNumber, element)
		if !known || written[serialNumber].IsUnknown() {
			// The framework has put defaults into what is not known at all.
			elements[serialNumber] = types.ObjectUnknown(attributeTypes)
			continue
		}
		before := p.prior[serialNumber]
		nameIsTheirs := configured[serialNumber].DisplayName.IsNull()
		switch {
		case !before.exists() || p.renewed[serialNumber]:
			p.made = append(p.made, serialNumber)
			token.ID, token.Status = types.StringUnknown(), types.StringUnknown()
			if nameIsTheirs {
				token.DisplayName = types.StringUnknown()
			}
		default:
			token.ID, token.Status = before.ID, before.Status
			if nameIsTheirs {
				token.DisplayName = before.DisplayName
			}
			if token.differs(before) {
				p.edited = append(p.edited, serialNumber)
			}
			if p.unsettled[serialNumber] {
				token.ID, token.Status = types.StringUnknown(), types.StringUnknown()
			}
		}
		elements[serialNumber] = token.batchObject(attributeTypes)
	}
	slices.Sort(p.made)
	slices.Sort(p.edited)
	p.plan.Tokens = types.MapValueMust(types.ObjectType{AttrTypes: attributeTypes}, elements)
}

// differs reports whether the token is to be changed, as far as that is known.
func (m hardwareOathTokenModel) differs(before hardwareOathTokenModel) bool {
	if m.TimeIntervalInSeconds.IsUnknown() {
		m.TimeIntervalInSeconds = before.TimeIntervalInSeconds
	}
	return m.changesFrom(before) != (graph.HardwareOathTokenUpdate{})
}

// checkSecrets demands a secret for each token that is to be made.
func (p *batchPlan) checkSecrets() {
	secrets, settled := p.config.secrets()
	var missing []string
	for _, serialNumber := range p.made {
		if _, ok := secrets[serialNumber]; !ok && settled {
			missing = append(missing, serialNumber)
		}
	}
	if len(missing) == 0 {
		return
	}
	p.diagnostics.AddError("Missing secret keys",
		fmt.Sprintf("%s of this batch are to be created, and that needs their seeds: %s.\n\nGive each in secret_keys_wo (or secret_keys, which is stored in the state), by its serial number as it is written in tokens; "+
			"or take these serial numbers out of tokens. A token that is in the tenant already needs no seed, but an import. "+
			"If the configuration is to be destroyed, and these tokens are gone already: destroy with -refresh=false.", tokenCount(len(missing)), quoted(missing, maxFailureLines)))
}

// checkTaken looks, in one go, whether serial numbers of tokens that are to be
// made are in the tenant already.
func (p *batchPlan) checkTaken(ctx context.Context) {
	// Of what was sent and not seen yet it is not news that it is there.
	ours := map[string]bool{}
	for _, serialNumber := range slices.Concat(p.private.Unlisted, p.private.Lost) {
		ours[serialNumber] = true
	}
	wanted := slices.DeleteFunc(slices.Clone(p.made), func(serialNumber string) bool {
		return ours[serialNumber] && p.state != nil
	})
	found, err := p.client.FindHardwareOathTokensBySerialNumber(ctx, wanted)
	if err != nil {
		addGraphError(&p.diagnostics, "Failed to read hardware OATH tokens", "The inventory of the tenant", err)
		return
	}
	for _, token := range p.prior {
		ours[token.ID.ValueString()] = true
	}
	var serialNumbers []string
	var existing []graph.HardwareOathToken
	for _, serialNumber := range wanted {
		for _, token := range found[serialNumber] {
			if token.SerialNumber == serialNumber && !ours[token.ID] {
				existing = append(existing, token)
				serialNumbers = append(serialNumbers, serialNumber)
			}
		}
	}
	serialNumbers = slices.Compact(serialNumbers)
	if len(existing) > 0 {
		p.diagnostics.AddError("Serial numbers are in the tenant already", p.describeTaken(serialNumbers, existing))
	}
}

func (p *batchPlan) describeTaken(serialNumbers []string, existing []graph.HardwareOathToken) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s of this batch can't be created, because their serial numbers are in the tenant already, and this resource does not have them in its state. They were left as they are.\n\n", tokenCount(len(serialNumbers)))
	if p.state == nil {
		text.WriteString("To manage what is there as this batch, import it by this id (or by \"@FILE\", the name of a file with one serial number in each line); " +
			"the next apply then creates only what is missing:\n\n")
		fmt.Fprintf(&text, "import {\n  to = %s.example\n  id = %s\n}\n", hardwareOathTokenBatchType, hclString(strings.Join(serialNumbers, ",")))
		text.WriteString("\nOr take these serial numbers out of tokens")
	} else {
		fmt.Fprintf(&text, "They are %s. Take these serial numbers out of tokens", quoted(serialNumbers, len(serialNumbers)))
	}
	text.WriteString(" and import each as a resource of its own:\n\n" + importBlocks(existing))
	text.WriteString("\nIf another resource has them, in this configuration or another, they must stay out of one of the two. If they are this resource's own: where it is tainted, terraform untaint ADDRESS, and terraform apply -replace=ADDRESS to make them again; and no create_before_destroy, since a serial number exists once. " +
		"To destroy the batch as it is, use terraform destroy -refresh=false.")
	return text.String()
}

// checkHeld refuses at plan time what Graph would refuse at apply, or what would
// take tokens from people: who holds them is asked only then.
func (p *batchPlan) checkHeld(ctx context.Context, serialNumbers []string, summary, advice string) {
	held := slices.DeleteFunc(slices.Clone(serialNumbers), func(serialNumber string) bool {
		token := p.prior[serialNumber]
		return !token.exists() || token.Status.ValueString() == graph.StatusAvailable
	})
	if len(held) == 0 {
		return
	}
	found, err := p.client.GetHardwareOathTokens(ctx, p.prior.refs(p.private, held))
	if err != nil {
		addGraphError(&p.diagnostics, "Failed to read hardware OATH tokens", "Who holds the tokens of the batch", err)
		return
	}
	var lines []string
	for _, serialNumber := range held {
		if token, ok := found[p.prior[serialNumber].ID.ValueString()]; ok && token.AssignedTo != nil {
			lines = append(lines, fmt.Sprintf("  - %q is assigned to %s", serialNumber, holder(*token.AssignedTo)))
		}
	}
	if len(lines) == 0 {
		return
	}
	p.diagnostics.AddError(summary, capped(lines)+"\n\n"+advice)
}

// check refuses what can't succeed. It reads only what the plan's changes need.
func (p *batchPlan) check(ctx context.Context) {
	if len(p.replace) > 0 {
		if !p.state.UnassignOnDestroy.ValueBool() {
			p.checkHeld(ctx, slices.Sorted(maps.Keys(p.prior)), "Failed to replace hardware OATH tokens", "Another secret_keys_wo_version replaces the whole batch, and Microsoft Graph deletes only tokens that nobody holds. "+
				"Take these tokens back first, or set unassign_on_destroy = true and apply that before. To give single tokens new seeds, take them out of tokens, apply, and put them back.")
		}
		return
	}
	p.checkSecrets()
	if p.diagnostics.HasError() {
		return
	}
	// The second half of a replacement finds the tokens that its first half deletes.
	if p.state != nil || !p.private.Planned {
		p.checkTaken(ctx)
	}
	p.checkHeld(ctx, p.edited, "Failed to update hardware OATH tokens", "Microsoft Graph changes only tokens that nobody holds. Take these tokens back first, or undo their changes. "+
		"The holder can rename a token too: to let the name be theirs, leave display_name out. To destroy the batch as it is, use terraform destroy -refresh=false.")
	// Whether removed tokens are held is seen when they are deleted: an assignment of
	// the same configuration may end before.
}
