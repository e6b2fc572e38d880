package provider

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

const privateStateKey = "token"

// privateState is what the provider must know of a token from one run to the
// next and nobody configures. It holds nothing of the seed, not even a hash.
type privateState struct {
	// CreatedAt is when the creation was answered: for a while after it, 404 from
	// Graph means "not yet".
	CreatedAt time.Time `json:"created_at,omitzero"`
	// ImportedAt is when the token was imported; zero from the first change on.
	// Which version the configuration gives the secret is not known at an import.
	ImportedAt time.Time `json:"imported_at,omitzero"`
	// Unlisted and Lost are serial numbers of a batch whose tokens have no id in
	// the state: those that Graph took and had not listed by the end of the
	// creation, and those whose creation was not answered. Only they are looked
	// for later. Whatever else bears a serial number of ours is somebody else's.
	Unlisted []string `json:"unlisted,omitempty"`
	Lost     []string `json:"lost,omitempty"`
	// Planned says, between two calls for one plan, that there is a state: a plan
	// to replace is asked for a second time as if there were none.
	Planned bool `json:"planned,omitempty"`
}

// adoptionWindow is how long after an import another version of the secret is
// taken for the version of the secret that the token has. Later it is a new one.
const adoptionWindow = 24 * time.Hour

func (p privateState) importedLately() bool { return time.Since(p.ImportedAt) < adoptionWindow }

func (p privateState) ref(id types.String) graph.HardwareOathTokenRef {
	return graph.HardwareOathTokenRef{ID: id.ValueString(), CreatedAt: p.CreatedAt}
}

func (p privateState) save(ctx context.Context, private privateWriter) diag.Diagnostics {
	return savePrivate(ctx, private, p)
}

func loadPrivateState(ctx context.Context, private privateReader) (privateState, diag.Diagnostics) {
	return loadPrivate[privateState](ctx, private)
}

// assignmentPrivateState is what the provider must know of an assignment from
// one run to the next and nobody configures.
type assignmentPrivateState struct {
	// AssignedAt is when the assignment was answered: for a while after it, a token
	// that reads as nobody's means "not yet".
	AssignedAt time.Time `json:"assigned_at,omitzero"`
	// Named is true when the configuration names the token: what its holder calls
	// it is no drift then.
	Named bool `json:"named,omitzero"`
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func savePrivate(ctx context.Context, private privateWriter, value any) diag.Diagnostics {
	text, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Failed to save private state", bug(err.Error()))}
	}
	return private.SetKey(ctx, privateStateKey, text)
}

func loadPrivate[T any](ctx context.Context, private privateReader) (value T, diags diag.Diagnostics) {
	text, diags := private.GetKey(ctx, privateStateKey)
	if len(text) == 0 || diags.HasError() {
		return value, diags
	}
	if err := json.Unmarshal(text, &value); err != nil {
		diags.AddError("Failed to read private state", bug(err.Error()))
	}
	return value, diags
}
