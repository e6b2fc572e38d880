package pskc_test

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// manyIterations keeps the fuzzer from deriving keys all day; what Read allows
// takes seconds.
var manyIterations = regexp.MustCompile(`IterationCount[^<]*>[^<]*\d{4,}`)

// FuzzRead looks for panics, for secrets in errors, for time without bound, for
// keys that are wrong and have a secret, and for a difference between reading
// with and without a key.
func FuzzRead(f *testing.F) {
	var paths []string
	for _, root := range []string{"testdata", filepath.Join(sharedFolder(), "corpus")} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && !strings.Contains(path, "expected") {
				paths = append(paths, path)
			}
			return nil // the corpus may be absent
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	for _, path := range paths {
		if content := readFile(f, path); bytes.Contains(content, []byte("KeyContainer")) && len(content) < 20_000 {
			f.Add(content)
		}
	}
	key := unhex(f, "12345678901234567890123456789012")
	f.Fuzz(func(t *testing.T, content []byte) {
		options := pskc.Options{Key: key, Password: "qwerty", HasPassword: !manyIterations.Match(content)}
		begin := time.Now()
		got, err := pskc.Read(content, options)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if leak := leaks(err, key, []byte("qwerty")); leak != "" && !bytes.Contains(content, []byte(leak)) {
			t.Errorf("the error shows the key or the password: %v", err)
		}
		metadata, metadataErr := pskc.Read(content, pskc.Options{MetadataOnly: true})
		if err != nil {
			return
		}
		if metadataErr != nil || len(metadata.Keys) != len(got.Keys) {
			t.Fatalf("without a key: %v", metadataErr)
		}
		for i := range got.Keys {
			k := &got.Keys[i]
			if k.Err != nil && k.Secret != nil {
				t.Errorf("key %d is wrong and has a secret", i)
			}
			if metadata.Keys[i].SerialNumber != k.SerialNumber || metadata.Keys[i].SecretEncrypted && metadata.Keys[i].Secret != nil {
				t.Errorf("key %d differs without a key", i)
			}
			for j := range got.Keys {
				// A file may say its secrets aloud in a serial number; we may not.
				if leak := leaks(got.Keys[j].Err, k.Secret); leak != "" && !strings.Contains(strings.ToLower(k.SerialNumber+got.Keys[j].SerialNumber), leak) {
					t.Errorf("an error shows a secret: %v", got.Keys[j].Err)
				}
			}
		}
	})
}
