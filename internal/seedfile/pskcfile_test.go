package seedfile_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

var pskcTokens = []seedfile.Token{
	{SerialNumber: "G-SHA1-30", Manufacturer: "Acme", Model: "T-30", HashFunction: "hmacsha1", TimeIntervalInSeconds: 30, SecretKey: secret, Row: 1},
	{SerialNumber: "G-SHA256-60", Manufacturer: "Acme", Model: "T-60", HashFunction: "hmacsha256", TimeIntervalInSeconds: 60, SecretKey: secret256, Row: 2},
}

func pskcKey(tb testing.TB) []byte {
	tb.Helper()
	key, err := hex.DecodeString("12345678901234567890123456789012")
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func TestRead_pskc(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]seedfile.Options{
		"plain.pskc":      {},
		"psk-aes128.pskc": {Key: pskcKey(t)},
		"pbkdf2.pskc":     {Password: "correct horse battery staple", HasPassword: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := string(fixture(t, name))
			strict := options
			refuses(t, content, strict, `KeyPackage 3 (serial number "G-SHA512-30")`, "SHA-512", `KeyPackage 4 (serial number "G-8DIGIT-30")`, "8 digits",
				`KeyPackage 5 (serial number "G-HOTP")`, "event-based")
			options.SkipUnsupported = true
			result := read(t, content, options)
			equal(t, pskcTokens, result.Tokens)
			equal(t, 3, len(result.Skipped))
			equal(t, pskcTokens, read(t, "\uFEFF"+content, options).Tokens)

			options.Key, options.Password, options.HasPassword, options.MetadataOnly = nil, "", false, true
			tokens := read(t, content, options).Tokens
			for i := range tokens {
				tokens[i].SecretKey = pskcTokens[i].SecretKey
			}
			equal(t, pskcTokens, tokens)
		})
	}
}

func TestRead_pskcCredentials(t *testing.T) {
	t.Parallel()
	_, err := seedfile.Read(fixture(t, "psk-aes128.pskc"), seedfile.Options{})
	if !errors.Is(err, seedfile.ErrNeedsKey) {
		t.Errorf("got %v, want ErrNeedsKey", err)
	}
	_, err = seedfile.Read(fixture(t, "pbkdf2.pskc"), seedfile.Options{})
	if !errors.Is(err, seedfile.ErrNeedsPassword) {
		t.Errorf("got %v, want ErrNeedsPassword", err)
	}
	refuses(t, string(fixture(t, "psk-aes128.pskc")), seedfile.Options{Key: bytes.Repeat([]byte{1}, 16), SkipUnsupported: true}, "wrong key")
	refuses(t, string(fixture(t, "pbkdf2.pskc")), seedfile.Options{Password: "x", HasPassword: true, SkipUnsupported: true}, "wrong key")
}

