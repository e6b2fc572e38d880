package seedfile_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// utf16With gives an encoder like that of Excel's "Unicode text", with or
// without its mark.
func utf16With(order binary.AppendByteOrder, mark bool) func(string) string {
	return func(text string) string {
		units := utf16.Encode([]rune(text))
		if mark {
			units = append([]uint16{0xFEFF}, units...)
		}
		var encoded []byte
		for _, unit := range units {
			encoded = order.AppendUint16(encoded, unit)
		}
		return string(encoded)
	}
}

// TestRead_entraCSV reads one token in every way that it is delivered.
func TestRead_entraCSV(t *testing.T) {
	t.Parallel()
	const plain = "upn,serial number,secret key,time interval,manufacturer,model\r\n" +
		"alice@contoso.com,00012345," + secret + ",30,Token2,C202\r\n"
	for name, content := range map[string]string{
		"as documented":       plain,
		"LF":                  strings.ReplaceAll(plain, "\r", ""),
		"CR":                  strings.ReplaceAll(plain, "\n", ""),
		"BOM":                 "\uFEFF" + plain,
		"semicolons":          strings.ReplaceAll(plain, ",", ";"),
		"tabs":                strings.ReplaceAll(plain, ",", "\t"),
		"sep line":            "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"),
		"UTF-16LE":            utf16With(binary.LittleEndian, true)(plain),
		"UTF-16BE":            utf16With(binary.BigEndian, true)(plain),
		"UTF-16LE, no mark":   utf16With(binary.LittleEndian, false)(plain),
		"UTF-16BE, no mark":   utf16With(binary.BigEndian, false)(plain),
		"old header":          strings.Replace(plain, "time interval", "timeinterval", 1),
		"upper case":          strings.Replace(plain, "upn,serial number,secret key", "UPN,Serial Number,SECRET KEY", 1),
		"Graph's names":       strings.Replace(plain, "upn,serial number,secret key,time interval", "userPrincipalName,serialNumber,secretKey,timeIntervalInSeconds", 1),
		"snake case":          strings.Replace(plain, "upn,serial number,secret key,time interval", "user_principal_name,serial_number,secret_key,time_step", 1),
		"spaces in header":    strings.Replace(plain, "model\r", " model \r", 1),
		"spaces in cells":     strings.ReplaceAll(plain, ",", " , "),
		"quoted":              strings.Replace(plain, "00012345,"+secret, `"00012345", "`+secret+`"`, 1),
		"quoted header":       strings.Replace(plain, "serial number", `"serial number"`, 1),
		"lower-case secret":   strings.Replace(plain, secret, strings.ToLower(secret), 1),
		"grouped secret":      strings.Replace(plain, secret, "GEZD GNBV-GY3TQOJQ GEZDGNBVGY3TQOJQ", 1),
		"padding":             strings.Replace(plain, secret, secret+"======", 1),
		"empty rows":          strings.Replace(plain, "\r\n", "\r\n,,,,,\r\n\r\n", 1) + ";;;\r\n"[3:],
		"other letters":       strings.Replace(plain, "model\r\n", "model,Bemerkung\r\n", 1),
		"empty last cells":    strings.ReplaceAll(plain, "\r\n", ",,\r\n"),
		"unknown columns":     strings.Replace(strings.Replace(plain, "upn,", "note,upn,", 1), "alice", "hello,alice", 1),
		"other order":         "model,manufacturer,time interval,secret key,serial number,upn\nC202,Token2,30," + secret + ",00012345,alice@contoso.com\n",
		"no end of last line": strings.TrimSpace(plain),
		"comment above":       "# 1 token\n" + plain,
		"white space around":  "\n  \n" + plain + "  \n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := read(t, content, seedfile.Options{})
			for i := range result.Tokens {
				result.Tokens[i].Row = 0
			}
			equal(t, seedfile.Result{Format: seedfile.FormatEntraCSV, Tokens: []seedfile.Token{{
				SerialNumber: "00012345", Manufacturer: "Token2", Model: "C202", HashFunction: "hmacsha1",
				UserPrincipalName: "alice@contoso.com", TimeIntervalInSeconds: 30, SecretKey: secret,
			}}}, result)
		})
	}
}

