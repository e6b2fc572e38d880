package seedfile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"
)

const (
	// maxRatio bounds how much more than its packed size a file may unpack to,
	// beyond freeSize: tables of random secrets pack to a half, XML to a tenth.
	maxRatio = 100
	freeSize = 1 << 20

	flagEncrypted       = 1 << 0
	flagStrongEncrypted = 1 << 6

	methodStored   = 0
	methodDeflated = 8
	methodAES      = 99
)

func isZip(content []byte) bool {
	return bytes.HasPrefix(content, []byte("PK\x03\x04")) || bytes.HasPrefix(content, []byte("PK\x05\x06"))
}

// unzip gives the one file of an archive.
func unzip(content []byte, options Options) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, errors.New("the zip file is damaged or truncated")
	}
	only, err := onlyFile(archive.File)
	if err != nil {
		return nil, err
	}
	packed, err := packedBytes(only)
	if err != nil {
		return nil, err
	}
	method := only.Method
	checked := true // by a CRC of the plain text
	switch {
	case only.Flags&flagStrongEncrypted != 0:
		return nil, errors.New("the zip file has PKWARE's strong encryption: pack it again with AES-256 as WinZip and 7-Zip do")
	case only.Flags&flagEncrypted == 0 && method != methodAES:
	case !options.HasPassword:
		return nil, fmt.Errorf("%w: it is a zip file, of which nothing but names can be read without", ErrNeedsPassword)
	case method == methodAES:
		packed, method, checked, err = decryptAES(packed, only.Extra, options.Password)
	default:
		packed, err = decryptZipCrypto(packed, options.Password)
	}
	if err != nil {
		return nil, err
	}
	plain, err := inflate(packed, method, only.UncompressedSize64)
	switch {
	case err == nil && (!checked || crc32.ChecksumIEEE(plain) == only.CRC32):
	case errors.Is(err, errBomb), errors.Is(err, errMethod):
		return nil, err
	case only.Flags&flagEncrypted != 0 && method == only.Method:
		return nil, fmt.Errorf("%w (ZipCrypto; a password with other characters than ASCII may have been typed in another encoding)", ErrWrongPassword)
	default:
		return nil, errors.New("the zip file is damaged: its checksum does not match")
	}
	if isZip(plain) {
		return nil, refuseInner(plain)
	}
	return plain, nil
}

// refuseInner explains a zip in a zip, one kind of which is an Excel workbook.
func refuseInner(plain []byte) error {
	if bytes.Contains(plain, []byte("[Content_Types].xml")) {
		return errors.New(refusedXLS)
	}
	return errors.New("the zip file holds another zip file: unpack it first")
}

// onlyFile passes over folders and what macOS puts beside each file.
func onlyFile(files []*zip.File) (*zip.File, error) {
	var found []*zip.File
	var names []string
	for _, file := range files {
		base := path.Base(strings.ReplaceAll(file.Name, `\`, "/"))
		if file.Name == "[Content_Types].xml" {
			return nil, errors.New(refusedXLS)
		}
		if strings.HasSuffix(file.Name, "/") || strings.HasPrefix(file.Name, "__MACOSX/") || base == ".DS_Store" {
			continue
		}
		found = append(found, file)
		if len(names) < 20 {
			names = append(names, fmt.Sprintf("%q", base))
		}
	}
	switch len(found) {
	case 0:
		return nil, errors.New("the zip file holds no file")
	case 1:
		return found[0], RefuseName(found[0].Name)
	}
	list := strings.Join(names, ", ")
	if more := len(found) - len(names); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return nil, fmt.Errorf("the zip file holds %d files, and only one can be read: %s", len(found), list)
}

func packedBytes(file *zip.File) ([]byte, error) {
	raw, err := file.OpenRaw()
	if err == nil {
		var packed []byte
		if packed, err = io.ReadAll(io.LimitReader(raw, MaxSize)); err == nil && uint64(len(packed)) == file.CompressedSize64 {
			return packed, nil
		}
	}
	return nil, errors.New("the zip file is damaged or truncated")
}

var (
	errBomb   = fmt.Errorf("the zip file unpacks to more than %d bytes, or to more than %d times its size", MaxSize, maxRatio)
	errMethod = errors.New("the zip file is compressed in a way that is not supported: pack it again with deflate")
)

// inflate believes no size that is only stated.
func inflate(packed []byte, method uint16, size uint64) ([]byte, error) {
	limit := min(uint64(MaxSize), max(freeSize, uint64(len(packed))*maxRatio))
	if size > limit {
		return nil, errBomb
	}
	plain := packed
	switch method {
	case methodStored:
	case methodDeflated:
		source := bytes.NewReader(packed)
		var buffer bytes.Buffer
		buffer.Grow(int(min(size, uint64(len(packed))*4)) + bytes.MinRead)
		if _, err := io.Copy(&buffer, io.LimitReader(flate.NewReader(source), int64(limit)+1)); err != nil {
			return nil, err
		}
		plain = buffer.Bytes()
		if uint64(len(plain)) > limit {
			return nil, errBomb
		}
		if source.Len() > 0 {
			return nil, errors.New("something follows the compressed data")
		}
	default:
		return nil, errMethod
	}
	if uint64(len(plain)) != size {
		return nil, errors.New("the size is not what the zip file says")
	}
	return plain, nil
}
