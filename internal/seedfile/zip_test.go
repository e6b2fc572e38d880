package seedfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

var unlocked = seedfile.Options{Password: password, HasPassword: true, SkipUnsupported: true}

// TestRead_zipFixtures has archives made by 7-Zip and Info-ZIP.
func TestRead_zipFixtures(t *testing.T) {
	t.Parallel()
	csv := read(t, string(fixture(t, "azure.csv")), seedfile.Options{})
	xml := read(t, string(fixture(t, "plain.pskc")), unlocked)
	for name, want := range map[string]seedfile.Result{
		"azure-plain.zip": csv, "azure-zipcrypto.zip": csv, "azure-aes128.zip": csv, "azure-aes192.zip": csv, "azure-aes256.zip": csv,
		"pskc-zipcrypto.zip": xml, "pskc-aes256.zip": xml,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, want, read(t, string(fixture(t, name)), unlocked))
			if name == "azure-plain.zip" {
				return
			}
			for _, metadataOnly := range []bool{false, true} {
				if _, err := seedfile.Read(fixture(t, name), seedfile.Options{MetadataOnly: metadataOnly}); !errors.Is(err, seedfile.ErrNeedsPassword) {
					t.Errorf("got %v, want ErrNeedsPassword", err)
				}
			}
			for _, wrong := range []string{"", "pa$$w0rd-1", password + " "} {
				if _, err := seedfile.Read(fixture(t, name), seedfile.Options{Password: wrong, HasPassword: true}); !errors.Is(err, seedfile.ErrWrongPassword) {
					t.Errorf("got %v, want ErrWrongPassword", err)
				}
			}
		})
	}
	refuses(t, string(fixture(t, "two.zip")), unlocked, "2 files", `"azure.csv", "plain.csv"`)
}

func TestRead_zipKinds(t *testing.T) {
	t.Parallel()
	content := string(fixture(t, "azure.csv"))
	want := read(t, content, seedfile.Options{})
	for _, stored := range []bool{false, true} {
		for _, entry := range []zipEntry{
			{},
			{zipCrypto: true},
			{aes: 128, version: 1},
			{aes: 192, version: 1},
			{aes: 256, version: 1},
			{aes: 128, version: 2},
			{aes: 192, version: 2},
			{aes: 256, version: 2},
		} {
			entry.name, entry.content, entry.stored, entry.password = "tokens.csv", content, stored, password
			t.Run(fmt.Sprintf("AES-%d AE-%d ZipCrypto %t stored %t", entry.aes, entry.version, entry.zipCrypto, stored), func(t *testing.T) {
				t.Parallel()
				equal(t, want, read(t, zipOf(t, entry), unlocked))
			})
		}
	}
}

func TestRead_zipRefused(t *testing.T) {
	t.Parallel()
	content := string(fixture(t, "azure.csv"))
	plain := zipEntry{name: "tokens.csv", content: content}
	spoil := func(change func(*zipEntry), damage func([]byte) []byte) string {
		entry := plain
		entry.password = password
		change(&entry)
		return string(damage([]byte(zipOf(t, entry))))
	}
	keep := func(b []byte) []byte { return b }
	many := make([]zipEntry, 30)
	for i := range many {
		many[i] = zipEntry{name: fmt.Sprintf("t%d.csv", i), content: "x"}
	}
	for name, try := range map[string]struct{ content, want string }{
		"no file":             {zipOf(t), "holds no file"},
		"only a folder":       {zipOf(t, zipEntry{name: "a/", stored: true}), "holds no file"},
		"two files":           {zipOf(t, plain, zipEntry{name: "read me.txt", content: "x"}), `2 files, and only one can be read: "tokens.csv", "read me.txt"`},
		"30 files":            {zipOf(t, many...), `"t19.csv" and 10 more`},
		"truncated":           {content[:0] + zipOf(t, plain)[:60], "damaged or truncated"},
		"zip in a zip":        {zipOf(t, zipEntry{name: "a.zip", content: zipOf(t, plain)}), "another zip file"},
		"a workbook":          {zipOf(t, zipEntry{name: "[Content_Types].xml", content: "x"}, plain), "Excel"},
		"a workbook inside":   {zipOf(t, zipEntry{name: "seeds", content: zipOf(t, zipEntry{name: "[Content_Types].xml", content: "x"})}), "Excel"},
		"sds":                 {zipOf(t, zipEntry{name: "box/tokens.sds", content: "x"}), "HID"},
		"dpx":                 {zipOf(t, zipEntry{name: "tokens.DPX", content: "x"}), "OneSpan"},
		"empty file":          {zipOf(t, zipEntry{name: "tokens.csv", stored: true}), "is empty"},
		"bomb":                {zipOf(t, zipEntry{name: "tokens.csv", content: strings.Repeat("\n", 8<<20)}), "unpacks to more"},
		"big bomb":            {zipOf(t, zipEntry{name: "tokens.csv", content: strings.Repeat("\n", seedfile.MaxSize+1)}), "unpacks to more"},
		"encrypted bomb":      {zipOf(t, zipEntry{name: "tokens.csv", content: strings.Repeat("\n", 8<<20), aes: 256, version: 2, password: password}), "unpacks to more"},
		"lying about size":    {spoil(func(*zipEntry) {}, func(b []byte) []byte { return replaceSize(b, len(content), 7) }), "damaged"},
		"checksum":            {spoil(func(e *zipEntry) { e.stored = true }, func(b []byte) []byte { return bytes.Replace(b, []byte("C202"), []byte("C203"), 1) }), "checksum"},
		"checksum, AE-1":      {spoil(func(e *zipEntry) { e.aes, e.version = 256, 1 }, func(b []byte) []byte { return flipCRC(b) }), "checksum"},
		"AE-3":                {spoil(func(e *zipEntry) { e.aes, e.version = 256, 3 }, keep), "AES header"},
		"AES of another size": {spoil(func(e *zipEntry) { e.aes, e.version = 256, 2 }, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("AE\x03"), []byte("AE\x04")) }), "AES header"},
		"strong encryption":   {spoil(func(e *zipEntry) { e.aes, e.version = 256, 2 }, func(b []byte) []byte { return setFlags(b, 0x41) }), "strong encryption"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, try.content, unlocked, try.want)
		})
	}
}

