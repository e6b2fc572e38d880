package seedfile_test

import (
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// sharedFolder has the public samples, many of them copyleft: they lie beside
// the project and are not part of it.
func sharedFolder(tb testing.TB) string {
	tb.Helper()
	folder := os.Getenv("SEEDFILE_SHARED_DIR")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(folder, "corpus", "MANIFEST.tsv")); err != nil {
		tb.Skipf("skipped the corpus of public seed files: %v", err)
	}
	return folder
}

// sample is a row of the corpus' manifest.
type sample struct{ file, format, keys, expected, credential string }

func samples(tb testing.TB, folder string) []sample {
	tb.Helper()
	file, err := os.Open(filepath.Join(folder, "corpus", "MANIFEST.tsv"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() })
	reader := csv.NewReader(file)
	reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = '\t', true, -1
	rows, err := reader.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var all []sample
	for _, row := range rows[1:] {
		all = append(all, sample{file: row[0], format: row[3], keys: row[4], expected: row[5], credential: row[6]})
	}
	return all
}

// options has what a caller would have to know: who made the tokens.
func (s sample) options(tb testing.TB) seedfile.Options {
	tb.Helper()
	options := seedfile.Options{Manufacturer: "Vendor", Model: "Model", SkipUnsupported: true}
	if password, found := strings.CutPrefix(s.credential, "password: "); found {
		options.Password, options.HasPassword = password, true
	}
	if key, found := strings.CutPrefix(s.credential, "key: "); found {
		options.Key, _ = hex.DecodeString(key)
	}
	if strings.HasPrefix(s.format, "OATH CSV") {
		options.TimeIntervalInSeconds = 30 // most rows have no step
	}
	if s.file == "vendor-docs/deepnet-dualshield-v5-nohash.xml" {
		options.TimeIntervalInSeconds, options.HashFunction = 60, "hmacsha1"
	}
	return options
}

// decided are the samples for which the manifest leaves the decision open, or
// says it in words. The number is that of the tokens; -1 is an error.
var decided = map[string]int{
	"generated/azure-aes256.zip":                                 1,
	"generated/azure-zipcrypto.zip":                              1,
	"generated/azure-utf16le-bom.csv":                            1,
	"generated/plain.csv":                                        2,
	"linotp/linotp/tests/integration/testdata/oath_tokens.csv":   1,
	"privacyidea/inline/OATHCSV_USER_540.txt":                    1,
	"vendor-docs/deepnet-dualshield-v5-nohash.xml":               1,
	"vendor-docs/entra-2024-draft-len30.json":                    -1,
	"vendor-docs/uniquk-inventory.json":                          -1,
	"privacyidea/tests/testdata/import.oath.asc":                 -1,
	"linotp/linotp/tests/functional/fixtures/safenet_tokens.dat": -1,
	"oath-toolkit/liboath/tests/expect.oath":                     -1,
	"oath-toolkit/liboath/tests/users.oath":                      -1,
	"yeka-zip/testdata/hello-aes.zip":                            -1,
	"yeka-zip/testdata/macbeth-act1.zip":                         -1,
	"yeka-zip/testdata/world-aes.zip":                            -1,
	"vendor-docs/fortinet-hex-base32.tsv":                        -1,
}

var importable = regexp.MustCompile(`Entra-importable: (\d+)(?: of (\d+))?`)

// want is the number of tokens and, where known, of all keys.
func (s sample) want(tb testing.TB) (tokens, keys int) {
	tb.Helper()
	if tokens, found := decided[s.file]; found {
		return tokens, 0
	}
	if match := importable.FindStringSubmatch(s.expected); match != nil {
		tokens, _ = strconv.Atoi(match[1])
		keys, _ = strconv.Atoi(match[2])
		if tokens == 0 {
			tokens = -1
		}
		return tokens, keys
	}
	if strings.Contains(s.expected, "MUST BE REJECTED") {
		return -1, 0
	}
	tb.Fatalf("the manifest says %q", s.expected)
	return 0, 0
}

func TestRead_corpus(t *testing.T) {
	t.Parallel()
	folder := sharedFolder(t)
	secrets := corpusSecrets(t, folder)
	for _, s := range samples(t, folder) {
		if s.expected == "support file" {
			continue // a certificate beside the seed files
		}
		t.Run(s.file, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join(folder, "corpus", filepath.FromSlash(s.file)))
			if errors.Is(err, fs.ErrNotExist) {
				t.Skipf("skipped: the file is not in this copy of the corpus")
			}
			if err != nil {
				t.Fatal(err)
			}
			options := s.options(t)
			tokens, keys := s.want(t)
			result, err := seedfile.Read(content, options)
			t.Logf("%v", err)
			noSecret(t, secrets, result, err)
			switch {
			case tokens < 0 && err == nil:
				t.Fatalf("read %d tokens, want an error", len(result.Tokens))
			case tokens < 0:
				return
			case err != nil:
				t.Fatalf("got %v, want %d tokens", err, tokens)
			case len(result.Tokens) != tokens || keys > 0 && len(result.Tokens)+len(result.Skipped) != keys:
				t.Errorf("got %d tokens and skipped %v, want %d of %d", len(result.Tokens), result.Skipped, tokens, keys)
			}
			strictly(t, secrets, content, options, result)
			s.compare(t, folder, result)
		})
	}
}

