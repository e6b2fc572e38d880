package floor

import (
	"context"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type floorProvider struct {
	resources []func() resource.Resource
}

// New makes a provider with the resources of schemas. It has no settings, data sources or functions: a measurement needs none.
func New(schemas *tfjson.ProviderSchema) (func() provider.Provider, error) {
	p := &floorProvider{}
	for _, name := range slices.Sorted(maps.Keys(schemas.ResourceSchemas)) {
		r, err := newResource(name, schemas.ResourceSchemas[name], schemas.ResourceIdentitySchemas[name])
		if err != nil {
			return nil, err
		}
		p.resources = append(p.resources, func() resource.Resource { return r })
	}
	return func() provider.Provider { return p }, nil
}

// Metadata implements [provider.Provider].
func (p *floorProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "entra"
}

// Schema implements [provider.Provider].
func (p *floorProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{}
}

// Configure implements [provider.Provider].
func (p *floorProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

// Resources implements [provider.Provider].
func (p *floorProvider) Resources(context.Context) []func() resource.Resource { return p.resources }

// DataSources implements [provider.Provider].
func (p *floorProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