// TestRead_entraCSVColumns has columns that are not in Microsoft's template.
func TestRead_entraCSVColumns(t *testing.T) {
	t.Parallel()
	const content = "serialNumber,secretKey,timeIntervalInSeconds,manufacturer,model,hashFunction,displayName,digits,type\n" +
		"1," + secret256 + ",60,Acme,T,HMAC-SHA256,Blue one,6,TOTP\n" +
		"2," + secret + ",30,\"Feitian Technology Co.,Ltd\",T,sha1,,,\n" +
		"3," + secret + ",30,Acme,T,,,,\n"
	equal(t, []seedfile.Token{
		{SerialNumber: "1", Manufacturer: "Acme", Model: "T", HashFunction: "hmacsha256", DisplayName: "Blue one", TimeIntervalInSeconds: 60, SecretKey: secret256, Row: 2},
		{SerialNumber: "2", Manufacturer: "Feitian Technology Co.,Ltd", Model: "T", HashFunction: "hmacsha1", TimeIntervalInSeconds: 30, SecretKey: secret, Row: 3},
		{SerialNumber: "3", Manufacturer: "Acme", Model: "T", HashFunction: "hmacsha256", TimeIntervalInSeconds: 30, SecretKey: secret, Row: 4},
	}, read(t, content, seedfile.Options{HashFunction: "HMACSHA256"}).Tokens)
}

// TestRead_entraCSVTabs: a reader that trims leading white space swallows an
// empty cell between tabs and moves the others.
func TestRead_entraCSVTabs(t *testing.T) {
	t.Parallel()
	result := read(t, "upn\tserial number\tsecret key\ttime interval\tmanufacturer\tmodel\n\t7\t"+secret+"\t30\tAcme\tT\n", seedfile.Options{})
	equal(t, "7", result.Tokens[0].SerialNumber)
	equal(t, "", result.Tokens[0].UserPrincipalName)
}

func TestRead_entraCSVDefaults(t *testing.T) {
	t.Parallel()
	const content = "serial number,secret key\n7," + secret + "\n"
	refuses(t, content, seedfile.Options{}, "manufacturer, model, time_interval_in_seconds")
	refuses(t, content, vendor, "time_interval_in_seconds")
	options := vendor
	options.TimeIntervalInSeconds = 60
	equal(t, []seedfile.Token{{
		SerialNumber: "7", Manufacturer: "Vendor", Model: "Model", HashFunction: "hmacsha1", TimeIntervalInSeconds: 60, SecretKey: secret, Row: 2,
	}}, read(t, content, options).Tokens)
}

// TestRead_entraCSVRefused has one bad token each, in the second row.
func TestRead_entraCSVRefused(t *testing.T) {
	t.Parallel()
	const header = "upn,serial number,secret key,time interval,manufacturer,model,hash,digits,type\n"
	for name, try := range map[string]struct {
		row   string
		words []string
	}{
		"empty serial":        {"," + "," + secret + ",30,A,T,,,", []string{"row 2: it has no serial number"}},
		"mangled serial":      {",2.6002E+12," + secret + ",30,A,T,,,", []string{`row 2 (serial number "2.6002E+12")`, "spreadsheet"}},
		"mangled, comma":      {`,"2,6002E+12",` + secret + ",30,A,T,,,", []string{"spreadsheet"}},
		"secret as serial":    {"," + secret + ",7,30,A,T,,,", []string{"row 2: its serial number looks like a secret"}},
		"hex as serial":       {"," + secretHex + ",7,30,A,T,,,", []string{"row 2: its serial number looks like a secret"}},
		"control character":   {",1\x012," + secret + ",30,A,T,,,", []string{"cannot be printed"}},
		"no secret":           {",7,,30,A,T,,,", []string{`row 2 (serial number "7"): it has no secret key`}},
		"hexadecimal":         {",7,1234567890abcdef1234567890abcdef,30,A,T,,,", []string{`set secret_encoding = "hex"`}},
		"bad character":       {",7,GEZ1GNBVGY3TQOJQ,30,A,T,,,", []string{"character 4 is '1'"}},
		"impossible length":   {",7," + secret[:30] + ",30,A,T,,,", []string{"30 Base32 characters"}},
		"too long":            {",7," + strings.Repeat("A", 136) + ",30,A,T,,,", []string{"136 Base32 characters", "128"}},
		"no interval":         {",7," + secret + ",,A,T,,,", []string{"set time_interval_in_seconds"}},
		"other interval":      {",7," + secret + ",90,A,T,,,", []string{"90 seconds", "30 or 60"}},
		"interval with unit":  {",7," + secret + ",30s,A,T,,,", []string{"not a whole number"}},
		"negative interval":   {",7," + secret + ",-30,A,T,,,", []string{"not a whole number"}},
		"no manufacturer":     {",7," + secret + ",30,,T,,,", []string{"set manufacturer"}},
		"no model":            {",7," + secret + ",30,A,,,,", []string{"set model"}},
		"SHA-512":             {",7," + secret + ",30,A,T,HmacSHA512,,", []string{"SHA-512", "SHA-1 and SHA-256"}},
		"MD5":                 {",7," + secret + ",30,A,T,md5,,", []string{"MD5"}},
		"unknown hash":        {",7," + secret + ",30,A,T,sha3,,", []string{"hash function is unknown"}},
		"8 digits":            {",7," + secret + ",30,A,T,,8,", []string{"8 digits"}},
		"digits in words":     {",7," + secret + ",30,A,T,,six,", []string{"not a number"}},
		"100 digits":          {",7," + secret + ",30,A,T,,100,", []string{"not 6"}},
		"huge interval":       {",7," + secret + ",1000000,A,T,,,", []string{"more than 999999"}},
		"endless interval":    {",7," + secret + "," + strings.Repeat("3", 30) + ",A,T,,,", []string{"not a whole number"}},
		"long serial":         {"," + strings.Repeat("x.", 80) + "," + secret + ",30,A,T,,,", []string{"row 2: its serial number has 160 characters"}},
		"unprintable model":   {",7," + secret + ",30,A,T\u200b,,,", []string{"cannot be printed"}},
		"HOTP":                {",7," + secret + ",30,A,T,,,HOTP", []string{"event-based"}},
		"unknown type":        {",7," + secret + ",30,A,T,,,zotp", []string{"type is unknown"}},
		"unquoted comma":      {",7," + secret + ",30,Feitian Technology Co.,Ltd,T,,,TOTP", []string{"row 2: it has 10 cells, and the header has 9"}},
		"quote in the middle": {`,7,GE"ZD,30,A,T,,,`, []string{"row 2: bare"}},
		"open quote":          {`,7,"` + secret + ",30,A,T,,,", []string{"row"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, header+try.row+"\n", seedfile.Options{}, try.words...)
		})
	}
}

