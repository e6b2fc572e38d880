package seedfile_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// zipEntry is what a test wants to find in an archive.
type zipEntry struct {
	name, content string
	stored        bool
	aes           int // 0, 128, 192 or 256
	version       int // of AE: 1 or 2
	zipCrypto     bool
	password      string
}

func zipOf(tb testing.TB, entries ...zipEntry) string {
	tb.Helper()
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, entry := range entries {
		header, packed := entry.pack(tb)
		raw, err := writer.CreateRaw(header)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := raw.Write(packed); err != nil {
			tb.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		tb.Fatal(err)
	}
	return archive.String()
}

func (e zipEntry) pack(tb testing.TB) (*zip.FileHeader, []byte) {
	tb.Helper()
	header := &zip.FileHeader{Name: e.name, UncompressedSize64: uint64(len(e.content)), CRC32: crc32.ChecksumIEEE([]byte(e.content))}
	packed := []byte(e.content)
	if !e.stored {
		header.Method = zip.Deflate
		packed = deflated(tb, e.content)
	}
	switch {
	case e.aes != 0:
		header.Flags |= 1
		extra := binary.LittleEndian.AppendUint16([]byte{0x01, 0x99, 7, 0, byte(e.version), 0, 'A', 'E', byte(e.aes/64 - 1)}, header.Method)
		// Something else in front, as 7-Zip has it.
		header.Extra = append([]byte{0x0A, 0x00, 2, 0, 0, 0}, extra...)
		header.Method = 99
		if e.version == 2 {
			header.CRC32 = 0
		}
		packed = sealAES(tb, packed, e.password, e.aes/8)
	case e.zipCrypto:
		header.Flags |= 1
		packed = sealZipCrypto(packed, e.password, byte(header.CRC32>>24))
	}
	header.CompressedSize64 = uint64(len(packed))
	return header, packed
}

func deflated(tb testing.TB, content string) []byte {
	tb.Helper()
	var packed bytes.Buffer
	writer, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := writer.Write([]byte(content)); err != nil {
		tb.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		tb.Fatal(err)
	}
	return packed.Bytes()
}

// sealAES encrypts as WinZip does, block by block.
func sealAES(tb testing.TB, plain []byte, password string, size int) []byte {
	tb.Helper()
	salt := bytes.Repeat([]byte{0x5A}, size/2)
	keys, err := pbkdf2.Key(sha1.New, password, salt, 1000, 2*size+2)
	if err != nil {
		tb.Fatal(err)
	}
	block, err := aes.NewCipher(keys[:size])
	if err != nil {
		tb.Fatal(err)
	}
	sealed := bytes.Clone(plain)
	for i := range sealed {
		var counter, stream [16]byte
		binary.LittleEndian.PutUint32(counter[:], uint32(i/16+1))
		block.Encrypt(stream[:], counter[:])
		sealed[i] ^= stream[i%16]
	}
	sum := hmac.New(sha1.New, keys[size:2*size])
	sum.Write(sealed)
	whole := append(salt, keys[2*size:]...)
	whole = append(whole, sealed...)
	return append(whole, sum.Sum(nil)[:10]...)
}

func sealZipCrypto(plain []byte, password string, check byte) []byte {
	keys := [3]uint32{305419896, 591751049, 878082192}
	table := crc32.MakeTable(crc32.IEEE)
	update := func(b byte) {
		keys[0] = table[byte(keys[0])^b] ^ (keys[0] >> 8)
		keys[1] = (keys[1]+(keys[0]&0xFF))*134775813 + 1
		keys[2] = table[byte(keys[2])^byte(keys[1]>>24)] ^ (keys[2] >> 8)
	}
	for _, b := range []byte(password) {
		update(b)
	}
	plain = append(append(bytes.Repeat([]byte{0x33}, 11), check), plain...)
	sealed := make([]byte, len(plain))
	for i, b := range plain {
		t := uint16(keys[2] | 2)
		sealed[i] = b ^ byte((t*(t^1))>>8)
		update(b)
	}
	return sealed
}
