package provider

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

type fixedToken string

func (t fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// A token that was found only now is changed into what the configuration has
// become since it was sent, and the state does not say so without that.
func TestBatchUpdate_editsWhatItClaims(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	device := srv.PutDevice(graphtest.Device{SerialNumber: "1", Manufacturer: "Deepnet", Model: "Old", TimeIntervalInSeconds: 30, HashFunction: "hmacsha1"})
	client, err := graph.New(graph.Config{Endpoint: srv.URL(), Credential: fixedToken(srv.AccessToken()), Scope: "scope", MaxRetries: 1})
	if err != nil {
		t.Fatal(err)
	}
	token := hardwareOathTokenModel{
		SerialNumber: types.StringValue("1"), Manufacturer: types.StringValue("Deepnet"), Model: types.StringValue("Old"),
		TimeIntervalInSeconds: types.Int64Value(30), HashFunction: types.StringValue("hmacsha1"),
	}
	sent, claimed, planned := token.notMade(), token, token
	claimed.ID, claimed.Status = types.StringValue(device.ID), types.StringValue("available")
	planned.ID, planned.Status, planned.DisplayName, planned.Model = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringValue("New")
	u := batchUpdate{
		hardwareOathTokenBatchResource: &hardwareOathTokenBatchResource{resourceWithClient{client}},
		plan:                           batchTokens{"1": planned}, prior: batchTokens{"1": sent}, tokens: batchTokens{"1": claimed},
	}
	u.edit(t.Context())
	if now, _ := srv.DeviceBySerial("1"); now.Model != "New" || u.tokens["1"].Model.ValueString() != "New" || u.tokens["1"].DisplayName.IsUnknown() || u.diagnostics.HasError() {
		t.Errorf("the token is %+v, the state %+v, errors %v", now, u.tokens["1"], u.diagnostics)
	}
}
