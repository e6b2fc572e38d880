package seedfile_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

func TestRead_oathCSV(t *testing.T) {
	t.Parallel()
	one := func(row int) []seedfile.Token {
		return []seedfile.Token{{
			SerialNumber: "0012", Manufacturer: "Vendor", Model: "Model", HashFunction: "hmacsha1", TimeIntervalInSeconds: 60, SecretKey: secret, Row: row,
		}}
	}
	sixty := vendor
	sixty.TimeIntervalInSeconds = 60
	assumed := sixty
	assumed.AssumeTOTP = true
	for name, try := range map[string]struct {
		content string
		options seedfile.Options
		row     int
	}{
		"all cells":          {"0012," + secretHex + ",totp,6,60,sha1", vendor, 1},
		"spaces and tabs":    {"  0012 ,\t" + secretHex + " , TOTP , 6 , 60 , HMAC-SHA1 ,", vendor, 1},
		"no digits, no hash": {"0012," + secretHex + ",totp,,60", vendor, 1},
		"the caller's step":  {"0012," + secretHex + ",totp", sixty, 1},
		"semicolons":         {"0012;" + secretHex + ";totp;6;60", vendor, 1},
		"tabs":               {"0012\t" + secretHex + "\ttotp\t6\t60", vendor, 1},
		"quoted":             {`"0012", "` + secretHex + `","totp",6,"60"`, vendor, 1},
		"comments":           {"# tokens\r\n\r\n   # it's \"one\"\r\n0012," + secretHex + ",totp,6,60\r\n", vendor, 4},
		"two columns":        {"0012," + secretHex + "\n", assumed, 1},
		"privacyIDEA":        {"# version:2\nalice, resolver, realm, 0012, " + secretHex + ", totp, 6, 60\n", vendor, 2},
		"comment repeats":    {"# alice\n# version:2\nalice,resolver,realm,0012," + secretHex + ",totp,6,60\n", vendor, 3},
		"multiOTP":           {"0012;Vendor;TOTP;" + secretHex + ";6;60\n", seedfile.Options{Model: "Model"}, 1},
		"PhenixID":           {"TOTP;0012;SHA1;" + secretHex + ";0;60;6\n", vendor, 1},
		"pskc2csv":           {"serial,secret,algorithm,response_length,time_interval\n0012," + secretHex + ",urn:ietf:params:xml:ns:keyprov:pskc:totp,6,60\n", vendor, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := read(t, try.content, try.options)
			equal(t, seedfile.Result{Format: seedfile.FormatOATHCSV, Tokens: one(try.row)}, result)
		})
	}
}

// TestRead_oathCSVStep: what OTP servers take a missing step for is not what the
// vendor means by it.
func TestRead_oathCSVStep(t *testing.T) {
	t.Parallel()
	refuses(t, "1,"+secretHex+",totp,6,30\n2,"+secretHex+",totp", vendor, `row 2 (serial number "2"): it has no time interval`, "set time_interval_in_seconds")
	sixty := vendor
	sixty.TimeIntervalInSeconds = 60
	result := read(t, "1,"+secretHex+",totp,6,30\n2,"+secretHex+",totp", sixty)
	equal(t, int64(30), result.Tokens[0].TimeIntervalInSeconds)
	equal(t, int64(60), result.Tokens[1].TimeIntervalInSeconds)
	assumed := vendor
	assumed.AssumeTOTP = true
	refuses(t, "1,"+secretHex, assumed, "set time_interval_in_seconds")
}

