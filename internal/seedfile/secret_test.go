package seedfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

const entraHeader = "serial number,secret key,time interval,manufacturer,model\n"

func entraRow(serial, secret string) string {
	return serial + "," + secret + ",30,A,T\n"
}

func TestRead_secretEncodings(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		encoding     seedfile.Encoding
		secret, want string
	}{
		"hex":                  {seedfile.EncodingHex, secretHex, secret},
		"hex, lower case":      {seedfile.EncodingHex, "2646e1400d483af3309d84659147e65d0a937126", "EZDOCQANJA5PGME5QRSZCR7GLUFJG4JG"},
		"hex, grouped":         {seedfile.EncodingHex, "3132 3334-3536:3738 39303132333435363738 3930", secret},
		"hex, 0x":              {seedfile.EncodingHex, "0x" + secretHex, secret},
		"hex, 80 bytes":        {seedfile.EncodingHex, strings.Repeat("00", 80), strings.Repeat("A", 128)},
		"hex, bad length":      {seedfile.EncodingHex, "0123456789abcdef", "AERUKZ4JVPG66"},
		"base64":               {seedfile.EncodingBase64, secretB64, secret},
		"base64, no padding":   {seedfile.EncodingBase64, strings.TrimRight(secretB64, "="), secret},
		"base32, unused bits":  {"", "2234567abcdef2234567abcdef", "2234567ABCDEF2234567ABCDEF"},
		"auto: hexadecimal":    {seedfile.EncodingAuto, secretHex, secret},
		"auto: Base32":         {seedfile.EncodingAuto, secret, secret},
		"auto: Base32, padded": {seedfile.EncodingAuto, "JBSWY3DPEHPK3PXP====", "JBSWY3DPEHPK3PXP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := seedfile.Options{SecretEncoding: try.encoding}
			equal(t, try.want, read(t, entraHeader+entraRow("1", try.secret), options).Tokens[0].SecretKey)
		})
	}
}

func TestRead_secretsRefused(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		encoding     seedfile.Encoding
		secret, want string
	}{
		"hex, odd":                 {seedfile.EncodingHex, secretHex[1:], "39 hexadecimal digits"},
		"hex, character":           {seedfile.EncodingHex, "313x" + secretHex, "see character 4"},
		"hex, far character":       {seedfile.EncodingHex, "31é2" + secretHex, "see character 3"},
		"hex, Base32":              {seedfile.EncodingHex, secret, `set secret_encoding = "base32"`},
		"hex, 81 bytes":            {seedfile.EncodingHex, strings.Repeat("00", 81), "81 bytes"},
		"hex, only gaps":           {seedfile.EncodingHex, "- -", "empty"},
		"base64":                   {seedfile.EncodingBase64, "MTIz*DU2", "character 5"},
		"base32, only padding":     {"", "====", "empty"},
		"auto: both alphabets":     {seedfile.EncodingAuto, "GEZDGNBV89", "neither Base32 nor hexadecimal"},
		"auto: tells nothing":      {seedfile.EncodingAuto, "2234567abcdef2234567abcdef", "as Base32 and as hexadecimal"},
		"auto: Base64":             {seedfile.EncodingAuto, "MTIzNDU2Nzg5+DEyMzQ1", "neither Base32 nor hexadecimal"},
		"base32, dotless i":        {"", "GEZDGNBVGY3TQOıQ", "character 15"},
		"base32, another alphabet": {"", "ＧＥＺＤ", "character 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, entraHeader+entraRow("1", try.secret), seedfile.Options{SecretEncoding: try.encoding}, try.want)
		})
	}
}

