package pskc_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// TestRead_cbcVectors reads the vectors of NIST SP 800-38A, F.2. They have no
// padding, so the block of padding that follows is made here.
func TestRead_cbcVectors(t *testing.T) {
	t.Parallel()
	const text = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
	for name, vector := range map[string]struct{ method, key, ciphertext string }{
		"F.2.1 CBC-AES128": {"aes128-cbc", "2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
		"F.2.3 CBC-AES192": {"aes192-cbc", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"},
		"F.2.5 CBC-AES256": {"aes256-cbc", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, ciphertext := unhex(t, vector.key), unhex(t, vector.ciphertext)
			block, err := aes.NewCipher(key)
			if err != nil {
				t.Fatal(err)
			}
			padding := bytes.Repeat([]byte{aes.BlockSize}, aes.BlockSize)
			cipher.NewCBCEncrypter(block, ciphertext[len(ciphertext)-aes.BlockSize:]).CryptBlocks(padding, padding)
			value := append(append(unhex(t, "000102030405060708090a0b0c0d0e0f"), ciphertext...), padding...)
			content := container(presharedKey, `<MACMethod Algorithm="`+dsURI+`hmac-sha1"/>`,
				keyPackage("1", encrypted("Secret", xencURI+vector.method, value, sum(sha1.New, key, value))))
			if got := oneSecret(t, content, pskc.Options{Key: key}); !bytes.Equal(got, unhex(t, text)) {
				t.Errorf("got %x", got)
			}
		})
	}
}

// TestRead_keyWrapVectors reads the vectors of RFC 3394, section 4, and RFC
// 5649, section 6. Key wrap needs no MAC: it has an integrity check.
func TestRead_keyWrapVectors(t *testing.T) {
	t.Parallel()
	const key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	const data = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"
	const key5649 = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"
	for name, vector := range map[string]struct{ method, key, data, ciphertext string }{
		"RFC 3394 4.1":       {xencURI + "kw-aes128", key[:32], data[:32], "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
		"RFC 3394 4.2":       {xencURI + "kw-aes192", key[:48], data[:32], "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
		"RFC 3394 4.3":       {xencURI + "kw-aes256", key, data[:32], "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
		"RFC 3394 4.4":       {xencURI + "kw-aes192", key[:48], data[:48], "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"},
		"RFC 3394 4.5":       {xencURI + "kw-aes256", key, data[:48], "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"},
		"RFC 3394 4.6":       {xencURI + "kw-aes256", key, data, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
		"RFC 5649, 20 bytes": {xenc11URI + "kw-aes-192-pad", key5649, "c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
		"RFC 5649, 7 bytes":  {xenc11URI + "kw-aes-192-pad", key5649, "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ciphertext, options := unhex(t, vector.ciphertext), pskc.Options{Key: unhex(t, vector.key)}
			file := func(ciphertext []byte) []byte {
				return container(presharedKey, keyPackage("1", encrypted("Secret", vector.method, ciphertext, nil)))
			}
			if got := oneSecret(t, file(ciphertext), options); !bytes.Equal(got, unhex(t, vector.data)) {
				t.Errorf("got %x", got)
			}
			for i := range ciphertext {
				changed := bytes.Clone(ciphertext)
				changed[i] ^= 1
				if err := refusal(t, file(changed), options, unhex(t, vector.data)); !errors.Is(err, pskc.ErrWrongKey) {
					t.Errorf("byte %d changed: %v", i, err)
				}
			}
			for length := range ciphertext {
				refused(t, file(ciphertext[:length]), options, unhex(t, vector.data))
			}
		})
	}
}

func TestRead_keyWrapPaddedLengths(t *testing.T) {
	t.Parallel()
	for _, size := range []int{16, 24, 32} {
		key := sequence(size)
		method := map[int]string{16: "kw-aes-128-pad", 24: "kw-aes-192-pad", 32: "kw-aes-256-pad"}[size]
		for length := 1; length <= 80; length++ {
			value := sequence(length)
			content := container(presharedKey, keyPackage("1", encrypted("Secret", xenc11URI+method, wrap(t, key, value, true), nil)))
			if got := oneSecret(t, content, pskc.Options{Key: key}); !bytes.Equal(got, value) {
				t.Errorf("%s of %d bytes: got %x", method, length, got)
			}
		}
	}
}

// TestRead_keyWrapBadPadding makes what a right key unwraps but RFC 5649,
// section 3, forbids: padding that is not zero, and a length that does not fit.
func TestRead_keyWrapBadPadding(t *testing.T) {
	t.Parallel()
	key := sequence(16)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"padding":   "a65959a60000000701020304050607ff",
		"too long":  "a65959a6000000090102030405060708",
		"too short": "a65959a6000000000102030405060708",
		"constant":  "a65959a7000000080102030405060708",
	} {
		ciphertext := make([]byte, 16)
		block.Encrypt(ciphertext, unhex(t, text))
		content := container(presharedKey, keyPackage("1", encrypted("Secret", xenc11URI+"kw-aes-128-pad", ciphertext, nil)))
		if err := refusal(t, content, pskc.Options{Key: key}); !errors.Is(err, pskc.ErrWrongKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var hashes = map[string]func() hash.Hash{
	dsURI + "hmac-sha1":       sha1.New,
	dsMoreURI + "hmac-sha224": sha256.New224,
	dsMoreURI + "hmac-sha256": sha256.New,
	dsMoreURI + "hmac-sha384": sha512.New384,
	dsMoreURI + "hmac-sha512": sha512.New,
}

// TestRead_everyCombination crosses ciphers, MACs and PRFs.
func TestRead_everyCombination(t *testing.T) {
	t.Parallel()
	const password = "correct horse"
	salt, macKey := sequence(8), bytes.Repeat([]byte("mac-"), 5)
	for size, method := range map[int]string{16: "aes128-cbc", 24: "aes192-cbc", 32: "aes256-cbc"} {
		for macName, macHash := range hashes {
			for prfName, prf := range hashes {
				key, err := pbkdf2.Key(prf, password, salt, 3, size)
				if err != nil {
					t.Fatal(err)
				}
				value := encryptCBC(t, key, sequence(16), testSecret)
				content := container(pbkdf2Head(salt, size, prfName),
					macMethod(macName, xencURI+method, encryptCBC(t, key, sequence(16), macKey)),
					keyPackage("1", encrypted("Secret", xencURI+method, value, sum(macHash, macKey, value))))
				options := pskc.Options{Password: password, HasPassword: true}
				if got := oneSecret(t, content, options); !bytes.Equal(got, testSecret) {
					t.Errorf("%s, %s, PRF %s: got %x", method, macName, prfName, got)
				}
			}
		}
	}
}

func pbkdf2Head(salt []byte, length int, prf string) string {
	return pbkdf2Params(salt, 3, length, `<PRF Algorithm="`+prf+`"/>`)
}

// TestRead_derivationSpellings reads PBKDF2 as RFC 6030 prints it, with all
// names in xenc11, as python-pskc writes it, and with the prefix of PKCS #5 on all.
func TestRead_derivationSpellings(t *testing.T) {
	t.Parallel()
	salt := sequence(8)
	key, err := pbkdf2.Key(sha1.New, "", salt, 3, 16)
	if err != nil {
		t.Fatal(err)
	}
	value := wrap(t, key, testSecret, true)
	secret := keyPackage("1", encrypted("Secret", xenc11URI+"kw-aes-128-pad", value, nil))
	usual := pbkdf2Params(salt, 3, 16, "<PRF/>")
	all := strings.NewReplacer("pkcs5:", "xenc11:", "<Salt", "<xenc11:Salt", "</Salt", "</xenc11:Salt", "<Spec", "<xenc11:Spec", "</Spec", "</xenc11:Spec",
		"<Iter", "<xenc11:Iter", "</Iter", "</xenc11:Iter", "<KeyL", "<xenc11:KeyL", "</KeyL", "</xenc11:KeyL", "<PRF", "<xenc11:PRF").Replace(usual)
	for name, head := range map[string]string{
		"figure 7":     usual,
		"no PRF":       strings.Replace(usual, "<PRF/>", "", 1),
		"xenc11":       all,
		"pkcs5":        strings.ReplaceAll(strings.ReplaceAll(all, "xenc11:", "pkcs5:"), "pkcs5:DerivedKey", "xenc11:DerivedKey"),
		"mixed":        strings.ReplaceAll(usual, "pkcs5:", "xenc11:"),
		"prose":        strings.Replace(usual, "pkcs-5v2-0#", "pkcs-5#", 1),
		"xmlenc11":     strings.Replace(usual, "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#", xenc11URI, 1),
		"after values": "",
	} {
		content := container(head, secret)
		if head == "" {
			content = container(secret, usual)
		}
		// An empty password is a password.
		if got := oneSecret(t, content, pskc.Options{HasPassword: true}); !bytes.Equal(got, testSecret) {
			t.Errorf("%s: got %x", name, got)
		}
		if _, err := pskc.Read(content, pskc.Options{Key: key}); !errors.Is(err, pskc.ErrNeedsPassword) || !strings.Contains(err.Error(), "My Password 1") {
			t.Errorf("%s: without a password: %v", name, err)
		}
	}
}

// TestRead_macKeySources reads files whose MACKey is wrapped, or absent.
func TestRead_macKeySources(t *testing.T) {
	t.Parallel()
	key, macKey := sequence(16), sequence(20)
	value := encryptCBC(t, key, sequence(16), testSecret)
	for name, test := range map[string]struct {
		head string
		key  []byte
		want string
	}{
		"wrapped":         {macMethod(dsURI+"hmac-sha1", xenc11URI+"kw-aes-128-pad", wrap(t, key, macKey, true)), macKey, ""},
		"encryption key":  {`<MACMethod Algorithm="` + dsURI + `hmac-sha1"/>`, key, ""},
		"reference to it": {`<MACMethod Algorithm="` + dsURI + `hmac-sha1"><MACKeyReference>Pre-shared-key</MACKeyReference></MACMethod>`, key, ""},
		"other reference": {`<MACMethod Algorithm="` + dsURI + `hmac-sha1"><MACKeyReference>Other</MACKeyReference></MACMethod>`, key, `named "Other"`},
		"other method":    {`<MACMethod Algorithm="` + dsURI + `hmac-md5"/>`, key, "not supported"},
		"two":             {`<MACMethod Algorithm="` + dsURI + `hmac-sha1"/><MACMethod Algorithm="` + dsURI + `hmac-sha1"/>`, key, "more than one"},
		"no MACMethod":    {"", key, "no MACMethod"},
		"empty key":       {macMethod(dsURI+"hmac-sha1", xencURI+"aes128-cbc", encryptCBC(t, key, sequence(16), nil)), nil, "MAC does not match"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := container(presharedKey, test.head, keyPackage("1", encrypted("Secret", xencURI+"aes128-cbc", value, sum(sha1.New, test.key, value))))
			if test.want != "" {
				if err := refusal(t, content, pskc.Options{Key: key}, testSecret); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			if got := oneSecret(t, content, pskc.Options{Key: key}); !bytes.Equal(got, testSecret) {
				t.Errorf("got %x", got)
			}
		})
	}
}

// TestRead_cbcPadding demands PKCS #5 padding (RFC 6030, section 6.4), even
// where the MAC is right.
func TestRead_cbcPadding(t *testing.T) {
	t.Parallel()
	key, iv := sequence(16), sequence(16)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range []string{"00", "11", "0302", "020102", "ff"} {
		text := append(bytes.Repeat([]byte{7}, 16), unhex(t, last)...)
		text = text[len(text)-16:]
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
		value := append(bytes.Clone(iv), text...)
		content := container(presharedKey, `<MACMethod Algorithm="`+dsURI+`hmac-sha1"/>`,
			keyPackage("1", encrypted("Secret", xencURI+"aes128-cbc", value, sum(sha1.New, key, value))))
		if err := refusal(t, content, pskc.Options{Key: key}); err == nil || !strings.Contains(err.Error(), "padding") {
			t.Errorf("%s: %v", last, err)
		}
	}
}

// decodeAll gives the bytes of a base64 text with line breaks.
func decodeAll(tb testing.TB, text string) []byte {
	tb.Helper()
	value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		tb.Fatal(err)
	}
	return value
}
