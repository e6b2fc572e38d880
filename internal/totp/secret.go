// Package totp knows time-based one-time passwords (RFC 6238): their shared
// secrets, and the codes made from them. It is pure: no clock, no Terraform, no
// Graph.
package totp

import (
	"errors"
	"fmt"
	"strings"
)

// MaxSecretLength is the most base32 characters that Entra takes for a secret.
// Source: "Upload hardware OATH tokens"; stated there for CSV, assumed for Graph.
const MaxSecretLength = 128

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// CanonicalSecret checks a base32 secret (RFC 4648 section 6) and returns it in
// the one spelling that is sent and compared: upper case, without white space
// and padding. It is not decoded and encoded again: the unused low bits of the
// last character are kept as the vendor wrote them.
//
// An error names a character and its position at the most, never the secret.
func CanonicalSecret(text string) (string, error) {
	if isCanonical(text) {
		return text, nil
	}
	secret := strings.Map(upper, strings.Join(strings.Fields(text), ""))
	secret = strings.TrimRight(secret, "=")
	if secret == "" {
		return "", errors.New("it is empty")
	}
	for i, character := range []rune(secret) {
		if !strings.ContainsRune(alphabet, character) {
			if looksHexadecimal(secret) {
				return "", errors.New("it looks like hexadecimal, not Base32: convert the bytes to Base32 first")
			}
			return "", fmt.Errorf("character %d is %q, and Base32 has only the letters A to Z and the digits 2 to 7", i+1, character)
		}
	}
	if len(secret) > MaxSecretLength {
		return "", fmt.Errorf("it has %d Base32 characters, and Microsoft Entra takes at most %d", len(secret), MaxSecretLength)
	}
	// 8 characters are 5 bytes; a last group has 2, 4, 5 or 7 characters.
	// Go's own decoder drops the tail of any other length without an error.
	switch len(secret) % 8 {
	case 1, 3, 6:
		return "", fmt.Errorf("no number of bytes gives %d Base32 characters: one was lost or added", len(secret))
	}
	return secret, nil
}

// isCanonical spares the many secrets of a delivery the work below.
func isCanonical(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	tail := len(text) % 8
	return text != "" && len(text) <= MaxSecretLength && tail != 1 && tail != 3 && tail != 6
}

// upper is for ASCII alone: in Unicode a dotless i and a long s become I and S.
func upper(character rune) rune {
	if 'a' <= character && character <= 'z' {
		return character - 'a' + 'A'
	}
	return character
}

func looksHexadecimal(secret string) bool {
	return len(secret)%2 == 0 && strings.Trim(secret, "0123456789ABCDEF") == ""
}
