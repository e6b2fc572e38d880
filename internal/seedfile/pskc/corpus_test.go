package pskc_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// shared gives a path in the folder of samples that are not ours to pass on, or
// skips. It lies beside the checkout, or where SEEDFILE_SHARED_DIR says.
func shared(tb testing.TB, path string) string {
	tb.Helper()
	path = filepath.Join(sharedFolder(), filepath.FromSlash(path))
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("skipped: %s is absent; set SEEDFILE_SHARED_DIR to the folder that has corpus", path)
	}
	return path
}

func sharedFolder() string {
	if root := os.Getenv("SEEDFILE_SHARED_DIR"); root != "" {
		return root
	}
	return filepath.Join("..", "..", "..", "..", "shared")
}

type expectation struct {
	File       string
	Credential *struct{ Type, Value string }
	Expected   string
	Keys       []expectedKey
}

type expectedKey struct {
	ID           string  `json:"id"`
	Serial       string  `json:"serial"`
	Manufacturer string  `json:"manufacturer"`
	Model        string  `json:"model"`
	Issuer       string  `json:"issuer"`
	Algorithm    string  `json:"algorithm"`
	Suite        string  `json:"suite"`
	Encoding     string  `json:"encoding"`
	Digits       int     `json:"digits"`
	Counter      *int64  `json:"counter"`
	TimeOffset   *int64  `json:"time_offset"`
	TimeInterval *int64  `json:"time_interval"`
	TimeDrift    *int64  `json:"time_drift"`
	SecretHex    *string `json:"secret_hex"`
}

func (e *expectation) options(t *testing.T) pskc.Options {
	t.Helper()
	if e.Credential == nil {
		return pskc.Options{}
	}
	if e.Credential.Type == "password" {
		return pskc.Options{Password: e.Credential.Value, HasPassword: true}
	}
	return pskc.Options{Key: unhex(t, e.Credential.Value)}
}

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	value, err := hex.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return value
}

func readFile(tb testing.TB, path string) []byte {
	tb.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// asExpected puts a key in the words of the expectations.
func asExpected(k *pskc.Key) expectedKey {
	e := expectedKey{
		ID: k.ID, Serial: k.SerialNumber, Manufacturer: k.Manufacturer, Model: k.Model, Issuer: k.Issuer,
		Algorithm: k.Algorithm, Suite: k.Suite, Encoding: k.Encoding, Digits: k.Digits,
		Counter: k.Counter, TimeOffset: k.Time, TimeInterval: k.TimeInterval, TimeDrift: k.TimeDrift,
	}
	if k.Secret != nil {
		secret := hex.EncodeToString(k.Secret)
		e.SecretHex = &secret
	}
	return e
}

func TestRead_corpus(t *testing.T) {
	t.Parallel()
	folder := shared(t, "corpus/expected")
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no expectations in %s: %v", folder, err)
	}
	for _, file := range files {
		var want expectation
		if err := json.Unmarshal(readFile(t, file), &want); err != nil {
			t.Fatal(err)
		}
		t.Run(want.File, func(t *testing.T) {
			t.Parallel()
			content := readFile(t, shared(t, "corpus/"+want.File))
			container, err := pskc.Read(content, want.options(t))
			if want.Expected == "MUST BE REJECTED" {
				if err == nil {
					t.Fatal("was read, but must be rejected")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []expectedKey
			for i := range container.Keys {
				k := &container.Keys[i]
				if k.Err != nil {
					t.Error(k.Err)
				}
				got = append(got, asExpected(k))
			}
			if diff := cmp.Diff(want.Keys, got, cmp.Transformer("empty", func(keys []expectedKey) []expectedKey {
				return append([]expectedKey{}, keys...)
			})); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRead_corpusManifest reads every file of the manifest, of whatever format:
// PSKC as the manifest says, the rest is refused as not PSKC or not XML.
func TestRead_corpusManifest(t *testing.T) {
	t.Parallel()
	manifest := string(readFile(t, shared(t, "corpus/MANIFEST.tsv")))
	for _, line := range strings.Split(strings.TrimSpace(manifest), "\n")[1:] {
		columns := strings.Split(line, "\t")
		file, format, expected, credential := columns[0], columns[3], columns[5], columns[6]
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			content := readFile(t, shared(t, "corpus/"+file))
			var options pskc.Options
			if password, found := strings.CutPrefix(credential, "password: "); found {
				options = pskc.Options{Password: password, HasPassword: true}
			} else if key, found := strings.CutPrefix(credential, "key: "); found && strings.HasPrefix(format, "PSKC") {
				options = pskc.Options{Key: unhex(t, key)}
			}
			_, err := pskc.Read(content, options)
			switch isPSKC := strings.HasPrefix(format, "PSKC"); {
			case !isPSKC && err == nil:
				t.Errorf("%s was read as PSKC", format)
			case !isPSKC && strings.HasPrefix(string(content), "<") && !errors.Is(err, pskc.ErrNotPSKC) && expected != "MUST BE REJECTED":
				t.Errorf("%s: %v", format, err)
			case isPSKC && strings.HasPrefix(expected, "parses") && err != nil:
				t.Errorf("%s: %v", expected, err)
			case isPSKC && expected == "MUST BE REJECTED" && err == nil:
				t.Error("was read, but must be rejected")
			}
		})
	}
}

func TestRead_corpusMetadata(t *testing.T) {
	t.Parallel()
	content := readFile(t, shared(t, "corpus/generated/pbkdf2.pskc"))
	container, err := pskc.Read(content, pskc.Options{MetadataOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range container.Keys {
		if k := &container.Keys[i]; k.Secret != nil || !k.SecretEncrypted || k.SerialNumber == "" || k.Err != nil {
			t.Errorf("key %d: %+v", i, k)
		}
	}
	if len(container.Keys) != 5 || !container.Encrypted {
		t.Errorf("%d keys, encrypted %t", len(container.Keys), container.Encrypted)
	}
}
