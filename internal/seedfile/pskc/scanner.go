package pskc

import (
	"bytes"
	"fmt"
)

const (
	// maxSize and maxDepth bound what a hostile file can cost. A box of
	// 100,000 tokens has about 50 MB; a PSKC file is about ten elements deep.
	maxSize  = 50 << 20
	maxDepth = 64
	// maxAttributes (of an element) and maxBindings (of prefixes, in scope) keep
	// the searches among them short.
	maxAttributes = 32
	maxBindings   = 64
)

// scanner reads the part of XML 1.0 that key containers are made of, in one
// pass and without building a tree: elements, attributes, text, CDATA, comments
// and processing instructions. There is no code for what makes XML dangerous:
// a DOCTYPE ends the reading, so no entity can be declared.
//
// It is stricter than encoding/xml and several times as fast; FuzzScanner holds
// the two together: what scanner accepts, encoding/xml reads with equal result.
//
// The first error sticks: from then on next gives false and text gives nothing,
// so loops end by themselves and err is looked at once.
type scanner struct {
	src []byte
	pos int
	err error

	// name, space and attrs describe the element that next found last.
	name  []byte
	space namespace
	attrs []attribute

	empty    bool // the innermost element is <written/>, so its end is due
	open     []openElement
	bindings []binding
}

type attribute struct{ prefix, name, value []byte }

type openElement struct {
	qualified []byte // as written, for the end tag
	bindings  int    // how many bindings were there before it
}

type binding struct {
	prefix []byte
	space  namespace
}

func (s *scanner) fail(format string, arguments ...any) {
	if s.err == nil {
		line := 1 + bytes.Count(s.src[:min(s.pos, len(s.src))], []byte{'\n'})
		s.err = fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, arguments...))
	}
}

func (s *scanner) truncated() {
	s.pos = len(s.src)
	if len(s.open) == 0 {
		s.fail("the file ends too early")
		return
	}
	s.fail("the file ends inside of <%s>: it is truncated", clip(s.open[len(s.open)-1].qualified))
}

// begin reads up to the root element and opens it.
func (s *scanner) begin() bool {
	s.prolog()
	return s.err == nil && s.toElement()
}

// end makes sure that nothing but white space, comments and processing
// instructions follows the root element: encoding/xml's Unmarshal would not look.
func (s *scanner) end() {
	for s.err == nil {
		s.spaces()
		switch {
		case s.pos == len(s.src):
			return
		case s.at("<!"), s.at("<?"):
			if _, cdata := s.markup(); cdata {
				s.fail("text follows the end of the root element")
			}
		default:
			s.fail("something follows the end of the root element")
		}
	}
}

// next goes to the next child of the innermost open element and opens it, or
// closes the innermost element and gives false.
func (s *scanner) next() bool {
	if s.err != nil {
		return false
	}
	if s.empty {
		s.empty = false
		s.close()
		return false
	}
	return s.toElement()
}

// toElement passes over what may stand between elements.
func (s *scanner) toElement() bool {
	for s.err == nil {
		s.spaces()
		if s.pos+1 >= len(s.src) {
			s.truncated()
			return false
		}
		if s.src[s.pos] != '<' {
			s.fail("text stands where only elements may stand")
			return false
		}
		switch s.src[s.pos+1] {
		case '/':
			s.endTag()
			return false
		case '!', '?':
			if _, cdata := s.markup(); cdata {
				s.fail("text stands where only elements may stand")
			}
		default:
			s.startTag()
			return s.err == nil
		}
	}
	return false
}

// text reads and closes the innermost element, which must hold text only. What
// it gives is trimmed and mostly a part of src: copy it to keep it.
func (s *scanner) text() []byte {
	var whole []byte
	for parts := 0; s.err == nil; {
		if s.empty {
			s.empty = false
			s.close()
			break
		}
		part := s.run('<', false)
		if s.err == nil && s.pos+1 < len(s.src) {
			switch s.src[s.pos+1] {
			case '/':
				s.endTag()
				if parts == 0 {
					return trim(part)
				}
				return trim(append(whole, part...))
			case '!', '?':
				cdata, _ := s.markup()
				whole = append(append(whole, part...), cdata...)
				parts++
			default:
				s.fail("an element stands where only text may stand")
			}
		} else if s.err == nil {
			s.truncated()
		}
	}
	return nil
}

// skip closes the innermost element, whatever is in it.
func (s *scanner) skip() {
	for depth := len(s.open); s.err == nil && len(s.open) >= depth; {
		if s.empty {
			s.empty = false
			s.close()
			continue
		}
		s.run('<', false)
		if s.err != nil {
			return
		}
		if s.pos+1 >= len(s.src) {
			s.truncated()
			return
		}
		switch s.src[s.pos+1] {
		case '/':
			s.endTag()
		case '!', '?':
			s.markup()
		default:
			s.startTag()
		}
	}
}

