package main

import "github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"

// limit is the most requests that a step may take, with n tokens.
type limit struct {
	kind kind
	step step
	most func(n int) int
	// creates is how many POSTs it must be exactly; nil where that doesn't matter.
	creates func(n int) int
}

// limits is the one table of what the provider promises. Requests are exact, whatever else the machine does; times are not, and
// have no limit. A list has pages of 1,000 tokens, and a destroy may read the list first.
var limits = []limit{
	{kind: single, step: apply, most: func(n int) int { return n + 5 }, creates: func(n int) int { return n }},
	{kind: single, step: secondPlan, most: func(int) int { return 20 }},
	{kind: single, step: destroy, most: func(n int) int { return n + 5 }},
	{kind: batch, step: apply, most: func(n int) int { return 30 * thousands(n) }},
	{kind: batch, step: secondPlan, most: func(int) int { return 20 }},
}

func thousands(n int) int { return (n + 999) / 1000 }

// limitOf is the step's limit, and whether it has one.
func limitOf(k kind, s step) (limit, bool) {
	for _, l := range limits {
		if l.kind == k && l.step == s {
			return l, true
		}
	}
	return limit{}, false
}

// exceeded says whether a step with n tokens took other requests than promised.
func (l limit) exceeded(n int, requests sandbox.Requests) bool {
	return requests.Total() > l.most(n) || l.creates != nil && requests.Sent["POST"] != l.creates(n)
}
