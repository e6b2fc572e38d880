package seedfile

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// WinZip's AES encryption (winzip.com, "AES Encryption Information", AE-1 and
// AE-2): salt, 2 bytes to check the password, the ciphertext, and the first 10
// bytes of an HMAC-SHA1 over the ciphertext.
const (
	aesExtra      = 0x9901
	aesIterations = 1000
	aesCheck      = 2
	aesMAC        = 10
)

var errDamagedAES = errors.New("the zip file is damaged: its AES header makes no sense")

// decryptAES also tells the real compression method, and whether the CRC of the
// plain text is there to be checked: AE-2 leaves it out.
func decryptAES(packed, extra []byte, password string) (plain []byte, method uint16, checked bool, err error) {
	version, keySize, method, err := aesHeader(extra)
	if err != nil {
		return nil, 0, false, err
	}
	saltSize := keySize / 2
	if len(packed) < saltSize+aesCheck+aesMAC {
		return nil, 0, false, errDamagedAES
	}
	salt, packed := packed[:saltSize], packed[saltSize:]
	keys, err := pbkdf2.Key(sha1.New, password, salt, aesIterations, 2*keySize+aesCheck)
	if err != nil {
		return nil, 0, false, fmt.Errorf("cannot derive a key as WinZip does: %w", err)
	}
	check, packed := packed[:aesCheck], packed[aesCheck:]
	if subtle.ConstantTimeCompare(check, keys[2*keySize:]) != 1 {
		return nil, 0, false, ErrWrongPassword
	}
	ciphertext, mac := packed[:len(packed)-aesMAC], packed[len(packed)-aesMAC:]
	// The MAC comes first: nothing that it does not vouch for is decrypted.
	sum := hmac.New(sha1.New, keys[keySize:2*keySize])
	sum.Write(ciphertext)
	if subtle.ConstantTimeCompare(mac, sum.Sum(nil)[:aesMAC]) != 1 {
		return nil, 0, false, fmt.Errorf("%w: its MAC does not match", ErrWrongPassword)
	}
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return nil, 0, false, err
	}
	return littleEndianCTR(block, ciphertext), method, version == 1, nil
}

// aesHeader reads the extra field: 2 bytes of version, "AE", the strength, and
// the compression method.
func aesHeader(extra []byte) (version uint16, keySize int, method uint16, err error) {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			break
		}
		if id != aesExtra {
			extra = extra[size:]
			continue
		}
		if size != 7 || string(extra[2:4]) != "AE" {
			break
		}
		version, strength := binary.LittleEndian.Uint16(extra), int(extra[4])
		if version < 1 || version > 2 || strength < 1 || strength > 3 {
			break
		}
		return version, 8 + 8*strength, binary.LittleEndian.Uint16(extra[5:]), nil
	}
	return 0, 0, 0, errDamagedAES
}

// littleEndianCTR is counter mode with a counter that begins at 1 and is little
// endian; Go's own counts in big endian.
func littleEndianCTR(block cipher.Block, ciphertext []byte) []byte {
	plain := make([]byte, len(ciphertext))
	var counter, stream [aes.BlockSize]byte
	for n := uint64(0); n*aes.BlockSize < uint64(len(ciphertext)); n++ {
		binary.LittleEndian.PutUint64(counter[:], n+1)
		block.Encrypt(stream[:], counter[:])
		from := n * aes.BlockSize
		subtle.XORBytes(plain[from:], ciphertext[from:], stream[:])
	}
	return plain
}
