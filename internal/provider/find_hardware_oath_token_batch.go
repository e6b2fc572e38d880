package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// refresh reads the tokens that exist, and takes those out that are gone.
func (r *hardwareOathTokenBatchResource) refresh(ctx context.Context, tokens batchTokens, private privateState, diags *diag.Diagnostics) {
	found, err := r.client.GetHardwareOathTokens(ctx, tokens.refs(private, nil))
	if err != nil {
		addGraphError(diags, "Failed to read hardware OATH tokens", "The batch", err)
		return
	}
	for serialNumber, token := range tokens {
		if !token.exists() {
			continue
		}
		now, ok := found[token.ID.ValueString()]
		if !ok {
			delete(tokens, serialNumber)
			continue
		}
		diags.Append(token.fromGraph(ctx, now)...)
		tokens[serialNumber] = token
	}
}

// claim looks for the tokens that were sent and have no id yet, and forgets
// those that it has found. What Graph has accepted is known by its serial number
// and what was asked for; what it did not answer must not be somebody's either.
func (r *hardwareOathTokenBatchResource) claim(ctx context.Context, tokens batchTokens, private *privateState, diags *diag.Diagnostics) {
	waiting := func(serialNumbers []string) []string {
		return slices.DeleteFunc(slices.Clone(serialNumbers), func(serialNumber string) bool {
			token, ours := tokens[serialNumber]
			return !ours || token.exists()
		})
	}
	private.Unlisted, private.Lost = waiting(private.Unlisted), waiting(private.Lost)
	found, err := r.client.FindHardwareOathTokensBySerialNumber(ctx, slices.Concat(private.Unlisted, private.Lost))
	if err != nil {
		addGraphError(diags, "Failed to read hardware OATH tokens", "Tokens of the batch that were not listed after their creation", err)
		return
	}
	var recovered []string
	for _, serialNumber := range slices.Concat(private.Unlisted, private.Lost) {
		token := tokens[serialNumber]
		if len(found[serialNumber]) != 1 || !token.isAs(found[serialNumber][0]) {
			continue
		}
		now := found[serialNumber][0]
		if slices.Contains(private.Lost, serialNumber) {
			if now.AssignedTo != nil {
				continue
			}
			recovered = append(recovered, serialNumber)
		}
		diags.Append(token.fromGraph(ctx, now)...)
		tokens[serialNumber] = token
	}
	private.Unlisted, private.Lost = waiting(private.Unlisted), waiting(private.Lost)
	warnOfRecovered(recovered, diags)
}

// isAs reports whether the token in the tenant is as this one was asked for.
func (m hardwareOathTokenModel) isAs(token graph.HardwareOathToken) bool {
	return token.SerialNumber == m.SerialNumber.ValueString() &&
		token.Manufacturer == m.Manufacturer.ValueString() &&
		token.Model == m.Model.ValueString() &&
		token.TimeIntervalInSeconds == m.TimeIntervalInSeconds.ValueInt64() &&
		(token.HashFunction == m.HashFunction.ValueString() || token.HashFunction == "")
}

func warnOfRecovered(serialNumbers []string, diags *diag.Diagnostics) {
	if len(serialNumbers) == 0 {
		return
	}
	diags.AddWarning("Adopted tokens whose creation was not answered",
		fmt.Sprintf("%s were sent to Microsoft Graph, and the answer was lost or said nothing of them: %s. The tenant has unassigned tokens with these serial numbers, manufacturers, models, intervals and hash functions, "+
			"and Terraform has taken them for the ones that it made. Microsoft Graph never tells a seed, so the seeds could not be compared.",
			tokenCount(len(serialNumbers)), quoted(serialNumbers, maxFailureLines)))
}

// warnOfUnseen names what was sent, was never listed, and is nobody's concern any
// more, because it is not among the tokens.
func (p privateState) warnOfUnseen(tokens batchTokens, diags *diag.Diagnostics) {
	unseen := slices.DeleteFunc(slices.Concat(p.Unlisted, p.Lost), func(serialNumber string) bool {
		_, stays := tokens[serialNumber]
		return stays
	})
	if len(unseen) > 0 {
		diags.AddWarning("Tokens may be left in the tenant", fmt.Sprintf("%s were sent to Microsoft Graph and never listed: %s. "+
			"Terraform forgets them now; look for these serial numbers later.", tokenCount(len(unseen)), quoted(unseen, maxFailureLines)))
	}
}

// findAll finds the tokens of an import. All must be there, each once.
func (r *hardwareOathTokenBatchResource) findAll(ctx context.Context, serialNumbers []string, diags *diag.Diagnostics) batchTokens {
	const summary = "Failed to import hardware OATH tokens"
	found, err := r.client.FindHardwareOathTokensBySerialNumber(ctx, serialNumbers)
	if err != nil {
		addGraphError(diags, summary, fmt.Sprintf("Each of %s", tokenCount(len(serialNumbers))), err)
		return nil
	}
	tokens := make(batchTokens, len(serialNumbers))
	var missing, several []string
	for _, serialNumber := range serialNumbers {
		switch candidates := found[serialNumber]; len(candidates) {
		case 0:
			missing = append(missing, serialNumber)
		case 1:
			var token hardwareOathTokenModel
			diags.Append(token.fromGraph(ctx, candidates[0])...)
			tokens[candidates[0].SerialNumber] = token
		default:
			several = append(several, serialNumber)
		}
	}
	if len(missing) > 0 {
		diags.AddError(summary, fmt.Sprintf("%d of the %d serial numbers are not in the tenant: %s.\n\nCorrect them, or leave them out of the import: what is in tokens and not in the tenant is created by the next apply. "+
			"Tokens that were uploaded as CSV in the portal are not in the inventory of Microsoft Graph, and can't be imported.",
			len(missing), len(serialNumbers), quoted(missing, len(missing))))
	}
	if len(several) > 0 {
		diags.AddError(summary, fmt.Sprintf("Each of these serial numbers names several tokens of the tenant: %s. Import those as resources of their own, by object id.", quoted(several, len(several))))
	}
	return tokens
}

// serialNumbersFromImportID reads a list with commas, or for @FILE a file with
// one serial number in each line, in which lines may be empty or comments.
func serialNumbersFromImportID(id string) ([]string, error) {
	parts := strings.Split(id, ",")
	name, isFile := strings.CutPrefix(id, "@")
	if isFile {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("the file with the serial numbers can't be read: %w", err)
		}
		parts = strings.Split(strings.TrimPrefix(string(content), "\ufeff"), "\n")
	}
	var serialNumbers []string
	seen := map[string]bool{}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" || seen[part] || isFile && strings.HasPrefix(part, "#") {
			continue
		}
		seen[part] = true
		serialNumbers = append(serialNumbers, part)
	}
	if len(serialNumbers) == 0 {
		return nil, errors.New("the import names no token: give serial numbers with commas between them, or \"@FILE\", the name of a file with one serial number in each line")
	}
	return serialNumbers, nil
}

// noted are serial numbers of which nothing is known yet.
func noted(serialNumbers []string) types.Map {
	element := types.ObjectType{AttrTypes: batchTokenAttributeTypes()}
	elements := make(map[string]attr.Value, len(serialNumbers))
	for _, serialNumber := range serialNumbers {
		elements[serialNumber] = types.ObjectNull(element.AttrTypes)
	}
	return types.MapValueMust(element, elements)
}

func elementKeys(value types.Map) iter.Seq[string] { return maps.Keys(value.Elements()) }
