package seedfile

import (
	"encoding/csv"
	"errors"
	"regexp"
	"strings"
)

// openOATHCSV reads the lists without a header that OTP servers import:
// "serial, secret[, type[, digits[, step or counter[, hash]]]]" and its kin.
func openOATHCSV(text string, options Options) (*file, error) {
	first := firstLine(text)
	if first.delimiter == 0 {
		return nil, errUnknown
	}
	if first.header() {
		opened, err := openHeaderCSV(text, options)
		switch {
		case err != nil:
			return nil, err
		case opened.format != FormatOATHCSV && options.SecretEncoding == "":
			// In the portal's CSV secrets are Base32, and some can be read as both.
			return nil, errors.New("this is the CSV of Entra's portal: its format is entra_csv; if its secrets are not Base32, set secret_encoding")
		}
		opened.format, opened.encoding = FormatOATHCSV, EncodingHex
		return opened, nil
	}
	layout := layoutOf(text, first)
	opened := &file{format: FormatOATHCSV, unit: "row", encoding: EncodingHex, about: rowsOf(text)}
	opened.lacks = []string{"model"}
	if !layout.manufacturer {
		opened.lacks = append(opened.lacks, "manufacturer")
	}
	opened.each = func(yield func(*candidate) error) error {
		row := 0
		var from candidate
		for line := range strings.Lines(text) {
			row++
			line = strings.TrimSpace(line)
			if _, separator := separatorLine(line); separator || line == "" || line[0] == '#' {
				continue
			}
			from = layout.candidate(cellsOf(line, first.delimiter))
			from.number = row
			if err := yield(&from); err != nil {
				return err
			}
		}
		return nil
	}
	return opened, nil
}

// cellsOf parts a line. Only a line with a quote is worth the slower reader.
func cellsOf(line string, delimiter rune) []string {
	if strings.IndexByte(line, '"') < 0 {
		return splitLine(line, delimiter)
	}
	reader := csv.NewReader(strings.NewReader(line))
	reader.Comma = delimiter
	reader.TrimLeadingSpace = delimiter != '\t'
	cells, err := reader.Read()
	if err != nil {
		return nil
	}
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	return cells
}

// layout is one of the dialects. It is decided for the file, never for a row.
type layout struct {
	// before are cells in front of the serial number: user, resolver and realm
	// in privacyIDEA's "# version:2".
	before       int
	manufacturer bool // multiOTP
	phenixID     bool
}

var version2 = regexp.MustCompile(`(?im)^[ \t]*#[ \t]*version:[ \t]*2[ \t\r]*$`)

func layoutOf(text string, first line) layout {
	cells := first.cells
	switch {
	case version2.MatchString(text[:first.at]):
		return layout{before: 3}
	case len(cells) >= 4 && (strings.EqualFold(cells[0], "TOTP") || strings.EqualFold(cells[0], "HOTP")):
		return layout{phenixID: true}
	case len(cells) >= 6 && namesKind(cells[2]) && len(cells[3]) > 2 && first.delimiter == ';':
		return layout{manufacturer: true}
	}
	return layout{}
}

func namesKind(cell string) bool {
	kind := kindOf(cell)
	return kind != kindNone && kind != kindUnknown
}

func (l layout) candidate(cells []string) candidate {
	switch {
	case cells == nil:
		return candidate{kind: kindTOTP, unreadable: "its quotes do not match"}
	case l.phenixID:
		return phenixID(cells)
	case l.manufacturer:
		return multiOTP(cells)
	}
	if len(cells) < l.before+2 {
		// The only cell may be a secret: it is named nowhere.
		return candidate{kind: kindTOTP, unreadable: "it has too few cells for a serial number and a secret key"}
	}
	cells = cells[l.before:]
	from := candidate{serial: cells[0], secret: cells[1]}
	at := func(i int) string {
		if i < len(cells) {
			return cells[i]
		}
		return ""
	}
	from.kind = kindOf(at(2))
	// LinOTP and privacyIDEA take a missing step for 30; a vendor that makes tokens
	// of 60 seconds, and leaves the step out, means 60.
	from.digits, from.interval, from.hash = at(3), at(4), at(5)
	surplus(&from, cells, 6)
	return from
}

// multiOTP: serial;manufacturer;algorithm;secret;digits;step or counter.
func multiOTP(cells []string) candidate {
	if len(cells) < 6 {
		return candidate{kind: kindTOTP, unreadable: "it has fewer than 6 cells"}
	}
	from := candidate{serial: cells[0], manufacturer: cells[1], kind: kindOf(cells[2]), secret: cells[3], digits: cells[4], interval: cells[5]}
	surplus(&from, cells, 6)
	return from
}

// PhenixID: TOTP;serial;hash;secret;epoch;step;digits, and HOTP;serial;secret;counter.
func phenixID(cells []string) candidate {
	from := candidate{kind: kindOf(cells[0])}
	if len(cells) < 2 {
		return candidate{kind: kindTOTP, unreadable: "it has fewer than 7 cells"}
	}
	from.serial = cells[1]
	if from.kind != kindTOTP {
		return from
	}
	if len(cells) < 7 {
		from.unreadable = "it has fewer than 7 cells"
		return from
	}
	from.hash, from.secret, from.offset, from.interval, from.digits = cells[2], cells[3], cells[4], cells[5], cells[6]
	surplus(&from, cells, 7)
	return from
}

func surplus(from *candidate, cells []string, most int) {
	for _, cell := range cells[min(most, len(cells)):] {
		if cell != "" && from.kind == kindTOTP {
			from.faults = append(from.faults, "it has more cells than the format knows")
			return
		}
	}
}
