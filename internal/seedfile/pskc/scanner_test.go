package pskc

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// FuzzScanner holds scanner against encoding/xml: what scanner accepts,
// encoding/xml accepts too, and reads as the same elements, attributes and text.
// So nothing that scanner's own code does can give another secret than the
// library would.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`<a/>`, `<?xml version="1.0"?><!--c--><a b='1' c="&lt;&#65;&#x42;"> t&amp;u<![CDATA[<x>]]>v<b></b><?p q?></a><!--e-->`,
		"<p:a xmlns:p=\"urn:x\">\r\n<p:b>\r</p:b></p:a>", "\uFEFF <a>]] ></a>", `<a b="]]>" c=">"/>`, "<a b='x\ny\r\nz'>é\uFFFD</a>",
		`<a><b></a></b>`, `<a>]]></a>`, `<a>&x;</a>`, `<!DOCTYPE a><a/>`, `<a/><b/>`, `<a xmlns=""><b xmlns="urn:y"/></a>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := scanAll(content)
		if err != nil {
			return
		}
		want, err := decodeAll(content)
		if err != nil {
			t.Fatalf("encoding/xml refuses it: %v", err)
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// scanAll writes down what scanner sees.
func scanAll(content []byte) (string, error) {
	s := &scanner{src: content}
	var out, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&out, "%q", text.String())
			text.Reset()
		}
	}
	start := func() {
		flush()
		fmt.Fprintf(&out, "<%s", s.open[len(s.open)-1].qualified)
		for _, a := range s.attrs {
			fmt.Fprintf(&out, " %s:%s=%q", a.prefix, a.name, a.value)
		}
		out.WriteString(">")
	}
	if !s.begin() {
		return "", s.err
	}
	start()
	for s.err == nil && len(s.open) > 0 {
		if s.empty {
			s.empty = false
			s.close()
			flush()
			out.WriteString("</>")
			continue
		}
		text.Write(s.run('<', false))
		if s.err != nil {
			break
		}
		switch {
		case s.pos+1 >= len(s.src):
			s.truncated()
		case s.src[s.pos+1] == '/':
			s.endTag()
			flush()
			out.WriteString("</>")
		case s.src[s.pos+1] == '!', s.src[s.pos+1] == '?':
			cdata, _ := s.markup()
			text.Write(cdata)
		default:
			s.startTag()
			if s.err == nil {
				start()
			}
		}
	}
	s.end()
	return out.String(), s.err
}

// decodeAll writes down what encoding/xml sees, in the same way.
func decodeAll(content []byte) (string, error) {
	// Of other encodings than UTF-8 scanner takes ASCII only, so bytes pass as they are.
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\uFEFF"))))
	decoder.CharsetReader = passThrough
	var out, text strings.Builder
	depth := 0
	for {
		token, err := decoder.RawToken()
		if token == nil {
			if err.Error() == "EOF" && depth == 0 {
				return out.String(), nil
			}
			return "", err
		}
		switch token := token.(type) {
		case xml.CharData:
			if depth > 0 {
				text.Write(token)
			}
			continue
		case xml.Directive:
			return "", fmt.Errorf("directive")
		case xml.StartElement:
			if text.Len() > 0 {
				fmt.Fprintf(&out, "%q", text.String())
				text.Reset()
			}
			depth++
			fmt.Fprintf(&out, "<%s", qualified(token.Name))
			for _, a := range token.Attr {
				fmt.Fprintf(&out, " %s:%s=%q", a.Name.Space, a.Name.Local, a.Value)
			}
			out.WriteString(">")
		case xml.EndElement:
			if text.Len() > 0 {
				fmt.Fprintf(&out, "%q", text.String())
				text.Reset()
			}
			depth--
			out.WriteString("</>")
		}
	}
}

func qualified(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}

func passThrough(_ string, input io.Reader) (io.Reader, error) { return input, nil }