// TestRead_encodingPerFile: one row that is Base32 as well must not be read
// otherwise than its neighbours.
func TestRead_encodingPerFile(t *testing.T) {
	t.Parallel()
	const both = "234567ABCDEF234567ABCDEF"
	content := entraHeader + entraRow("1", both) + entraRow("2", secretHex)
	result := read(t, content, seedfile.Options{SecretEncoding: seedfile.EncodingAuto})
	equal(t, "ENCWPK6N54RUKZ5LZXXQ", result.Tokens[0].SecretKey)
	equal(t, secret, result.Tokens[1].SecretKey)

	content = entraHeader + entraRow("1", both) + entraRow("2", secret)
	result = read(t, content, seedfile.Options{SecretEncoding: seedfile.EncodingAuto})
	equal(t, both, result.Tokens[0].SecretKey)

	refuses(t, entraHeader+entraRow("1", secret)+entraRow("2", secretHex), seedfile.Options{SecretEncoding: seedfile.EncodingAuto}, "set secret_encoding")
	refuses(t, entraHeader+entraRow("1", secret)+entraRow("2", secretHex), seedfile.Options{}, `row 3 (serial number "2")`, `secret_encoding = "hex"`)
}

func TestRead_metadataOnly(t *testing.T) {
	t.Parallel()
	want := []seedfile.Token{{SerialNumber: "1", Manufacturer: "A", Model: "T", HashFunction: "hmacsha1", TimeIntervalInSeconds: 30, Row: 2}}
	options := seedfile.Options{MetadataOnly: true}
	equal(t, want, read(t, entraHeader+entraRow("1", secret), options).Tokens)
	equal(t, want, read(t, entraHeader+entraRow("1", ""), options).Tokens)
	equal(t, want, read(t, "serial number,time interval,manufacturer,model\n1,30,A,T\n", options).Tokens)
	// With and without secrets a file gives the same tokens.
	refuses(t, entraHeader+entraRow("1", secretHex), options, `secret_encoding = "hex"`)
	options.SecretEncoding = seedfile.EncodingAuto
	equal(t, want, read(t, entraHeader+entraRow("1", "234567ABCDEF"), options).Tokens)
}

func TestRead_warnings(t *testing.T) {
	t.Parallel()
	equal(t, []string{`serial numbers "1": secrets of less than 16 bytes, which RFC 4226 asks for`},
		read(t, entraHeader+entraRow("1", "JBSWY3DPEHPK3PXP"), seedfile.Options{}).Warnings)
	long := read(t, entraHeader+entraRow("1", secret256), seedfile.Options{})
	if len(long.Warnings) != 1 || !strings.Contains(long.Warnings[0], "SHA-256") || long.Tokens[0].HashFunction != "hmacsha1" {
		t.Errorf("got %v", long)
	}
	equal(t, 0, len(read(t, entraHeader+entraRow("1", secret256), seedfile.Options{HashFunction: "hmacsha256"}).Warnings))
	var many strings.Builder
	for i := range 12 {
		many.WriteString(entraRow(fmt.Sprint(i), "JBSWY3DPEHPK3PXP"))
	}
	if text := read(t, entraHeader+many.String(), seedfile.Options{}).Warnings[0]; !strings.Contains(text, "and 2 more") {
		t.Error(text)
	}
}

func TestRead_options(t *testing.T) {
	t.Parallel()
	content := entraHeader + entraRow("1", secret)
	refuses(t, content, seedfile.Options{Format: "csv"}, `unknown format "csv"`)
	refuses(t, content, seedfile.Options{SecretEncoding: "utf8"}, `unknown secret encoding "utf8"`)
	refuses(t, content, seedfile.Options{TimeIntervalInSeconds: 45}, "45 seconds")
	refuses(t, content, seedfile.Options{HashFunction: "sha512"}, `"sha512"`)
	refuses(t, content, seedfile.Options{Model: "a\nb"}, "one line")
	refuses(t, content, seedfile.Options{Format: seedfile.FormatPSKC}, "PSKC")
	refuses(t, content, seedfile.Options{Format: seedfile.FormatGraphJSON}, "JSON")
	refuses(t, content, seedfile.Options{Format: seedfile.FormatDualShieldXML}, "DualShield")
	refuses(t, "[]", seedfile.Options{Format: seedfile.FormatEntraCSV}, "header")
	refuses(t, "[]", seedfile.Options{Format: seedfile.FormatOATHCSV}, "not known")
	refuses(t, strings.Repeat("x", seedfile.MaxSize+1), seedfile.Options{}, "52428801 bytes")
	equal(t, 1, len(read(t, content, seedfile.Options{Format: seedfile.FormatEntraCSV}).Tokens))
}
