package pskc_test

import (
	"crypto/sha1"
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// TestRead_derivationLimits has parameters of PBKDF2 that are hostile or wrong.
// Each is refused before any work is done.
func TestRead_derivationLimits(t *testing.T) {
	t.Parallel()
	good := pbkdf2Params(sequence(8), 1000, 16, "<PRF/>")
	for want, head := range map[string]string{
		"IterationCount of PBKDF2 is 10000001":        pbkdf2Params(sequence(8), 10_000_001, 16, ""),
		"IterationCount of PBKDF2 is 0":               pbkdf2Params(sequence(8), 0, 16, ""),
		"IterationCount of PBKDF2 is not a number":    strings.Replace(good, ">1000<", ">-1<", 1),
		"the IterationCount of PBKDF2 is not a numbe": strings.Replace(good, ">1000<", ">99999999999999999999<", 1),
		"KeyLength of PBKDF2 is 20":                   pbkdf2Params(sequence(8), 1000, 20, ""),
		"KeyLength of PBKDF2 is 0":                    strings.Replace(good, "<KeyLength>16</KeyLength>", "", 1),
		"salt of PBKDF2 has 0 bytes":                  pbkdf2Params(nil, 1000, 16, ""),
		"salt of PBKDF2 has 1025 bytes":               pbkdf2Params(sequence(1025), 1000, 16, ""),
		"salt of PBKDF2 is not valid base64":          strings.Replace(good, "<Specified>", "<Specified>*", 1),
		"PRF \"hmac-md5\" of PBKDF2 is not":           pbkdf2Params(sequence(8), 1000, 16, `<PRF Algorithm="`+dsURI+`hmac-md5"/>`),
		"derivation method \"hkdf\" is not supported": strings.Replace(good, "#pbkdf2", "#hkdf", 1),
		"derives more than one key":                   strings.Replace(good, "</EncryptionKey>", "<xenc11:DerivedKey/></EncryptionKey>", 1),
		"the key has the wrong length":                pbkdf2Params(sequence(8), 1000, 32, ""),
	} {
		content := container(head, keyPackage("1", encrypted("Secret", xencURI+"kw-aes128", sequence(24), nil)))
		if err := refusal(t, content, pskc.Options{Password: "hunter22", HasPassword: true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestRead_methods has what is encrypted in ways that are not read.
func TestRead_methods(t *testing.T) {
	t.Parallel()
	key := sequence(16)
	value := encryptCBC(t, key, sequence(16), testSecret)
	mac := sum(sha1.New, key, value)
	for want, test := range map[string]struct{ head, data string }{
		`"tripledes-cbc" is not AES-CBC`:             {presharedKey, encrypted("Secret", xencURI+"tripledes-cbc", value, mac)},
		`"kw-camellia128" is not AES-CBC`:            {presharedKey, encrypted("Secret", dsMoreURI+"kw-camellia128", value, mac)},
		`"rsa-oaep-mgf1p" is asymmetric encryption`:  {presharedKey, encrypted("Secret", xencURI+"rsa-oaep-mgf1p", value, mac)},
		`encryption is not supported: none is named`: {presharedKey, encrypted("Secret", "", value, mac)},
		"aes256-cbc needs 32 bytes, it has 16":       {presharedKey, encrypted("Secret", xencURI+"aes256-cbc", value, mac)},
		"asymmetric encryption is not supported":     {"<EncryptionKey><ds:X509Data/></EncryptionKey>", encrypted("Secret", xencURI+"rsa_1_5", value, mac)},
		"its ciphertext is not valid base64":         {presharedKey, strings.Replace(encrypted("Secret", xencURI+"aes128-cbc", value, mac), "CipherValue>", "CipherValue>*", 1)},
		"its ValueMAC is not valid base64":           {presharedKey, strings.Replace(encrypted("Secret", xencURI+"aes128-cbc", value, mac), "ValueMAC>", "ValueMAC>*", 1)},
	} {
		content := container(test.head, `<MACMethod Algorithm="`+dsURI+`hmac-sha1"/>`, keyPackage("00012345", test.data))
		err := refusal(t, content, pskc.Options{Key: key}, testSecret)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := refusal(t, readFile(t, "testdata/rfc6030/figure8.xml"), pskc.Options{Key: key}); !strings.Contains(err.Error(), "asymmetric") {
		t.Errorf("figure 8: %v", err)
	}
}

// TestRead_keyOrder reads a file whose EncryptionKey and MACMethod come last, and
// one in which only some secrets are encrypted.
func TestRead_keyOrder(t *testing.T) {
	t.Parallel()
	key := sequence(16)
	value := encryptCBC(t, key, sequence(16), testSecret)
	content := container(
		keyPackage("1", encrypted("Secret", xencURI+"aes128-cbc", value, sum(sha1.New, key, value))),
		keyPackage("2", plain("Secret", "MTIzNA==")),
		`<MACMethod Algorithm="`+dsURI+`hmac-sha1"/>`, presharedKey)
	got, err := pskc.Read(content, pskc.Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := &got.Keys[0], &got.Keys[1]; string(a.Secret) != string(testSecret) || !a.SecretEncrypted || string(b.Secret) != "1234" || b.SecretEncrypted {
		t.Errorf("got %+v", got.Keys)
	}
	metadata, err := pskc.Read(content, pskc.Options{MetadataOnly: true})
	if err != nil || metadata.Keys[0].Secret != nil || string(metadata.Keys[1].Secret) != "1234" {
		t.Errorf("without a key: %+v, %v", metadata, err)
	}
	if _, err := pskc.Read(content, pskc.Options{}); !errors.Is(err, pskc.ErrNeedsKey) {
		t.Errorf("without a key: %v", err)
	}
}
