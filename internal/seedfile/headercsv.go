package seedfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// openHeaderCSV reads a CSV whose first line names its columns: Microsoft's
// (learn.microsoft.com, "Upload hardware OATH tokens"), and that of pskc2csv.
func openHeaderCSV(text string, options Options) (*file, error) {
	first := firstLine(text)
	if first.delimiter == 0 {
		return nil, errors.New("the file has no header with columns: it is not Microsoft's CSV")
	}
	reader := newCSV(text, first.delimiter)
	header, err := reader.header()
	if err != nil {
		return nil, err
	}
	columns, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	if columns.at[columnSecret] == 0 && !options.MetadataOnly {
		return nil, errors.New(`the header has no column "secret key"`)
	}
	opened := &file{format: FormatEntraCSV, unit: "row", encoding: EncodingBase32, lacks: columns.lacks(), about: rowsOf(text)}
	if columns.pskc2csv {
		opened.format, opened.encoding = FormatOATHCSV, EncodingHex
	}
	opened.each = func(yield func(*candidate) error) error {
		rows := newCSV(text, first.delimiter)
		if _, err := rows.header(); err != nil {
			return err
		}
		var from candidate
		for {
			cells, row, err := rows.next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			from = columns.candidate(cells)
			from.number = row
			if excess := tooMany(cells, columns.count); excess != "" {
				// Whatever stands behind the surplus cell may be in the wrong column.
				from = candidate{number: row, kind: kindTOTP, unreadable: excess}
			}
			if err := yield(&from); err != nil {
				return err
			}
		}
	}
	return opened, nil
}

// rowsOf is not fooled by a file of empty lines.
func rowsOf(text string) int {
	return min(strings.Count(text, "\n")+1, len(text)/32)
}

// tooMany finds what an unquoted "Feitian Technology Co.,Ltd" does: it moves the
// cells behind it by one column.
func tooMany(cells []string, columns int) string {
	for _, cell := range cells[min(columns, len(cells)):] {
		if strings.TrimSpace(cell) != "" {
			return fmt.Sprintf("it has %d cells, and the header has %d: a cell that holds the delimiter must be quoted", len(cells), columns)
		}
	}
	return ""
}

// csvReader gives the records that are neither empty nor Excel's first line.
type csvReader struct{ csv *csv.Reader }

func newCSV(text string, delimiter rune) csvReader {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = delimiter
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	// A space before a quote is otherwise an error. With tabs this would swallow
	// empty cells and move the others.
	reader.TrimLeadingSpace = delimiter != '\t'
	return csvReader{reader}
}

// header passes over comments. Below it there are none: what looks like one may
// be a token.
func (r csvReader) header() ([]string, error) {
	for {
		cells, _, err := r.next()
		if err != nil || !strings.HasPrefix(strings.TrimSpace(cells[0]), "#") {
			return cells, err
		}
	}
}

// next returns io.EOF, as it is, at the end.
func (r csvReader) next() (cells []string, row int, err error) {
	for {
		cells, err = r.csv.Read()
		if errors.Is(err, io.EOF) {
			return nil, 0, io.EOF
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, 0, fmt.Errorf("row %d: %w", broken.Line, broken.Err)
		}
		if err != nil {
			return nil, 0, err
		}
		row, _ = r.csv.FieldPos(0)
		if !blank(cells, r.csv.Comma) {
			return cells, row, nil
		}
	}
}

func blank(cells []string, delimiter rune) bool {
	// "sep=;" is read as two cells, for it ends in the delimiter.
	if len(cells) == 2 && cells[1] == "" && strings.EqualFold(cells[0]+string(delimiter), "sep="+string(delimiter)) {
		return true
	}
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}