func TestRead_zipBesides(t *testing.T) {
	t.Parallel()
	archive := zipOf(t,
		zipEntry{name: "box/", stored: true},
		zipEntry{name: "box/tokens.csv", content: string(fixture(t, "azure.csv"))},
		zipEntry{name: "__MACOSX/box/._tokens.csv", content: "x"},
		zipEntry{name: "box/.DS_Store", content: "x"},
	)
	equal(t, 1, len(read(t, archive, seedfile.Options{}).Tokens))
}

// TestRead_zipMutations changes every byte of encrypted archives: they are
// refused, or give the same tokens because the byte did not matter. Never
// another token.
func TestRead_zipMutations(t *testing.T) {
	t.Parallel()
	content := "serial number,secret key,time interval,manufacturer,model\n1," + secret + ",30,A,T\n"
	want := read(t, content, seedfile.Options{})
	for _, entry := range []zipEntry{
		{zipCrypto: true},
		{zipCrypto: true, stored: true},
		{aes: 128, version: 1},
		{aes: 256, version: 2},
		{aes: 192, version: 2, stored: true},
		{aes: 256, version: 1, stored: true},
	} {
		entry.name, entry.content, entry.password = "t", content, password
		t.Run(fmt.Sprintf("AES-%d AE-%d ZipCrypto %t stored %t", entry.aes, entry.version, entry.zipCrypto, entry.stored), func(t *testing.T) {
			t.Parallel()
			archive := []byte(zipOf(t, entry))
			header, packed := entry.pack(t)
			start := bytes.Index(archive, packed)
			if start < 0 || header.CompressedSize64 != uint64(len(packed)) {
				t.Fatal("the archive does not hold what was packed")
			}
			for i := range archive {
				for _, bits := range []byte{0x01, 0x10, 0x80, 0xFF} {
					changed := bytes.Clone(archive)
					changed[i] ^= bits
					result, err := seedfile.Read(changed, unlocked)
					if err == nil && !cmp.Equal(want, result) {
						t.Fatalf("byte %d changed by %#x gives other tokens", i, bits)
					}
					if err == nil && start <= i && i < start+len(packed) {
						t.Errorf("byte %d of the encrypted data changed by %#x, and nobody noticed", i, bits)
					}
				}
			}
			for size := range archive {
				if _, err := seedfile.Read(archive[:size], unlocked); err == nil {
					t.Fatalf("read an archive that ends at byte %d of %d", size, len(archive))
				}
			}
		})
	}
}

// central finds the entry in the directory at the end of an archive.
func central(archive []byte) []byte {
	return archive[bytes.LastIndex(archive, []byte("PK\x01\x02")):]
}

func replaceSize(archive []byte, from, to int) []byte {
	if entry := central(archive); int(entry[24]) == from {
		entry[24] = byte(to)
	}
	return archive
}

func flipCRC(archive []byte) []byte {
	central(archive)[16] ^= 1
	return archive
}

func setFlags(archive []byte, flags byte) []byte {
	central(archive)[8] = flags
	return archive
}
