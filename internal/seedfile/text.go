package seedfile

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

var errNotText = errors.New("the file is not text in UTF-8 or UTF-16: save it as UTF-8. " + askInstead)

// decodeText takes the byte order mark away and gives text with line feeds.
// Excel's "Unicode text" is UTF-16 with a mark; other tools leave the mark out.
func decodeText(content []byte) (string, error) {
	text := string(content)
	switch {
	case strings.HasPrefix(text, "\xEF\xBB\xBF"):
		text = text[3:]
	case strings.HasPrefix(text, "\xFF\xFE"):
		return decodeUTF16(content[2:], 0)
	case strings.HasPrefix(text, "\xFE\xFF"):
		return decodeUTF16(content[2:], 1)
	case len(content) >= 4 && content[0] != 0 && content[1] == 0 && content[2] != 0 && content[3] == 0:
		return decodeUTF16(content, 0)
	case len(content) >= 4 && content[0] == 0 && content[1] != 0 && content[2] == 0 && content[3] != 0:
		return decodeUTF16(content, 1)
	}
	return checkText(text)
}

// decodeUTF16 reads units of which the byte at low is the low one.
func decodeUTF16(content []byte, low int) (string, error) {
	if len(content)%2 != 0 {
		return "", errors.New("the file is UTF-16 with half a character at its end: it was truncated")
	}
	var text strings.Builder
	text.Grow(len(content) / 2)
	unit := func(i int) rune { return rune(content[i+low]) | rune(content[i+1-low])<<8 }
	for i := 0; i < len(content); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if i += 2; i >= len(content) {
				return "", errNotText
			}
			if r = utf16.DecodeRune(r, unit(i)); r == utf8.RuneError {
				return "", errNotText
			}
		}
		text.WriteRune(r)
	}
	return checkText(text.String())
}

func checkText(text string) (string, error) {
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return "", errNotText
	}
	if strings.TrimSpace(text) == "" {
		return "", errors.New("the file is empty")
	}
	// A classic Mac's end of line.
	if strings.IndexByte(text, '\n') < 0 && strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, nil
}

// printable tells whether a value can be shown and sent on one line.
func printable(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
		}
	}
	return true
}

// wholeNumber reads decimal digits, and nothing else: no sign, no fraction.
func wholeNumber(text string) (int64, bool) {
	if text == "" || len(text) > 18 {
		return 0, false
	}
	var number int64
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return 0, false
		}
		number = number*10 + int64(digit)
	}
	return number, true
}
