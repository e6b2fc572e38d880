package pskc_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// TestRead_fixtures reads the figures of RFC 6030 and files made here.
func TestRead_fixtures(t *testing.T) {
	t.Parallel()
	const figureSecret = "12345678901234567890"
	for file, test := range map[string]struct {
		options pskc.Options
		secrets []string
	}{
		"rfc6030/figure2.xml":       {secrets: []string{"1234"}},
		"rfc6030/figure3.xml":       {secrets: []string{figureSecret}},
		"rfc6030/figure4.xml":       {secrets: []string{""}},
		"rfc6030/figure5.xml":       {secrets: []string{figureSecret, "1234"}},
		"rfc6030/figure6.xml":       {pskc.Options{Key: unhex(t, "12345678901234567890123456789012")}, []string{figureSecret}},
		"rfc6030/figure7.xml":       {pskc.Options{Password: "qwerty", HasPassword: true}, []string{figureSecret}},
		"rfc6030/figure9.xml":       {secrets: []string{figureSecret}},
		"rfc6030/figure10.xml":      {secrets: []string{figureSecret, figureSecret, figureSecret, figureSecret}},
		"generated/plain.pskc":      {pskc.Options{}, generatedSecrets},
		"generated/psk-aes128.pskc": {pskc.Options{Key: unhex(t, "12345678901234567890123456789012")}, generatedSecrets},
		"generated/pbkdf2.pskc":     {pskc.Options{Password: "correct horse battery staple", HasPassword: true}, generatedSecrets},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got, err := pskc.Read(readFile(t, "testdata/"+file), test.options)
			if err != nil {
				t.Fatal(err)
			}
			var secrets []string
			for i := range got.Keys {
				if got.Keys[i].Err != nil {
					t.Error(got.Keys[i].Err)
				}
				secrets = append(secrets, string(got.Keys[i].Secret))
			}
			if diff := cmp.Diff(test.secrets, secrets); diff != "" {
				t.Errorf("secrets (-want +got):\n%s", diff)
			}
		})
	}
}

var generatedSecrets = []string{
	"12345678901234567890",
	"12345678901234567890123456789012",
	"1234567890123456789012345678901234567890123456789012345678901234",
	"12345678901234567890",
	"12345678901234567890",
}

func ptr(number int64) *int64 { return &number }

