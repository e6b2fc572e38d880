package seedfile_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

func TestRead_foreign(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ content, want string }{
		"nothing":             {"", "is empty"},
		"white space":         {" \r\n\t", "is empty"},
		"only a mark":         {"\uFEFF", "is empty"},
		"half a character":    {"\xFF\xFEa\x00b", "half a character"},
		"lone surrogate":      {"\xFF\xFEa\x00\x00\xD8b\x00", "not text"},
		"surrogate at end":    {"\xFF\xFEa\x00\x00\xD8", "not text"},
		"Latin-1":             {"serial number,secret key\n7,\xE9", "save it as UTF-8"},
		"NUL":                 {"a\x00bc,d", "not text"},
		"some text":           {"Dear customer", "not known"},
		"PGP, armored":        {"\n-----BEGIN PGP MESSAGE-----\n\nhQEM", "gpg --decrypt"},
		"PGP, binary":         {"\x85\x01\x0C\x03\xFE", "gpg --decrypt"},
		"PGP, symmetric":      {"\x8C\x0D\x04\x09\x03\x08\xFF", "gpg --decrypt"},
		"7z":                  {"7z\xBC\xAF\x27\x1C\x00", "7z"},
		"RAR":                 {"Rar!\x1A\x07\x00", "RAR"},
		"gzip":                {"\x1F\x8B\x08", "gzip"},
		"PDF":                 {"%PDF-1.7\n", "PDF"},
		"Excel 97":            {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "Excel"},
		"SafeNet XML":         {`<Tokens><Token serial="1"><Applications/></Token></Tokens>`, "SafeNet"},
		"SafeNet, one":        {`<Token serial="1"/>`, "SafeNet"},
		"SafeWord":            {"# SafeWord\ndn: sccAuthenticatorId=1\nsccTokenData: sccKey=00;sccMode=T;\n", "2000-01-01"},
		"Deepnet UAP":         {"<tokenList><tokenInfo/></tokenList>", "counter-based"},
		"RSA":                 {`<?xml version="1.0"?><TKNBatch></TKNBatch>`, "SecurID"},
		"piece of PSKC":       {`<KeyPackage xmlns="urn:ietf:params:xml:ns:keyprov:pskc"/>`, "piece of PSKC"},
		"other XML":           {"<html/>", "not known"},
		"no root":             {"<!-- -->", "well-formed"},
		"document type":       {"<!DOCTYPE a><a/>", "document type"},
		"Yubico, traditional": {"LOGGING START,1.1.2020 12:00\nOATH-HOTP,1.1.2020 12:00,1,cccc,,00,,,0,0,0,6,0,0,0,0,0,0\n", "Yubico"},
		"Yubico, HOTP":        {"OATH-HOTP,1.1.2020 12:00,1,cccc,,00,,,0,0,0,6,0,0,0,0,0,0\n", "ykman"},
		"Yubico, challenge":   {"Challenge-Response: HMAC-SHA1,1.1.2020 12:00,1,,,00,,,0,0,0,0,0,0,0,0,0,0\n", "ykman"},
		"Yubico, serial":      {"# OATH mode\n508327,,0,00,,2013-12-12T08:41:07,\n", "ykman"},
		"liboath":             {"HOTP\tuser\t-\t00\n", "liboath"},
		"liboath, TOTP":       {"HOTP/T30/6 user - 00\n", "liboath"},
		"DPX":                 {"VASCO DIGIPASS EXPORT\n0001\n", "OneSpan"},
		"draft of PSKC":       {`<SecretContainer xmlns="http://www.openauthentication.org/OATH/2006/08/PSKC" version="1.0"/>`, "draft"},
		"draft 02 of PSKC":    {`<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1"><Device/></KeyContainer>`, "draft"},
		"no KeyPackage":       {`<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0"/>`, "no KeyPackage"},
		"another namespace":   {`<KeyContainer xmlns="urn:example" Version="1.0"><KeyPackage/></KeyContainer>`, "PSKC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, try.content, vendor, try.want)
		})
	}
}

func TestRefuseName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"tokens.sds": "HID", `C:\seeds\TOKENS.SDB`: "HID", "a/b.dpx": "OneSpan", "a.sdtid": "SecurID", "a.csv.gpg": "PGP", "a.xlsx": "Excel",
	} {
		if err := seedfile.RefuseName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, want)
		}
	}
	for _, name := range []string{"", "tokens", "tokens.csv", "tokens.pskc", "tokens.xml", "tokens.json", "tokens.zip", "a.sds/tokens.csv"} {
		if err := seedfile.RefuseName(name); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
