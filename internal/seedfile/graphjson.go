package seedfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// openGraphJSON reads the body of Graph's bulk PATCH: an envelope with "value",
// a bare array, or one object.
func openGraphJSON(text string) (*file, error) {
	opened := &file{format: FormatGraphJSON, unit: "item", encoding: EncodingBase32, about: strings.Count(text, `"serialNumber"`)}
	opened.each = func(yield func(*candidate) error) error {
		reader := &jsonReader{decoder: json.NewDecoder(strings.NewReader(text)), yield: yield, keys: map[string]string{}}
		reader.decoder.UseNumber()
		if err := reader.document(); err != nil {
			return err
		}
		if reader.assigned {
			opened.warnings = []string{`"assignTo" is not read: assign tokens with entra_hardware_oath_token_assignment`}
		}
		return nil
	}
	return opened, nil
}

type jsonReader struct {
	decoder  *json.Decoder
	yield    func(*candidate) error
	number   int
	assigned bool
	item     jsonItem          // that items is at
	keys     map[string]string // the names so far, as columnKey makes them
}

// key remembers what it made of a name: the next token has the same ones.
func (r *jsonReader) key(name string) string {
	key, known := r.keys[name]
	if !known {
		key = columnKey(name)
		if len(r.keys) < 100 {
			r.keys[name] = key
		}
	}
	return key
}

func (r *jsonReader) token() (json.Token, error) {
	token, err := r.decoder.Token()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the JSON ends too early: the file was truncated")
	case err != nil:
		// The decoder's own text may quote the file.
		return nil, fmt.Errorf("the file is not JSON: see byte %d", r.decoder.InputOffset())
	}
	return token, nil
}

func (r *jsonReader) document() error {
	token, err := r.token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		err = r.items()
	case json.Delim('{'):
		err = r.object()
	default:
		err = errors.New("the JSON is neither an object nor an array")
	}
	if err != nil {
		return err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the JSON")
	}
	return nil
}

// items reads an array up to its end.
func (r *jsonReader) items() error {
	for r.decoder.More() {
		token, err := r.token()
		if err != nil {
			return err
		}
		r.number++
		if token != json.Delim('{') {
			return fmt.Errorf("item %d is not an object", r.number)
		}
		r.item = jsonItem{from: candidate{number: r.number, kind: kindTOTP}}
		if err := r.properties(r.number, r.item.read); err != nil {
			return err
		}
		r.assigned = r.assigned || r.item.assigned
		if err := r.yield(&r.item.from); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// object reads the envelope, or the only token.
func (r *jsonReader) object() error {
	single := jsonItem{from: candidate{number: 1, kind: kindTOTP}}
	envelope := false
	err := r.properties(1, func(r *jsonReader, key string) (bool, error) {
		if key != "value" {
			return single.read(r, key)
		}
		envelope = true
		token, err := r.token()
		if err != nil {
			return true, err
		}
		if token != json.Delim('[') {
			return true, errors.New(`"value" is not an array`)
		}
		return true, r.items()
	})
	switch {
	case err != nil:
		return err
	case envelope && single.known > 0:
		return errors.New(`the JSON has "value" and the properties of a token side by side`)
	case envelope && len(single.from.faults) > 0:
		return errors.New("beside \"value\", " + strings.TrimPrefix(single.from.faults[0], "it has "))
	case envelope:
		return nil
	case single.known == 0:
		return errors.New(`the JSON is not that of Microsoft Graph: it has neither "value" nor the properties of a token`)
	}
	r.number, r.assigned = 1, single.assigned
	return r.yield(&single.from)
}

// properties reads an object up to its end. Two equal keys are an error: which
// of them holds is up to each reader.
func (r *jsonReader) properties(number int, read func(r *jsonReader, key string) (bool, error)) error {
	var seen [16]string
	keys := seen[:0]
	for r.decoder.More() {
		token, err := r.token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return errors.New("the file is not JSON")
		}
		key := r.key(name)
		if slices.Contains(keys, key) {
			return fmt.Errorf("item %d has a property twice: the %dth is there already", number, len(keys)+1)
		}
		if keys = append(keys, key); len(keys) > 1000 {
			return fmt.Errorf("item %d has more than 1000 properties", number)
		}
		known, err := read(r, key)
		if err != nil {
			return err
		}
		if !known {
			if err := r.skip(); err != nil {
				return err
			}
		}
	}
	_, err := r.token()
	return err
}

// skip reads over one value, however deep.
func (r *jsonReader) skip() error {
	for depth := 0; ; {
		token, err := r.token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
