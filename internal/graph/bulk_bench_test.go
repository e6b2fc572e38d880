package graph_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// BenchmarkCreateHardwareOathTokens makes 1,000 tokens and counts requests, which
// are what a delivery costs; they are the same on any machine. Beside the plain
// delivery: one bad token in its middle, one lost answer, and a Graph that takes
// 50 at a time. at-risk is how many tokens one lost answer leaves in doubt.
func BenchmarkCreateHardwareOathTokens(b *testing.B) {
	const tokens = 1000
	for _, perRequest := range []int{1, 20, 50, 100, 200, 500, 1000} {
		for name, setup := range map[string]func(*graphtest.Server, []graph.NewHardwareOathToken){
			"plain":    func(*graphtest.Server, []graph.NewHardwareOathToken) {},
			"one-bad":  func(_ *graphtest.Server, specs []graph.NewHardwareOathToken) { spoil(specs, tokens/2) },
			"lost":     func(srv *graphtest.Server, _ []graph.NewHardwareOathToken) { srv.AddFault(lostPatch()) },
			"limit-50": nil,
		} {
			b.Run(fmt.Sprintf("per-request=%d/%s", perRequest, name), func(b *testing.B) {
				requests := 0
				for b.Loop() {
					options := []graphtest.Option{}
					if setup == nil {
						options = append(options, graphtest.WithQuirks(graphtest.QuirkBulkLimit))
					}
					srv := graphtest.NewServer(b, options...)
					specs := newDelivery(tokens)
					if setup != nil {
						setup(srv, specs)
					}
					client, err := graph.New(newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()}), graph.WithSettleWindow(0))
					if err != nil {
						b.Fatal(err)
					}
					result := client.CreateHardwareOathTokens(b.Context(), specs, graph.BulkOptions{TokensPerRequest: perRequest})
					if len(result.Made) < tokens-1 {
						b.Fatalf("%d made", len(result.Made))
					}
					requests += len(srv.Requests("", ""))
				}
				b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
				b.ReportMetric(float64(requests)/float64(b.N)/tokens, "requests/token")
				b.ReportMetric(float64(min(perRequest, tokens)), "at-risk")
			})
		}
	}
}

func lostPatch() graphtest.Fault {
	return graphtest.Fault{Method: "PATCH", Path: devices, Status: 503, AfterWrite: true, RetryAfter: "0.01", Times: 1}
}
