package provider

import (
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// What another resource of the run has made is not to be imported once more.
func TestAdviceOnExisting(t *testing.T) {
	t.Parallel()
	exists := func(serialNumber string, here bool) graph.TokenFailure {
		return graph.TokenFailure{SerialNumber: serialNumber, Err: &graph.AlreadyExistsError{
			Existing: graph.HardwareOathToken{ID: "id-" + serialNumber, SerialNumber: serialNumber}, MadeHere: here,
		}}
	}
	for name, test := range map[string]struct {
		failures     []graph.TokenFailure
		want, refuse []string
	}{
		"made here": {[]graph.TokenFailure{exists("1", true)}, []string{"belongs to one of the two"}, []string{"import"}},
		"rival's":   {[]graph.TokenFailure{exists("2", false)}, []string{`id = "id-2"`}, []string{"one of the two"}},
		"both":      {[]graph.TokenFailure{exists("1", true), exists("2", false)}, []string{"belongs to one of the two", `id = "id-2"`}, []string{`"id-1"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(adviceOnExisting(test.failures), "\n")
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is not in:\n%s", want, got)
				}
			}
			for _, refuse := range test.refuse {
				if strings.Contains(got, refuse) {
					t.Errorf("%q is in:\n%s", refuse, got)
				}
			}
		})
	}
}