func TestRead_oathCSVRefused(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ row, want string }{
		"no type":             {"7," + secretHex, "set assume_totp = true"},
		"HOTP":                {"7," + secretHex + ",hotp,6", "event-based"},
		"OCRA":                {"7," + secretHex + ",ocra,OCRA-1:HOTP-SHA1-8:QH40", "an OCRA token"},
		"unknown type":        {"7," + secretHex + ",6", "type is unknown"},
		"8 digits":            {"7," + secretHex + ",totp,8", "8 digits"},
		"other step":          {"7," + secretHex + ",totp,6,10", "10 seconds"},
		"SHA-512":             {"7," + secretHex + ",totp,6,30,sha512", "SHA-512"},
		"unknown hash":        {"7," + secretHex + ",totp,6,30,whirlpool", "hash function is unknown"},
		"Base32":              {"7," + secret + ",totp", `secret_encoding = "base32"`},
		"bad character":       {"7,31z2,totp", "see character 3"},
		"no secret":           {"7,,totp", "no secret key"},
		"no serial":           {"," + secretHex + ",totp", "row 2: it has no serial number"},
		"one cell":            {secretHex, "row 2: it has too few cells"},
		"surplus":             {"7," + secretHex + ",totp,6,30,sha1,x", "more cells"},
		"open quote":          {`7,"` + secretHex + `,totp`, "quotes do not match"},
		"shifted by three":    {"alice,resolver,realm,7," + secretHex + ",totp", "row 2"},
		"mangled serial":      {"2.6E+12," + secretHex + ",totp", "spreadsheet"},
		"secret twice":        {secretHex + "," + secretHex + ",totp", "looks like a secret"},
		"another dialect":     {"TOTP;7;SHA1;" + secretHex + ";0;30;6", "row 2"},
		"secret as the type":  {"7,00," + secretHex, "type is unknown"},
		"secret as the step":  {"7,00,totp,6," + secretHex, "not a whole number"},
		"secret as the hash":  {"7,00,totp,6,30," + secretHex, "hash function is unknown"},
		"secret as the digit": {"7,00,totp," + secretHex, "not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := vendor
			options.TimeIntervalInSeconds = 30
			refuses(t, "good,"+secretHex+",totp\n"+try.row+"\n", options, try.want)
		})
	}
}

func TestRead_oathCSVDialectsRefused(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ content, want string }{
		"multiOTP: mOTP":           {"7;Vendor;mOTP;0123456789012345;6;10\n", "a mOTP token"},
		"multiOTP: HOTP":           {"7;Vendor;HOTP;" + secretHex + ";6;0\n", "event-based"},
		"multiOTP: too short":      {"7;Vendor;TOTP;" + secretHex + ";6;30\n8;Vendor;TOTP;" + secretHex + "\n", "fewer than 6 cells"},
		"PhenixID: HOTP":           {"HOTP;7;" + secretHex + ";0\n", "event-based"},
		"PhenixID: epoch":          {"TOTP;7;SHA1;" + secretHex + ";946684800;30;6\n", "another moment"},
		"PhenixID: short":          {"TOTP;7;SHA1;" + secretHex + "\n", "fewer than 7 cells"},
		"PhenixID: shorter":        {"TOTP;7;SHA1;" + secretHex + ";0;30;6\nTOTP\n", "row 2: it has fewer than 7 cells"},
		"privacyIDEA: no serial":   {"# version:2\nalice,resolver,realm,," + secretHex + ",totp\n", "row 2: it has no serial number"},
		"pskc2csv: HOTP":           {"serial,secret,algorithm,response_length\n7," + secretHex + ",urn:ietf:params:xml:ns:keyprov:pskc:hotp,6\n", "event-based"},
		"pskc2csv: encoding":       {"serial,secret,response_length,response_encoding\n7," + secretHex + ",6,HEXADECIMAL\n", "not decimal"},
		"pskc2csv: contradiction":  {"serial,secret,algorithm,algorithm_suite,response_length\n7," + secretHex + ",sha1,sha256,6\n", "contradict"},
		"a header nobody knows":    {"Seriennummer,Geheimnis,Typ\n7," + secretHex + ",totp\n", "row 1"},
		"no delimiter in the file": {"hello world\n", "format of the file is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := vendor
			options.TimeIntervalInSeconds = 30
			refuses(t, try.content, options, try.want)
		})
	}
}

