package seedfile

import (
	"errors"
	"hash/crc32"
)

// zipCrypto is PKWARE's traditional cipher (APPNOTE.TXT section 6.1). It is weak,
// and vendors use it. It has no MAC: the CRC of the plain text, which the caller
// checks, is all that tells a right password.
type zipCrypto struct{ keys [3]uint32 }

const zipCryptoHeader = 12

func decryptZipCrypto(packed []byte, password string) ([]byte, error) {
	if len(packed) < zipCryptoHeader {
		return nil, errors.New("the zip file is damaged or truncated")
	}
	c := zipCrypto{[3]uint32{0x12345678, 0x23456789, 0x34567890}}
	for i := range len(password) {
		c.update(password[i])
	}
	plain := make([]byte, len(packed))
	for i, b := range packed {
		low := c.keys[2] | 3
		plain[i] = b ^ byte(low*(low^1)>>8)
		c.update(plain[i])
	}
	// The last byte of the header is one of the CRC or of the time, depending on
	// the writer. It tells less than the CRC does.
	return plain[zipCryptoHeader:], nil
}

func (c *zipCrypto) update(plain byte) {
	c.keys[0] = crc32.IEEETable[byte(c.keys[0])^plain] ^ c.keys[0]>>8
	c.keys[1] = (c.keys[1]+c.keys[0]&0xFF)*134775813 + 1
	c.keys[2] = crc32.IEEETable[byte(c.keys[2])^byte(c.keys[1]>>24)] ^ c.keys[2]>>8
}
