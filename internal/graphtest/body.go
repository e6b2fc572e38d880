package graphtest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object whose members are read one by one, so that no name goes unnoticed.
type object map[string]json.RawMessage

func parseObject(raw []byte) (object, *graphError) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return o, nil
}

// only fails loudly on a name that is neither known nor one of the annotations that SDKs send.
func (o object) only(odataType string, known ...string) *graphError {
	for _, name := range o.names() {
		switch {
		case slices.Contains(known, name):
		case name == "@odata.type":
			if got, err := o.text(name); err != nil || got == nil || !strings.EqualFold(*got, odataType) {
				return unsupported(400, "@odata.type must be %s, got %s", odataType, o[name])
			}
		default:
			return unsupported(400, "The property '%s' does not exist on type '%s'.", name, strings.TrimPrefix(odataType, "#"))
		}
	}
	return nil
}

// none refuses properties that exist but that the client may not set.
func (o object) none(names ...string) *graphError {
	for _, name := range names {
		if _, found := o[name]; found {
			return badRequest("The property '%s' cannot be set.", name)
		}
	}
	return nil
}

func (o object) names() []string {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (o object) has(name string) bool {
	_, found := o[name]
	return found
}

func (o object) isNull(name string) bool { return string(o[name]) == "null" }

// text reads a string; nil is absent or null.
func (o object) text(name string) (*string, *graphError) {
	if !o.has(name) || o.isNull(name) {
		return nil, nil
	}
	var v string
	if err := json.Unmarshal(o[name], &v); err != nil {
		return nil, badRequest("Cannot convert the value of the property '%s' to the expected type 'Edm.String'.", name)
	}
	return &v, nil
}

// required reads a string that must be there and must not be empty.
func (o object) required(name string) (string, *graphError) {
	v, err := o.text(name)
	if err != nil {
		return "", err
	}
	if v == nil || *v == "" {
		return "", badRequest("The property '%s' is required and must not be null or empty.", name)
	}
	return *v, nil
}

// integer reads a number; the bulk call also takes a string (D-bulk, U-carl).
func (o object) integer(name string, stringToo bool) (int, *graphError) {
	if !o.has(name) || o.isNull(name) {
		return 0, badRequest("The property '%s' is required and must not be null.", name)
	}
	raw := string(o[name])
	if stringToo {
		if v, err := o.text(name); err == nil && v != nil {
			raw = *v
		}
	}
	n, err := strconv.Atoi(raw)
	if err != nil {
		return 0, badRequest("Cannot convert the value of the property '%s' to the expected type 'Edm.Int32'.", name)
	}
	return n, nil
}

// child reads an object; nil is absent or null.
func (o object) child(name string) (object, *graphError) {
	if !o.has(name) || o.isNull(name) {
		return nil, nil
	}
	return parseObject(o[name])
}
