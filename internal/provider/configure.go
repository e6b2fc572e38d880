package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// resourceWithClient is embedded by every resource: it fetches the client that
// the provider's Configure made.
type resourceWithClient struct {
	client *graph.Client
}

// Configure implements [resource.ResourceWithConfigure].
func (r *resourceWithClient) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.client = clientFrom(req.ProviderData, &resp.Diagnostics)
}

// dataSourceWithClient is embedded by every data source.
type dataSourceWithClient struct {
	client *graph.Client
}

// Configure implements [datasource.DataSourceWithConfigure].
func (d *dataSourceWithClient) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = clientFrom(req.ProviderData, &resp.Diagnostics)
}

// actionWithClient is embedded by every action.
type actionWithClient struct {
	client *graph.Client
}

// Configure implements [action.ActionWithConfigure].
func (a *actionWithClient) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.client = clientFrom(req.ProviderData, &resp.Diagnostics)
}

// clientFrom is nil until the provider is configured: Terraform validates first.
func clientFrom(providerData any, diags *diag.Diagnostics) *graph.Client {
	if providerData == nil {
		return nil
	}
	client, ok := providerData.(*graph.Client)
	if !ok {
		diags.AddError("Failed to configure provider", bug(fmt.Sprintf("the provider handed out a %T instead of a Graph client", providerData)))
	}
	return client
}
