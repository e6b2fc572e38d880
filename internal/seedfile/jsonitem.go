package seedfile

import (
	"encoding/json"
	"strings"
)

// jsonItem is one token of Graph's JSON while it is read.
type jsonItem struct {
	from     candidate
	known    int // properties of a token
	assigned bool
}

// read takes a property whose name, in small letters and without separators, is
// key. Unknown ones are left to the caller to skip, but for those that would
// change the token if they were understood.
func (i *jsonItem) read(r *jsonReader, key string) (bool, error) {
	var into *string
	numbers := false
	switch key {
	case "serialnumber":
		into = &i.from.serial
	case "manufacturer":
		into = &i.from.manufacturer
	case "model":
		into = &i.from.model
	case "secretkey":
		into = &i.from.secret
	case "timeintervalinseconds":
		into, numbers = &i.from.interval, true
	case "hashfunction":
		into = &i.from.hash
	case "displayname":
		into = &i.from.displayName
	case "assignto":
		i.assigned = true
		return false, nil
	case "digits", "otplength", "responselength":
		into, numbers = &i.from.digits, true
	default:
		i.suspect(key)
		return false, nil
	}
	i.known++
	token, err := r.token()
	if err != nil {
		return true, err
	}
	i.store(into, numbers, key, token)
	if delim, ok := token.(json.Delim); ok {
		return true, r.close(delim)
	}
	return true, nil
}

// close reads to the end of a value whose opening bracket was read.
func (r *jsonReader) close(open json.Delim) error {
	if open != '{' && open != '[' {
		return nil
	}
	for r.decoder.More() {
		if err := r.skip(); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// store keeps texts, and digits where numbers are allowed. Serial numbers and
// secrets are texts always: a number has lost its leading zeros.
func (i *jsonItem) store(into *string, numbers bool, key string, token json.Token) {
	switch value := token.(type) {
	case nil:
	case string:
		*into = strings.TrimSpace(value)
	case json.Number:
		if numbers {
			*into = value.String()
			return
		}
		i.fault("its " + key + " is a number instead of a text in quotes, which loses leading zeros")
	default:
		i.fault("its " + key + " is not a text")
	}
}

func (i *jsonItem) fault(text string) {
	i.from.faults = append(i.from.faults, text)
}

// suspect refuses names that mean what Graph's own property means, or what Graph
// cannot express: to pass over them would make another token.
func (i *jsonItem) suspect(key string) {
	switch key {
	default:
		if weighty(key) {
			i.fault("it has the property " + quotedName(key) + ", which Microsoft Graph does not know, and which may say how the codes are made")
		}
	case "hash", "hashalgorithm", "algorithm", "suite", "algorithmsuite", "crypto":
		i.fault(`it has the property "` + key + `", which Microsoft Graph does not know: the hash function is "hashFunction"`)
	case "timeinterval", "interval", "timestep", "timewindow", "period":
		i.fault(`it has the property "` + key + `", which Microsoft Graph does not know: the step is "timeIntervalInSeconds"`)
	case "type", "tokentype", "otptype", "counter", "secretformat", "secretencoding":
		i.fault(`it has the property "` + key + `", which Microsoft Graph does not know`)
	case "serial", "serialno", "secret", "seed", "key":
		i.fault(`it has the property "` + key + `", which Microsoft Graph does not know: it has "serialNumber" and "secretKey"`)
	}
}
