package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// tokensPerReport is how many tokens are deleted or changed between two lines
// in the log: 20 batches of 20.
const tokensPerReport = 400

// creation is what became of tokens that were to be made.
type creation struct {
	// tokens are those that exist or may exist, the latter without an id.
	tokens   batchTokens
	failures []graph.TokenFailure
	result   graph.BulkResult
}

// create makes tokens of the plan and notes in private what has no id yet.
func (r *hardwareOathTokenBatchResource) create(ctx context.Context, plan batchTokens, serialNumbers []string, config hardwareOathTokenBatchModel, private *privateState, diags *diag.Diagnostics) creation {
	secrets, _ := config.secrets()
	specs, bad := plan.specs(serialNumbers, secrets)
	made := creation{tokens: batchTokens{}, failures: bad}
	if len(specs) == 0 {
		return made
	}
	made.result = r.client.CreateHardwareOathTokens(ctx, specs, graph.BulkOptions{
		TokensPerRequest: int(config.TokensPerRequest.ValueInt64()),
		Progress:         func(done, total int) { logProgress(ctx, "creating", done, total) },
	})
	made.failures = append(made.failures, made.result.Failed...)
	for _, token := range made.result.Made {
		made.tokens[token.SerialNumber] = plan[token.SerialNumber]
	}
	diags.Append(made.tokens.take(ctx, made.result.Made)...)
	for _, serialNumber := range made.result.Unlisted {
		made.tokens[serialNumber] = plan[serialNumber].notMade()
		private.Unlisted = append(private.Unlisted, serialNumber)
	}
	for _, failure := range made.failures {
		var lost *graph.LostAnswerError
		if errors.As(failure.Err, &lost) {
			made.tokens[failure.SerialNumber] = plan[failure.SerialNumber].notMade()
			private.Lost = append(private.Lost, failure.SerialNumber)
		}
	}
	private.CreatedAt = time.Now().UTC()
	warnOfRecovered(made.result.Recovered, diags)
	made.warnOfUnlisted(diags)
	return made
}

// logProgress tells how far a long apply has come.
func logProgress(ctx context.Context, doing string, done, total int) {
	tflog.Info(ctx, doing+" hardware OATH tokens", map[string]any{"done": done, "total": total})
}

func (c creation) warnOfUnlisted(diags *diag.Diagnostics) {
	unlisted := c.result.Unlisted
	if len(unlisted) == 0 {
		return
	}
	text := fmt.Sprintf("Microsoft Graph has accepted %s and does not list them yet: %s. They are in the state without an id, which the next plan or apply looks up.",
		tokenCount(len(unlisted)), quoted(unlisted, maxFailureLines))
	if c.result.UnlistedErr != nil {
		text += "\n\nThe last list failed: each of the tokens " + describe(c.result.UnlistedErr)
	}
	diags.AddWarning("Hardware OATH tokens are not listed yet", text)
}

// batchUpdate carries out what a plan changes, and keeps in tokens what is real
// at any time.
type batchUpdate struct {
	*hardwareOathTokenBatchResource

	plan, prior, tokens batchTokens
	private             privateState
	diagnostics         diag.Diagnostics
}

// delete deletes the tokens that are not in the plan any more, and those that
// are to be made again. It reports which are still there.
func (u *batchUpdate) delete(ctx context.Context, unassign bool) (kept map[string]bool) {
	var doomed []string
	for serialNumber, token := range u.tokens {
		planned, stays := u.plan[serialNumber]
		renewed := u.prior[serialNumber].exists() && planned.ID.IsUnknown()
		switch {
		case token.exists() && (!stays || renewed):
			doomed = append(doomed, serialNumber)
		case !stays:
			delete(u.tokens, serialNumber)
		}
	}
	slices.Sort(doomed)
	failures := u.remove(ctx, u.tokens, doomed, u.private, unassign)
	if len(failures) > 0 {
		u.diagnostics.AddError(failedTo("delete", len(failures), len(doomed)), describeFailures(ctx, failures))
	}
	kept = map[string]bool{}
	for _, failure := range failures {
		kept[failure.SerialNumber] = true
	}
	return kept
}

