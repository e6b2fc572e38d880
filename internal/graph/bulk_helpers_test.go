package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// newDelivery is n good tokens, each with a secret of its own.
func newDelivery(n int) []graph.NewHardwareOathToken {
	specs := make([]graph.NewHardwareOathToken, n)
	for i := range specs {
		specs[i] = newSpec(fmt.Sprintf("D%04d", i))
		specs[i].SecretKey = secret[:28] + string([]byte{
			secretAlphabet[i>>15%32], secretAlphabet[i>>10%32], secretAlphabet[i>>5%32], secretAlphabet[i%32],
		})
	}
	return specs
}

// spoil gives the tokens a secret that Graph refuses.
func spoil(specs []graph.NewHardwareOathToken, indexes ...int) []graph.NewHardwareOathToken {
	for _, i := range indexes {
		specs[i].SecretKey = "AAAAAAAAAAAAAAA1"
	}
	return specs
}

func serialNumbers(tokens []graph.HardwareOathToken) []string {
	all := []string{}
	for _, token := range tokens {
		all = append(all, token.SerialNumber)
	}
	return all
}

func serialNumbersOf(specs []graph.NewHardwareOathToken) []string {
	all := make([]string, len(specs))
	for i, spec := range specs {
		all[i] = spec.SerialNumber
	}
	return all
}

func failed(failures []graph.TokenFailure) []string {
	all := []string{}
	for _, failure := range failures {
		all = append(all, failure.SerialNumber)
	}
	return all
}

// mustBeWhole fails unless each token of the delivery is in exactly one list of
// the result, in the delivery's order; those made or accepted exist exactly once
// with their own secret and id; and those that failed were not made here.
func mustBeWhole(t *testing.T, srv *graphtest.Server, specs []graph.NewHardwareOathToken, result graph.BulkResult) {
	t.Helper()
	made, failures := map[string]graph.HardwareOathToken{}, map[string]bool{}
	for _, token := range result.Made {
		made[token.SerialNumber] = token
	}
	for _, failure := range result.Failed {
		failures[failure.SerialNumber] = true
		mustBeDiscreet(t, failure.Error())
	}
	if n := len(result.Made) + len(result.Unlisted) + len(result.Failed); n != len(specs) {
		t.Errorf("%d made, %d unlisted and %d failed, want %d in all", len(result.Made), len(result.Unlisted), len(result.Failed), len(specs))
	}
	order := func(serialNumber string) int {
		return slices.IndexFunc(specs, func(s graph.NewHardwareOathToken) bool { return s.SerialNumber == serialNumber })
	}
	for _, list := range [][]string{serialNumbers(result.Made), result.Recovered, result.Unlisted, failed(result.Failed)} {
		if !slices.IsSortedFunc(list, func(a, b string) int { return order(a) - order(b) }) {
			t.Errorf("%v is not in the order of the delivery", list)
		}
	}
	there := map[string][]graphtest.Device{}
	for _, device := range srv.Devices() {
		there[device.SerialNumber] = append(there[device.SerialNumber], device)
	}
	for _, spec := range specs {
		found := there[spec.SerialNumber]
		token, ok := made[spec.SerialNumber]
		switch {
		case failures[spec.SerialNumber]:
			if slices.ContainsFunc(found, func(d graphtest.Device) bool { return d.SecretKey == spec.SecretKey }) {
				t.Errorf("%s failed, and is there", spec.SerialNumber)
			}
		case len(found) != 1 || found[0].SecretKey != spec.SecretKey:
			t.Errorf("%s is there %d times, want once with its secret", spec.SerialNumber, len(found))
		case ok && (token.ID != found[0].ID || token.Model != spec.Model):
			t.Errorf("%s is %+v, want id %s", spec.SerialNumber, token, found[0].ID)
		case !ok && !slices.Contains(result.Unlisted, spec.SerialNumber):
			t.Errorf("%s is in no list", spec.SerialNumber)
		}
	}
}

// mustFail compares the serial numbers of the failures.
func mustFail(t *testing.T, result graph.BulkResult, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), failed(result.Failed)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
		for _, failure := range result.Failed[:min(3, len(result.Failed))] {
			t.Log(failure)
		}
	}
}

// failure is the error of one serial number as an E.
func failure[E error](t *testing.T, result graph.BulkResult, serialNumber string) (err E) {
	t.Helper()
	for _, failure := range result.Failed {
		if failure.SerialNumber == serialNumber {
			if !errors.As(failure, &err) {
				t.Errorf("%s failed with %v, want a %T", serialNumber, failure.Err, err)
			}
			return err
		}
	}
	t.Errorf("%s did not fail", serialNumber)
	return err
}
