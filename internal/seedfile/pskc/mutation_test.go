package pskc_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// encryptedFixtures are files with an encrypted secret in each form, and how to
// open them.
func encryptedFixtures(t *testing.T) map[string]fixture {
	t.Helper()
	key, macKey := sequence(32), bytes.Repeat([]byte("mac-"), 8)
	value := encryptCBC(t, key, bytes.Repeat([]byte{9}, 16), testSecret)
	interval := encryptCBC(t, key, bytes.Repeat([]byte{8}, 16), []byte("30"))
	counter := encryptCBC(t, key, bytes.Repeat([]byte{7}, 16), []byte{0, 0, 0, 0, 0, 0, 1, 2})
	return map[string]fixture{
		"figure 6": {readFile(t, "testdata/rfc6030/figure6.xml"), pskc.Options{Key: unhex(t, "12345678901234567890123456789012")}, []byte("12345678901234567890")},
		"figure 7": {readFile(t, "testdata/rfc6030/figure7.xml"), pskc.Options{Password: "qwerty", HasPassword: true}, []byte("12345678901234567890")},
		"AES-256, HMAC-SHA256, numbers": {container(presharedKey,
			macMethod(dsMoreURI+"hmac-sha256", xencURI+"aes256-cbc", encryptCBC(t, key, sequence(16), macKey)),
			keyPackage("1", encrypted("Secret", xencURI+"aes256-cbc", value, sum(sha256.New, macKey, value)),
				encrypted("TimeInterval", xencURI+"aes256-cbc", interval, sum(sha256.New, macKey, interval)),
				encrypted("Counter", xencURI+"aes256-cbc", counter, sum(sha256.New, macKey, counter)))), pskc.Options{Key: key}, testSecret},
		"wrapped, wrapped MAC key": {container(presharedKey,
			macMethod(dsMoreURI+"hmac-sha256", xencURI+"kw-aes256", wrap(t, key, macKey, false)),
			keyPackage("1", encrypted("Secret", xencURI+"aes256-cbc", value, sum(sha256.New, macKey, value)))), pskc.Options{Key: key}, testSecret},
		"key wrap": {container(presharedKey,
			keyPackage("1", encrypted("Secret", xenc11URI+"kw-aes-256-pad", wrap(t, key, testSecret, true), nil))), pskc.Options{Key: key}, testSecret},
	}
}

type fixture struct {
	content []byte
	options pskc.Options
	secret  []byte
}

// cryptic finds what is ciphertext (with its IV), wrapped key, MAC or salt.
var cryptic = regexp.MustCompile(`<((?:\w+:)?(?:CipherValue|ValueMAC|Specified))>([^<]+)</`)

// TestRead_mutation changes every byte of every ciphertext, IV, MAC, salt and
// wrapped key in turn. No change may pass unnoticed.
func TestRead_mutation(t *testing.T) {
	t.Parallel()
	for name, test := range encryptedFixtures(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := oneSecret(t, test.content, test.options); !bytes.Equal(got, test.secret) {
				t.Fatalf("unchanged: got %x", got)
			}
			for _, place := range cryptic.FindAllSubmatchIndex(test.content, -1) {
				value := decodeAll(t, string(test.content[place[4]:place[5]]))
				for i := range value {
					for _, flip := range []byte{0x01, 0x80, 0xFF} {
						changed := bytes.Clone(value)
						changed[i] ^= flip
						refused(t, splice(test.content, place[4], place[5], b64(changed)), test.options, test.secret)
					}
				}
				for _, length := range []int{0, 1, len(value) / 2, len(value) - 1} {
					refused(t, splice(test.content, place[4], place[5], b64(value[:length])), test.options, test.secret)
				}
				refused(t, splice(test.content, place[4], place[5], b64(append(value, 0))), test.options, test.secret)
				refused(t, splice(test.content, place[4], place[5], "!"+b64(value)), test.options, test.secret)
			}
		})
	}
}

// TestRead_strippedMAC removes what proves a value: its MAC, or all that says
// that there should be one.
func TestRead_strippedMAC(t *testing.T) {
	t.Parallel()
	valueMAC := regexp.MustCompile(`(?s)<(\w+:)?ValueMAC>.*?</(\w+:)?ValueMAC>`)
	method := regexp.MustCompile(`(?s)<(\w+:)?MACMethod.*?</(\w+:)?MACMethod>`)
	for name, test := range encryptedFixtures(t) {
		if name == "key wrap" {
			continue // has no MAC
		}
		for stripped, want := range map[string]string{
			string(valueMAC.ReplaceAll(test.content, nil)):                         "ValueMAC is missing",
			string(method.ReplaceAll(test.content, nil)):                           "no MACMethod",
			string(method.ReplaceAll(valueMAC.ReplaceAll(test.content, nil), nil)): "has no MAC",
		} {
			if err := refusal(t, []byte(stripped), test.options, test.secret); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
		}
	}
}

func TestRead_wrongCredential(t *testing.T) {
	t.Parallel()
	for name, test := range encryptedFixtures(t) {
		for attempt := range 300 { // one wrong key in 256 gives a MACKey with good padding
			options := pskc.Options{Password: fmt.Sprint("wrong ", attempt), HasPassword: true}
			if test.options.Key != nil {
				options = pskc.Options{Key: bytes.Clone(test.options.Key)}
				options.Key[attempt%len(options.Key)] ^= byte(attempt/len(options.Key) + 1)
			}
			if _, err := pskc.Read(test.content, options); !errors.Is(err, pskc.ErrWrongKey) || !strings.Contains(err.Error(), "wrong key or password?") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if test.options.Key != nil {
			for _, length := range []int{1, 15, 17, 24, 64} {
				refused(t, test.content, pskc.Options{Key: sequence(length)}, test.secret)
			}
		}
	}
}

// TestRead_oneOfMany changes one value among several: the others still read,
// and the error is that key's.
func TestRead_oneOfMany(t *testing.T) {
	t.Parallel()
	content := readFile(t, "testdata/generated/psk-aes128.pskc")
	options := pskc.Options{Key: unhex(t, "12345678901234567890123456789012")}
	place := cryptic.FindAllSubmatchIndex(content, -1)[3] // MACKey, Secret 1, its MAC, Secret 2
	value := decodeAll(t, string(content[place[4]:place[5]]))
	value[3] ^= 1
	got, err := pskc.Read(splice(content, place[4], place[5], b64(value)), options)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Keys {
		k := &got.Keys[i]
		if bad := k.Number == 2; bad != (k.Err != nil) || bad != (k.Secret == nil) {
			t.Errorf("%d: secret %t, error %v", k.Number, k.Secret != nil, k.Err)
		}
	}
	if err := got.Keys[1].Err; !errors.Is(err, pskc.ErrWrongKey) || !strings.Contains(err.Error(), `KeyPackage 2: `) {
		t.Errorf("got %v", err)
	}
}

func splice(content []byte, from, to int, text string) []byte {
	return append(append(bytes.Clone(content[:from]), text...), content[to:]...)
}
