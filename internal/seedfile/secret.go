package seedfile

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

var noPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// maxSecretBytes is what 128 Base32 characters hold.
const maxSecretBytes = totp.MaxSecretLength * 5 / 8

// canonical gives a secret in Base32. An error names one character at the
// most.
func (e Encoding) canonical(text string) (string, error) {
	switch e {
	case EncodingHex:
		return hexSecret(text)
	case EncodingBase64:
		return base64Secret(text)
	default:
		return base32Secret(text)
	}
}

// base32Secret keeps the vendor's characters: decoding and encoding again would
// change the unused bits at the end, which Microsoft's own sample has set.
func base32Secret(text string) (string, error) {
	text = squeeze(text)
	if strings.ContainsAny(text, "0189") && strings.Trim(text, "0123456789ABCDEFabcdef") == "" {
		return "", errors.New(`it looks like hexadecimal: set secret_encoding = "hex"`)
	}
	return totp.CanonicalSecret(text)
}

func hexSecret(text string) (string, error) {
	text = squeeze(text)
	if len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') {
		text = text[2:]
	}
	if rest := strings.TrimLeft(text, "0123456789ABCDEFabcdef"); rest != "" {
		if strings.Trim(strings.ToUpper(strings.TrimRight(text, "=")), base32Alphabet) == "" {
			return "", errors.New(`it looks like Base32: set secret_encoding = "base32"`)
		}
		return "", fmt.Errorf("it is not hexadecimal, which has only the digits 0 to 9 and the letters A to F: see character %d", len(text)-len(rest)+1)
	}
	secret, err := hex.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("%d hexadecimal digits are no number of bytes: one was lost or added", len(text))
	}
	return bytesSecret(secret)
}

func base64Secret(text string) (string, error) {
	text = strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	secret, err := base64.RawStdEncoding.DecodeString(text)
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) {
		return "", fmt.Errorf("it is not Base64: see character %d", int64(corrupt)+1)
	}
	return bytesSecret(secret)
}

func bytesSecret(secret []byte) (string, error) {
	switch {
	case len(secret) == 0:
		return "", errors.New("it is empty")
	case len(secret) > maxSecretBytes:
		return "", fmt.Errorf("it has %d bytes, and Microsoft Entra takes at most %d (%d Base32 characters)", len(secret), maxSecretBytes, totp.MaxSecretLength)
	}
	return noPadding.EncodeToString(secret), nil
}

// squeeze takes out what people and printers put between groups of characters.
func squeeze(text string) string {
	if strings.IndexFunc(text, isGap) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if isGap(r) {
			return -1
		}
		return r
	}, text)
}

func isGap(r rune) bool {
	return r == ' ' || r == '-' || r == ':' || r == '\t' || r == '\r' || r == '\n' || r == '\u00a0'
}

// alphabets gathers what the secrets of one file are written with.
type alphabets struct{ hexOnly, base32Only, neither bool }

func (a *alphabets) add(secret string) {
	for _, r := range squeeze(strings.TrimRight(secret, "= \t")) {
		switch {
		case r == '0', r == '1', r == '8', r == '9':
			a.hexOnly = true
		case 'G' <= r && r <= 'Z', 'g' <= r && r <= 'z':
			a.base32Only = true
		case 'A' <= r && r <= 'F', 'a' <= r && r <= 'f', '2' <= r && r <= '7':
		default:
			a.neither = true
		}
	}
}

// encoding decides for the file as a whole. One 10-byte hexadecimal secret in
// 315 is valid Base32 too: to decide row by row would make a wrong token of it.
func (a *alphabets) encoding() (Encoding, error) {
	const set = `: set secret_encoding to "base32", "hex" or "base64"`
	switch {
	case a.neither:
		return "", errors.New("the secrets hold characters of neither Base32 nor hexadecimal" + set)
	case a.hexOnly && a.base32Only:
		return "", errors.New("some secrets hold the digits 0, 1, 8 or 9, and some the letters G to Z: that is neither Base32 nor hexadecimal" + set)
	case a.hexOnly:
		return EncodingHex, nil
	case a.base32Only:
		return EncodingBase32, nil
	}
	return "", errors.New("the secrets can be read as Base32 and as hexadecimal" + set)
}
