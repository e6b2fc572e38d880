package pskc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

var errPadding = errors.New("its padding is wrong")

// methods are the algorithms of RFC 6030, section 6.1, that use AES, by the
// fragment of their URI, with the length of their keys.
var methods = map[string]struct {
	keyLength int
	open      func(cipher.Block, []byte) ([]byte, error)
}{
	"aes128-cbc":     {16, openCBC},
	"aes192-cbc":     {24, openCBC},
	"aes256-cbc":     {32, openCBC},
	"kw-aes128":      {16, unwrap},
	"kw-aes192":      {24, unwrap},
	"kw-aes256":      {32, unwrap},
	"kw-aes-128-pad": {16, unwrapPadded},
	"kw-aes-192-pad": {24, unwrapPadded},
	"kw-aes-256-pad": {32, unwrapPadded},
}

// open decrypts. CBC must have been verified before.
func (o *opener) open(uri string, text []byte) ([]byte, error) {
	name := fragment(uri)
	method, known := methods[name]
	switch {
	case uri == "":
		return nil, fmt.Errorf("%w: none is named", errMethod)
	case strings.HasPrefix(name, "rsa"):
		return nil, fmt.Errorf("%w: %q is asymmetric encryption", errMethod, clip(name))
	case !known:
		return nil, fmt.Errorf("%w: %q is not AES-CBC or AES key wrap", errMethod, clip(name))
	case len(o.key) != method.keyLength:
		return nil, fmt.Errorf("%w: %s needs %d bytes, it has %d", errKeySize, name, method.keyLength, len(o.key))
	}
	return method.open(o.block, text)
}

// openCBC undoes CBC with the IV in front and PKCS #5 padding (RFC 6030,
// sections 6.1 and 6.4).
func openCBC(block cipher.Block, text []byte) ([]byte, error) {
	if len(text) < 2*aes.BlockSize || len(text)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("its ciphertext has %d bytes, which is not an IV and whole blocks", len(text))
	}
	plain := make([]byte, len(text)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, text[:aes.BlockSize]).CryptBlocks(plain, text[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, errPadding
	}
	for _, c := range plain[len(plain)-padding:] {
		if int(c) != padding {
			return nil, errPadding
		}
	}
	return plain[:len(plain)-padding], nil
}

// half is the unit of key wrap: half a block of AES.
const half = aes.BlockSize / 2

// unwrap undoes AES key wrap (RFC 3394, section 2.2.2). What it wraps has whole
// half blocks, at least two, and the check value is eight times A6.
func unwrap(block cipher.Block, text []byte) ([]byte, error) {
	if len(text) < 3*half || len(text)%half != 0 {
		return nil, fmt.Errorf("its ciphertext has %d bytes, which AES key wrap never gives", len(text))
	}
	check, plain := unwrapRaw(block, text)
	if subtle.ConstantTimeCompare(check, []byte("\xA6\xA6\xA6\xA6\xA6\xA6\xA6\xA6")) != 1 {
		return nil, ErrWrongKey
	}
	return plain, nil
}

// unwrapPadded undoes AES key wrap with padding (RFC 5649, section 4.2). The
// check value has a constant and the length without padding; padding is zeros.
func unwrapPadded(block cipher.Block, text []byte) ([]byte, error) {
	if len(text) < 2*half || len(text)%half != 0 {
		return nil, fmt.Errorf("its ciphertext has %d bytes, which AES key wrap never gives", len(text))
	}
	var check, plain []byte
	if len(text) == aes.BlockSize {
		whole := make([]byte, aes.BlockSize)
		block.Decrypt(whole, text)
		check, plain = whole[:half], whole[half:]
	} else {
		check, plain = unwrapRaw(block, text)
	}
	length := int64(binary.BigEndian.Uint32(check[4:]))
	most := int64(len(plain))
	if subtle.ConstantTimeCompare(check[:4], []byte("\xA6\x59\x59\xA6")) != 1 || length <= most-half || length > most {
		return nil, ErrWrongKey
	}
	if subtle.ConstantTimeCompare(plain[length:], make([]byte, most-length)) != 1 {
		return nil, ErrWrongKey
	}
	return plain[:length], nil
}

// unwrapRaw is what both have in common (RFC 3394, section 2.2.2, in the form
// with an index).
func unwrapRaw(block cipher.Block, text []byte) (check, plain []byte) {
	buffer := make([]byte, aes.BlockSize) // A | R[i]
	copy(buffer, text[:half])
	plain = append([]byte{}, text[half:]...)
	count := len(plain) / half
	for step := 6 * count; step > 0; step-- {
		word := plain[(step-1)%count*half:][:half]
		binary.BigEndian.PutUint64(buffer, binary.BigEndian.Uint64(buffer)^uint64(step))
		copy(buffer[half:], word)
		block.Decrypt(buffer, buffer)
		copy(word, buffer[half:])
	}
	return buffer[:half], plain
}
