// Package floor is the least that a provider can be: terraform-plugin-framework, another provider's schemas, and nothing behind
// them. What the CLI takes with it is what it takes with any provider; the rest of the other provider's time is its own.
package floor

import (
	"encoding/json"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
)

// Address is the provider's address, and the other's: the same configuration serves both.
const Address = "registry.terraform.io/terraform-provider-entra/entra"

// SchemaVariable is the variable that tells the floor provider where the schemas are.
const SchemaVariable = "FLOOR_SCHEMA"

// ParseSchemas reads the provider's part of what `providers schema -json` prints.
func ParseSchemas(answer []byte) (*tfjson.ProviderSchema, error) {
	var all tfjson.ProviderSchemas
	if err := json.Unmarshal(answer, &all); err != nil {
		return nil, fmt.Errorf("the answer of providers schema -json: %w", err)
	}
	schema, ok := all.Schemas[Address]
	if !ok {
		return nil, fmt.Errorf("the answer of providers schema -json has no %s", Address)
	}
	return schema, nil
}

// Comparable is a text that is equal for two answers of `providers schema -json` when the schemas of their resources and the
// resources' identities are. Descriptions do not count.
func Comparable(answer []byte) (string, error) {
	schema, err := ParseSchemas(answer)
	if err != nil {
		return "", err
	}
	for _, resource := range schema.ResourceSchemas {
		resource.Block.Description, resource.Block.DescriptionKind = "", ""
		forgetDescriptions(resource.Block.Attributes)
	}
	for _, identity := range schema.ResourceIdentitySchemas {
		for _, attribute := range identity.Attributes {
			attribute.Description = ""
		}
	}
	text, err := json.MarshalIndent([]any{schema.ResourceSchemas, schema.ResourceIdentitySchemas}, "", "  ")
	return string(text), err
}

func forgetDescriptions(attributes map[string]*tfjson.SchemaAttribute) {
	for _, attribute := range attributes {
		attribute.Description, attribute.DescriptionKind = "", ""
		if attribute.AttributeNestedType != nil {
			forgetDescriptions(attribute.AttributeNestedType.Attributes)
		}
	}
}