// TestRead_everything reads a key that has all there is.
func TestRead_everything(t *testing.T) {
	t.Parallel()
	content := []byte(`
<?xml version='1.0' encoding="utf-8" standalone="yes"?><!-- a box --><?note here?>
<any.prefix-1:KeyContainer xmlns:any.prefix-1="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:o="urn:other" Version="1.0" Id=" C&#x37; ">
  <any.prefix-1:KeyPackage/>
  <any.prefix-1:KeyPackage>
    <any.prefix-1:Key Id="K&lt;1&gt;" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
      <any.prefix-1:Issuer>A&amp;B &#xe9;</any.prefix-1:Issuer>
      <any.prefix-1:AlgorithmParameters>
        <any.prefix-1:Suite>HMAC-SHA256</any.prefix-1:Suite>
        <any.prefix-1:ChallengeFormat Encoding="DECIMAL" Min="1" Max="2"/>
        <any.prefix-1:ResponseFormat Length="8" Encoding="ALPHANUMERIC" CheckDigits="true"/>
      </any.prefix-1:AlgorithmParameters>
      <any.prefix-1:FriendlyName xml:lang="de">Mein <!-- a comment -->Token</any.prefix-1:FriendlyName>
      <any.prefix-1:FriendlyName xml:lang="en">My token</any.prefix-1:FriendlyName>
      <any.prefix-1:Data>
        <any.prefix-1:Secret><any.prefix-1:PlainValue> MTIz
          NA== </any.prefix-1:PlainValue></any.prefix-1:Secret>
        <any.prefix-1:Counter><any.prefix-1:PlainValue/></any.prefix-1:Counter>
        <any.prefix-1:Time><any.prefix-1:PlainValue>0</any.prefix-1:PlainValue></any.prefix-1:Time>
        <any.prefix-1:TimeInterval><any.prefix-1:PlainValue><![CDATA[30]]></any.prefix-1:PlainValue></any.prefix-1:TimeInterval>
        <any.prefix-1:TimeDrift><any.prefix-1:PlainValue>-4</any.prefix-1:PlainValue></any.prefix-1:TimeDrift>
        <o:Secret><o:PlainValue>ignored</o:PlainValue></o:Secret>
      </any.prefix-1:Data>
      <any.prefix-1:UserId>CN=Ann</any.prefix-1:UserId>
      <any.prefix-1:Policy>
        <any.prefix-1:StartDate>2006-05-01T00:00:00Z</any.prefix-1:StartDate>
        <any.prefix-1:ExpiryDate>2026-05-31T02:00:00+02:00</any.prefix-1:ExpiryDate>
        <any.prefix-1:PINPolicy xmlns:q="urn:q" MinLength="4" OnSundays="1"><o:Colour/></any.prefix-1:PINPolicy>
        <any.prefix-1:KeyUsage>OTP</any.prefix-1:KeyUsage><any.prefix-1:KeyUsage>CR</any.prefix-1:KeyUsage>
        <any.prefix-1:NumberOfTransactions>4</any.prefix-1:NumberOfTransactions>
        <o:OnlyOnSundays>very <o:b>much</o:b></o:OnlyOnSundays>
      </any.prefix-1:Policy>
    </any.prefix-1:Key>
    <any.prefix-1:DeviceInfo>
      <any.prefix-1:Manufacturer>Acme</any.prefix-1:Manufacturer><any.prefix-1:SerialNo>
        00012345
      </any.prefix-1:SerialNo><any.prefix-1:Model>T-30</any.prefix-1:Model>
      <any.prefix-1:StartDate>2007-05-01T00:00:00</any.prefix-1:StartDate><any.prefix-1:ExpiryDate>2030-01-01Z</any.prefix-1:ExpiryDate>
    </any.prefix-1:DeviceInfo>
  </any.prefix-1:KeyPackage>
  <o:Extension>text &amp; <o:more/></o:Extension>
</any.prefix-1:KeyContainer>
<!-- the end -->`)
	got, err := pskc.Read(append([]byte("\uFEFF"), content...), pskc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &pskc.Container{Version: "1.0", ID: "C7", Keys: []pskc.Key{{
		Number: 2, ID: "K<1>", SerialNumber: "00012345", Manufacturer: "Acme", Model: "T-30", Issuer: "A&B é",
		FriendlyName: "Mein Token", UserID: "CN=Ann", Algorithm: "urn:ietf:params:xml:ns:keyprov:pskc:totp", Suite: "HMAC-SHA256",
		Encoding: "ALPHANUMERIC", Digits: 8, CheckDigits: true, Secret: []byte("1234"),
		Time: ptr(0), TimeInterval: ptr(30), TimeDrift: ptr(-4),
		StartDate: time.Date(2007, 5, 1, 0, 0, 0, 0, time.UTC), ExpiryDate: time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC),
		KeyUsage: []string{"OTP", "CR"}, UnknownPolicy: []string{"OnSundays", "Colour", "OnlyOnSundays"}, HasPIN: true,
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRead_integers reads numbers in all spellings that files have.
func TestRead_integers(t *testing.T) {
	t.Parallel()
	key := sequence(16)
	cbc := func(value []byte, withMAC bool) string {
		ciphertext := encryptCBC(t, key, sequence(16), value)
		if !withMAC {
			return encrypted("TimeInterval", xencURI+"aes128-cbc", ciphertext, nil)
		}
		return encrypted("TimeInterval", xencURI+"aes128-cbc", ciphertext, sum(sha1.New, key, ciphertext))
	}
	const mac = `<MACMethod Algorithm="` + dsURI + `hmac-sha1"/>`
	bigEndian := []byte{0, 0, 0, 0, 0, 0, 0xEA, 0x60}
	for name, test := range map[string]struct {
		mac, data string
		want      *int64
		err       string
	}{
		"decimal":                      {"", plain("TimeInterval", "60000"), ptr(60000), ""},
		"decimal with white space":     {"", plain("TimeInterval", "\n 60000\t"), ptr(60000), ""},
		"decimal that is base64 too":   {"", plain("TimeInterval", "6000"), ptr(6000), ""},
		"base64 of ASCII":              {"", plain("TimeInterval", b64([]byte("60000"))), ptr(60000), ""},
		"base64 of 8 bytes":            {"", plain("TimeInterval", b64(bigEndian)), ptr(60000), ""},
		"base64 of 4 bytes":            {"", plain("TimeInterval", b64(bigEndian[4:])), ptr(60000), ""},
		"empty":                        {"", plain("TimeInterval", ""), nil, ""},
		"no value":                     {"", "<TimeInterval/>", nil, ""},
		"encrypted ASCII":              {mac, cbc([]byte("60000"), true), ptr(60000), ""},
		"encrypted 8 bytes":            {mac, cbc(bigEndian, true), ptr(60000), ""},
		"encrypted nothing":            {mac, cbc(nil, true), nil, ""},
		"encrypted without MACs":       {"", cbc(bigEndian, false), ptr(60000), ""},
		"encrypted without its MAC":    {mac, cbc(bigEndian, false), nil, "ValueMAC is missing"},
		"encrypted 9 bytes":            {mac, cbc(append([]byte{0}, bigEndian...), true), nil, "not an integer"},
		"encrypted words":              {mac, cbc([]byte("thirty seconds"), true), nil, "not an integer"},
		"words":                        {"", plain("TimeInterval", "thirty"), nil, "not an integer"},
		"decimal that is too large":    {"", plain("TimeInterval", "9223372036854775808"), nil, "not an integer"},
		"8 bytes with the highest bit": {"", plain("TimeInterval", "/////////////w=="), nil, "not an integer"},
		"twice":                        {"", plain("TimeInterval", "30") + plain("TimeInterval", "60"), nil, "more than one TimeInterval"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := container(presharedKey, test.mac, keyPackage("1", test.data), keyPackage("2", plain("Secret", b64(testSecret))))
			got, err := pskc.Read(content, pskc.Options{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			if got.Keys[1].Err != nil || !bytes.Equal(got.Keys[1].Secret, testSecret) {
				t.Errorf("the other key: %v", got.Keys[1].Err)
			}
			if test.err != "" {
				if err := got.Keys[0].Err; err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), `KeyPackage 1: `) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			if diff := cmp.Diff(test.want, got.Keys[0].TimeInterval); diff != "" || got.Keys[0].Err != nil {
				t.Errorf("%v (-want +got):\n%s", got.Keys[0].Err, diff)
			}
		})
	}
}

// TestRead_badKeys has keys that are wrong by themselves.
func TestRead_badKeys(t *testing.T) {
	t.Parallel()
	secret := plain("Secret", b64(testSecret))
	good := keyPackage("7", secret)
	for want, bad := range map[string]string{
		"Secret is not valid base64":               keyPackage("7", plain("Secret", "*"+b64(testSecret))),
		"its Secret is not valid base64":           keyPackage("7", plain("Secret", strings.TrimRight(b64(testSecret), "="))),
		"more than one Secret":                     keyPackage("7", secret, secret),
		"Secret has more than one value":           keyPackage("7", strings.Replace(secret, "</Secret>", "<PlainValue>MTIzNA==</PlainValue></Secret>", 1)),
		"a plain and an encrypted value":           keyPackage("7", strings.Replace(secret, "</Secret>", "<EncryptedValue/></Secret>", 1)),
		"more than one Data":                       strings.Replace(good, "</Key>", "<Data/></Key>", 1),
		"more than one SerialNo":                   strings.Replace(good, "</DeviceInfo>", "<SerialNo>7</SerialNo></DeviceInfo>", 1),
		"more than one ResponseFormat":             strings.Replace(good, "<Data>", `<AlgorithmParameters><ResponseFormat Length="8"/><ResponseFormat Length="6"/></AlgorithmParameters><Data>`, 1),
		"it has more than one Suite":               strings.Replace(good, "<Data>", "<AlgorithmParameters><Suite/></AlgorithmParameters><AlgorithmParameters><Suite>sha1</Suite></AlgorithmParameters><Data>", 1),
		"it has more than one Manufacturer":        strings.Replace(good, "</DeviceInfo>", "<Manufacturer/><Manufacturer>a</Manufacturer></DeviceInfo>", 1),
		"more than one Model":                      strings.Replace(good, "</DeviceInfo>", "<Model/><Model/></DeviceInfo>", 1),
		"it has more than one SerialNo":            strings.NewReplacer("<SerialNo>7</SerialNo>", "<SerialNo/><SerialNo>7</SerialNo>").Replace(good),
		"more than one Key":                        strings.Replace(good, "</KeyPackage>", "<Key/></KeyPackage>", 1),
		"more than one Suite":                      strings.Replace(good, "<Data>", "<AlgorithmParameters><Suite>a</Suite><Suite>b</Suite></AlgorithmParameters><Data>", 1),
		"Length of ResponseFormat is not a number": strings.Replace(good, "<Data>", `<AlgorithmParameters><ResponseFormat Length="six"/></AlgorithmParameters><Data>`, 1),
		"CheckDigits of ResponseFormat is neither": strings.Replace(good, "<Data>", `<AlgorithmParameters><ResponseFormat CheckDigits="maybe"/></AlgorithmParameters><Data>`, 1),
		"its ExpiryDate is not a date":             strings.Replace(good, "</Data>", `</Data><Policy><ExpiryDate>soon</ExpiryDate></Policy>`, 1),
		"its NumberOfTransactions is not a number": strings.Replace(good, "</Data>", `</Data><Policy><NumberOfTransactions>few</NumberOfTransactions></Policy>`, 1),
		"its StartDate is not a date":              strings.Replace(good, "</DeviceInfo>", `<StartDate>soon</StartDate></DeviceInfo>`, 1),
		`KeyPackage 2: it has more than one Model`: strings.Replace(good, "</DeviceInfo>", "<Model>a</Model><Model>b</Model></DeviceInfo>", 1),
	} {
		got, err := pskc.Read(container(keyPackage("6", secret), bad, keyPackage("8", secret)), pskc.Options{Key: sequence(16)})
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if k := &got.Keys[1]; k.Err == nil || !strings.Contains(k.Err.Error(), want) || k.Secret != nil || leaks(k.Err, testSecret) != "" {
			t.Errorf("%s: got %v", want, k.Err)
		}
		for _, i := range []int{0, len(got.Keys) - 1} {
			if k := &got.Keys[i]; k.Err != nil || !bytes.Equal(k.Secret, testSecret) {
				t.Errorf("%s: the key beside it: %v", want, k.Err)
			}
		}
	}
}

func TestRead_credentialsNeeded(t *testing.T) {
	t.Parallel()
	withKey, withPassword := readFile(t, "testdata/rfc6030/figure6.xml"), readFile(t, "testdata/rfc6030/figure7.xml")
	for name, test := range map[string]struct {
		content []byte
		options pskc.Options
		want    error
		text    string
	}{
		"nothing for a key":        {withKey, pskc.Options{}, pskc.ErrNeedsKey, "Pre-shared-key"},
		"a password for a key":     {withKey, pskc.Options{Password: "qwerty", HasPassword: true}, pskc.ErrNeedsKey, "Pre-shared-key"},
		"nothing for a password":   {withPassword, pskc.Options{}, pskc.ErrNeedsPassword, "My Password 1"},
		"a key for a password":     {withPassword, pskc.Options{Key: sequence(16)}, pskc.ErrNeedsPassword, "My Password 1"},
		"a password never claimed": {withPassword, pskc.Options{Password: "qwerty"}, pskc.ErrNeedsPassword, "My Password 1"},
	} {
		if err := refusal(t, test.content, test.options); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, file := range []string{"figure6.xml", "figure7.xml", "figure8.xml"} {
		got, err := pskc.Read(readFile(t, "testdata/rfc6030/"+file), pskc.Options{MetadataOnly: true})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if k := &got.Keys[0]; !got.Encrypted || !k.SecretEncrypted || k.Secret != nil || k.SerialNumber != "987654321" || k.Err != nil {
			t.Errorf("%s: %+v", file, got)
		}
	}
}
