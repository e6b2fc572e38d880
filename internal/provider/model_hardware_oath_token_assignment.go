package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

const hardwareOathTokenAssignmentType = "entra_hardware_oath_token_assignment"

type hardwareOathTokenAssignmentModel struct {
	ID                 types.String   `tfsdk:"id"`
	TokenID            types.String   `tfsdk:"token_id"`
	UserID             types.String   `tfsdk:"user_id"`
	Activate           types.Bool     `tfsdk:"activate"`
	SecretKeyWO        types.String   `tfsdk:"secret_key_wo"`
	SecretKeyWOVersion types.Int64    `tfsdk:"secret_key_wo_version"`
	VerificationCodeWO types.String   `tfsdk:"verification_code_wo"`
	DisplayName        types.String   `tfsdk:"display_name"`
	UserObjectID       types.String   `tfsdk:"user_object_id"`
	SerialNumber       types.String   `tfsdk:"serial_number"`
	Status             types.String   `tfsdk:"status"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

// hardwareOathTokenAssignmentIdentityModel is the resource's identity.
type hardwareOathTokenAssignmentIdentityModel struct {
	UserID  types.String `tfsdk:"user_id"`
	TokenID types.String `tfsdk:"token_id"`
}

// identity is the user's object id, whatever the configuration calls the user:
// a name can change, and an identity must not.
func (m hardwareOathTokenAssignmentModel) identity() hardwareOathTokenAssignmentIdentityModel {
	return hardwareOathTokenAssignmentIdentityModel{UserID: types.StringValue(m.user()), TokenID: m.TokenID}
}

// user is the best name of the user that is known.
func (m hardwareOathTokenAssignmentModel) user() string {
	if isKnown(m.UserObjectID) {
		return m.UserObjectID.ValueString()
	}
	return m.UserID.ValueString()
}

func (m hardwareOathTokenAssignmentModel) ref(private assignmentPrivateState) graph.HardwareOathAssignmentRef {
	return graph.HardwareOathAssignmentRef{
		TokenID: m.TokenID.ValueString(), UserID: m.UserObjectID.ValueString(),
		AssignedAt: private.AssignedAt, Confirmed: !m.SerialNumber.IsNull(),
	}
}

// fromGraph takes over what Graph told. The name is the holder's to change, so
// it is taken over only while the configuration gives none.
func (m *hardwareOathTokenAssignmentModel) fromGraph(token graph.HardwareOathToken, named bool) {
	m.SerialNumber = types.StringValue(token.SerialNumber)
	m.Status = textOrNull(token.Status)
	if token.AssignedTo != nil {
		m.UserObjectID = types.StringValue(token.AssignedTo.ID)
	}
	if !named {
		m.DisplayName = pointerOrNull(token.DisplayName)
	}
	m.ID = types.StringValue(m.user() + "/" + m.TokenID.ValueString())
}

// unconfirmed is what is known of an assignment whose token could not be read;
// the next refresh learns the rest.
func (m *hardwareOathTokenAssignmentModel) unconfirmed() {
	m.UserObjectID, m.SerialNumber, m.Status = types.StringNull(), types.StringNull(), types.StringNull()
	if isObjectID(m.UserID.ValueString()) {
		m.UserObjectID = m.UserID
	}
	if m.DisplayName.IsUnknown() {
		m.DisplayName = types.StringNull()
	}
	m.ID = types.StringValue(m.user() + "/" + m.TokenID.ValueString())
}

// activation is what activates the token as it was just read. The seed and the
// code come from the configuration: they are nowhere else.
func (m hardwareOathTokenAssignmentModel) activation(config hardwareOathTokenAssignmentModel, token graph.HardwareOathToken, assignedAt time.Time) graph.Activation {
	activation := graph.Activation{
		UserID: m.user(), Token: token, VerificationCode: config.VerificationCodeWO.ValueString(),
		DisplayName: config.DisplayName.ValueStringPointer(), AssignedAt: assignedAt,
	}
	if secret := config.SecretKeyWO.ValueString(); secret != "" {
		activation.Code = func(interval time.Duration, hashFunction string, at time.Time) (string, error) {
			return totp.Code(secret, interval, hashFunction, at)
		}
	}
	return activation
}

// describe names the assignment at the start of a sentence.
func (m hardwareOathTokenAssignmentModel) describe() string {
	return "The assignment of " + m.token() + fmt.Sprintf(" to user %q", m.UserID.ValueString())
}

// describeActivation names the activation at the start of a sentence.
func (m hardwareOathTokenAssignmentModel) describeActivation() string {
	return "The activation of " + m.token() + fmt.Sprintf(" of user %q", m.UserID.ValueString())
}

func (m hardwareOathTokenAssignmentModel) token() string {
	token := hardwareOathTokenModel{ID: m.TokenID, SerialNumber: m.SerialNumber}.describe()
	return strings.ToLower(token[:1]) + token[1:]
}
