package graph_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// At the most talkative level, with everything that can go wrong going wrong,
// neither the log nor an error shows the seed, the access token or a query.
func TestSecrets_areInNoLogAndNoError(t *testing.T) {
	t.Parallel()
	faults := map[string][]graphtest.Fault{
		"none":                 nil,
		"throttled":            {{Status: 429, RetryAfter: "0.01", Every: 2}},
		"lost":                 {{Method: "POST", Status: 503, AfterWrite: true, Times: 1}},
		"cut":                  {{Cut: true, Every: 2}},
		"dropped":              {{Drop: true, Every: 2}},
		"page":                 {{Status: 200, HTML: true}},
		"refused with secrets": {{Method: "POST", Status: 400, Message: "Bad secret " + secret}},
		"forbidden":            {{Status: 403}},
		"never well":           {{Status: 500, RetryAfter: "0.01"}},
		"never answered":       {{Drop: true}},
		"no time":              {{Status: 429, RetryAfter: "3600"}},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			for _, f := range fault {
				srv.AddFault(f)
			}
			var log bytes.Buffer
			ctx := tflogtest.RootLogger(t.Context(), &log)
			config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
			config.MaxRetries = 1
			texts := []string{}
			for _, err := range liveOnce(ctx, newClientOf(t, config)) {
				for ; err != nil; err = errors.Unwrap(err) {
					texts = append(texts, err.Error())
				}
			}
			mustBeDiscreet(t, strings.Join(texts, "\n"))
			mustBeDiscreet(t, log.String())
			if !strings.Contains(log.String(), "client_request_id") || !strings.Contains(log.String(), "hardwareOathDevices") {
				t.Errorf("the log does not tell about the requests: %s", log.String())
			}
		})
	}
}

// liveOnce calls every method once and returns what went wrong.
func liveOnce(ctx context.Context, client *graph.Client) []error {
	bounded, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	token, _, errCreate := client.CreateHardwareOathToken(bounded, newSpec(serial))
	if token.ID == "" {
		token.ID = "absent"
	}
	ref := graph.HardwareOathTokenRef{ID: token.ID}
	_, errGet := client.GetHardwareOathToken(bounded, ref)
	_, errFind := client.FindHardwareOathTokens(bounded, serial)
	errUpdate := client.UpdateHardwareOathToken(bounded, ref, graph.HardwareOathTokenUpdate{Model: new("X")})
	_, _, errAgain := client.CreateHardwareOathToken(bounded, newSpec(serial))
	errDelete := client.DeleteHardwareOathToken(bounded, ref, true)
	return []error{errCreate, errGet, errFind, errUpdate, errAgain, errDelete}
}