// strictly reads again without leaving anything out, and without secrets.
func strictly(t *testing.T, secrets []string, content []byte, options seedfile.Options, lenient seedfile.Result) {
	t.Helper()
	options.SkipUnsupported = false
	result, err := seedfile.Read(content, options)
	noSecret(t, secrets, result, err)
	var problems seedfile.Problems
	if len(lenient.Skipped) > 0 && (!errors.As(err, &problems) || len(problems) < len(lenient.Skipped)) {
		t.Errorf("got %v without SkipUnsupported, want at least %d problems", err, len(lenient.Skipped))
	}
	if len(lenient.Skipped) == 0 && err != nil {
		t.Errorf("got %v without SkipUnsupported, though nothing was skipped", err)
	}
	options.SkipUnsupported, options.MetadataOnly = true, true
	metadata, err := seedfile.Read(content, options)
	if err != nil {
		t.Fatalf("got %v with MetadataOnly", err)
	}
	for i := range lenient.Tokens {
		lenient.Tokens[i].SecretKey = ""
	}
	if diff := cmp.Diff(lenient.Tokens, metadata.Tokens); diff != "" {
		t.Errorf("the tokens with MetadataOnly differ (-with secrets +without):\n%s", diff)
	}
}

// oracle is what python-pskc read from a file.
type oracle struct {
	Keys []struct {
		Serial       string
		SecretBase32 string   `json:"secret_base32"`
		TimeInterval int64    `json:"time_interval"`
		Reject       []string `json:"entra_reject"`
	}
}

func (s sample) oracle(tb testing.TB, folder string) (oracle, bool) {
	tb.Helper()
	var want oracle
	text, err := os.ReadFile(filepath.Join(folder, "corpus", "expected", strings.ReplaceAll(s.file, "/", "__")+".json"))
	if err != nil {
		return want, false
	}
	if err := json.Unmarshal(text, &want); err != nil {
		tb.Fatal(err)
	}
	return want, true
}

func (s sample) compare(t *testing.T, folder string, result seedfile.Result) {
	t.Helper()
	want, found := s.oracle(t, folder)
	if !found {
		return
	}
	type row struct {
		serial   string
		interval int64
	}
	var wanted, got []row
	for _, key := range want.Keys {
		if len(key.Reject) == 0 {
			wanted = append(wanted, row{key.Serial, key.TimeInterval})
		}
	}
	for _, token := range result.Tokens {
		got = append(got, row{token.SerialNumber, token.TimeIntervalInSeconds})
	}
	if diff := cmp.Diff(wanted, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("tokens (-python-pskc +got):\n%s", diff)
	}
}

// TestRead_corpusSecrets compares every secret with python-pskc's.
func TestRead_corpusSecrets(t *testing.T) {
	t.Parallel()
	folder := sharedFolder(t)
	compared := 0
	for _, s := range samples(t, folder) {
		want, found := s.oracle(t, folder)
		if !found {
			continue
		}
		tokens, _ := s.want(t)
		content, err := os.ReadFile(filepath.Join(folder, "corpus", filepath.FromSlash(s.file)))
		if tokens < 0 || err != nil {
			continue
		}
		result, err := seedfile.Read(content, s.options(t))
		if err != nil {
			t.Fatalf("%s: %v", s.file, err)
		}
		secrets := map[string]string{}
		for _, key := range want.Keys {
			secrets[key.Serial] = key.SecretBase32
		}
		for _, token := range result.Tokens {
			if token.SecretKey != secrets[token.SerialNumber] {
				t.Errorf("%s: the secret of %s differs from python-pskc's", s.file, token.SerialNumber)
			}
			compared++
		}
	}
	t.Logf("compared %d secrets", compared)
}

// corpusSecrets are the secrets of all PSKC samples, in both spellings.
func corpusSecrets(tb testing.TB, folder string) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "corpus", "expected", "*.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var secrets []string
	found := regexp.MustCompile(`"secret_(?:hex|base32)": "([^"]{8,})"`)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		for _, match := range found.FindAllStringSubmatch(string(text), -1) {
			secrets = append(secrets, strings.ToUpper(match[1]))
		}
	}
	return secrets
}

// noSecret looks at all text that people get to see.
func noSecret(tb testing.TB, secrets []string, result seedfile.Result, err error) {
	tb.Helper()
	texts := append([]string{}, result.Warnings...)
	for _, skipped := range result.Skipped {
		texts = append(texts, skipped.Reason, skipped.SerialNumber)
	}
	if err != nil {
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		upper := strings.ToUpper(text)
		for _, secret := range secrets {
			if strings.Contains(upper, secret) {
				tb.Fatalf("a message holds a secret: %d characters of %q", len(secret), text)
			}
		}
	}
}
