package floor

import (
	"context"
	"crypto/rand"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ resource.Resource             = &floorResource{}
	_ resource.ResourceWithIdentity = &floorResourceWithIdentity{}
)

// floorResource takes what is planned for what is.
type floorResource struct {
	name   string
	schema schema.Schema
}

// floorResourceWithIdentity is another type because the framework asks a resource's type whether it has an identity.
type floorResourceWithIdentity struct {
	*floorResource
	identity identityschema.Schema
}

func newResource(name string, from *tfjson.Schema, identity *tfjson.IdentitySchema) (resource.Resource, error) {
	converted, err := resourceSchema(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r := &floorResource{name: name, schema: converted}
	if identity == nil {
		return r, nil
	}
	withIdentity := &floorResourceWithIdentity{floorResource: r}
	if withIdentity.identity, err = identitySchema(identity); err != nil {
		return nil, fmt.Errorf("identity of %s: %w", name, err)
	}
	return withIdentity, nil
}

// Metadata implements [resource.Resource].
func (r *floorResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.name
}

// Schema implements [resource.Resource].
func (r *floorResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *floorResourceWithIdentity) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.identity
}

// Create implements [resource.Resource].
func (r *floorResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.Append(settle(ctx, req.Plan.Raw, &resp.State, resp.Identity)...)
}

// Read implements [resource.Resource]. The framework has put the state and the identity into the response already.
func (r *floorResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update implements [resource.Resource].
func (r *floorResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.Append(settle(ctx, req.Plan.Raw, &resp.State, resp.Identity)...)
}

// Delete implements [resource.Resource]. The framework removes the state.
func (r *floorResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// settle makes a state of a plan: an unknown id becomes some text, and whatever else is unknown null.
func settle(ctx context.Context, plan tftypes.Value, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	var diags diag.Diagnostics
	settled, err := tftypes.Transform(plan, func(path *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		switch {
		case value.IsKnown():
			return value, nil
		case path.LastStep() == tftypes.AttributeName("id"):
			return tftypes.NewValue(value.Type(), rand.Text()), nil
		default:
			return tftypes.NewValue(value.Type(), nil), nil
		}
	})
	if err != nil {
		diags.AddError("Failed to make a state of the plan", err.Error())
		return diags
	}
	state.Raw = settled
	if identity == nil {
		return diags
	}

	// Every attribute of the identity has the name of the state's attribute that it repeats.
	var all map[string]tftypes.Value
	if err := settled.As(&all); err != nil {
		diags.AddError("Failed to read the state", err.Error())
		return diags
	}
	values := map[string]tftypes.Value{}
	for name := range identity.Schema.GetAttributes() {
		values[name] = all[name]
	}
	identity.Raw = tftypes.NewValue(identity.Schema.Type().TerraformType(ctx), values)
	return diags
}
