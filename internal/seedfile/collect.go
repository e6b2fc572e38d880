package seedfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// collector judges the tokens of a file one by one and gathers them.
type collector struct {
	file     *file
	options  Options
	encoding Encoding // empty where secrets are not looked at

	tokens   []Token
	problems Problems
	faulty   []place
	bySerial map[string]int // index in tokens, or -1 and below in faulty
	dropped  map[int]bool   // what of bySerial is there more than once
	notes    notes
	needs    map[string]bool // of file.lacks, what a token would need

	token  Token    // that judge is at
	faults []string // of it
}

func collect(from *file, options Options) (Result, error) {
	c := &collector{
		file: from, options: options, tokens: make([]Token, 0, from.about),
		bySerial: make(map[string]int, from.about), dropped: map[int]bool{}, needs: map[string]bool{},
	}
	var err error
	if c.encoding, err = chooseEncoding(from, options); err != nil {
		if !options.MetadataOnly {
			return Result{}, err
		}
		c.encoding = ""
	}
	if err := from.each(c.add); err != nil {
		return Result{}, err
	}
	return c.result()
}

// need blames a token for what nobody stated, or, where the file has no place
// for it, the file: once instead of for every token.
func (c *collector) need(argument, fault string) {
	if slices.Contains(c.file.lacks, argument) {
		c.needs[argument] = true
		return
	}
	c.fault(fault)
}

// missing names the arguments without which no token can be taken.
func (c *collector) missing() string {
	var wanted []string
	for _, name := range c.file.lacks {
		if c.needs[name] {
			wanted = append(wanted, name)
		}
	}
	them := "them"
	switch len(wanted) {
	case 0:
		return ""
	case 1:
		them = "it"
	}
	return fmt.Sprintf("the file has no place for %s: set %s to what the vendor says", strings.Join(wanted, ", "), them)
}

// chooseEncoding believes a file that states its encoding, as PSKC always does
// and DualShield mostly.
func chooseEncoding(from *file, options Options) (Encoding, error) {
	asked := options.SecretEncoding
	if asked == "" || from.format == FormatPSKC || from.format == FormatDualShieldXML {
		asked = from.encoding
	}
	if asked == EncodingAuto {
		var seen alphabets
		err := from.each(func(c *candidate) error {
			seen.add(c.secret)
			return nil
		})
		if err != nil {
			return "", err
		}
		return seen.encoding()
	}
	return asked, nil
}

func (c *collector) add(from *candidate) error {
	token, faults := c.judge(from)
	for _, text := range faults {
		c.problem(token.Row, from.serial, text)
	}
	// A device may make HOTP codes as well: only TOTP tokens are compared.
	if from.serial != "" && c.kind(from) == kindTOTP && c.again(token, len(faults) == 0) || len(faults) > 0 {
		return nil
	}
	c.notes.look(from, c.options)
	c.tokens = append(c.tokens, *token)
	return nil
}

// place is where a serial number was seen with a faulty token.
type place struct {
	serial string
	row    int
}

// again tells whether a serial number was there before, and blames both then:
// which of them is the right one cannot be known, even if one is faulty.
func (c *collector) again(token *Token, good bool) bool {
	// Nothing says that Graph tells serial numbers apart by case.
	serial := strings.ToUpper(token.SerialNumber)
	at, again := c.bySerial[serial]
	switch {
	case !again && good:
		c.bySerial[serial] = len(c.tokens)
		return false
	case !again:
		c.faulty = append(c.faulty, place{token.SerialNumber, token.Row})
		c.bySerial[serial] = -len(c.faulty)
		return false
	}
	var first place
	if at >= 0 {
		first = place{c.tokens[at].SerialNumber, c.tokens[at].Row}
	} else {
		first = c.faulty[-at-1]
	}
	const text = "the serial number is there more than once: see %s %d"
	if !c.dropped[at] {
		c.dropped[at] = true
		c.problem(first.row, first.serial, fmt.Sprintf(text, c.file.unit, token.Row))
	}
	c.problem(token.Row, token.SerialNumber, fmt.Sprintf(text, c.file.unit, first.row))
	return true
}

func (c *collector) problem(row int, serial, text string) {
	c.problems = append(c.problems, Problem{Row: row, Unit: c.file.unit, SerialNumber: shown(serial), Text: text})
}

func (c *collector) result() (Result, error) {
	c.problems.sort()
	missing := c.missing()
	switch {
	case missing != "" && (c.options.SkipUnsupported || len(c.problems) == 0):
		return Result{}, errors.New(missing)
	case missing != "":
		return Result{}, append(Problems{{Text: missing}}, c.problems...)
	}
	if len(c.problems) > 0 && !c.options.SkipUnsupported {
		return Result{}, c.problems
	}
	tokens := c.tokens
	if len(c.dropped) > 0 {
		tokens = make([]Token, 0, len(c.tokens))
		for i, token := range c.tokens {
			if !c.dropped[i] {
				tokens = append(tokens, token)
			}
		}
	}
	switch {
	case len(tokens) == 0 && len(c.problems) > 0:
		return Result{}, fmt.Errorf("no token of the file can be used: %w", c.problems)
	case len(tokens) == 0:
		return Result{}, errors.New("the file holds no token")
	}
	return Result{
		Format: c.file.format, Tokens: tokens, Skipped: c.problems.skipped(),
		Warnings: append(c.file.warnings, c.notes.warnings()...),
	}, nil
}

// notes are what a person should know of tokens that are taken all the same.
type notes struct{ short, long, noDigits, drifting, expired, pin serials }

func (n *notes) look(from *candidate, options Options) {
	if from.size > 0 && from.size < 16 {
		n.short.add(from.serial)
	}
	if from.size == 32 && from.hash == "" && options.HashFunction == "" {
		n.long.add(from.serial)
	}
	for _, note := range []struct {
		holds bool
		of    *serials
	}{{from.noDigits, &n.noDigits}, {from.drift, &n.drifting}, {from.pin, &n.pin}} {
		if note.holds {
			note.of.add(from.serial)
		}
	}
	if !from.expiry.IsZero() && from.expiry.Before(time.Now()) {
		n.expired.add(from.serial)
	}
}

func (n *notes) warnings() []string {
	var warnings []string
	for _, note := range []struct {
		of   serials
		text string
	}{
		{n.short, "secrets of less than 16 bytes, which RFC 4226 asks for"},
		{n.long, "secrets of 32 bytes and no hash function, so that SHA-1 is taken; the vendor may mean SHA-256: then set hash_function"},
		{n.noDigits, "no number of digits, so that 6 is taken"},
		{n.drifting, "a time drift stated by the vendor, which Microsoft Entra cannot be told"},
		{n.pin, "a PIN in their policy, which Microsoft Entra does not ask for"},
		{n.expired, "an expiry date in the past"},
	} {
		if note.of.count > 0 {
			warnings = append(warnings, note.of.String()+": "+note.text)
		}
	}
	return warnings
}

// serials counts tokens and remembers the first few.
type serials struct {
	count int
	first []string
}

func (s *serials) add(serial string) {
	if s.count++; len(s.first) < 10 && shown(serial) != "" {
		s.first = append(s.first, fmt.Sprintf("%q", serial))
	}
}

func (s *serials) String() string {
	if len(s.first) == 0 {
		return fmt.Sprintf("%d tokens", s.count)
	}
	text := "serial numbers " + strings.Join(s.first, ", ")
	if more := s.count - len(s.first); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
