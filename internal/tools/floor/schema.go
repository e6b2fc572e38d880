package floor

import (
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/zclconf/go-cty/cty"
)

// A schema does not tell its defaults. These are the provider's, by the name of the attribute: without them the CLI would plan
// a value that is known after apply where the provider plans a known one.
var (
	stringDefaults = map[string]string{"hash_function": "hmacsha1"}
	boolDefaults   = map[string]bool{"unassign_on_destroy": false}
)

func resourceSchema(from *tfjson.Schema) (schema.Schema, error) {
	if len(from.Block.NestedBlocks) > 0 {
		return schema.Schema{}, fmt.Errorf("it has blocks, and only attributes are known here")
	}
	converted, err := attributes(from.Block.Attributes)
	return schema.Schema{Version: int64(from.Version), Attributes: converted}, err
}

func attributes(from map[string]*tfjson.SchemaAttribute) (map[string]schema.Attribute, error) {
	converted := make(map[string]schema.Attribute, len(from))
	for name, a := range from {
		var err error
		if a.AttributeNestedType != nil {
			converted[name], err = nestedAttribute(a)
		} else {
			converted[name], err = attribute(name, a)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return converted, nil
}

func attribute(name string, a *tfjson.SchemaAttribute) (schema.Attribute, error) {
	t := a.AttributeType
	switch {
	case t == cty.String:
		converted := schema.StringAttribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}
		if value, ok := stringDefaults[name]; ok && a.Computed {
			converted.Default = stringdefault.StaticString(value)
		}
		return converted, nil
	case t == cty.Bool:
		converted := schema.BoolAttribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}
		if value, ok := boolDefaults[name]; ok && a.Computed {
			converted.Default = booldefault.StaticBool(value)
		}
		return converted, nil
	case t == cty.Number:
		return schema.NumberAttribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}, nil
	case !t.IsCollectionType():
		return nil, fmt.Errorf("the type %s is not known here", t.FriendlyName())
	}

	element, err := primitive(t.ElementType())
	switch {
	case err != nil:
		return nil, err
	case t.IsMapType():
		return schema.MapAttribute{ElementType: element, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}, nil
	case t.IsListType():
		return schema.ListAttribute{ElementType: element, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}, nil
	default: // a set can't be write-only
		return schema.SetAttribute{ElementType: element, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive}, nil
	}
}

func primitive(t cty.Type) (attr.Type, error) {
	switch t {
	case cty.String:
		return types.StringType, nil
	case cty.Bool:
		return types.BoolType, nil
	case cty.Number:
		return types.NumberType, nil
	}
	return nil, fmt.Errorf("elements of the type %s are not known here", t.FriendlyName())
}

func nestedAttribute(a *tfjson.SchemaAttribute) (schema.Attribute, error) {
	nested, err := attributes(a.AttributeNestedType.Attributes)
	if err != nil {
		return nil, err
	}
	object := schema.NestedAttributeObject{Attributes: nested}
	switch mode := a.AttributeNestedType.NestingMode; mode {
	case tfjson.SchemaNestingModeSingle:
		return schema.SingleNestedAttribute{Attributes: nested, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}, nil
	case tfjson.SchemaNestingModeMap:
		return schema.MapNestedAttribute{NestedObject: object, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}, nil
	case tfjson.SchemaNestingModeList:
		return schema.ListNestedAttribute{NestedObject: object, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly}, nil
	case tfjson.SchemaNestingModeSet:
		return schema.SetNestedAttribute{NestedObject: object, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive}, nil
	default:
		return nil, fmt.Errorf("the nesting mode %q is not known here", mode)
	}
}

func identitySchema(from *tfjson.IdentitySchema) (identityschema.Schema, error) {
	converted := identityschema.Schema{Version: int64(from.Version), Attributes: map[string]identityschema.Attribute{}}
	for name, a := range from.Attributes {
		if a.IdentityType != cty.String {
			return identityschema.Schema{}, fmt.Errorf("%s: the type %s is not known here", name, a.IdentityType.FriendlyName())
		}
		converted.Attributes[name] = identityschema.StringAttribute{RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport}
	}
	return converted, nil
}
