package e2e_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// The provider keeps quiet only while nobody asks for logs, whichever variable
// asks.
func TestLogsThatAreAskedFor(t *testing.T) {
	t.Parallel()

	for _, variable := range []string{"TF_LOG=DEBUG", "TF_LOG_PROVIDER=DEBUG"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()

			srv := graphtest.NewServer(t)
			w := newWorkspace(t, srv, seedFromVariable)
			w.environment = append(w.environment, "TF_VAR_seed="+seed, variable, "TF_LOG_PATH="+w.dir+"/debug.log")
			w.apply(t)
			if log := w.files(t)["debug.log"]; !strings.Contains(log, "graph answered") {
				t.Errorf("the log of %d bytes does not tell that Graph answered", len(log))
			}
		})
	}
}

// A long apply tells at INFO how far it is.
func TestProgressIsLogged(t *testing.T) {
	t.Parallel()

	srv := graphtest.NewServer(t)
	w := newWorkspace(t, srv, batchOf(5, ""))
	w.environment = append(w.environment, "TF_LOG=INFO", "TF_LOG_PATH="+w.dir+"/info.log")
	w.apply(t)
	w.mustDestroy(t, srv)
	var got []string
	for line := range strings.Lines(w.files(t)["info.log"]) {
		doing := regexp.MustCompile(`(creating|deleting) hardware OATH tokens:`).FindStringSubmatch(line)
		done := regexp.MustCompile(` done=(\d+) `).FindStringSubmatch(line)
		if doing != nil && done != nil && strings.Contains(line, " total=5 ") {
			got = append(got, doing[1]+" "+done[1])
		}
	}
	if diff := cmp.Diff([]string{"creating 2", "creating 4", "creating 5", "deleting 5"}, got); diff != "" {
		t.Errorf("the log's lines (-want +got):\n%s", diff)
	}
}
