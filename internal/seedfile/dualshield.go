package seedfile

import (
	"errors"
	"fmt"
	"strings"
)

// openDualShield reads Deepnet's token file for DualShield 5 and 6
// (wiki.deepnetsecurity.com, "DualShield Token File Format").
func openDualShield(text string, options Options) (*file, error) {
	opened := &file{format: FormatDualShieldXML, unit: "token", demandsHash: true, about: strings.Count(text, "</seed>")}
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "<") {
		return nil, errors.New("the file is not the XML of DualShield")
	}
	header, err := dualShieldHeader(text)
	if err != nil {
		return nil, err
	}
	if !options.MetadataOnly && header["encrypt"] != "" && !strings.EqualFold(header["encrypt"], "NONE") {
		return nil, errors.New("the seeds are encrypted for DualShield, in a way that is not public: ask Deepnet for Microsoft's CSV, or for PSKC")
	}
	if opened.encoding, err = dualShieldEncoding(header, options); err != nil {
		return nil, err
	}
	if header["crypto"] == "" {
		opened.lacks = append(opened.lacks, "hash_function")
	}
	if header["timewindow"] == "" {
		opened.lacks = append(opened.lacks, "time_interval_in_seconds")
	}
	from := candidate{kind: kindTOTP, hash: header["crypto"], interval: header["timewindow"], digits: header["digits"]}
	// The header has codes where Entra shows names: DN is Deepnet, and ST is a
	// family of products, not a model.
	if strings.EqualFold(header["manufacturercode"], "DN") {
		from.manufacturer = "Deepnet Security"
	} else {
		opened.lacks = append(opened.lacks, "manufacturer")
	}
	opened.lacks = append(opened.lacks, "model")
	opened.each = func(yield func(*candidate) error) error {
		return dualShieldTokens(text, from, yield)
	}
	return opened, nil
}

// dualShieldEncoding is empty where secrets are encrypted and not looked at.
func dualShieldEncoding(header map[string]string, options Options) (Encoding, error) {
	encoding := Encoding(strings.ToLower(header["encode"]))
	asked := options.SecretEncoding
	switch {
	case header["encrypt"] != "" && !strings.EqualFold(header["encrypt"], "NONE"):
		return "", nil
	case encoding == "" && asked != "":
		return asked, nil
	case encoding != EncodingHex && encoding != EncodingBase64 && encoding != EncodingBase32:
		return "", errors.New("the header does not say how seeds are encoded (HEX, BASE32 or BASE64): set secret_encoding")
	case asked != "" && asked != EncodingAuto && asked != encoding:
		return "", fmt.Errorf("secret_encoding is %q, and the header of the file says %q", asked, encoding)
	}
	return encoding, nil
}

// errFound ends a walk that has seen enough.
var errFound = errors.New("found")

// dualShieldHeader reads up to the end of the header.
func dualShieldHeader(text string) (map[string]string, error) {
	header := map[string]string{}
	err := walkXML(text, func(path []string, value string) error {
		switch {
		case len(path) == 3 && path[0] == "data" && path[1] == "header":
			if _, again := header[path[2]]; again {
				return errors.New("the header states something twice")
			}
			header[path[2]] = strings.TrimSpace(value)
		case len(path) == 2 && path[0] == "data" && path[1] == "header":
			return errFound
		}
		return nil
	})
	switch {
	case errors.Is(err, errFound):
		return header, nil
	case err == nil:
		err = errors.New("the XML is not DualShield's: it has no data/header")
	}
	return nil, err
}

// dualShieldTokens yields a copy of from, which has what the header says, for
// each token.
func dualShieldTokens(text string, from candidate, yield func(*candidate) error) error {
	token, done := from, from
	number, headers := 0, 0
	return walkXML(text, func(path []string, value string) error {
		if len(path) == 2 && path[1] == "header" {
			if headers++; headers > 1 {
				return errors.New("the file has two headers")
			}
		}
		if len(path) < 3 || path[0] != "data" || path[1] != "tokens" || path[2] != "token" {
			return nil
		}
		if len(path) == 4 {
			token.dualShield(path[3], strings.TrimSpace(value))
		}
		if len(path) != 3 {
			return nil
		}
		number++
		token.number = number
		done = token
		token = from
		return yield(&done)
	})
}

func (c *candidate) dualShield(element, value string) {
	into := &c.serial
	switch element {
	case "serial":
	case "seed":
		into = &c.secret
	case "crypto", "digits", "timewindow", "encode", "encrypt":
		c.faults = append(c.faults, "it states "+element+" itself, which belongs into the header")
		return
	default:
		return
	}
	if *into != "" {
		c.faults = append(c.faults, "it has "+element+" twice")
		return
	}
	*into = value
}
