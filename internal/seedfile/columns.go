package seedfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

type column int

const (
	columnUnknown column = iota
	columnUPN
	columnSerial
	columnSecret
	columnInterval
	columnManufacturer
	columnModel
	columnHash
	columnAlgorithm
	columnKind
	columnDigits
	columnEncoding
	columnOffset
	columnDisplayName
	columnLast
)

// columnNames are the spellings of Microsoft's pages of all years, of vendors,
// of Graph, and of python-pskc's pskc2csv, after columnKey.
var columnNames = map[string]column{
	"upn": columnUPN, "userprincipalname": columnUPN,
	"serialnumber": columnSerial, "serial": columnSerial, "serialno": columnSerial,
	"secretkey": columnSecret, "secret": columnSecret, "seed": columnSecret, "key": columnSecret,
	"timeinterval": columnInterval, "timeintervalinseconds": columnInterval, "timestep": columnInterval, "interval": columnInterval,
	"manufacturer": columnManufacturer, "model": columnModel, "displayname": columnDisplayName,
	"hashfunction": columnHash, "hash": columnHash, "algorithmsuite": columnHash, "hashalgorithm": columnHash, "crypto": columnHash,
	"algorithm": columnAlgorithm,
	"type":      columnKind, "tokentype": columnKind, "otptype": columnKind,
	"digits": columnDigits, "responselength": columnDigits, "otplength": columnDigits, "numberofdigits": columnDigits, "codelength": columnDigits,
	"responseencoding": columnEncoding, "timeoffset": columnOffset,
}

// weightyWords are what the names of columns hold that say how codes are made.
// To pass over such a column, because of its spelling, would make another token.
var weightyWords = []string{
	"hash", "algo", "crypto", "sha1", "sha2", "sha5", "digit", "length", "counter", "encoding", "interval", "step", "period", "timewindow",
}

// weighty tells whether an unknown name, of a column or a property, must not be
// ignored.
func weighty(name string) bool {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	return slices.ContainsFunc(weightyWords, func(word string) bool { return strings.Contains(name, word) })
}

// quotedName is an unknown name for messages, unless it may be a secret that is
// no name at all.
func quotedName(name string) string {
	if len(name) > 64 || len(name) >= 24 && onlySecretCharacters(name) {
		return "with a long name"
	}
	return fmt.Sprintf("%q", name)
}

// columnKey makes one spelling of "Serial Number", "serial_number" and "serialNumber".
func columnKey(cell string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '\u00a0', '\ufeff', '"':
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(cell)))
}

// columns are the places of the known columns, plus one; 0 is none.
type columns struct {
	at    [columnLast]int
	count int
	// pskc2csv is the header of python-pskc: its secrets are hexadecimal.
	pskc2csv bool
}

func readHeader(cells []string) (columns, error) {
	var columns columns
	var doubt error
	for i, cell := range cells {
		key := columnKey(cell)
		if key != "" {
			// Empty cells at the end, which Excel leaves, are no columns: what stands
			// below them was moved there by a delimiter in a cell.
			columns.count = i + 1
		}
		known := columnNames[key]
		if known == columnUnknown {
			if doubt == nil && weighty(cell) {
				doubt = fmt.Errorf("column %d of the header, %s, is not known, and may say how the codes are made: "+
					"rename it to what it means (%s), or take it out", i+1, quotedName(strings.TrimSpace(cell)), meanings)
			}
			continue
		}
		if columns.at[known] != 0 {
			return columns, fmt.Errorf("columns %d and %d of the header both mean %q", columns.at[known], i+1, key)
		}
		columns.at[known] = i + 1
		columns.pskc2csv = columns.pskc2csv || key == "responselength" || key == "algorithmsuite"
	}
	if columns.at[columnSerial] == 0 {
		return columns, fmt.Errorf("the header has no column %q", "serial number")
	}
	return columns, doubt
}

// meanings are what a column with a weighty name can be.
const meanings = `"hash function", "digits", "time interval" or "type"`

// lacks names the arguments that stand in for columns which are not there.
func (c *columns) lacks() []string {
	var names []string
	for _, needed := range []struct {
		column column
		name   string
	}{
		{columnManufacturer, "manufacturer"},
		{columnModel, "model"},
		{columnInterval, "time_interval_in_seconds"},
	} {
		if c.at[needed.column] == 0 {
			names = append(names, needed.name)
		}
	}
	return names
}

func (c *columns) cell(cells []string, column column) string {
	i := c.at[column] - 1
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

// candidate reads one row.
func (c *columns) candidate(cells []string) candidate {
	from := candidate{
		kind: kindTOTP, serial: c.cell(cells, columnSerial), secret: c.cell(cells, columnSecret),
		manufacturer: c.cell(cells, columnManufacturer), model: c.cell(cells, columnModel),
		displayName: c.cell(cells, columnDisplayName), userPrincipalName: c.cell(cells, columnUPN),
		interval: c.cell(cells, columnInterval), hash: c.cell(cells, columnHash),
		digits: c.cell(cells, columnDigits), encoding: c.cell(cells, columnEncoding), offset: c.cell(cells, columnOffset),
	}
	if kind := c.cell(cells, columnKind); kind != "" {
		from.kind = kindOf(kind)
	}
	// "Algorithm" names the kind with some tools and the hash with others.
	if algorithm := c.cell(cells, columnAlgorithm); algorithm != "" {
		switch kind := kindOf(algorithm); {
		case kind != kindUnknown:
			from.kind = kind
		case from.hash == "":
			from.hash = algorithm
		case hashWord(algorithm) != hashWord(from.hash):
			from.faults = append(from.faults, "its algorithm and its hash function contradict each other")
		}
	}
	return from
}
