package totp_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

// The secrets of RFC 6238 appendix B: 20, 32 and 64 bytes of "1234567890...",
// as its Java code has them and its text does not.
const (
	secret20 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	secret32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
	secret64 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA"
)

func TestCode_rfc6238(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{totp.HMACSHA1: secret20, totp.HMACSHA256: secret32, totp.HMACSHA512: secret64}
	for _, vector := range []struct {
		unix                 int64
		sha1, sha256, sha512 string // the last 6 of the 8 digits
	}{
		{59, "287082", "119246", "693936"},
		{1111111109, "081804", "084774", "091201"},
		{1111111111, "050471", "062674", "943326"},
		{1234567890, "005924", "819424", "441116"},
		{2000000000, "279037", "698825", "618901"},
		{20000000000, "353130", "737706", "863826"},
	} {
		for hash, want := range map[string]string{totp.HMACSHA1: vector.sha1, totp.HMACSHA256: vector.sha256, totp.HMACSHA512: vector.sha512} {
			got, err := totp.Code(secrets[hash], 30*time.Second, hash, time.Unix(vector.unix, 0))
			if err != nil || got != want {
				t.Errorf("Code(%s, %d) = %q, %v, want %q", hash, vector.unix, got, err, want)
			}
		}
	}
}

// TestCode_rfc4226 has the counters 0 to 9 of appendix D.
func TestCode_rfc4226(t *testing.T) {
	t.Parallel()
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		got, err := totp.Code(secret20, time.Minute, totp.HMACSHA1, time.Unix(int64(counter)*60+59, 999_999_999))
		if err != nil || got != want {
			t.Errorf("counter %d: got %q, %v, want %q", counter, got, err, want)
		}
	}
}

func TestCode_refuses(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		secret   string
		interval time.Duration
		hash     string
		at       time.Time
		want     string
	}{
		"empty secret":      {"", 30 * time.Second, totp.HMACSHA1, time.Unix(0, 0), "empty"},
		"hexadecimal":       {"3132333435363738393031323334353637383930", 30 * time.Second, totp.HMACSHA1, time.Unix(0, 0), "hexadecimal"},
		"lost character":    {secret20[:30], 30 * time.Second, totp.HMACSHA1, time.Unix(0, 0), "30 Base32 characters"},
		"no interval":       {secret20, 0, totp.HMACSHA1, time.Unix(0, 0), "whole number of seconds"},
		"negative interval": {secret20, -time.Minute, totp.HMACSHA1, time.Unix(0, 0), "whole number of seconds"},
		"half a second":     {secret20, 1500 * time.Millisecond, totp.HMACSHA1, time.Unix(0, 0), "whole number of seconds"},
		"unknown hash":      {secret20, 30 * time.Second, "md5", time.Unix(0, 0), `"md5"`},
		"before 1970":       {secret20, 30 * time.Second, totp.HMACSHA1, time.Unix(-1, 0), "1970-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := totp.Code(try.secret, try.interval, try.hash, try.at)
			if err == nil || !strings.Contains(err.Error(), try.want) {
				t.Fatalf("got %q, %v, want an error with %q", got, err, try.want)
			}
			if try.secret != "" && strings.Contains(err.Error(), try.secret) {
				t.Error("the error holds the secret")
			}
		})
	}
}

func TestRemaining(t *testing.T) {
	t.Parallel()
	for _, step := range []struct {
		interval time.Duration
		at       time.Time
		counter  uint64
		want     time.Duration
	}{
		{30 * time.Second, time.Unix(0, 0), 0, 30 * time.Second},
		{30 * time.Second, time.Unix(29, 0), 0, time.Second},
		{30 * time.Second, time.Unix(29, 999_999_999), 0, time.Nanosecond},
		{30 * time.Second, time.Unix(30, 0), 1, 30 * time.Second},
		{time.Minute, time.Unix(1_000_000_030, 500_000_000), 16_666_667, 49*time.Second + 500*time.Millisecond},
	} {
		counter, err := totp.Counter(step.interval, step.at)
		if err != nil || counter != step.counter {
			t.Errorf("Counter(%s, %d) = %d, %v, want %d", step.interval, step.at.UnixNano(), counter, err, step.counter)
		}
		got, err := totp.Remaining(step.interval, step.at)
		if err != nil || got != step.want {
			t.Errorf("Remaining(%s, %d) = %s, %v, want %s", step.interval, step.at.UnixNano(), got, err, step.want)
		}
	}
	if _, err := totp.Remaining(0, time.Unix(0, 0)); err == nil {
		t.Error("an interval of nothing has time left")
	}
}

// TestCode_vectors reads the tables of vectors that lie beside the project.
func TestCode_vectors(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("SEEDFILE_SHARED_DIR")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared")
	}
	for _, name := range []string{"vectors.tsv", "vectors-oathtool.tsv"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(filepath.Join(folder, name))
			if err != nil {
				t.Skipf("skipped all vectors of %s: %v", name, err)
			}
			t.Cleanup(func() { file.Close() })
			reader := csv.NewReader(file)
			reader.Comma, reader.LazyQuotes = '\t', true
			rows, err := reader.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			column := map[string]int{}
			for i, name := range rows[0] {
				column[name] = i
			}
			for _, row := range rows[1:] {
				checkVector(t, func(name string) string { return row[column[name]] })
			}
			t.Logf("%d vectors", len(rows)-1)
		})
	}
}

func checkVector(t *testing.T, cell func(string) string) {
	t.Helper()
	counter, err := strconv.ParseInt(cell("counter_hex"), 16, 64)
	if err != nil {
		t.Fatalf("%s: %v", cell("id"), err)
	}
	interval, at := 30*time.Second, time.Unix(counter*30, 0)
	if cell("kind") == "totp" {
		step, err := strconv.Atoi(cell("time_step"))
		if err != nil {
			t.Fatalf("%s: %v", cell("id"), err)
		}
		unix, err := strconv.ParseInt(cell("unix_time"), 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", cell("id"), err)
		}
		interval, at = time.Duration(step)*time.Second, time.Unix(unix, 0)
	}
	code := cell("code")
	want := code[len(code)-6:]
	got, err := totp.Code(cell("secret_base32"), interval, "hmac"+strings.ToLower(cell("algorithm")), at)
	if err != nil || got != want {
		t.Errorf("%s: got %q, %v, want %q", cell("id"), got, err, want)
	}
}
