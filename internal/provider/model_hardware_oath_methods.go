package provider

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

type hardwareOathMethodsModel struct {
	UserID                    types.String              `tfsdk:"user_id"`
	Methods                   []hardwareOathMethodModel `tfsdk:"methods"`
	SerialNumbersInBothStores []string                  `tfsdk:"serial_numbers_in_both_stores"`
}

type hardwareOathMethodModel struct {
	ID                    types.String `tfsdk:"id"`
	SerialNumber          types.String `tfsdk:"serial_number"`
	DisplayName           types.String `tfsdk:"display_name"`
	Manufacturer          types.String `tfsdk:"manufacturer"`
	Model                 types.String `tfsdk:"model"`
	TimeIntervalInSeconds types.Int64  `tfsdk:"time_interval_in_seconds"`
	HashFunction          types.String `tfsdk:"hash_function"`
	Status                types.String `tfsdk:"status"`
	CreatedDateTime       types.String `tfsdk:"created_date_time"`
	LastUsedDateTime      types.String `tfsdk:"last_used_date_time"`
	Legacy                types.Bool   `tfsdk:"legacy"`
}

// fromGraph takes over the methods, which come sorted by serial number.
func (m *hardwareOathMethodsModel) fromGraph(methods []graph.UserHardwareOathMethod) {
	m.Methods = make([]hardwareOathMethodModel, 0, len(methods))
	m.SerialNumbersInBothStores = []string{}
	for _, method := range methods {
		m.Methods = append(m.Methods, hardwareOathMethodFromGraph(method))
		if serialNumber := method.Token.SerialNumber; method.InBothStores && !slices.Contains(m.SerialNumbersInBothStores, serialNumber) {
			m.SerialNumbersInBothStores = append(m.SerialNumbersInBothStores, serialNumber)
		}
	}
}

func hardwareOathMethodFromGraph(method graph.UserHardwareOathMethod) hardwareOathMethodModel {
	token, lastUsed := method.Token, method.LastUsedDateTime
	if lastUsed == nil {
		lastUsed = token.LastUsedDateTime
	}
	model := hardwareOathMethodModel{
		ID:               types.StringValue(method.ID),
		SerialNumber:     textOrNull(token.SerialNumber),
		DisplayName:      pointerOrNull(token.DisplayName),
		Manufacturer:     textOrNull(token.Manufacturer),
		Model:            textOrNull(token.Model),
		HashFunction:     textOrNull(token.HashFunction),
		Status:           textOrNull(token.Status),
		CreatedDateTime:  timeOrNull(method.CreatedDateTime),
		LastUsedDateTime: timeOrNull(lastUsed),
		Legacy:           types.BoolValue(method.Legacy),
	}
	if token.TimeIntervalInSeconds != 0 {
		model.TimeIntervalInSeconds = types.Int64Value(token.TimeIntervalInSeconds)
	}
	return model
}

func timeOrNull(at *time.Time) types.String {
	if at == nil {
		return types.StringNull()
	}
	return types.StringValue(at.UTC().Format(time.RFC3339))
}
