package seedfile_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

const dualShield = `<?xml version="1.0"?>
<data>
 <header>
  <manufacturerCode>DN</manufacturerCode><productCode>ST</productCode>
  <encrypt>NONE</encrypt><encode>HEX</encode>
  <digits>6</digits><timeWindow>60</timeWindow><crypto>HmacSHA256</crypto>
 </header>
 <tokens>
  <token><serial> 0012 </serial><seed>
   ` + secretHex + `
  </seed></token>
  <token><serial>0013</serial><seed><![CDATA[` + hex256 + `]]></seed><note>blue</note></token>
 </tokens>
</data>
`

// safeID is what the caller has to say of every file.
var safeID = seedfile.Options{Model: "SafeID"}

func TestRead_dualShield(t *testing.T) {
	t.Parallel()
	want := []seedfile.Token{
		{SerialNumber: "0012", Manufacturer: "Deepnet Security", Model: "SafeID", HashFunction: "hmacsha256", TimeIntervalInSeconds: 60, SecretKey: secret, Row: 1},
		{SerialNumber: "0013", Manufacturer: "Deepnet Security", Model: "SafeID", HashFunction: "hmacsha256", TimeIntervalInSeconds: 60, SecretKey: secret256, Row: 2},
	}
	equal(t, seedfile.Result{Format: seedfile.FormatDualShieldXML, Tokens: want}, read(t, dualShield, safeID))
	equal(t, want, read(t, dualShield, seedfile.Options{Model: "SafeID", SecretEncoding: seedfile.EncodingAuto}).Tokens)
	equal(t, want, read(t, strings.Replace(dualShield, `"1.0"`, `"1.0" encoding="UTF-16"`, 1), safeID).Tokens)
	equal(t, want[:1], read(t, strings.NewReplacer("HEX", "BASE64", secretHex, secretB64, hex256, "").Replace(dualShield), seedfile.Options{Model: "SafeID", SkipUnsupported: true}).Tokens)
	base64 := strings.NewReplacer("HEX", "BASE64", secretHex, secretB64, hex256, "").Replace(dualShield)
	equal(t, want[:1], read(t, base64, seedfile.Options{Model: "SafeID", SkipUnsupported: true, SecretEncoding: seedfile.EncodingAuto}).Tokens)
	unstated := strings.Replace(dualShield, "<encode>HEX</encode>", "", 1)
	equal(t, want, read(t, unstated, seedfile.Options{Model: "SafeID", SecretEncoding: seedfile.EncodingAuto}).Tokens)
	equal(t, want, read(t, unstated, seedfile.Options{Model: "SafeID", SecretEncoding: seedfile.EncodingHex}).Tokens)
	refuses(t, unstated, safeID, "set secret_encoding")
}

// TestRead_dualShieldNames: what the header states are codes, and only that of
// Deepnet is known.
func TestRead_dualShieldNames(t *testing.T) {
	t.Parallel()
	refuses(t, dualShield, seedfile.Options{}, "no place for model: set it")
	token := read(t, dualShield, vendor).Tokens[0]
	equal(t, "Deepnet Security", token.Manufacturer)
	equal(t, "Model", token.Model)
	for _, replacement := range []string{"<manufacturerCode>XY</manufacturerCode>", ""} {
		other := strings.Replace(dualShield, "<manufacturerCode>DN</manufacturerCode>", replacement, 1)
		refuses(t, other, seedfile.Options{}, "no place for manufacturer, model: set them")
		equal(t, "Vendor", read(t, other, vendor).Tokens[0].Manufacturer)
	}
}

// TestRead_dualShieldOld has the header of version 5: no digits, step and hash.
func TestRead_dualShieldOld(t *testing.T) {
	t.Parallel()
	old := strings.Replace(dualShield, "<digits>6</digits><timeWindow>60</timeWindow><crypto>HmacSHA256</crypto>", "", 1)
	refuses(t, old, safeID, "no place for hash_function, time_interval_in_seconds")
	options := seedfile.Options{Model: "SafeID", HashFunction: "hmacsha1", TimeIntervalInSeconds: 30}
	token := read(t, old, options).Tokens[0]
	equal(t, int64(30), token.TimeIntervalInSeconds)
	equal(t, "hmacsha1", token.HashFunction)
}

func TestRead_dualShieldEncrypted(t *testing.T) {
	t.Parallel()
	sealed := strings.NewReplacer("NONE", "AES256", secretHex, "c2VhbGVk", hex256, "c2VhbGVk").Replace(dualShield)
	refuses(t, sealed, safeID, "ask Deepnet")
	for _, encoding := range []seedfile.Encoding{"", seedfile.EncodingAuto, seedfile.EncodingHex} {
		equal(t, 2, len(read(t, sealed, seedfile.Options{Model: "SafeID", MetadataOnly: true, SecretEncoding: encoding}).Tokens))
	}
}

func TestRead_dualShieldRefused(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ old, replacement, want string }{
		"truncated":             {"</data>", "", "truncated"},
		"trailing data":         {"</data>", "</data> x", "follows the end"},
		"second root":           {"</data>", "</data><data/>", "second root"},
		"mismatched tags":       {"</tokens>", "</Tokens>", "well-formed"},
		"document type":         {"<data>", "<!DOCTYPE data><data>", "document type"},
		"entity":                {"0012", "&x;", "well-formed"},
		"external entity":       {"<data>", `<!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/passwd">]><data>`, "document type"},
		"deep":                  {"<tokens>", "<tokens>" + strings.Repeat("<a>", 20), "too deep"},
		"header twice":          {"<tokens>", "<header></header><tokens>", "two headers"},
		"header later":          {"</tokens>", "</tokens><header></header>", "two headers"},
		"twice in the header":   {"<digits>", "<digits>6</digits><digits>", "something twice"},
		"unknown encoding":      {"HEX", "ROT13", "how seeds are encoded"},
		"8 digits":              {"<digits>6", "<digits>8", "8 digits"},
		"SHA-512":               {"HmacSHA256", "HmacSHA512", "SHA-512"},
		"other step":            {"<timeWindow>60", "<timeWindow>120", "120 seconds"},
		"serial twice":          {"<serial> 0012 </serial>", "<serial>1</serial><serial>2</serial>", "serial twice"},
		"seed twice":            {"<seed>", "<seed>00</seed><seed>", "seed twice"},
		"no serial":             {"0012", "", "token 1: it has no serial number"},
		"no seed":               {secretHex, "", `token 1 (serial number "0012"): it has no secret key`},
		"no token":              {"token>", "tok>", "well-formed"},
		"step of a token":       {"<serial> 0012", "<timeWindow>30</timeWindow><serial> 0012", "belongs into the header"},
		"duplicate serial":      {"0013", "0012", "more than once"},
		"not hexadecimal":       {secretHex, secret, `secret_encoding = "base32"`},
		"text after the prolog": {"<data>", "x<data>", "follows the end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, strings.Replace(dualShield, try.old, try.replacement, 1), safeID, try.want)
		})
	}
	refuses(t, "<data><tokens/></data>", safeID, "no data/header")
	refuses(t, dualShield, seedfile.Options{Model: "SafeID", SecretEncoding: seedfile.EncodingBase32}, `says "hex"`)
}
