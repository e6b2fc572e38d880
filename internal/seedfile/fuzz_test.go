package seedfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// fuzzFormat feeds one parser, without a password, for PBKDF2 takes its time, seeded with the fixtures, the texts of the other
// tests and, where it is there, the corpus.
func fuzzFormat(f *testing.F, format seedfile.Format, texts ...string) {
	f.Helper()
	for _, text := range texts {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	for _, folder := range []string{"testdata", corpusFolder()} {
		seedFuzz(f, folder)
	}
	f.Fuzz(func(t *testing.T, content []byte, lenient bool) {
		options := seedfile.Options{
			Format: format, Manufacturer: "Vendor", Model: "Model", TimeIntervalInSeconds: 30, HashFunction: "hmacsha1",
			AssumeTOTP: lenient, SkipUnsupported: lenient, Key: pskcKey(t),
		}
		result, err := seedfile.Read(content, options)
		if err != nil {
			if err.Error() == "" || len(result.Tokens) > 0 {
				t.Errorf("a failure with the text %q and %d tokens", err, len(result.Tokens))
			}
			return
		}
		sound(t, result)
		// The same content gives the same tokens, with secrets or without.
		options.MetadataOnly = true
		metadata, err := seedfile.Read(content, options)
		if err != nil && !strings.Contains(err.Error(), "encrypted") {
			t.Fatalf("with secrets it can be read, without: %v", err)
		}
		if err == nil && len(result.Skipped) == 0 {
			for i := range result.Tokens {
				result.Tokens[i].SecretKey = ""
			}
			if diff := cmp.Diff(result.Tokens, metadata.Tokens); diff != "" {
				t.Errorf("(-with secrets +without):\n%s", diff)
			}
		}
	})
}

// sound is what holds for every token that anybody is given.
func sound(t *testing.T, result seedfile.Result) {
	t.Helper()
	if len(result.Tokens) == 0 {
		t.Error("no token and no error")
	}
	serials := map[string]bool{}
	row := 0
	for _, token := range result.Tokens {
		switch {
		case token.SerialNumber == "" || token.Manufacturer == "" || token.Model == "":
			t.Errorf("an incomplete token: row %d", token.Row)
		case serials[strings.ToUpper(token.SerialNumber)]:
			t.Errorf("%q is there twice", token.SerialNumber)
		case token.TimeIntervalInSeconds != 30 && token.TimeIntervalInSeconds != 60:
			t.Errorf("a time interval of %d", token.TimeIntervalInSeconds)
		case token.HashFunction != "hmacsha1" && token.HashFunction != "hmacsha256":
			t.Errorf("the hash function %q", token.HashFunction)
		case token.SecretKey == "" || len(token.SecretKey) > 128 || strings.Trim(token.SecretKey, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "":
			t.Errorf("row %d has a secret that is not canonical", token.Row)
		case strings.ContainsAny("136", string(rune('0'+len(token.SecretKey)%8))):
			t.Errorf("row %d has a secret of an impossible length", token.Row)
		case token.Row <= row:
			t.Errorf("row %d after row %d", token.Row, row)
		}
		serials[strings.ToUpper(token.SerialNumber)] = true
		row = token.Row
	}
}

func corpusFolder() string {
	folder := os.Getenv("SEEDFILE_SHARED_DIR")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared")
	}
	return filepath.Join(folder, "corpus")
}

// seedFuzz leaves out what would slow a fuzzer down.
func seedFuzz(f *testing.F, folder string) {
	f.Helper()
	if _, err := os.Stat(folder); err != nil {
		f.Logf("no seeds from %s: %v", folder, err)
		return
	}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if err == nil && entry.Name() == "expected" {
				return filepath.SkipDir
			}
			return err
		}
		switch filepath.Ext(path) {
		case ".csv", ".xml", ".json", ".pskc", ".zip", ".txt", ".dat", ".oath", ".asc":
			content, err := os.ReadFile(path)
			if err == nil && len(content) < 16<<10 {
				f.Add(content, true)
			}
			return err
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
}

func FuzzRead_auto(f *testing.F) {
	fuzzFormat(f, seedfile.FormatAuto, dualShield, graphItem)
}

func FuzzRead_entraCSV(f *testing.F) {
	fuzzFormat(f, seedfile.FormatEntraCSV, "sep=;\nserial number;secret key\n\"1\";"+secret+"\n")
}

func FuzzRead_oathCSV(f *testing.F) {
	fuzzFormat(f, seedfile.FormatOATHCSV, "1,"+secretHex+",totp,6,30,sha1\n", "1;V;TOTP;"+secretHex+";6;30\n", "TOTP;1;SHA1;"+secretHex+";0;30;6\n",
		"# version:2\na,b,c,1,"+secretHex+",totp\n", "1,"+secretHex)
}

func FuzzRead_graphJSON(f *testing.F) {
	fuzzFormat(f, seedfile.FormatGraphJSON, graphItem, "["+graphItem+"]", `{"@context": "#$delta", "value": [`+graphItem+`]}`)
}

func FuzzRead_dualShield(f *testing.F) {
	fuzzFormat(f, seedfile.FormatDualShieldXML, dualShield)
}

func FuzzRead_pskc(f *testing.F) {
	fuzzFormat(f, seedfile.FormatPSKC)
}

// FuzzRead_zip wraps what it is given into an archive: few changes of a whole
// archive would get past the checksum. The first byte chooses the encryption.
func FuzzRead_zip(f *testing.F) {
	f.Add([]byte(zipOf(f, zipEntry{name: "t.csv", content: "1," + secretHex + ",totp,6,30"})), []byte("1,"+secretHex+",totp,6,30"), uint8(0))
	for _, name := range []string{"azure-aes128.zip", "azure-zipcrypto.zip", "azure-plain.zip", "two.zip"} {
		for kind := range uint8(8) {
			f.Add(fixture(f, name), fixture(f, "azure.csv"), kind)
		}
	}
	f.Fuzz(func(t *testing.T, archive, content []byte, kind uint8) {
		options := unlocked
		options.Manufacturer, options.Model = "Vendor", "Model"
		if result, err := seedfile.Read(archive, options); err == nil {
			sound(t, result)
		}
		entry := zipEntry{
			name: "t", content: string(content), stored: kind&1 != 0, password: password,
			zipCrypto: kind&6 == 2, version: 1 + int(kind>>3&1),
		}
		if kind&4 != 0 {
			entry.aes = 128 + 64*int(kind>>4%3)
		}
		if len(content) > 1<<16 || strings.HasPrefix(string(content), "PK") {
			return
		}
		packed, packedErr := seedfile.Read([]byte(zipOf(t, entry)), options)
		plain, plainErr := seedfile.Read(content, options)
		if (packedErr == nil) != (plainErr == nil) || !cmp.Equal(plain, packed) {
			t.Errorf("packed: %v, plain: %v", packedErr, plainErr)
		}
	})
}
