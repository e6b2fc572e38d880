package totp_test

import (
	"encoding/base32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

const secret = "6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB"

func TestCanonicalSecret(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"as it should be":           {secret, secret},
		"lower case":                {strings.ToLower(secret), secret},
		"mixed case":                {"6pJ4uKiW33nNxYzAeHqNfUfTzF7wFtFb", secret},
		"groups":                    {"6PJ4 UKIW 33NN XYZA EHQN FUFT ZF7W FTFB", secret},
		"around it":                 {"\t " + secret + "\r\n", secret},
		"no-break spaces":           {"6PJ4\u00a0UKIW33NNXYZAEHQNFUFTZF7WFTFB", secret},
		"2 characters":              {"AE", "AE"},
		"4 characters":              {"AEBA", "AEBA"},
		"5 characters":              {"AEBAG", "AEBAG"},
		"7 characters":              {"AEBAGBA", "AEBAGBA"},
		"8 characters":              {"AEBAGBAF", "AEBAGBAF"},
		"padding":                   {"AEBA====", "AEBA"},
		"padding, too little":       {"AEBA==", "AEBA"},
		"padding after spaces":      {"AEBA ====\n", "AEBA"},
		"unused low bits are kept":  {"AB", "AB"},
		"Microsoft's 26 characters": {"abcdef2234567abcdef2234567", "ABCDEF2234567ABCDEF2234567"},
		"128 characters":            {strings.Repeat("A", 128), strings.Repeat("A", 128)},
		"128 and padding":           {strings.Repeat("a", 128) + "========", strings.Repeat("A", 128)},
		"hexadecimal and Base32":    {"ABCDEF234567", "ABCDEF234567"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := totp.CanonicalSecret(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("secret (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCanonicalSecret_refuses(t *testing.T) {
	t.Parallel()
	const hexHint = "it looks like hexadecimal, not Base32: convert the bytes to Base32 first"
	tests := map[string]struct{ in, want string }{
		"empty":                    {"", "it is empty"},
		"spaces":                   {" \t\n", "it is empty"},
		"padding alone":            {"====", "it is empty"},
		"1 character":              {"A", "no number of bytes gives 1 Base32 characters: one was lost or added"},
		"3 characters":             {"AEB", "no number of bytes gives 3 Base32 characters: one was lost or added"},
		"6 characters":             {"AEBAGB", "no number of bytes gives 6 Base32 characters: one was lost or added"},
		"30 characters":            {"YGSD2KY7KDLSYM4IIGB74UMXDFL52Q", "no number of bytes gives 30 Base32 characters: one was lost or added"},
		"129 characters":           {strings.Repeat("A", 129), "it has 129 Base32 characters, and Microsoft Entra takes at most 128"},
		"200 characters":           {strings.Repeat("A", 200), "it has 200 Base32 characters, and Microsoft Entra takes at most 128"},
		"hexadecimal":              {"2646E1400D483AF3309D84659147E65D0A937126", hexHint},
		"lower-case hexadecimal":   {"3132333435363738393031323334353637383930", hexHint},
		"hexadecimal in groups":    {"0x", `character 1 is '0', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"odd hexadecimal":          {"01A", `character 1 is '0', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"Microsoft's placeholder":  {"C2dE3fH4iJ5kL6mN7oP1qR2sT3uV4w", `character 20 is '1', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"eight":                    {"AEBAGBA8", `character 8 is '8', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"hyphens":                  {"AEBA-GBAF", `character 5 is '-', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"padding inside":           {"AE==AEBA", `character 3 is '=', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"umlaut":                   {"AEBÄGBAF", `character 4 is 'Ä', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"dotless i":                {"AEBıGBAF", `character 4 is 'ı', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"long s":                   {"AEBſGBAF", `character 4 is 'ſ', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"full-width letters":       {"ＡEBAGBAF", `character 1 is 'Ａ', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"zero-width space":         {"AEBA\u200bGBAF", `character 5 is '\u200b', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"not UTF-8":                {"AEB\xffGBAF", `character 4 is '�', and Base32 has only the letters A to Z and the digits 2 to 7`},
		"characters before length": {strings.Repeat("1G", 100), `character 1 is '1', and Base32 has only the letters A to Z and the digits 2 to 7`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := totp.CanonicalSecret(test.in)
			if err == nil {
				t.Fatalf("got %q, want an error", got)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got != "" {
				t.Errorf("got %q beside the error", got)
			}
			if len(test.in) > 3 && test.want != "it is empty" && strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(test.in[:4])) {
				t.Errorf("the error holds a part of the secret: %v", err)
			}
		})
	}
}

func FuzzCanonicalSecret(f *testing.F) {
	for _, seed := range []string{
		secret, strings.ToLower(secret), "AEBA====", "6PJ4 UKIW", "", "=", "0123456789abcdef", "AEBıGBAF", "A\xff", strings.Repeat("A", 129),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := totp.CanonicalSecret(text)
		if err != nil {
			if stripped := strings.Join(strings.Fields(text), ""); len(stripped) > 16 && strings.Contains(err.Error(), stripped) {
				t.Errorf("the error holds the secret: %v", err)
			}
			return
		}
		again, err := totp.CanonicalSecret(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, and that %q: %v", text, got, again, err)
		}
		if len(got) > totp.MaxSecretLength {
			t.Errorf("%q has %d characters", got, len(got))
		}
		padded := got + strings.Repeat("=", (8-len(got)%8)%8)
		key, err := base32.StdEncoding.DecodeString(padded)
		if err != nil || len(key) != len(got)*5/8 {
			t.Errorf("%q has %d bytes, want %d: %v", padded, len(key), len(got)*5/8, err)
		}
	})
}
