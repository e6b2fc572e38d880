package pskc

import "unicode/utf8"

// qualifiedName reads prefix:name or name. Names outside of ASCII are well-formed
// XML, but no key container has any, so they are refused.
func (s *scanner) qualifiedName() (prefix, name []byte) {
	rest := s.src[s.pos:]
	length := nameLength(rest)
	name = rest[:length]
	if length < len(rest) && rest[length] == ':' {
		prefix, rest = name, rest[length+1:]
		name = rest[:nameLength(rest)]
		length += 1 + len(name)
		if len(prefix) == 0 || !startsName(prefix[0]) {
			s.fail("a name is malformed")
			return nil, nil
		}
	}
	s.pos += length
	switch {
	case s.pos == len(s.src):
		s.truncated()
	case len(name) == 0 || !startsName(name[0]):
		s.fail("a tag or an attribute has no name of ASCII letters")
	default:
		return prefix, name
	}
	return nil, nil
}

func nameLength(text []byte) int {
	for i, c := range text {
		if !inName[c] {
			return i
		}
	}
	return len(text)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func startsName(c byte) bool { return inName[c] && c >= 'A' }

// inName has the ASCII characters of names, but for the colon. All that may not start one
// (digits, hyphen, full stop) are smaller than 'A'.
var inName = func() (table [256]bool) {
	for c := range table {
		r := rune(c)
		table[c] = r < utf8.RuneSelf && (r == '_' || r == '-' || r == '.' ||
			'0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}
	return table
}()

// trim removes the white space of XML around a value; vendors break lines there.
func trim(value []byte) []byte {
	for len(value) > 0 && isSpace(value[0]) {
		value = value[1:]
	}
	for len(value) > 0 && isSpace(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	return value
}

// clip bounds what an error quotes.
func clip[text string | []byte](value text) string {
	const most = 80
	if len(value) > most {
		return string(value[:most]) + "…"
	}
	return string(value)
}