func TestRead_pskcTrust(t *testing.T) {
	t.Parallel()
	options := seedfile.Options{TrustedCertificates: []*x509.Certificate{{}}}
	refuses(t, pskcWith(t, "Acme", "Acme"), options, "signature")
	signed := pskcWith(t, "</pskc:KeyContainer>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></pskc:KeyContainer>`)
	refuses(t, signed, options, "signature")
	result := read(t, signed, seedfile.Options{})
	equal(t, []string{"the container is signed, and its signature was not verified"}, result.Warnings)
}

// pskcWith changes the first key of the plain fixture and keeps it alone.
func pskcWith(tb testing.TB, old, replacement string) string {
	tb.Helper()
	content := string(fixture(tb, "plain.pskc"))
	end := strings.Index(content, "</pskc:KeyPackage>") + len("</pskc:KeyPackage>")
	content = content[:end] + "</pskc:KeyContainer>"
	if !strings.Contains(content, old) {
		tb.Fatalf("the fixture has no %q", old)
	}
	return strings.Replace(content, old, replacement, 1)
}

func TestRead_pskcRefused(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ old, replacement, want string }{
		"HOTP":            {"pskc:totp", "pskc:hotp", "event-based"},
		"PIN":             {"pskc:totp", "pskc:pin", "a PIN token"},
		"OCRA":            {"keyprov:pskc:totp", "keyprov:pskc#OCRA-1:HOTP-SHA512-8:C-QN08", "an OCRA token"},
		"SecurID":         {"urn:ietf:params:xml:ns:keyprov:pskc:totp", "http://www.rsa.com/names/2009/12/SecurID-AES", "an RSA SecurID token"},
		"foreign TOTP":    {"urn:ietf:params:xml:ns:keyprov:pskc:totp", "urn:example:totp", "type is unknown"},
		"longer URI":      {"pskc:totp", "pskc:foo:totp", "type is unknown"},
		"OATH URI":        {"pskc:totp", "pskc:oath-totp", "type is unknown"},
		"old namespace":   {"urn:ietf:params:xml:ns:keyprov:pskc:totp", "http://www.ietf.org/keyprov/pskc#totp", "type is unknown"},
		"URI around it":   {`Algorithm="urn:ietf`, `Algorithm="x:urn:ietf`, "type is unknown"},
		"bare TOTP":       {"urn:ietf:params:xml:ns:keyprov:pskc:totp", "totp", "type is unknown"},
		"unknown suite":   {"HMAC-SHA1", "Suite", "hash function is unknown"},
		"OCRA suite":      {"HMAC-SHA1", "OCRA-1:HOTP-SHA1-6:QA06", "an OCRA token"},
		"encoding":        {"DECIMAL", "HEXADECIMAL", "not decimal"},
		"check digit":     {`Length="6"`, `Length="6" CheckDigits="true"`, "check digit"},
		"T0":              {"<pskc:PlainValue>0</pskc:PlainValue>", "<pskc:PlainValue>100</pskc:PlainValue>", "another moment"},
		"step":            {"<pskc:PlainValue>30</pskc:PlainValue>", "<pskc:PlainValue>172800</pskc:PlainValue>", "172800 seconds"},
		"no step":         {"<pskc:PlainValue>30</pskc:PlainValue>", "<pskc:PlainValue></pskc:PlainValue>", "set time_interval_in_seconds"},
		"no model":        {"<pskc:Model>T-30</pskc:Model>", "", "set model"},
		"no manufacturer": {"<pskc:Manufacturer>Acme</pskc:Manufacturer>", "", "set manufacturer"},
		"no serial":       {"<pskc:SerialNo>G-SHA1-30</pskc:SerialNo>", "", "KeyPackage 1: it has no serial number"},
		"no secret":       {secretB64, "", "KeyPackage 1"},
		"not Base64":      {secretB64, "*" + secretB64, "KeyPackage 1"},
		"usage":           {"</pskc:Data>", "</pskc:Data><pskc:Policy><pskc:KeyUsage>CR</pskc:KeyUsage></pskc:Policy>", "does not allow"},
		"unknown policy":  {"</pskc:Data>", "</pskc:Data><pskc:Policy><x:Rule xmlns:x=\"urn:x\"/></pskc:Policy>", "must not be used"},
		"truncated":       {"</pskc:KeyContainer>", "", "truncated"},
		"document type":   {"<pskc:KeyContainer", "<!DOCTYPE x><pskc:KeyContainer", "document type"},
		"trailing data":   {"</pskc:KeyContainer>", "</pskc:KeyContainer><x/>", "XML"},
		"long secret":     {secretB64, strings.Repeat("AAAA", 27), "81 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, pskcWith(t, try.old, try.replacement), seedfile.Options{}, try.want)
		})
	}
}

func TestRead_pskcTaken(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ old, replacement string }{
		"as it is":         {"Acme", "Acme"},
		"upper case":       {"urn:ietf:params:xml:ns:keyprov:pskc:totp", "URN:IETF:params:xml:ns:keyprov:pskc:TOTP"},
		"draft profile":    {"pskc:totp", "pskc#TOTP"},
		"no suite":         {"<pskc:Suite>HMAC-SHA1</pskc:Suite>", ""},
		"short suite":      {"HMAC-SHA1", "sha1"},
		"usage OTP":        {"</pskc:Data>", "</pskc:Data><pskc:Policy><pskc:KeyUsage>OTP</pskc:KeyUsage></pskc:Policy>"},
		"issuer as vendor": {"<pskc:Manufacturer>Acme</pskc:Manufacturer>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := pskcWith(t, try.old, try.replacement)
			if name == "issuer as vendor" {
				content = strings.Replace(content, "<pskc:AlgorithmParameters>", "<pskc:Issuer>Acme</pskc:Issuer><pskc:AlgorithmParameters>", 1)
			}
			equal(t, pskcTokens[:1], read(t, content, seedfile.Options{}).Tokens)
		})
	}
}

func TestRead_pskcPeople(t *testing.T) {
	t.Parallel()
	content := pskcWith(t, "<pskc:Data>", "<pskc:FriendlyName>Blue</pskc:FriendlyName><pskc:Data>")
	content = strings.Replace(content, "</pskc:Data>", "</pskc:Data><pskc:UserId>alice@contoso.com</pskc:UserId>", 1)
	token := read(t, content, seedfile.Options{}).Tokens[0]
	equal(t, "Blue", token.DisplayName)
	equal(t, "alice@contoso.com", token.UserPrincipalName)
	content = strings.Replace(content, "alice@contoso.com", "UID=alice,DC=contoso", 1)
	equal(t, "", read(t, content, seedfile.Options{}).Tokens[0].UserPrincipalName)
}

