package floor_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// The floor must not be another framework's: what both modules build a provider with has one version.
func TestVersions(t *testing.T) {
	t.Parallel()

	ours, theirs := versions(t, "../go.mod"), versions(t, "../../../go.mod")
	compared := 0
	for path, version := range ours {
		other, both := theirs[path]
		if !both || !strings.HasPrefix(path, "github.com/hashicorp/terraform-plugin-") && !strings.HasPrefix(path, "google.golang.org/") && path != "github.com/hashicorp/go-plugin" {
			continue
		}
		compared++
		if version != other {
			t.Errorf("%s is %s here and %s in the provider: go -C internal/tools get %s@%s", path, version, other, path, other)
		}
	}
	if compared < 5 {
		t.Errorf("only %d modules are in both", compared)
	}
}

func versions(t *testing.T, path string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse(path, content, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, require := range file.Require {
		all[require.Mod.Path] = require.Mod.Version
	}
	return all
}