// TestRead_oathCSVOfThePortal: the secret is Base32 and hexadecimal as well.
func TestRead_oathCSVOfThePortal(t *testing.T) {
	t.Parallel()
	const both = "234567ABCDEF234567ABCDEF"
	content := entraHeader + entraRow("1", both)
	for _, metadata := range []bool{false, true} {
		refuses(t, content, seedfile.Options{Format: seedfile.FormatOATHCSV, MetadataOnly: metadata}, "entra_csv", "set secret_encoding")
	}
	for encoding, want := range map[seedfile.Encoding]string{seedfile.EncodingHex: "ENCWPK6N54RUKZ5LZXXQ", seedfile.EncodingBase32: both} {
		result := read(t, content, seedfile.Options{Format: seedfile.FormatOATHCSV, SecretEncoding: encoding})
		equal(t, want, result.Tokens[0].SecretKey)
	}
	result := read(t, "serial,secret,response_length\n1,"+secretHex+",6\n", seedfile.Options{
		Format: seedfile.FormatOATHCSV, Manufacturer: "A", Model: "T", TimeIntervalInSeconds: 30,
	})
	equal(t, secret, result.Tokens[0].SecretKey)
}

func TestRead_oathCSVNeedsNames(t *testing.T) {
	t.Parallel()
	refuses(t, "7,"+secretHex+",totp", seedfile.Options{}, "no place for model, manufacturer")
	refuses(t, "7;Vendor;TOTP;"+secretHex+";6;30", seedfile.Options{}, "no place for model:")
}

// TestRead_pskc2csv is the CSV from which the PSKC fixtures were made.
func TestRead_pskc2csv(t *testing.T) {
	t.Parallel()
	options := seedfile.Options{SkipUnsupported: true}
	csv := read(t, string(fixture(t, "plain.csv")), options)
	xml := read(t, string(fixture(t, "plain.pskc")), options)
	equal(t, seedfile.FormatOATHCSV, csv.Format)
	for i := range csv.Tokens {
		csv.Tokens[i].Row, xml.Tokens[i].Row = 0, 0
	}
	if diff := cmp.Diff(xml.Tokens, csv.Tokens); diff != "" {
		t.Errorf("the same tokens (-PSKC +CSV):\n%s", diff)
	}
	equal(t, 3, len(csv.Skipped))
}

// TestRead_noSecretInMessages puts the cells of a row in every other order:
// whatever column a secret is taken for, no message repeats it.
func TestRead_noSecretInMessages(t *testing.T) {
	t.Parallel()
	cells := []string{"7", secretHex, "totp", "6", "30", "sha1"}
	for _, key := range []string{secretHex, secret, secret256, hex256, "JBSWY3DPEHPK3PXP", secretB64} {
		cells[1] = key
		permute(cells, func(row []string) {
			for _, delimiter := range []string{",", ";"} {
				for _, before := range []string{"", "# version:2\n", "serial,secret,type,digits,interval,hash\n", "upn,serial,secret,interval,manufacturer,model\n"} {
					content := before
					for i, cell := range row {
						if i > 0 {
							content += delimiter
						}
						content += cell
					}
					for _, skip := range []bool{false, true} {
						options := vendor
						options.SkipUnsupported, options.AssumeTOTP, options.TimeIntervalInSeconds = skip, skip, 30
						result, err := seedfile.Read([]byte(content), options)
						noSecret(t, []string{key}, result, err)
						for _, token := range result.Tokens {
							if fmt.Sprint(token.SerialNumber) == key && len(key) >= 32 {
								t.Errorf("a secret became a serial number")
							}
						}
					}
				}
			}
		})
	}
}

func permute(cells []string, visit func([]string)) {
	var walk func(int)
	row := append([]string{}, cells...)
	walk = func(n int) {
		if n == len(row) {
			visit(row)
			return
		}
		for i := n; i < len(row); i++ {
			row[n], row[i] = row[i], row[n]
			walk(n + 1)
			row[n], row[i] = row[i], row[n]
		}
	}
	walk(0)
}