// TestRead_entraCSVSpellings has columns that decide what codes a token makes,
// as vendors and admins name them.
func TestRead_entraCSVSpellings(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hash algorithm", "Hash-Algorithm", "crypto", "hashFunction", "algorithm"} {
		content := "serial number,secret key,time interval,manufacturer,model," + name + "\n7," + secret256 + ",30,A,T,HmacSHA256\n"
		equal(t, "hmacsha256", read(t, content, seedfile.Options{}).Tokens[0].HashFunction)
	}
	for _, name := range []string{"number of digits", "codeLength", "digits", "otp_length"} {
		content := "serial number,secret key,time interval,manufacturer,model," + name + "\n7," + secret + ",30,A,T,8\n"
		refuses(t, content, seedfile.Options{}, "8 digits")
	}
}

// TestRead_entraCSVMoved: an unquoted comma moves cells even where the header
// ends in empty ones.
func TestRead_entraCSVMoved(t *testing.T) {
	t.Parallel()
	const content = "serial number,secret key,time interval,manufacturer,model,,\n7," + secret + ",30,Feitian Technology Co.,Ltd,T,\n"
	refuses(t, content, seedfile.Options{}, "row 2: it has 7 cells, and the header has 5")
}

func TestRead_entraCSVHeaderRefused(t *testing.T) {
	t.Parallel()
	const row = "\n1,2,3,4,5,6\n"
	for name, try := range map[string]struct{ header, want string }{
		"duplicate":            {"serial number,secret key,Secret Key,time interval,manufacturer,model", `columns 2 and 3 of the header both mean "secretkey"`},
		"duplicate by synonym": {"serial number,serial,secret key,time interval,manufacturer,model", "columns 1 and 2"},
		"no serial":            {"upn,secret key,time interval,manufacturer,model,x", "serial number"},
		"weighty: hash":        {"serial number,secret key,time interval,manufacturer,model,HMAC algo.", `column 6 of the header, "HMAC algo."`},
		"weighty: SHA":         {"serial number,secret key,time interval,manufacturer,model,use sha-256", `"use sha-256"`},
		"weighty: digits":      {"serial number,secret key,time interval,manufacturer,model,No. of digits", `"No. of digits"`},
		"weighty: length":      {"serial number,secret key,time interval,manufacturer,model,OTP.Length", `"OTP.Length"`},
		"weighty: counter":     {"serial number,secret key,time interval,manufacturer,model,counter", `"counter"`},
		"weighty: encoding":    {"serial number,secret key,time interval,manufacturer,model,key encoding", `"key encoding"`},
		"weighty: interval":    {"serial number,secret key,interval (s),manufacturer,model,x", `column 3 of the header, "interval (s)"`},
		"weighty: step":        {"serial number,secret key,OTP step,manufacturer,model,x", `"OTP step"`},
		"weighty: period":      {"serial number,secret key,period,manufacturer,model,x", `"period"`},
		"weighty: long":        {"serial number,secret key,manufacturer,model," + strings.Repeat("digit", 20), "column 5 of the header, with a long name"},
		"no secret":            {"serial number,upn,time interval,manufacturer,model,x", `no column "secret key"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, try.header+row, seedfile.Options{}, try.want)
		})
	}
}

// TestRead_problems wants all problems at once, each with row and serial number.
func TestRead_problems(t *testing.T) {
	t.Parallel()
	content := "serial number,secret key,time interval,manufacturer,model,digits\n" +
		"1," + secret + ",30,A,T,\n" +
		"2," + secret + ",45,A,T,8\n" +
		"3," + secret + ",30,A,T,\n" +
		"x3," + secret + ",30,A,T,\n" +
		"X3," + secret256 + ",30,A,T,\n" +
		"4," + secret[:30] + ",30,A,T,\n"
	_, err := seedfile.Read([]byte(content), seedfile.Options{})
	want := seedfile.Problems{
		{Row: 3, Unit: "row", SerialNumber: "2", Text: "its time interval is 45 seconds, and Microsoft Entra takes 30 or 60"},
		{Row: 3, Unit: "row", SerialNumber: "2", Text: "its codes have 8 digits, and Microsoft Entra takes only 6"},
		{Row: 5, Unit: "row", SerialNumber: "x3", Text: "the serial number is there more than once: see row 6"},
		{Row: 6, Unit: "row", SerialNumber: "X3", Text: "the serial number is there more than once: see row 5"},
		{Row: 7, Unit: "row", SerialNumber: "4", Text: "its secret key cannot be used: no number of bytes gives 30 Base32 characters: one was lost or added"},
	}
	equal(t, error(want), err)
	result := read(t, content, seedfile.Options{SkipUnsupported: true})
	equal(t, []seedfile.Skipped{
		{Row: 3, SerialNumber: "2", Reason: want[0].Text + "; " + want[1].Text},
		{Row: 5, SerialNumber: "x3", Reason: want[2].Text},
		{Row: 6, SerialNumber: "X3", Reason: want[3].Text},
		{Row: 7, SerialNumber: "4", Reason: want[4].Text},
	}, result.Skipped)
	equal(t, 2, len(result.Tokens))
}

// TestRead_duplicateOfFaulty: of two tokens with one serial number the good one
// is no better than the faulty one. A HOTP secret of the same device is none.
func TestRead_duplicateOfFaulty(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		entraHeader + entraRow("1", secret) + entraRow("2", secret) + entraRow("2", ""),
		entraHeader + entraRow("1", secret) + entraRow("2", "") + entraRow("2", secret),
	} {
		result := read(t, content, seedfile.Options{SkipUnsupported: true})
		equal(t, 1, len(result.Tokens))
		equal(t, 2, len(result.Skipped))
	}
	result := read(t, "1,"+secretHex+",hotp\n1,"+secretHex+",totp,6,30\n", seedfile.Options{Manufacturer: "A", Model: "T", SkipUnsupported: true})
	equal(t, 1, len(result.Tokens))
}

// TestRead_missing: what the file has no place for is one problem among the
// others, and none where no token would need it.
func TestRead_missing(t *testing.T) {
	t.Parallel()
	hotp := "1," + secretHex + ",hotp\n"
	_, err := seedfile.Read([]byte(hotp), seedfile.Options{})
	if err == nil || !strings.Contains(err.Error(), "event-based") || strings.Contains(err.Error(), "no place") {
		t.Errorf("got %v", err)
	}
	content := hotp + "2," + secretHex + ",totp,8,30\n3," + secretHex + ",totp,6,30\n"
	refuses(t, content, seedfile.Options{}, "the file has no place for model, manufacturer: set them to", "\nrow 1", "event-based", "\nrow 2", "8 digits")
	refuses(t, content, seedfile.Options{Model: "T"}, "the file has no place for manufacturer: set it to", "\nrow 1", "\nrow 2")
	refuses(t, content, seedfile.Options{SkipUnsupported: true}, "the file has no place for model, manufacturer: set them to")
}

func TestProblems_Error(t *testing.T) {
	t.Parallel()
	problems := seedfile.Problems{
		{Row: 1, Unit: "row", SerialNumber: "A", Text: "one"},
		{Row: 2, Unit: "row", Text: "two"},
		{Row: 3, Unit: "row", SerialNumber: "C", Text: "one"},
	}
	equal(t, "row 1 (serial number \"A\"), row 3 (serial number \"C\"): one\nrow 2: two", problems.Error())
	equal(t, "none\nrow 1: one", seedfile.Problems{{Text: "none"}, {Row: 1, Unit: "row", Text: "one"}}.Error())
	var many seedfile.Problems
	for i := range 100_000 {
		many = append(many, seedfile.Problem{Row: i + 1, Unit: "row", Text: "one"})
	}
	if text := many.Error(); len(text) > 100_000 || !strings.Contains(text, "and 99700 more problems") {
		t.Errorf("the message has %d bytes", len(text))
	}
}
