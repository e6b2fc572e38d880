package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var _ datasource.DataSourceWithConfigure = &hardwareOathTokenDataSource{}

// NewHardwareOathTokenDataSource makes the data source entra_hardware_oath_token.
func NewHardwareOathTokenDataSource() datasource.DataSource { return &hardwareOathTokenDataSource{} }

type hardwareOathTokenDataSource struct {
	dataSourceWithClient
}

// Metadata implements [datasource.DataSource].
func (d *hardwareOathTokenDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = hardwareOathTokenType
}

// Schema implements [datasource.DataSource].
func (d *hardwareOathTokenDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := computedTokenAttributes()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "The token's object id, a GUID. Exactly one of `id` and `serial_number` is needed.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{objectID{}, stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("serial_number"))},
	}
	attributes["serial_number"] = schema.StringAttribute{
		MarkdownDescription: "The serial number, often found on the back of the device. Exactly one of `id` and `serial_number` is needed.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{trimmed{}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One OATH hardware token of the tenant's inventory, found by its object id or its serial number. " +
			"Tokens that were uploaded as CSV in the portal are not in this inventory.",
		Attributes: attributes,
	}
}

// computedTokenAttributes are what a data source tells of a token.
func computedTokenAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            schema.StringAttribute{MarkdownDescription: "The token's object id, a GUID.", Computed: true},
		"serial_number": schema.StringAttribute{MarkdownDescription: "The serial number, often found on the back of the device.", Computed: true},
		"manufacturer":  schema.StringAttribute{MarkdownDescription: "The manufacturer of the token.", Computed: true},
		"model":         schema.StringAttribute{MarkdownDescription: "The model of the token.", Computed: true},
		"time_interval_in_seconds": schema.Int64Attribute{
			MarkdownDescription: "How long a code is valid, in seconds: " + choices(graph.TimeIntervals()) + ".",
			Computed:            true,
		},
		"hash_function": schema.StringAttribute{
			MarkdownDescription: "The hash function of the token's codes: " + choices(graph.HashFunctions()) + ".",
			Computed:            true,
		},
		"display_name": schema.StringAttribute{MarkdownDescription: "The friendly name, which the person who holds the token can change.", Computed: true},
		"status": schema.StringAttribute{
			MarkdownDescription: "Where the token is in its life: " + choices(graph.Statuses()) + ". Null when Microsoft Graph answers a value that this version of the provider does not know.",
			Computed:            true,
		},
		"assigned_to": schema.SingleNestedAttribute{
			MarkdownDescription: "The user who holds the token; null while nobody does.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"id":           schema.StringAttribute{MarkdownDescription: "The user's object id.", Computed: true},
				"display_name": schema.StringAttribute{MarkdownDescription: "The user's display name.", Computed: true},
			},
		},
		"last_used_date_time": schema.StringAttribute{
			MarkdownDescription: "When the token was last used to sign in, in RFC 3339 form; null until then.",
			Computed:            true,
		},
	}
}

// Read implements [datasource.DataSource].
func (d *hardwareOathTokenDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config hardwareOathTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	token, found := d.find(ctx, config, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if !found {
		at, value := path.Root("serial_number"), config.SerialNumber.ValueString()
		if !config.ID.IsNull() {
			at, value = path.Root("id"), config.ID.ValueString()
		}
		resp.Diagnostics.AddAttributeError(at, "Failed to read hardware OATH token",
			fmt.Sprintf("There is no hardware OATH token with %s %q in the tenant. "+
				"Tokens that were uploaded as CSV in the portal are not in the inventory of Microsoft Graph.", at, value))
		return
	}

	resp.Diagnostics.Append(config.fromGraph(ctx, token)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

func (d *hardwareOathTokenDataSource) find(ctx context.Context, config hardwareOathTokenModel, resp *datasource.ReadResponse) (graph.HardwareOathToken, bool) {
	const summary = "Failed to read hardware OATH token"
	if config.ID.IsNull() {
		return findBySerialNumber(ctx, d.client, config.SerialNumber.ValueString(), summary, &resp.Diagnostics)
	}
	token, err := d.client.GetHardwareOathToken(ctx, graph.HardwareOathTokenRef{ID: config.ID.ValueString()})
	if err != nil && !graph.IsNotFound(err) {
		addGraphError(&resp.Diagnostics, summary, config.describe(), err)
	}
	return token, err == nil
}