// remove deletes tokens, as they are now, and takes those out of tokens that
// are gone.
func (r *hardwareOathTokenBatchResource) remove(ctx context.Context, tokens batchTokens, serialNumbers []string, private privateState, unassign bool) (failures []graph.TokenFailure) {
	if len(serialNumbers) == 0 {
		return nil
	}
	found, err := r.client.GetRecentHardwareOathTokens(ctx, tokens.refs(private, serialNumbers))
	if err != nil {
		for _, serialNumber := range serialNumbers {
			failures = append(failures, graph.TokenFailure{SerialNumber: serialNumber, Err: err})
		}
		return failures
	}
	var there []graph.HardwareOathToken
	for _, serialNumber := range serialNumbers {
		if token, ok := found[tokens[serialNumber].ID.ValueString()]; ok {
			there = append(there, token)
		}
	}
	done := 0
	for part := range slices.Chunk(there, tokensPerReport) {
		_, failed := r.client.DeleteHardwareOathTokens(ctx, part, unassign)
		failures = append(failures, failed...)
		done += len(part)
		logProgress(ctx, "deleting", done, len(there))
	}
	left := map[string]bool{}
	for _, failure := range failures {
		left[failure.SerialNumber] = true
	}
	for _, serialNumber := range serialNumbers {
		if !left[serialNumber] {
			delete(tokens, serialNumber)
		}
	}
	return failures
}

// edit changes the tokens that stay, and takes over what was planned of them.
func (u *batchUpdate) edit(ctx context.Context) {
	var changes []graph.HardwareOathTokenChange
	for _, serialNumber := range u.plan.serialNumbers() {
		token, before := u.plan[serialNumber], u.prior[serialNumber]
		if claimed := u.tokens[serialNumber]; claimed.exists() && !before.exists() {
			token.ID, token.Status = claimed.ID, claimed.Status
			if token.DisplayName.IsUnknown() {
				token.DisplayName = claimed.DisplayName
			}
			// It was sent as an earlier configuration had it.
			before, u.prior[serialNumber] = claimed, claimed
		}
		if !before.exists() || !token.exists() {
			continue
		}
		if update := token.changesFrom(before); update != (graph.HardwareOathTokenUpdate{}) {
			changes = append(changes, graph.HardwareOathTokenChange{Ref: u.private.ref(before.ID), SerialNumber: serialNumber, Update: update})
		}
		u.tokens[serialNumber] = token
	}
	var failures []graph.TokenFailure
	done := 0
	for part := range slices.Chunk(changes, tokensPerReport) {
		failures = append(failures, u.client.UpdateHardwareOathTokens(ctx, part)...)
		done += len(part)
		logProgress(ctx, "updating", done, len(changes))
	}
	for _, failure := range failures {
		u.tokens[failure.SerialNumber] = u.prior[failure.SerialNumber]
	}
	if len(failures) > 0 {
		u.diagnostics.AddError(failedTo("update", len(failures), len(changes)), describeFailures(ctx, failures))
	}
}

// grow makes the tokens that the plan has and the tenant has not.
func (u *batchUpdate) grow(ctx context.Context, config hardwareOathTokenBatchModel, kept map[string]bool) {
	var missing []string
	for _, serialNumber := range u.plan.serialNumbers() {
		if u.plan[serialNumber].ID.IsUnknown() && !kept[serialNumber] && !u.tokens[serialNumber].exists() {
			missing = append(missing, serialNumber)
			delete(u.tokens, serialNumber)
		}
	}
	// What is tried again is not waited for any longer, unless it fails again.
	accepted := u.private.Unlisted
	u.private.Unlisted, u.private.Lost = nil, nil
	if len(missing) == 0 {
		return
	}
	made := u.create(ctx, u.plan, missing, config, &u.private, &u.diagnostics)
	for serialNumber, token := range made.tokens {
		u.tokens[serialNumber] = token
	}
	for _, failure := range made.failures {
		var exists *graph.AlreadyExistsError
		if slices.Contains(accepted, failure.SerialNumber) && !errors.As(failure.Err, &exists) {
			// Graph has taken it once: that it is refused now may be for that very token.
			u.tokens[failure.SerialNumber] = u.plan[failure.SerialNumber].notMade()
			u.private.Unlisted = append(u.private.Unlisted, failure.SerialNumber)
		}
	}
	if len(made.failures) > 0 {
		u.diagnostics.AddError(failedTo("create", len(made.failures), len(missing)),
			describeFailures(ctx, made.failures)+"\n\nWhat was created is in the state. Put right what is wrong and apply again: the next plan creates only what is missing.")
	}
}

// secretsAfter are the secrets that the state holds after an update: of tokens
// that could not be deleted for their new seed, still the old ones.
func secretsAfter(plan, state types.Map, kept map[string]bool) (types.Map, diag.Diagnostics) {
	if plan.IsNull() || state.IsNull() || len(kept) == 0 {
		return plan, nil
	}
	secrets, before := plan.Elements(), state.Elements()
	for serialNumber := range kept {
		if _, planned := secrets[serialNumber]; planned && before[serialNumber] != nil {
			secrets[serialNumber] = before[serialNumber]
		}
	}
	return types.MapValue(types.StringType, secrets)
}