func TestRead_pskcWarnings(t *testing.T) {
	t.Parallel()
	content := pskcWith(t, "</pskc:Data>", "<pskc:TimeDrift><pskc:PlainValue>4</pskc:PlainValue></pskc:TimeDrift></pskc:Data>"+
		"<pskc:Policy><pskc:ExpiryDate>2001-01-01T00:00:00Z</pskc:ExpiryDate></pskc:Policy>")
	text := strings.Join(read(t, content, seedfile.Options{}).Warnings, "\n")
	text += strings.Join(read(t, pskcWith(t, `<pskc:ResponseFormat Encoding="DECIMAL" Length="6"/>`, ""), seedfile.Options{}).Warnings, "\n")
	for _, want := range []string{"time drift", "expiry date", "no number of digits"} {
		if !strings.Contains(text, want) {
			t.Errorf("got the warnings %q, want %q", text, want)
		}
	}
}

// sealedInterval is a container whose secret is in clear and whose interval is not.
func sealedInterval(tb testing.TB, key []byte, interval string) string {
	tb.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	pad := aes.BlockSize - len(interval)%aes.BlockSize
	text := append(make([]byte, aes.BlockSize), interval...)
	text = append(text, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, text[:aes.BlockSize]).CryptBlocks(text[aes.BlockSize:], text[aes.BlockSize:])
	mac := hmac.New(sha1.New, key)
	mac.Write(text)
	sealed := fmt.Sprintf(`<pskc:EncryptedValue><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>`+
		`<CipherData><CipherValue>%s</CipherValue></CipherData></pskc:EncryptedValue><pskc:ValueMAC>%s</pskc:ValueMAC>`,
		base64.StdEncoding.EncodeToString(text), base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	content := pskcWith(tb, "<pskc:PlainValue>30</pskc:PlainValue>", sealed)
	return strings.Replace(content, "<pskc:KeyPackage>", `<pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"/><pskc:KeyPackage>`, 1)
}

// TestRead_pskcSealedInterval: who reads without the key takes the caller's word
// for the interval, and must not get another token than who reads with it.
func TestRead_pskcSealedInterval(t *testing.T) {
	t.Parallel()
	content := sealedInterval(t, pskcKey(t), "60")
	refuses(t, content, seedfile.Options{MetadataOnly: true}, "missing or encrypted")
	for _, said := range []int64{0, 60} {
		result := read(t, content, seedfile.Options{Key: pskcKey(t), TimeIntervalInSeconds: said})
		equal(t, int64(60), result.Tokens[0].TimeIntervalInSeconds)
	}
	refuses(t, content, seedfile.Options{Key: pskcKey(t), TimeIntervalInSeconds: 30},
		`KeyPackage 1 (serial number "G-SHA1-30")`, "the file's encrypted interval is 60 and time_interval_in_seconds is 30")
	// A plain interval is the same in both readings.
	plain := pskcWith(t, "<pskc:PlainValue>30</pskc:PlainValue>", "<pskc:PlainValue>60</pskc:PlainValue>")
	equal(t, int64(60), read(t, plain, seedfile.Options{TimeIntervalInSeconds: 30}).Tokens[0].TimeIntervalInSeconds)
}

// TestRead_pskcSeveralKeys: one complaint for the package, however many keys.
func TestRead_pskcSeveralKeys(t *testing.T) {
	t.Parallel()
	content := pskcWith(t, "</pskc:KeyPackage>", `<pskc:Key Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"/><pskc:Key/></pskc:KeyPackage>`)
	_, err := seedfile.Read([]byte(content), seedfile.Options{})
	equal(t, error(seedfile.Problems{{Row: 1, Unit: "KeyPackage", SerialNumber: "G-SHA1-30", Text: "the KeyPackage has more than one Key"}}), err)
}

// TestRead_pskcSecretSerial: a serial number that is a secret is not repeated,
// not even where the key of the whole file is wrong.
func TestRead_pskcSecretSerial(t *testing.T) {
	t.Parallel()
	content := strings.ReplaceAll(string(fixture(t, "psk-aes128.pskc")), "G-SHA1-30", secret)
	if !strings.Contains(content, secret) {
		t.Fatal("the fixture has no such serial number")
	}
	refuses(t, content, seedfile.Options{Key: bytes.Repeat([]byte{1}, 16)}, "wrong key")
	sealed := strings.ReplaceAll(sealedInterval(t, pskcKey(t), "60"), "G-SHA1-30", secret)
	refuses(t, sealed, seedfile.Options{Key: bytes.Repeat([]byte{1}, 16)}, "KeyPackage 1", "wrong key")
}
