package e2e_test

import (
	"strings"
	"testing"

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
