package seedfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// The secrets of all fixtures, and one that is hexadecimal only.
const (
	secret    = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	secretHex = "3132333435363738393031323334353637383930"
	secretB64 = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="
	secret256 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
	hex256    = "3132333435363738393031323334353637383930313233343536373839303132"
	password  = "Pa$$w0rd-1"
)

var testSecrets = []string{secret, secretHex, secretB64, secret256, hex256, "JBSWY3DPEHPK3PXP", "1234567890ABCDEF1234567890ABCDEF"}

// vendor is what a caller says about tokens whose file does not.
var vendor = seedfile.Options{Manufacturer: "Vendor", Model: "Model"}

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

func read(tb testing.TB, content string, options seedfile.Options) seedfile.Result {
	tb.Helper()
	result, err := seedfile.Read([]byte(content), options)
	if err != nil {
		tb.Fatalf("Read: %v", err)
	}
	noSecret(tb, testSecrets, result, nil)
	return result
}

// refuses reads what cannot be read, and looks for all the words in the error.
func refuses(tb testing.TB, content string, options seedfile.Options, words ...string) {
	tb.Helper()
	result, err := seedfile.Read([]byte(content), options)
	if err == nil {
		tb.Fatalf("read %d tokens, want an error with %q", len(result.Tokens), words)
	}
	noSecret(tb, testSecrets, result, err)
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			tb.Errorf("got the error %q, want %q in it", err, word)
		}
	}
}

func equal(tb testing.TB, want, got any) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("(-want +got):\n%s", diff)
	}
}
