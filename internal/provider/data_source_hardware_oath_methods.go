package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var _ datasource.DataSourceWithConfigure = &hardwareOathMethodsDataSource{}

// NewHardwareOathMethodsDataSource makes the data source entra_hardware_oath_methods.
func NewHardwareOathMethodsDataSource() datasource.DataSource {
	return &hardwareOathMethodsDataSource{}
}

type hardwareOathMethodsDataSource struct {
	dataSourceWithClient
}

// Metadata implements [datasource.DataSource].
func (d *hardwareOathMethodsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "entra_hardware_oath_methods"
}

// Schema implements [datasource.DataSource].
func (d *hardwareOathMethodsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The OATH hardware tokens that a user holds: those of the tenant's inventory and legacy ones, which were uploaded as CSV in the portal. " +
			"Microsoft Graph needs the permissions `UserAuthenticationMethod.Read.All` and `Policy.Read.All` for it; a signed-in user needs roles too, Authentication Administrator (Privileged Authentication Administrator for an administrator's tokens) and Authentication Policy Administrator. " +
			"It costs one request for the user's methods, and one for a serial number among them, which tells whether the inventory has it; from the second on, a list of the inventory tells it for all users of a run.",
		Attributes: map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The user's object id or user principal name.",
				Required:            true,
				Validators:          []validator.String{userName{}},
			},
			"methods": schema.ListNestedAttribute{
				MarkdownDescription: "The user's tokens, by serial number and then by id; empty when the user has none.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: hardwareOathMethodAttributes()},
			},
			"serial_numbers_in_both_stores": schema.ListAttribute{
				MarkdownDescription: "The serial numbers among `methods` that stand in both stores, as can happen when a token that was uploaded as CSV is uploaded with Microsoft Graph too: to Microsoft Entra they are two tokens, and its holder may have two methods for one device. " +
					"Microsoft Graph shows a legacy token only among its holder's methods, so a legacy token that somebody else holds, or nobody, is not counted.",
				Computed:    true,
				ElementType: types.StringType,
			},
		},
	}
}

func hardwareOathMethodAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            schema.StringAttribute{MarkdownDescription: "The method's object id, which is the token's too.", Computed: true},
		"serial_number": schema.StringAttribute{MarkdownDescription: "The serial number.", Computed: true},
		"display_name":  schema.StringAttribute{MarkdownDescription: "The friendly name, which the user can change.", Computed: true},
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
		"status": schema.StringAttribute{
			MarkdownDescription: "Where the token is in its life: " + choices(graph.Statuses()) + ". Null when Microsoft Graph answers a value that this version of the provider does not know.",
			Computed:            true,
		},
		"created_date_time": schema.StringAttribute{
			MarkdownDescription: "When the token was assigned to the user, in RFC 3339 form; null when Microsoft Graph does not tell.",
			Computed:            true,
		},
		"last_used_date_time": schema.StringAttribute{
			MarkdownDescription: "When the token was last used to sign in, in RFC 3339 form; null until then.",
			Computed:            true,
		},
		"legacy": schema.BoolAttribute{
			MarkdownDescription: "Whether the token was uploaded as CSV in the portal: then it is not in the inventory of Microsoft Graph, and no resource of this provider manages it.",
			Computed:            true,
		},
	}
}

// Read implements [datasource.DataSource].
func (d *hardwareOathMethodsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const summary = "Failed to read hardware OATH methods"
	var config hardwareOathMethodsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	userID := config.UserID.ValueString()
	methods, err := d.client.ListUserHardwareOathMethods(ctx, userID)
	switch {
	case graph.IsNotFound(err):
		resp.Diagnostics.AddAttributeError(path.Root("user_id"), summary, noSuchUser(userID)+said(err))
		return
	case err != nil:
		addGraphError(&resp.Diagnostics, summary, fmt.Sprintf("The list of the hardware OATH methods of user %q", userID), err)
		return
	}

	config.fromGraph(methods)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}
