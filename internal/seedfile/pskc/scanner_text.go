package pskc

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stops has the bytes at which run must look closer: the ends of text and
// attribute values, references, what may be a forbidden character, and "]]>".
var stops = func() (table [256]bool) {
	for c := range 0x20 {
		table[c] = c != '\n' && c != '\t'
	}
	for _, c := range "<&]\"'" {
		table[c] = true
	}
	table[0xEF] = true // U+FFFE and U+FFFF begin with it
	return table
}()

// run reads text up to end ('<' or a quote), or to the end of the file, and
// gives it with references replaced and line ends made "\n". It stops at end.
func (s *scanner) run(end byte, inAttribute bool) []byte {
	start := s.pos
	var done []byte // what was read before start, where it differs from src
	for i := s.pos; i < len(s.src); {
		c := s.src[i]
		if !stops[c] {
			i++
			continue
		}
		s.pos = i
		if c == end {
			if done == nil {
				return s.src[start:i]
			}
			return append(done, s.src[start:i]...)
		}
		switch {
		case c == '&':
			done = append(done, s.src[start:i]...)
			done = s.reference(done)
			start = s.pos
		case c == '\r':
			done = append(append(done, s.src[start:i]...), '\n')
			s.pos++
			if s.at("\n") {
				s.pos++
			}
			start = s.pos
		case c == '<':
			s.fail("the value of an attribute has a <")
		case c == ']' && !inAttribute && s.at("]]>"):
			s.fail("]]> stands in text")
		case c == 0xEF && (s.at("\uFFFE") || s.at("\uFFFF")), c < 0x20:
			s.fail("a character is not allowed in XML")
		default:
			s.pos++
		}
		if s.err != nil {
			return nil
		}
		i = s.pos
	}
	s.truncated()
	return nil
}

// reference appends what the reference at pos stands for. XML predefines five
// names; any other would have to be declared in a DOCTYPE.
func (s *scanner) reference(to []byte) []byte {
	const longest = len("&#x0010FFFF;")
	length := bytes.IndexByte(s.src[s.pos:min(len(s.src), s.pos+longest)], ';')
	if length < 0 {
		s.fail("an & does not begin a reference")
		return to
	}
	name := string(s.src[s.pos+1 : s.pos+length])
	s.pos += length + 1
	switch name {
	case "lt":
		return append(to, '<')
	case "gt":
		return append(to, '>')
	case "amp":
		return append(to, '&')
	case "apos":
		return append(to, '\'')
	case "quot":
		return append(to, '"')
	}
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		s.fail("an entity is not one of the five that need no declaration")
		return to
	}
	base := 10
	if hexadecimal, found := strings.CutPrefix(digits, "x"); found {
		digits, base = hexadecimal, 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !isCharacter(rune(code)) {
		s.fail("a character reference is not a character of XML")
		return to
	}
	return utf8.AppendRune(to, rune(code))
}

// isCharacter is the Char production of XML 1.0.
func isCharacter(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r <= 0xD7FF ||
		0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= 0x10FFFF
}

// markup passes over a comment or a processing instruction, or gives the text
// of a CDATA section.
func (s *scanner) markup() (text []byte, cdata bool) {
	switch {
	case s.at("<!--"):
		comment := s.until("<!--", "-->")
		if bytes.Contains(comment, []byte("--")) || bytes.HasSuffix(comment, []byte("-")) {
			s.fail("a comment has -- in it")
		}
	case s.at("<![CDATA["):
		text = s.until("<![CDATA[", "]]>")
		if bytes.IndexByte(text, '\r') >= 0 {
			text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		}
		return text, true
	case s.at("<?"):
		s.pos += len("<?")
		prefix, target := s.qualifiedName()
		if s.err == nil && (len(prefix) > 0 || strings.EqualFold(string(target), "xml")) {
			s.fail("an XML declaration stands inside of the file")
		}
		if s.err == nil && !s.at("?>") && (s.pos >= len(s.src) || !isSpace(s.src[s.pos])) {
			s.fail("a processing instruction is malformed")
		}
		s.until("", "?>")
	case s.at("<!"):
		s.fail("a DOCTYPE or another declaration is not accepted: it could define entities")
	}
	return nil, false
}

// until passes over start, everything up to stop, and stop; it gives the middle.
func (s *scanner) until(start, stop string) []byte {
	if s.err != nil {
		return nil
	}
	s.pos += len(start)
	length := bytes.Index(s.src[s.pos:], []byte(stop))
	if length < 0 {
		s.truncated()
		return nil
	}
	middle := s.src[s.pos : s.pos+length]
	for i := 0; i < len(middle); i++ {
		if c := middle[i]; c < 0x20 && !isSpace(c) || c == 0xEF && isNonCharacter(middle[i:]) {
			s.fail("a character is not allowed in XML")
			return nil
		}
	}
	s.pos += length + len(stop)
	return middle
}

func isNonCharacter(text []byte) bool {
	return bytes.HasPrefix(text, []byte("\uFFFE")) || bytes.HasPrefix(text, []byte("\uFFFF"))
}

// prolog checks the encoding and reads the XML declaration. White space before
// the declaration is an error in XML, but delivered files have it.
func (s *scanner) prolog() {
	switch {
	case len(s.src) > maxSize:
		s.fail("the file is larger than %d MB", maxSize>>20)
		return
	case bytes.HasPrefix(s.src, []byte("\xFE\xFF")), bytes.HasPrefix(s.src, []byte("\xFF\xFE")), bytes.IndexByte(s.src[:min(len(s.src), 4)], 0) >= 0:
		s.fail("the file is UTF-16 or UTF-32: save it as UTF-8")
		return
	case !utf8.Valid(s.src):
		s.fail("the file is not UTF-8")
		return
	}
	s.src = bytes.TrimPrefix(s.src, []byte("\uFEFF"))
	s.spaces()
	if !s.at("<?xml ") && !s.at("<?xml\t") && !s.at("<?xml\n") && !s.at("<?xml\r") {
		return
	}
	s.pos += len("<?xml")
	s.attributes()
	switch {
	case s.err != nil:
	case !s.at("?>"):
		s.fail("the XML declaration is malformed")
	case !s.isXML10():
		s.fail("the file is not XML 1.0")
	default:
		s.encoding(string(s.attribute("encoding")))
		s.pos += len("?>")
	}
	s.attrs = s.attrs[:0]
	s.bindings = s.bindings[:0]
}

// isXML10 compares the version as it is written: white space around it is not
// allowed, as it would be in an attribute of PSKC.
func (s *scanner) isXML10() bool {
	for i := range s.attrs {
		if a := &s.attrs[i]; len(a.prefix) == 0 && string(a.name) == "version" {
			return string(a.value) == "1.0"
		}
	}
	return false
}

// encoding accepts a declaration that is true of the bytes: in every encoding
// listed here ASCII means the same.
func (s *scanner) encoding(name string) {
	name = strings.ToLower(name)
	if name == "" || name == "utf-8" || name == "utf8" {
		return
	}
	compatible := name == "us-ascii" || name == "ascii" ||
		strings.HasPrefix(name, "iso-8859-") || strings.HasPrefix(name, "windows-125")
	for _, c := range s.src {
		compatible = compatible && c < utf8.RuneSelf
	}
	if !compatible {
		s.fail("the file declares the encoding %q: save it as UTF-8", clip(name))
	}
}
