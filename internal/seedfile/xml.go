package seedfile

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errDirective: a document type can define entities, and nothing here needs one.
var errDirective = errors.New("the XML has a document type declaration, which is refused")

// walkXML calls end for each element as it ends, with its path in small letters
// and its own text. It demands what encoding/xml lets pass: one root, nothing
// after it, no directive.
func walkXML(text string, end func(path []string, value string) error) error {
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimLeft(text, " \t\r\n")))
	decoder.CharsetReader = sameCharset
	var path []string
	var value strings.Builder
	roots := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && roots > 0 && len(path) == 0 {
			return nil
		}
		if err != nil {
			line, _ := decoder.InputPos()
			return fmt.Errorf("the file is not well-formed XML, or was truncated: see line %d", line)
		}
		switch token := token.(type) {
		case xml.Directive:
			return errDirective
		case xml.StartElement:
			if len(path) == 0 {
				roots++
			}
			if roots > 1 || len(path) > 16 {
				return errors.New("the XML has a second root, or is nested too deep")
			}
			path = append(path, strings.ToLower(token.Name.Local))
			value.Reset()
		case xml.CharData:
			if len(path) == 0 && strings.TrimSpace(string(token)) != "" {
				return errors.New("something follows the end of the XML")
			}
			value.Write(token)
		case xml.EndElement:
			if err := end(path, value.String()); err != nil {
				return err
			}
			path = path[:len(path)-1]
			value.Reset()
		}
	}
}

// sameCharset is for a text that was decoded already: what its declaration says
// of UTF-16 is no longer true, and other encodings are taken only as far as they
// are UTF-8 too, which was checked.
func sameCharset(_ string, input io.Reader) (io.Reader, error) {
	return input, nil
}
