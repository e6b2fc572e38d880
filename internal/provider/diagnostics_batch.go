package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

const (
	// maxFailureLines is how many tokens a diagnostic about many of them names
	// with what befell each; the log names all.
	maxFailureLines = 50
	// maxImportBlocks is how many import blocks it spells out.
	maxImportBlocks = 20
)

// quoted lists serial numbers for a text, at most limit of them.
func quoted(serialNumbers []string, limit int) string {
	named := make([]string, 0, limit)
	for _, serialNumber := range serialNumbers[:min(len(serialNumbers), limit)] {
		named = append(named, fmt.Sprintf("%q", serialNumber))
	}
	if more := len(serialNumbers) - limit; more > 0 {
		return strings.Join(named, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(named, ", ")
}

// describeFailures says of each token what befell it, and once what can be done.
// Tokens that share one fate share a line. Each failure is in the log too.
func describeFailures(ctx context.Context, failures []graph.TokenFailure) string {
	fates := map[string][]string{}
	var order, advice []string
	firstIDs := map[string]string{}
	for _, failure := range failures {
		fate, ids, next := describeFailure(failure.Err)
		if fates[fate] == nil {
			order = append(order, fate)
			firstIDs[fate] = ids
		}
		fates[fate] = append(fates[fate], failure.SerialNumber)
		for _, paragraph := range next {
			if !slices.Contains(advice, paragraph) {
				advice = append(advice, paragraph)
			}
		}
		tflog.Warn(ctx, "hardware OATH token failed", map[string]any{"serial_number": failure.SerialNumber, "reason": fate, "request": ids})
	}
	var text strings.Builder
	named := 0
	for _, fate := range order[:min(len(order), maxFailureLines)] {
		serialNumbers := fates[fate]
		// Each fate names at least one of its tokens.
		fmt.Fprintf(&text, "  - %s %s%s\n", quoted(serialNumbers, max(maxFailureLines-named, 1)), fate, firstIDs[fate])
		named += len(serialNumbers)
	}
	if more := len(order) - maxFailureLines; more > 0 {
		fmt.Fprintf(&text, "  - and more, with %d other reasons: the log at level WARN has them all\n", more)
	}
	text.WriteString(strings.Join(append([]string{""}, append(advice, adviceOnExisting(failures)...)...), "\n"))
	return strings.TrimRight(text.String(), "\n")
}

// describeFailure is a clause after the serial number, the ids of the request,
// in brackets, and what can be done.
func describeFailure(err error) (fate, ids string, advice []string) {
	var (
		exists   *graph.AlreadyExistsError
		lost     *graph.LostAnswerError
		assigned *graph.AssignedError
		secret   *badSecretError
		wait     *graph.WaitError
		answered *graph.Error
	)
	switch {
	case errors.As(err, &exists):
		return describeTaken(exists), "", nil
	case errors.As(err, &lost):
		return fmt.Sprintf("may or may not be in the tenant now: the answer to its creation was lost (%v).", lost.Err), "",
			[]string{"What may or may not be in the tenant is looked up by the next plan or apply.\n"}
	case errors.As(err, &assigned):
		return fmt.Sprintf("is assigned to %s.", holder(*assigned.Token.AssignedTo)), "",
			[]string{"Microsoft Graph deletes only tokens that nobody holds. Take them back from their users first, or set unassign_on_destroy = true, apply that, and try again.\n"}
	case errors.As(err, &secret):
		return secret.Error() + ".", "", []string{"Secrets are not shown.\n"}
	}
	fate, rest, _ := strings.Cut(describe(err), "\n\n")
	if errors.As(err, &answered) && !errors.As(err, &wait) {
		_, rest, _ = strings.Cut(rest, "\n\n") // the ids
		ids = " (" + requestIDs(answered) + ")"
	}
	return fate, ids, paragraphs(rest)
}

func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text + "\n"}
}

func describeTaken(e *graph.AlreadyExistsError) string {
	text := fmt.Sprintf("is in the tenant already: %s %s, object id %s", e.Existing.Manufacturer, e.Existing.Model, e.Existing.ID)
	if e.Existing.AssignedTo != nil {
		text += ", assigned to " + holder(*e.Existing.AssignedTo)
	}
	if e.MadeHere {
		text += "; another resource has made it in this run"
	}
	var answered *graph.Error
	if errors.As(e.Err, &answered) {
		return text + fmt.Sprintf(". Microsoft Graph said: %s (%s, status %d; %s).", strings.TrimRight(answered.Message, "."), answered.Code, answered.Status, requestIDs(answered))
	}
	return text + "."
}

// adviceOnExisting says what to do about serial numbers that are taken.
func adviceOnExisting(failures []graph.TokenFailure) (advice []string) {
	var existing []graph.HardwareOathToken
	twice := false
	for _, failure := range failures {
		var exists *graph.AlreadyExistsError
		switch {
		case !errors.As(failure.Err, &exists):
		case exists.MadeHere:
			twice = true
		default:
			existing = append(existing, exists.Existing)
		}
	}
	if twice {
		advice = append(advice, "A serial number that another resource has made belongs to one of the two: take it out of the other.\n")
	}
	if len(existing) == 0 {
		return advice
	}
	return append(advice, "What is in the tenant already was left as it is. Take those serial numbers out of tokens; to manage such a token all the same, import it as a resource of its own:\n\n"+importBlocks(existing))
}

// importBlocks are ready to paste, each with a name of its own.
func importBlocks(tokens []graph.HardwareOathToken) string {
	var text strings.Builder
	for i, token := range tokens[:min(len(tokens), maxImportBlocks)] {
		text.WriteString(strings.Replace(importBlock(hardwareOathTokenType, token.ID), ".example", fmt.Sprintf(".example%d", i+1), 1))
	}
	if more := len(tokens) - maxImportBlocks; more > 0 {
		fmt.Fprintf(&text, "# and %d more\n", more)
	}
	return text.String()
}

// tokenCount is a number of tokens with its noun.
func tokenCount(n int) string {
	if n == 1 {
		return "1 hardware OATH token"
	}
	return fmt.Sprintf("%d hardware OATH tokens", n)
}

// failedTo is the summary of a diagnostic about failed of so many tokens.
func failedTo(verb string, failed, of int) string {
	return fmt.Sprintf("Failed to %s %d of %s", verb, failed, tokenCount(of))
}
