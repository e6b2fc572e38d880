package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
)

func TestLogsWanted(t *testing.T) {
	t.Parallel()

	for want, environments := range map[bool][][]string{
		true:  {{"TF_LOG=INFO"}, {"PATH=/bin", "TF_LOG_PROVIDER=TRACE"}, {"TF_LOG_SDK_PROTO=DEBUG"}, {"TF_LOG_PROVIDER_ENTRA=WARN"}},
		false: {nil, {"TF_LOG="}, {"TF_LOG_PATH=/tmp/log"}, {"NOT_TF_LOG=TRACE"}},
	} {
		for _, environment := range environments {
			if got := logsWanted(environment); got != want {
				t.Errorf("%v: got %v, want %v", environment, got, want)
			}
		}
	}
}

// A framework that can do more, or less, must not lose its list resources and
// actions here.
func TestQuiet_wrapsTheFrameworksServer(t *testing.T) {
	t.Parallel()

	if _, ok := quiet(providerserver.NewProtocol6(New("test")())()).(quietServer); !ok {
		t.Error("the framework's server is not the one that is made quiet")
	}
}

func TestQuietContext(t *testing.T) {
	t.Parallel()

	type key struct{}
	ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, 1))
	quiet := quietContext{ctx}
	below, stop := context.WithCancel(context.WithValue(quiet, key{}, 2))
	defer stop()
	if quiet.Value(key{}) != nil || below.Value(key{}) != 2 {
		t.Errorf("got the values %v and %v, want none and 2", quiet.Value(key{}), below.Value(key{}))
	}
	cancel(nil)
	<-below.Done() // or the test hangs
}
