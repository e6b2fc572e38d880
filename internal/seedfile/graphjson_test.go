package seedfile_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

const graphItem = `{"@contentId": "1", "serialNumber": "0012", "manufacturer": "Acme", "model": "T", "secretKey": "` + secret +
	`", "timeIntervalInSeconds": 60, "hashFunction": "hmacsha256", "displayName": "Blue"}`

func TestRead_graphJSON(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"single":            graphItem,
		"array":             "[" + graphItem + "]",
		"envelope":          `{"@context": "#$delta", "value": [` + graphItem + "]}",
		"envelope reversed": `{"value": [` + graphItem + `], "@context": "#$delta", "@odata.nextLink": {"a": [1, {"b": null}]}}`,
		"BOM":               "\uFEFF \n" + graphItem,
		"digit string":      strings.Replace(graphItem, "60", `"60"`, 1),
		"upper-case hash":   strings.Replace(graphItem, "hmacsha256", "HMACSHA256", 1),
		"another case":      strings.Replace(graphItem, "serialNumber", "SerialNumber", 1),
		"unknown property":  strings.Replace(graphItem, "{", `{"status": "available", "id": null, "x": [[{}], 1, true], `, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, seedfile.Result{Format: seedfile.FormatGraphJSON, Tokens: []seedfile.Token{{
				SerialNumber: "0012", Manufacturer: "Acme", Model: "T", HashFunction: "hmacsha256", DisplayName: "Blue",
				TimeIntervalInSeconds: 60, SecretKey: secret, Row: 1,
			}}}, read(t, content, seedfile.Options{}))
		})
	}
}

func TestRead_graphJSONAssigned(t *testing.T) {
	t.Parallel()
	content := strings.Replace(graphItem, "{", `{"assignTo": {"id": "00aa00aa-bb11-cc22-dd33-44ee44ee44ee"}, `, 1)
	for _, content := range []string{content, "[" + content + "]"} {
		result := read(t, content, seedfile.Options{})
		if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], "entra_hardware_oath_token_assignment") {
			t.Errorf("got the warnings %q", result.Warnings)
		}
	}
}

func TestRead_graphJSONDefaults(t *testing.T) {
	t.Parallel()
	const content = `[{"serialNumber": "1", "secretKey": "` + secret + `", "hashFunction": null}]`
	refuses(t, content, seedfile.Options{}, "item 1", "set manufacturer", "set model", "set time_interval_in_seconds")
	options := vendor
	options.TimeIntervalInSeconds = 30
	equal(t, "hmacsha1", read(t, content, options).Tokens[0].HashFunction)
}

func TestRead_graphJSONRefused(t *testing.T) {
	t.Parallel()
	replace := func(old, replacement string) string { return strings.Replace(graphItem, old, replacement, 1) }
	for name, try := range map[string]struct{ content, want string }{
		"truncated":            {graphItem[:len(graphItem)-1], "truncated"},
		"truncated text":       {graphItem[:40], "truncated"},
		"truncated array":      {"[" + graphItem, "truncated"},
		"truncated in skipped": {`{"x": [1`, "truncated"},
		"trailing data":        {graphItem + "{}", "something follows"},
		"trailing junk":        {graphItem + " x", "something follows"},
		"trailing comma":       {"[" + graphItem + ",]", "not JSON"},
		"comment":              {"[ // tokens\n" + graphItem + "]", "not JSON"},
		"duplicate key":        {replace(`"model": "T"`, `"model": "T", "model": "T"`), "a property twice"},
		"duplicate, case":      {replace(`"model": "T"`, `"model": "T", "Model": "T"`), "a property twice"},
		"duplicate value":      {`{"value": [` + graphItem + `], "value": []}`, "a property twice"},
		"duplicate in array":   {"[{}, " + replace(`"model": "T"`, `"model": "T", "model": "U"`) + "]", "item 2 has a property twice"},
		"value beside a token": {`{"serialNumber": "1", "value": []}`, "side by side"},
		"value is an object":   {`{"value": ` + graphItem + `}`, "not an array"},
		"not an object":        {`["` + secret + `"]`, "item 1 is not an object"},
		"null":                 {`[null]`, "item 1 is not an object"},
		"unknown layout":       {`{"inventory": [` + graphItem + `]}`, "not that of Microsoft Graph"},
		"empty array":          {`[]`, "holds no token"},
		"empty envelope":       {`{"value": []}`, "holds no token"},
		"empty object":         {`{}`, "not that of Microsoft Graph"},
		"serial as a number":   {replace(`"0012"`, `12`), "is a number"},
		"serial as an object":  {replace(`"0012"`, `{"a": ["b"]}`), "not a text"},
		"secret as a list":     {replace(`"`+secret+`"`, `["`+secret+`"]`), "not a text"},
		"interval as bool":     {replace(`60`, `true`), "not a text"},
		"interval, fraction":   {replace(`60`, `60.0`), "not a whole number"},
		"interval, exponent":   {replace(`60`, `6e1`), "not a whole number"},
		"interval, other":      {replace(`60`, `45`), "45 seconds"},
		"8 digits":             {replace(`{`, `{"digits": 8, `), "8 digits"},
		"unknown hash":         {replace(`hmacsha256`, `hmacsha3`), "hash function is unknown"},
		"SHA-512":              {replace(`hmacsha256`, `hmacsha512`), "SHA-512"},
		"hash by another name": {replace(`"hashFunction"`, `"algorithm"`), `"hashFunction"`},
		"step by another name": {replace(`"timeIntervalInSeconds"`, `"period"`), `"timeIntervalInSeconds"`},
		"hash, other name":     {replace(`"hashFunction"`, `"hash_algorithm"`), `"hashFunction"`},
		"hash, odd name":       {replace(`"hashFunction"`, `"otp.algo"`), `"otp.algo"`},
		"length, other name":   {replace(`{`, `{"codeLength": 8, `), `"codelength"`},
		"digits, other name":   {replace(`{`, `{"numberOfDigits": 8, `), `"numberofdigits"`},
		"step, other name":     {replace(`"timeIntervalInSeconds"`, `"stepSeconds"`), `"stepseconds"`},
		"hash of the envelope": {`{"hashAlgorithm": "sha256", "value": [` + graphItem + `]}`, `beside "value"`},
		"secret, other name":   {replace(`"secretKey"`, `"seed"`), `"secretKey"`},
		"format of the secret": {replace(`{`, `{"secretFormat": "hex", `), "secretformat"},
		"no secret":            {replace(`"secretKey"`, `"x"`), "it has no secret key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, try.content, seedfile.Options{}, try.want)
		})
	}
}
