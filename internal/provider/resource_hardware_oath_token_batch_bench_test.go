package provider_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// BenchmarkHardwareOathTokenBatch_plan asks for the plan of a creation, as the
// CLI does: without the loggers that Serve leaves out, and with them.
func BenchmarkHardwareOathTokenBatch_plan(b *testing.B) {
	for name, ctx := range map[string]context.Context{
		"quiet":   context.Background(),
		"loggers": tfsdklog.NewRootSDKLogger(context.Background(), tfsdklog.WithLevel(hclog.Off)),
	} {
		for _, n := range []int{100, 1000, 5000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) { benchmarkPlan(ctx, b, n) })
		}
	}
}

func benchmarkPlan(ctx context.Context, b *testing.B, n int) {
	b.Helper()
	srv := graphtest.NewServer(b)
	server, schema := configuredServer(b, srv)
	objectType, _ := schema.ValueType().(tftypes.Object)
	config := dynamicValue(b, objectType, batchValue(objectType, n))
	for b.Loop() {
		if _, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: "entra_hardware_oath_token_batch", Config: config}); err != nil {
			b.Fatal(err)
		}
		response, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
			TypeName: "entra_hardware_oath_token_batch", Config: config, ProposedNewState: config,
			PriorState: dynamicValue(b, objectType, tftypes.NewValue(objectType, nil)),
		})
		if err != nil || len(response.Diagnostics) > 0 {
			b.Fatal(err, response.Diagnostics)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/token")
}

func configuredServer(b *testing.B, srv *graphtest.Server) (tfprotov6.ProviderServer, *tfprotov6.Schema) {
	b.Helper()
	ctx := context.Background()
	server := providerserver.NewProtocol6(provider.New("test", provider.WithEnvironment(map[string]string{
		"ARM_MSGRAPH_ENDPOINT": srv.URL(), "ARM_MSGRAPH_ACCESS_TOKEN": srv.AccessToken(),
	}))())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	settings, _ := schemas.Provider.ValueType().(tftypes.Object)
	none := map[string]tftypes.Value{}
	for name, attribute := range settings.AttributeTypes {
		none[name] = tftypes.NewValue(attribute, nil)
	}
	if _, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: dynamicValue(b, settings, tftypes.NewValue(settings, none))}); err != nil {
		b.Fatal(err)
	}
	return server, schemas.ResourceSchemas["entra_hardware_oath_token_batch"]
}

func dynamicValue(b *testing.B, of tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	b.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(of, value)
	if err != nil {
		b.Fatal(err)
	}
	return &dynamic
}

// batchValue is the configuration of a batch of n tokens.
func batchValue(of tftypes.Object, n int) tftypes.Value {
	tokensType, _ := of.AttributeTypes["tokens"].(tftypes.Map)
	tokenType, _ := tokensType.ElementType.(tftypes.Object)
	tokens, seeds := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	for _, serialNumber := range numbered(n) {
		tokens[serialNumber] = tftypes.NewValue(tokenType, map[string]tftypes.Value{
			"id": tftypes.NewValue(tftypes.String, nil), "status": tftypes.NewValue(tftypes.String, nil),
			"manufacturer": tftypes.NewValue(tftypes.String, "Deepnet"), "model": tftypes.NewValue(tftypes.String, "SafeID/Classic"),
			"time_interval_in_seconds": tftypes.NewValue(tftypes.Number, 60), "hash_function": tftypes.NewValue(tftypes.String, "hmacsha1"),
			"display_name": tftypes.NewValue(tftypes.String, nil),
		})
		seeds[serialNumber] = tftypes.NewValue(tftypes.String, seed)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range of.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	values["tokens"] = tftypes.NewValue(tokensType, tokens)
	values["secret_keys_wo"] = tftypes.NewValue(of.AttributeTypes["secret_keys_wo"], seeds)
	return tftypes.NewValue(of, values)
}