// attribute gives the value of an attribute without prefix, trimmed.
func (s *scanner) attribute(name string) []byte {
	for i := range s.attrs {
		if a := &s.attrs[i]; len(a.prefix) == 0 && string(a.name) == name {
			return trim(a.value)
		}
	}
	return nil
}

func (s *scanner) startTag() {
	s.pos++
	start := s.pos
	prefix, name := s.qualifiedName()
	if s.err != nil {
		return
	}
	s.open = append(s.open, openElement{qualified: s.src[start:s.pos], bindings: len(s.bindings)})
	if len(s.open) > maxDepth {
		s.fail("elements are nested more than %d deep", maxDepth)
		return
	}
	s.attributes()
	switch {
	case s.err != nil:
		return
	case s.at(">"):
		s.pos++
	case s.at("/>"):
		s.pos += 2
		s.empty = true
	case s.pos+1 >= len(s.src):
		s.truncated()
		return
	default:
		s.fail("the tag <%s is malformed", clip(s.open[len(s.open)-1].qualified))
		return
	}
	s.name, s.space = name, s.resolve(prefix)
	for i := range s.attrs {
		if len(s.attrs[i].prefix) > 0 {
			s.resolve(s.attrs[i].prefix)
		}
	}
}

func (s *scanner) endTag() {
	s.pos += 2
	if len(s.open) == 0 {
		s.fail("an end tag stands outside of all elements")
		return
	}
	want := s.open[len(s.open)-1].qualified
	if !bytes.HasPrefix(s.src[s.pos:], want) {
		if len(s.src)-s.pos < len(want) && bytes.HasPrefix(want, s.src[s.pos:]) {
			s.truncated()
			return
		}
		s.fail("the element <%s> is closed by another end tag", clip(want))
		return
	}
	s.pos += len(want)
	s.spaces()
	switch {
	case s.at(">"):
		s.pos++
		s.close()
	case s.pos >= len(s.src):
		s.truncated()
	default:
		s.fail("the element <%s> is closed by another end tag", clip(want))
	}
}

func (s *scanner) close() {
	last := len(s.open) - 1
	s.bindings = s.bindings[:s.open[last].bindings]
	s.open = s.open[:last]
}

// attributes reads name="value" pairs until something else comes.
func (s *scanner) attributes() {
	s.attrs = s.attrs[:0]
	for s.err == nil {
		before := s.pos
		s.spaces()
		if s.pos >= len(s.src) || !startsName(s.src[s.pos]) {
			return
		}
		if s.pos == before {
			s.fail("white space is missing before an attribute")
			return
		}
		var a attribute
		a.prefix, a.name = s.qualifiedName()
		s.spaces()
		if !s.at("=") {
			s.fail("an attribute has no value")
			return
		}
		s.pos++
		s.spaces()
		if !s.at(`"`) && !s.at(`'`) {
			s.fail("an attribute's value is not quoted")
			return
		}
		quote := s.src[s.pos]
		s.pos++
		a.value = s.run(quote, true)
		s.pos++
		s.add(a)
	}
}

// add keeps an attribute, or the namespace that it declares.
func (s *scanner) add(a attribute) {
	if len(s.attrs) == maxAttributes {
		s.fail("an element has more than %d attributes", maxAttributes)
		return
	}
	if len(s.bindings) == maxBindings {
		s.fail("more than %d namespaces are declared", maxBindings)
		return
	}
	for _, other := range s.attrs {
		if bytes.Equal(other.name, a.name) && bytes.Equal(other.prefix, a.prefix) {
			s.fail("an attribute is there twice")
			return
		}
	}
	s.attrs = append(s.attrs, a)
	switch {
	case len(a.prefix) == 0 && string(a.name) == "xmlns":
		s.bindings = append(s.bindings, binding{space: namespaceOf(a.value)})
	case string(a.prefix) == "xmlns":
		if len(a.value) == 0 {
			s.fail("a namespace prefix stands for nothing")
			return
		}
		s.bindings = append(s.bindings, binding{prefix: a.name, space: namespaceOf(a.value)})
	}
}

func (s *scanner) resolve(prefix []byte) namespace {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if bytes.Equal(s.bindings[i].prefix, prefix) {
			return s.bindings[i].space
		}
	}
	if len(prefix) > 0 && string(prefix) != "xml" && string(prefix) != "xmlns" {
		s.fail("the namespace prefix %q is not declared", clip(prefix))
	}
	return spaceNone
}

func (s *scanner) spaces() {
	for s.pos < len(s.src) && isSpace(s.src[s.pos]) {
		s.pos++
	}
}

func (s *scanner) at(text string) bool {
	return len(s.src)-s.pos >= len(text) && string(s.src[s.pos:s.pos+len(text)]) == text
}
