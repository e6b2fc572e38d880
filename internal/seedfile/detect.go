package seedfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const askInstead = "Formats that are read: Microsoft's CSV, the JSON of Microsoft Graph, OATH CSV, PSKC, Deepnet DualShield XML, " +
	"each also in a zip file with a password. If this is a file of the vendor's own (HID .sds or .sdb, OneSpan .dpx), ask the vendor for PSKC"

var errUnknown = errors.New("the format of the file is not known. " + askInstead)

// detect tells a layout by its content: names of files are up to the sender.
func detect(text string) (Format, error) {
	switch strings.TrimLeft(text, " \t\r\n")[0] {
	case '<':
		return detectXML(strings.NewReader(text))
	case '{', '[':
		return FormatGraphJSON, nil
	}
	if err := refuseText(text); err != nil {
		return "", err
	}
	line := firstLine(text)
	if line.delimiter == 0 {
		return "", errUnknown
	}
	if line.header() {
		return FormatEntraCSV, nil
	}
	return FormatOATHCSV, nil
}

// isPSKC spares a big file in UTF-8 from being copied only to look at its root.
func isPSKC(content []byte) bool {
	content = bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\uFEFF")), " \t\r\n")
	if len(content) < 2 || content[0] != '<' || content[1] == 0 {
		return false
	}
	format, err := detectXML(bytes.NewReader(content))
	return err == nil && format == FormatPSKC
}

// detectXML looks at the root element alone; the reader checks the rest.
func detectXML(text io.Reader) (Format, error) {
	decoder := xml.NewDecoder(text)
	decoder.CharsetReader = sameCharset
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return "", errors.New("the file is not well-formed XML")
		}
		if _, directive := token.(xml.Directive); directive {
			return "", errDirective
		}
		root, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch strings.ToLower(root.Name.Local) {
		case "keycontainer", "secretcontainer":
			return FormatPSKC, nil
		case "data":
			return FormatDualShieldXML, nil
		}
		if err := refuseXML(root.Name.Local); err != nil {
			return "", err
		}
		return "", errUnknown
	}
}

// line is the first line of a CSV that says something.
type line struct {
	delimiter rune
	cells     []string
	at        int // where it begins in the text
}

// firstLine skips empty lines, comments, and Excel's "sep=;", and takes the
// character for the delimiter that parts the line into most cells.
func firstLine(text string) line {
	at, told := 0, rune(0)
	for row := range strings.Lines(text) {
		begin := at
		at += len(row)
		row = strings.TrimSpace(row)
		if row == "" || row[0] == '#' {
			continue
		}
		if delimiter, ok := separatorLine(row); ok && told == 0 {
			told = delimiter
			continue
		}
		best, count := told, 0
		for _, delimiter := range ",;\t" {
			if n := strings.Count(row, string(delimiter)); n > count && told == 0 {
				best, count = delimiter, n
			}
		}
		return line{best, splitLine(row, best), begin}
	}
	return line{}
}

// separatorLine reads the line that Excel writes above a CSV: "sep=;".
func separatorLine(row string) (rune, bool) {
	row = strings.TrimSpace(row)
	if len(row) == 5 && strings.EqualFold(row[:4], "sep=") && strings.ContainsAny(row[4:], ",;\t") {
		return rune(row[4]), true
	}
	return 0, false
}

// splitLine parts a line and takes the quotes and spaces off its cells.
func splitLine(row string, delimiter rune) []string {
	if delimiter == 0 {
		return []string{row}
	}
	cells := strings.Split(row, string(delimiter))
	for i, cell := range cells {
		cells[i] = unquote(strings.TrimSpace(cell))
	}
	return cells
}

func unquote(cell string) string {
	if len(cell) >= 2 && cell[0] == '"' && cell[len(cell)-1] == '"' {
		return strings.TrimSpace(strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`))
	}
	return cell
}

// header tells whether the cells are names of columns: two of them are known.
func (l line) header() bool {
	known := 0
	for _, cell := range l.cells {
		if columnNames[columnKey(cell)] != columnUnknown {
			known++
		}
	}
	return known >= 2
}
