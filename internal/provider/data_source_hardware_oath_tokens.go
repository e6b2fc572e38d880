package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// maxUnusedDays, a century, keeps a slip of the finger from becoming a date
// that no calendar has.
const maxUnusedDays = 36500

var _ datasource.DataSourceWithConfigure = &hardwareOathTokensDataSource{}

// NewHardwareOathTokensDataSource makes the data source entra_hardware_oath_tokens.
func NewHardwareOathTokensDataSource() datasource.DataSource { return &hardwareOathTokensDataSource{} }

type hardwareOathTokensDataSource struct {
	dataSourceWithClient
}

// Metadata implements [datasource.DataSource].
func (d *hardwareOathTokensDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = hardwareOathTokensType
}

// Schema implements [datasource.DataSource].
func (d *hardwareOathTokensDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	const (
		byGraph = " Microsoft Graph filters by it."
		here    = " The provider filters by it, after Microsoft Graph has answered."
		unused  = "A token counts as unused while somebody holds it and it was not used since, or never: Microsoft Graph does not tell since when it is held. " +
			"Tokens that nobody holds are neither used nor unused, and not found."
	)
	token := schema.NestedAttributeObject{Attributes: computedTokenAttributes()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The OATH hardware tokens of the tenant's inventory, all of them or those that match every argument that is set. " +
			"It is no error when there are none. Tokens that were uploaded as CSV in the portal are not in this inventory.",
		Attributes: map[string]schema.Attribute{
			"status": schema.StringAttribute{
				MarkdownDescription: "Where in their life the tokens are: " + choices(graph.Statuses()) + "." + byGraph,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(graph.Statuses()...)},
			},
			"manufacturer": schema.StringAttribute{
				MarkdownDescription: "The manufacturer of the tokens, in full." + byGraph + " Whether upper and lower case differ is its choice, which is not documented.",
				Optional:            true,
				Validators:          []validator.String{trimmed{}},
			},
			"model": schema.StringAttribute{
				MarkdownDescription: "The model of the tokens, in full." + byGraph + " Whether upper and lower case differ is its choice, which is not documented.",
				Optional:            true,
				Validators:          []validator.String{trimmed{}},
			},
			"hash_function": schema.StringAttribute{
				MarkdownDescription: "The hash function of the tokens' codes: " + choices(graph.HashFunctions()) + "." + byGraph,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(graph.HashFunctions()...)},
			},
			"time_interval_in_seconds": schema.Int64Attribute{
				MarkdownDescription: "How long the tokens' codes are valid, in seconds: " + choices(graph.TimeIntervals()) + "." + byGraph,
				Optional:            true,
				Validators:          []validator.Int64{int64validator.OneOf(graph.TimeIntervals()...)},
			},
			"assigned_to": schema.StringAttribute{
				MarkdownDescription: "The object id of the user who holds the tokens." + byGraph + " Where it refuses that, the provider does.",
				Optional:            true,
				Validators:          []validator.String{objectID{}},
			},
			"serial_number_prefix": schema.StringAttribute{
				MarkdownDescription: "What the serial numbers begin with, in the same upper and lower case." + here,
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"unused_since_days": schema.Int64Attribute{
				MarkdownDescription: "Finds only tokens that were not used for so many whole days, by this machine's clock: since midnight UTC of the day so many days ago. " + unused +
					" What is found changes with the calendar: `last_used_before` has a fixed date. Conflicts with `last_used_before`." + here,
				Optional: true,
				Validators: []validator.Int64{
					int64validator.Between(1, maxUnusedDays),
				},
			},
			"last_used_before": schema.StringAttribute{
				MarkdownDescription: "Finds only tokens that were not used at or after this time, in RFC 3339 form, such as `2026-01-31T00:00:00Z`. " + unused +
					" Conflicts with `unused_since_days`." + here,
				Optional:   true,
				Validators: []validator.String{pointInTime{}, stringvalidator.ConflictsWith(path.MatchRoot("unused_since_days"))},
			},
			"tokens": schema.ListNestedAttribute{
				MarkdownDescription: "The tokens, sorted by serial number; empty when there are none.",
				Computed:            true,
				NestedObject:        token,
			},
			"by_serial_number": schema.MapNestedAttribute{
				MarkdownDescription: "The same tokens by serial number. A serial number that several of them have names none of them: " +
					"it is left out here, with a warning that names it, and all of them are in `tokens`.",
				Computed:     true,
				NestedObject: token,
			},
			"count_by_status": schema.MapAttribute{
				MarkdownDescription: "How many of the tokens have each status: " + choices(graph.Statuses()) + ", `0` where there are none. " +
					fmt.Sprintf("Tokens whose `status` is null are counted as `%s`, which is there only when there are any.", statusUnknown),
				Computed:    true,
				ElementType: types.Int64Type,
			},
		},
	}
}

// Read implements [datasource.DataSource].
func (d *hardwareOathTokensDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config hardwareOathTokensModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	keep := config.selection(time.Now(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	tokens, err := d.client.ListHardwareOathTokensBy(ctx, config.toGraph())
	if err != nil {
		addGraphError(&resp.Diagnostics, "Failed to list hardware OATH tokens", "The list of hardware OATH tokens", err)
		return
	}

	resp.Diagnostics.Append(config.fromGraph(ctx, keep(tokens))...)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}
