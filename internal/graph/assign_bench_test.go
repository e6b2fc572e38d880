package graph_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// BenchmarkAssign and BenchmarkActivate measure what a person costs in requests,
// and fail when it is more than the documentation promises.
func BenchmarkAssign(b *testing.B) { benchmarkHandout(b, false, 2) }

func BenchmarkActivate(b *testing.B) { benchmarkHandout(b, true, 3) }

func benchmarkHandout(b *testing.B, activate bool, limit int) {
	b.Helper()
	srv := graphtest.NewServer(b)
	client, err := graph.New(newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()}), graph.WithClock(newStepClock(stepStart())))
	if err != nil {
		b.Fatal(err)
	}
	people := 0
	for b.Loop() {
		user := srv.PutUser(graphtest.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.com", people)})
		device := srv.PutDevice(newDevice(fmt.Sprint(people)))
		people++
		token, err := client.AssignHardwareOathToken(b.Context(), refOf(device), user.UserPrincipalName)
		if err == nil && activate {
			_, err = client.ActivateHardwareOathToken(b.Context(), graph.Activation{UserID: user.ID, Token: token, Code: codeOf(b, secret)})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	requests := len(srv.Requests("", ""))
	b.ReportMetric(float64(requests)/float64(people), "requests/op")
	if requests > limit*people {
		b.Errorf("%d requests for %d people, want at most %d for each", requests, people, limit)
	}
}
