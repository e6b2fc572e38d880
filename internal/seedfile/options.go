package seedfile

import (
	"errors"
	"fmt"
	"slices"
)

// checked returns the options with their defaults, or why they make no sense.
func (o Options) checked() (Options, error) {
	if o.Format == "" {
		o.Format = FormatAuto
	}
	formats := []Format{FormatAuto, FormatEntraCSV, FormatGraphJSON, FormatOATHCSV, FormatPSKC, FormatDualShieldXML}
	if !slices.Contains(formats, o.Format) {
		return o, fmt.Errorf("unknown format %q: it is one of %q", o.Format, formats)
	}
	encodings := []Encoding{EncodingAuto, EncodingBase32, EncodingHex, EncodingBase64}
	if o.SecretEncoding != "" && !slices.Contains(encodings, o.SecretEncoding) {
		return o, fmt.Errorf("unknown secret encoding %q: it is one of %q", o.SecretEncoding, encodings)
	}
	if o.TimeIntervalInSeconds != 0 && !allowedInterval(o.TimeIntervalInSeconds) {
		return o, fmt.Errorf("a time interval of %d seconds: Microsoft Entra takes 30 or 60", o.TimeIntervalInSeconds)
	}
	if o.HashFunction != "" {
		hash, known := hashFunction(o.HashFunction)
		if !known {
			return o, fmt.Errorf("hash function %q: Microsoft Entra takes hmacsha1 or hmacsha256", o.HashFunction)
		}
		o.HashFunction = hash
	}
	if !printable(o.Manufacturer) || !printable(o.Model) {
		return o, errors.New("manufacturer and model are one line of printable characters")
	}
	return o, nil
}

func allowedInterval(seconds int64) bool {
	return seconds == 30 || seconds == 60
}
