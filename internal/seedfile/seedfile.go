// Package seedfile reads the files in which vendors deliver hardware OATH
// tokens, and gives the tokens as Microsoft Entra takes them. It is pure: no
// clock, but for a warning about expired tokens, no Terraform, no Graph.
//
// It is strict where a wrong token would be born: a token whose hash, step or
// secret is misread is accepted by Entra and fails in a user's hand.
package seedfile

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// Format is the layout of a seed file.
type Format string

// The layouts that are read. FormatAuto recognises them by their content.
const (
	FormatAuto          Format = "auto"
	FormatEntraCSV      Format = "entra_csv"
	FormatGraphJSON     Format = "graph_json"
	FormatOATHCSV       Format = "oath_csv"
	FormatPSKC          Format = "pskc"
	FormatDualShieldXML Format = "dualshield_xml"
)

// Encoding is how the secrets of a file are written.
//
// Left empty it is what the format defines: Base32 for the CSV and JSON of
// Microsoft, hexadecimal for an OATH CSV, what the header says for DualShield;
// PSKC holds bytes and never asks. EncodingAuto looks at all secrets of the file
// together and gives up when they do not tell.
type Encoding string

// The encodings of secrets.
const (
	EncodingAuto   Encoding = "auto"
	EncodingBase32 Encoding = "base32"
	EncodingHex    Encoding = "hex"
	EncodingBase64 Encoding = "base64"
)

// MaxSize is the most bytes that are read, packed or unpacked: 50 MB, some
// 500,000 tokens.
const MaxSize = 50 << 20

// Options says what a file does not say of itself.
type Options struct {
	Format         Format
	SecretEncoding Encoding

	// Manufacturer, Model, TimeIntervalInSeconds and HashFunction are for the
	// tokens of a file that does not state them.
	Manufacturer, Model   string
	TimeIntervalInSeconds int64
	HashFunction          string

	// AssumeTOTP takes the tokens of an OATH CSV without a type for time-based.
	// By the convention of the format they are event-based.
	AssumeTOTP bool
	// SkipUnsupported leaves tokens with a problem out instead of failing, if there
	// is one without. A file that cannot be read as a whole fails all the same.
	SkipUnsupported bool

	// Password opens a zip file and a PSKC container with a derived key.
	Password    string
	HasPassword bool
	// Key is the pre-shared key of a PSKC container.
	Key []byte
	// TrustedCertificates demands that a PSKC container is signed by one of them.
	TrustedCertificates []*x509.Certificate

	// MetadataOnly returns no secret, and needs neither secret, password nor key
	// as far as the rest is in clear.
	MetadataOnly bool
}

// Token is one token as Microsoft Entra takes it.
type Token struct {
	SerialNumber, Manufacturer, Model string
	HashFunction                      string // hmacsha1 or hmacsha256
	DisplayName, UserPrincipalName    string // empty where the file has none
	TimeIntervalInSeconds             int64  // 30 or 60
	SecretKey                         string // canonical Base32; empty with MetadataOnly
	Row                               int    // line of a CSV, else the place among the tokens
}

// Skipped is a token that was left out because of Options.SkipUnsupported.
type Skipped struct {
	SerialNumber, Reason string
	Row                  int
}

// Result is what a file holds, in its order.
type Result struct {
	Format   Format
	Tokens   []Token
	Skipped  []Skipped
	Warnings []string
}

// Errors that a caller can put beside the argument that answers them.
var (
	ErrNeedsPassword = pskc.ErrNeedsPassword
	ErrNeedsKey      = pskc.ErrNeedsKey
	ErrWrongPassword = errors.New("the password is wrong, or the file is damaged")
)

// Read reads a seed file. All faulty tokens come in one error of type Problems.
// Neither errors nor warnings hold a secret.
func Read(content []byte, options Options) (Result, error) {
	options, err := options.checked()
	if err != nil {
		return Result{}, err
	}
	if len(content) > MaxSize {
		return Result{}, fmt.Errorf("the file has %d bytes, and at most %d are read", len(content), MaxSize)
	}
	if isZip(content) {
		if content, err = unzip(content, options); err != nil {
			return Result{}, err
		}
	}
	if err := refuseBinary(content); err != nil {
		return Result{}, err
	}
	file, err := open(content, options)
	if err != nil {
		return Result{}, err
	}
	return collect(file, options)
}

// file is a seed file whose layout is known.
type file struct {
	format Format
	// unit is what the tokens are counted in, for messages.
	unit string
	// encoding is that of its secrets, when the caller names none.
	encoding Encoding
	// lacks names what the file has no place for: said once, not for each token.
	lacks []string
	// demandsHash is set where no hash function is the default.
	demandsHash bool
	warnings    []string
	// about is how many tokens there may be.
	about int
	// each reads the tokens from the first to the last, as often as it is called.
	// What it yields is overwritten by the next.
	each func(yield func(*candidate) error) error
}

func open(content []byte, options Options) (*file, error) {
	if options.Format == FormatPSKC || options.Format == FormatAuto && isPSKC(content) {
		// As bytes: a signature is over those, and the reader of PSKC decodes itself.
		return openPSKC(content, options)
	}
	text, err := decodeText(content)
	if err != nil {
		return nil, err
	}
	format := options.Format
	if format == FormatAuto {
		if format, err = detect(text); err != nil {
			return nil, err
		}
	}
	switch format {
	case FormatEntraCSV:
		return openHeaderCSV(text, options)
	case FormatOATHCSV:
		return openOATHCSV(text, options)
	case FormatGraphJSON:
		return openGraphJSON(text)
	case FormatDualShieldXML:
		return openDualShield(text, options)
	default:
		return openPSKC(content, options)
	}
}
