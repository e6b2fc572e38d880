package seedfile

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// candidate is a token as a file states it, before anything is believed.
type candidate struct {
	number int

	serial, manufacturer, model    string
	displayName, userPrincipalName string
	kind                           string
	hash, interval, digits         string // empty where the file is silent
	offset                         string // T0, in seconds or steps: 0 or empty
	encoding                       string // of the codes: empty or DECIMAL

	secret string // in the file's encoding
	raw    []byte // or its bytes
	size   int    // in bytes, once it is judged

	unreadable string // why nothing of the row can be believed

	faults   []string // what the reader found already
	sealed   bool     // numbers may be there, encrypted, and were not asked for
	unsealed bool     // the interval was encrypted
	broken   bool     // they include why the secret is not there

	// What is taken all the same, with a warning.
	noDigits bool // 6 are meant
	drift    bool
	pin      bool
	expiry   time.Time
}

// mangled is a serial number that a spreadsheet turned into a number:
// 2.6002E+12, or 2,6002E+12 where the comma is the decimal sign.
var mangled = regexp.MustCompile(`^\d([.,]\d+)?[Ee]\+\d+$`)

// maxSerial is far above any printed number; Graph documents no limit.
const maxSerial = 128

// From secretLength on, a serial number of nothing but Base32 or hexadecimal
// characters is rather a secret out of its column: printed ones have up to 20
// characters. From hiddenLength on it is taken, but not repeated in messages.
const (
	secretLength = 32
	hiddenLength = 16
)

func looksLikeSecret(serial string) bool {
	return len(serial) >= secretLength && onlySecretCharacters(serial)
}

func onlySecretCharacters(text string) bool {
	upper := strings.ToUpper(strings.TrimRight(text, "="))
	return strings.Trim(upper, base32Alphabet) == "" || strings.Trim(upper, "0123456789ABCDEF") == ""
}

// shown is a serial number for messages, or nothing when it may be a secret, or
// a whole row that was not parted.
func shown(serial string) string {
	switch {
	case len(serial) < hiddenLength, len(serial) < secretLength && strings.Trim(serial, "0123456789") == "":
		return serial
	case len(serial) > maxSerial, strings.ContainsAny(serial, ",;\t=+/"), onlySecretCharacters(serial):
		return ""
	}
	return serial
}

func (c *candidate) serialFault() string {
	switch {
	case c.serial == "":
		return "it has no serial number"
	case looksLikeSecret(c.serial):
		return "its serial number looks like a secret: are the columns in another order?"
	case len(c.serial) > maxSerial:
		return fmt.Sprintf("its serial number has %d characters: that is not one", len(c.serial))
	case !printable(c.serial):
		return "its serial number holds characters that cannot be printed"
	case strings.Contains(c.serial, "+") && mangled.MatchString(c.serial):
		return "its serial number was turned into a floating-point number by a spreadsheet: use the vendor's file as it came"
	}
	return ""
}

func (c *candidate) digitsFault() string {
	if c.digits == "" || c.digits == "6" {
		return c.encodingFault()
	}
	digits, ok := wholeNumber(c.digits)
	switch {
	case !ok:
		return "the number of digits of its codes is not a number"
	case digits == 6:
		return c.encodingFault()
	case digits > 99:
		return "the number of digits of its codes is not 6, and Microsoft Entra takes only 6"
	}
	return fmt.Sprintf("its codes have %d digits, and Microsoft Entra takes only 6", digits)
}

func (c *candidate) encodingFault() string {
	if c.encoding == "" || strings.EqualFold(c.encoding, "DECIMAL") {
		return ""
	}
	return "its codes are not decimal digits, and Microsoft Entra takes only those"
}

func (c *candidate) offsetFault() string {
	if strings.Trim(c.offset, "0") == "" {
		return ""
	}
	return "it counts time from another moment than 1970-01-01, and Microsoft Entra cannot be told so"
}

// seconds reads the time step. A silent file gives the caller's default.
func (c *candidate) seconds(fallback int64) (seconds int64, fault string) {
	if c.interval == "" {
		switch {
		case fallback == 0 && c.sealed:
			return 0, "its time interval is missing or encrypted: set time_interval_in_seconds to what the vendor says, 30 or 60"
		case fallback == 0:
			return 0, "it has no time interval: set time_interval_in_seconds to what the vendor says, 30 or 60"
		}
		return fallback, ""
	}
	seconds, ok := wholeNumber(c.interval)
	switch {
	case !ok:
		return 0, "its time interval is not a whole number of seconds"
	case allowedInterval(seconds) && c.unsealed && fallback != 0 && fallback != seconds:
		// Whoever read the file without its key went by the caller's word: the
		// interval and the secret of one token may come from two readings.
		return 0, fmt.Sprintf("the file's encrypted interval is %d and time_interval_in_seconds is %d: set it to %d", seconds, fallback, seconds)
	case allowedInterval(seconds):
		return seconds, ""
	case seconds > 999_999:
		return 0, "its time interval is more than 999999 seconds, and Microsoft Entra takes 30 or 60"
	}
	return 0, fmt.Sprintf("its time interval is %d seconds, and Microsoft Entra takes 30 or 60", seconds)
}
