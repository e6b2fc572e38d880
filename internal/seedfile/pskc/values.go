package pskc

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// field is a child of Data.
type field byte

const (
	fieldSecret field = iota
	fieldCounter
	fieldTime
	fieldTimeInterval
	fieldTimeDrift
)

func (f field) String() string {
	return [...]string{"Secret", "Counter", "Time", "TimeInterval", "TimeDrift"}[f]
}

// data reads the values of a key (RFC 6030, section 4.2).
func (r *reader) data(k *Key) {
	var seen [fieldTimeDrift + 1]bool
	for r.next() {
		if r.space != spacePSKC {
			r.skip()
			continue
		}
		var f field
		switch string(r.name) {
		case "Secret":
			f = fieldSecret
		case "Counter":
			f = fieldCounter
		case "Time":
			f = fieldTime
		case "TimeInterval":
			f = fieldTimeInterval
		case "TimeDrift":
			f = fieldTimeDrift
		default:
			r.skip()
			continue
		}
		if seen[f] {
			k.complain(fmt.Errorf("it has more than one %s", f))
		}
		seen[f] = true
		r.value(k, f)
	}
}

func (r *reader) value(k *Key, f field) {
	var encrypted encryptedValue
	isPlain, isEncrypted := false, false
	for r.next() {
		if r.space != spacePSKC {
			r.skip()
			continue
		}
		switch string(r.name) {
		case "PlainValue":
			if isPlain {
				k.complain(fmt.Errorf("its %s has more than one value", f))
			}
			isPlain = true
			k.setPlain(f, r.text())
		case "EncryptedValue":
			if isEncrypted {
				k.complain(fmt.Errorf("its %s has more than one value", f))
			}
			isEncrypted = true
			encrypted.ciphered = r.encryptedData()
		case "ValueMAC":
			encrypted.mac = r.text()
			encrypted.hasMAC = true
		default:
			r.skip()
		}
	}
	if !isEncrypted {
		return
	}
	if isPlain {
		k.complain(fmt.Errorf("its %s has a plain and an encrypted value", f))
	}
	switch f {
	case fieldSecret:
		k.SecretEncrypted = true
	case fieldTimeInterval:
		k.IntervalEncrypted = true
	case fieldCounter, fieldTime, fieldTimeDrift:
	}
	encrypted.key, encrypted.field = len(r.container.Keys)-1, f
	r.pending = append(r.pending, encrypted)
}

func (k *Key) setPlain(f field, text []byte) {
	if len(text) == 0 {
		return // PSKC.Net writes an empty Counter
	}
	if f == fieldSecret {
		secret, err := decodeBase64(text)
		if err != nil {
			k.complain(fmt.Errorf("its Secret is %w", err))
			return
		}
		k.Secret = secret
		return
	}
	number, err := plainInteger(text)
	if err != nil {
		k.complain(fmt.Errorf("its %s is %w", f, err))
		return
	}
	k.setInteger(f, number)
}

// setDecrypted takes a value over. Its text never enters an error.
func (k *Key) setDecrypted(f field, value []byte) error {
	if len(value) == 0 {
		return nil
	}
	if f == fieldSecret {
		k.Secret = value
		return nil
	}
	number, err := integer(value)
	if err != nil {
		return fmt.Errorf("its %s is %w", f, err)
	}
	k.setInteger(f, number)
	return nil
}

func (k *Key) setInteger(f field, number int64) {
	switch f {
	case fieldCounter:
		k.Counter = &number
	case fieldTime:
		k.Time = &number
	case fieldTimeInterval:
		k.TimeInterval = &number
	case fieldTimeDrift:
		k.TimeDrift = &number
	case fieldSecret:
	}
}

var errInteger = errors.New("not an integer in any spelling that is known")

// plainInteger reads a decimal number, as the schema has it, or base64 of what
// integer reads, as some files have it. Text that is both is decimal.
func plainInteger(text []byte) (int64, error) {
	sign, digits := int64(1), text
	if text[0] == '-' || text[0] == '+' {
		digits = text[1:]
		if text[0] == '-' {
			sign = -1
		}
	}
	if isDigits(digits) {
		number, err := decimal(digits)
		return sign * number, err
	}
	value, err := decodeBase64(text)
	if err != nil {
		return 0, errInteger
	}
	return integer(value)
}

// integer reads a decimal number in ASCII, or up to 8 bytes, big-endian.
func integer(value []byte) (int64, error) {
	if isDigits(value) {
		return decimal(value)
	}
	if len(value) == 0 || len(value) > 8 {
		return 0, errInteger
	}
	var wide [8]byte
	copy(wide[8-len(value):], value)
	number := int64(binary.BigEndian.Uint64(wide[:]))
	if number < 0 {
		return 0, errInteger
	}
	return number, nil
}

// decimal reads what isDigits.
func decimal(digits []byte) (int64, error) {
	var number int64
	for _, c := range digits {
		next := int64(c - '0')
		if number > (math.MaxInt64-next)/10 {
			return 0, errInteger
		}
		number = 10*number + next
	}
	return number, nil
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

var errBase64 = errors.New("not valid base64")

var strictBase64 = base64.StdEncoding.Strict()

// decodeBase64 is strict but for white space, which vendors put in long values.
func decodeBase64(text []byte) ([]byte, error) {
	decoded := make([]byte, strictBase64.DecodedLen(len(text)))
	length, err := strictBase64.Decode(decoded, text)
	if err != nil {
		length, err = strictBase64.Decode(decoded, bytes.Join(bytes.Fields(text), nil))
	}
	if err != nil {
		return nil, errBase64
	}
	return decoded[:length], nil
}

// period is the time in which a key may be used.
type period struct{ start, expiry time.Time }

func (p *period) read(name string, text []byte, problem *error) {
	if len(text) == 0 {
		return
	}
	// xs:dateTime may leave the time zone out; RFC 6030 has times in UTC.
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02Z07:00", time.DateOnly} {
		date, err := time.Parse(layout, string(text))
		if err != nil {
			continue
		}
		if name == "StartDate" {
			p.start = date
		} else {
			p.expiry = date
		}
		return
	}
	if *problem == nil {
		*problem = fmt.Errorf("its %s is not a date", name)
	}
}

func (p *period) narrow(k *Key) {
	if p.start.After(k.StartDate) {
		k.StartDate = p.start
	}
	if !p.expiry.IsZero() && (k.ExpiryDate.IsZero() || p.expiry.Before(k.ExpiryDate)) {
		k.ExpiryDate = p.expiry
	}
}
