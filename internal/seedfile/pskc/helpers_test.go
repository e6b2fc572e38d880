package pskc_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

const (
	dsURI     = "http://www.w3.org/2000/09/xmldsig#"
	dsMoreURI = "http://www.w3.org/2001/04/xmldsig-more#"
	xencURI   = "http://www.w3.org/2001/04/xmlenc#"
	xenc11URI = "http://www.w3.org/2009/xmlenc11#"

	presharedKey = `<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>`
)

// testSecret is what the fixtures made here hold; no part of it is in their texts.
var testSecret = []byte("Zq7~mX2#pL9@vT4!kR6%")

// container puts a head and KeyPackages into a KeyContainer.
func container(parts ...string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<KeyContainer Version="1.0" Id="C1" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="` + dsURI +
		`" xmlns:xenc="` + xencURI + `" xmlns:xenc11="` + xenc11URI + `" xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">` +
		strings.Join(parts, "\n") + "</KeyContainer>\n")
}

// keyPackage is a KeyPackage with a serial number and the content of Data.
func keyPackage(serial string, data ...string) string {
	return `<KeyPackage><DeviceInfo><Manufacturer>Acme</Manufacturer><SerialNo>` + serial + `</SerialNo></DeviceInfo>` +
		`<Key Id="K` + serial + `" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data>` + strings.Join(data, "") + `</Data></Key></KeyPackage>`
}

func plain(name, value string) string {
	return "<" + name + "><PlainValue>" + value + "</PlainValue></" + name + ">"
}

// encrypted is a value with its MAC, or without when mac is nil.
func encrypted(name, method string, ciphertext, mac []byte) string {
	text := "<" + name + "><EncryptedValue>" + cipherData(method, ciphertext) + "</EncryptedValue>"
	if mac != nil {
		text += "<ValueMAC>" + b64(mac) + "</ValueMAC>"
	}
	return text + "</" + name + ">"
}

func cipherData(method string, ciphertext []byte) string {
	return `<xenc:EncryptionMethod Algorithm="` + method + `"/><xenc:CipherData><xenc:CipherValue>` + b64(ciphertext) + `</xenc:CipherValue></xenc:CipherData>`
}

func macMethod(algorithm, method string, encryptedKey []byte) string {
	return `<MACMethod Algorithm="` + algorithm + `"><MACKey>` + cipherData(method, encryptedKey) + `</MACKey></MACMethod>`
}

func pbkdf2Params(salt []byte, iterations, length int, prf string) string {
	return `<EncryptionKey><xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">` +
		fmt.Sprintf(`<pkcs5:PBKDF2-params><Salt><Specified>%s</Specified></Salt><IterationCount>%d</IterationCount><KeyLength>%d</KeyLength>%s</pkcs5:PBKDF2-params>`,
			b64(salt), iterations, length, prf) +
		`</xenc11:KeyDerivationMethod><xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName></xenc11:DerivedKey></EncryptionKey>`
}

func b64(value []byte) string { return base64.StdEncoding.EncodeToString(value) }

// sequence is a key or an IV that is easy to recognise.
func sequence(length int) []byte {
	value := make([]byte, length)
	for i := range value {
		value[i] = byte(i + 1)
	}
	return value
}

func encryptCBC(tb testing.TB, key, iv, value []byte) []byte {
	tb.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	padding := aes.BlockSize - len(value)%aes.BlockSize
	value = append(bytes.Clone(value), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(value, value)
	return append(bytes.Clone(iv), value...)
}

func sum(function func() hash.Hash, key, value []byte) []byte {
	mac := hmac.New(function, key)
	mac.Write(value)
	return mac.Sum(nil)
}

// wrap is AES key wrap (RFC 3394), or with padding (RFC 5649) for any length.
func wrap(tb testing.TB, key, value []byte, padded bool) []byte {
	tb.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	check := bytes.Repeat([]byte{0xA6}, 8)
	if padded {
		check = binary.BigEndian.AppendUint32([]byte{0xA6, 0x59, 0x59, 0xA6}, uint32(len(value)))
		value = append(bytes.Clone(value), make([]byte, (8-len(value)%8)%8)...)
	}
	out := append(check, value...)
	if padded && len(value) == 8 {
		block.Encrypt(out, out)
		return out
	}
	count := len(value) / 8
	for step := 1; step <= 6*count; step++ {
		word := out[8*((step-1)%count+1):][:8]
		var buffer [16]byte
		copy(buffer[:8], out)
		copy(buffer[8:], word)
		block.Encrypt(buffer[:], buffer[:])
		binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(buffer[:])^uint64(step))
		copy(word, buffer[8:])
	}
	return out
}

// spellings are the forms in which a secret might leak.
func spellings(secret []byte) []string {
	if len(secret) < 4 {
		return nil // too short to be told from chance
	}
	return []string{
		string(secret),
		strings.ToLower(hex.EncodeToString(secret)),
		strings.ToLower(strings.TrimRight(base32.StdEncoding.EncodeToString(secret), "=")),
		strings.ToLower(strings.TrimRight(b64(secret), "=")),
		strings.ToLower(strings.TrimRight(base64.URLEncoding.EncodeToString(secret), "=")),
	}
}

// leaks says which of the secrets an error shows.
func leaks(err error, secrets ...[]byte) string {
	if err == nil {
		return ""
	}
	for _, secret := range secrets {
		for _, spelling := range spellings(secret) {
			if strings.Contains(err.Error(), spelling) || strings.Contains(strings.ToLower(err.Error()), spelling) {
				return spelling
			}
		}
	}
	return ""
}

// refused demands that no secret came out, and that no error shows one.
func refused(t *testing.T, content []byte, options pskc.Options, secrets ...[]byte) {
	t.Helper()
	_ = refusal(t, content, options, secrets...)
}

// refusal is refused, and gives the error.
func refusal(t *testing.T, content []byte, options pskc.Options, secrets ...[]byte) error {
	t.Helper()
	got, err := pskc.Read(content, options)
	if err == nil {
		for i := range got.Keys {
			if k := &got.Keys[i]; k.Err != nil && k.Secret == nil {
				err = k.Err
			}
		}
	}
	if err == nil {
		t.Errorf("was read: %+v", got)
	}
	if leak := leaks(err, append(secrets, options.Key, []byte(options.Password))...); leak != "" {
		t.Errorf("the error shows a secret: %v", err)
	}
	return err
}

// oneSecret demands that the file has one key, and gives its secret.
func oneSecret(t *testing.T, content []byte, options pskc.Options) []byte {
	t.Helper()
	got, err := pskc.Read(content, options)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Keys) != 1 || got.Keys[0].Err != nil {
		t.Fatalf("keys: %+v", got.Keys)
	}
	return got.Keys[0].Secret
}
