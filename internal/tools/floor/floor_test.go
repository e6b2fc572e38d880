package floor_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/floor"
)

const thing = "entra_thing"

func newServer(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	answer, err := os.ReadFile("testdata/schemas.json")
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := floor.ParseSchemas(answer)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := floor.New(schemas)
	if err != nil {
		t.Fatal(err)
	}
	return providerserver.NewProtocol6(provider())()
}

// A plan knows what a real provider's plan knows, and no more; what is applied is whole, and a plan after it is empty.
func TestPlanAndApply(t *testing.T) {
	t.Parallel()

	server := newServer(t)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	fail(t, schemas.Diagnostics)
	objectType, ok := schemas.ResourceSchemas[thing].ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the schema is no object")
	}

	config := objectOf(objectType, map[string]any{
		"serial_number": "S1", "secret_key_wo": "GEZDGNBVGY3TQOJQ", "secret_keys_wo": map[string]string{"S1": "GEZDGNBVGY3TQOJQ"},
		"tokens": map[string]string{"S1": "M1"},
	})
	create := request(t, objectType, tftypes.NewValue(objectType, nil), config)
	planned, err := server.PlanResourceChange(t.Context(), create)
	if err != nil {
		t.Fatal(err)
	}
	fail(t, planned.Diagnostics)
	plan := read(t, objectType, planned.PlannedState)
	for _, name := range []string{"id", "status", "assigned_to"} {
		if plan[name].IsKnown() {
			t.Errorf("plan: %s is known: %s", name, plan[name])
		}
	}
	for _, name := range []string{"secret_key_wo", "secret_keys_wo"} {
		if !plan[name].IsNull() {
			t.Errorf("plan: %s is not null", name)
		}
	}
	if want := tftypes.NewValue(tftypes.String, "hmacsha1"); !plan["hash_function"].Equal(want) {
		t.Errorf("plan: hash_function is %s", plan["hash_function"])
	}

	applied, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: thing, PriorState: create.PriorState, PlannedState: planned.PlannedState, Config: create.Config, PlannedIdentity: planned.PlannedIdentity,
	})
	if err != nil {
		t.Fatal(err)
	}
	fail(t, applied.Diagnostics)
	state := read(t, objectType, applied.NewState)
	for name, value := range state {
		if !value.IsFullyKnown() {
			t.Errorf("state: %s is not known: %s", name, value)
		}
	}
	if state["id"].IsNull() || !state["status"].IsNull() {
		t.Errorf("state: id is %s and status %s", state["id"], state["status"])
	}
	identity := read(t, objectTypeOf(map[string]tftypes.Type{"id": tftypes.String, "serial_number": tftypes.String}), applied.NewIdentity.IdentityData)
	if !identity["id"].Equal(state["id"]) || !identity["serial_number"].Equal(state["serial_number"]) {
		t.Errorf("the identity is %v", identity)
	}

	again := request(t, objectType, tftypes.NewValue(objectType, state), config)
	// As the CLI does, what is not configured and computed is proposed as it was.
	proposed := maps.Clone(state)
	again.ProposedNewState = dynamic(t, objectType, tftypes.NewValue(objectType, proposed))
	again.PriorIdentity = applied.NewIdentity
	replanned, err := server.PlanResourceChange(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	fail(t, replanned.Diagnostics)
	for name, value := range read(t, objectType, replanned.PlannedState) {
		if !value.Equal(state[name]) {
			t.Errorf("second plan: %s is %s, was %s", name, value, state[name])
		}
	}
}

func objectTypeOf(attributes map[string]tftypes.Type) tftypes.Object {
	return tftypes.Object{AttributeTypes: attributes}
}

// objectOf fills an object; what values don't name is null. A map of text is one of models where elements are objects.
func objectOf(objectType tftypes.Object, values map[string]any) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, t := range objectType.AttributeTypes {
		switch value := values[name].(type) {
		case map[string]string:
			all[name] = mapOf(t, value)
		default:
			all[name] = tftypes.NewValue(t, value)
		}
	}
	return tftypes.NewValue(objectType, all)
}

func mapOf(t tftypes.Type, values map[string]string) tftypes.Value {
	element := tftypes.Type(tftypes.String)
	if m, ok := t.(tftypes.Map); ok {
		element = m.ElementType
	}
	all := map[string]tftypes.Value{}
	for key, text := range values {
		if object, ok := element.(tftypes.Object); ok {
			all[key] = objectOf(object, map[string]any{"model": text})
		} else {
			all[key] = tftypes.NewValue(element, text)
		}
	}
	return tftypes.NewValue(t, all)
}

func request(t *testing.T, objectType tftypes.Object, prior, config tftypes.Value) *tfprotov6.PlanResourceChangeRequest {
	t.Helper()
	return &tfprotov6.PlanResourceChangeRequest{
		TypeName: thing, PriorState: dynamic(t, objectType, prior), ProposedNewState: dynamic(t, objectType, config), Config: dynamic(t, objectType, config),
	}
}

func dynamic(t *testing.T, objectType tftypes.Object, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	d, err := tfprotov6.NewDynamicValue(objectType, value)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

func read(t *testing.T, objectType tftypes.Object, d *tfprotov6.DynamicValue) map[string]tftypes.Value {
	t.Helper()
	value, err := d.Unmarshal(objectType)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]tftypes.Value
	if err := value.As(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func fail(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range diagnostics {
		t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
}

func TestParseSchemas_errors(t *testing.T) {
	t.Parallel()

	for answer, want := range map[string]string{
		`{`: "providers schema -json",
		`{"format_version":"1.0","provider_schemas":{}}`: "has no " + floor.Address,
	} {
		if _, err := floor.ParseSchemas([]byte(answer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", answer, err, want)
		}
	}
}
