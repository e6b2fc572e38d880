// Package pskc reads Portable Symmetric Key Containers (RFC 6030), the XML files
// in which many vendors deliver the secrets of OATH tokens: plain, encrypted
// with a pre-shared AES key or with a password, and signed.
//
// It is strict where a wrong secret would be born: a MAC is checked before
// anything is decrypted, what is not verified is not read, and what is not
// understood is an error. No error has a secret, a key, a password or a
// ciphertext in its text.
package pskc

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNotPSKC says that the content is no key container of any kind.
	ErrNotPSKC = errors.New("this is not a PSKC file (RFC 6030)")
	// ErrDraft says that the file follows one of the drafts before RFC 6030. They
	// differ in names, in what the MAC covers and in where the IV is.
	ErrDraft = errors.New("this file follows a draft from before RFC 6030, which is not supported: ask the vendor for PSKC 1.0 as in RFC 6030")
	// ErrNeedsKey says that the file is encrypted with a pre-shared key, and
	// none was given.
	ErrNeedsKey = errors.New("the file is encrypted with a pre-shared AES key, and no key was given")
	// ErrNeedsPassword says that the file is encrypted with a key derived from
	// a password, and none was given.
	ErrNeedsPassword = errors.New("the file is encrypted with a password, and no password was given")
	// ErrWrongKey says that a MAC or an integrity check of the file fails.
	ErrWrongKey = errors.New("MAC does not match: wrong key or password?")
	// ErrSeveralKeys says that a KeyPackage has more than the one Key that RFC 6030
	// allows. Only the first of them is in Container.Keys.
	ErrSeveralKeys = errors.New("the KeyPackage has more than one Key")
	// ErrSignature says that the signature is missing, broken or not trusted,
	// although trusted certificates were given.
	ErrSignature = errors.New("the signature cannot be trusted")
)

// Options is what a caller knows about the file.
type Options struct {
	Key         []byte // pre-shared AES key: 16, 24 or 32 bytes
	Password    string
	HasPassword bool // an empty password is a password

	// TrustedCertificates, when there are any, demands a signature that one of
	// them made, or whose certificate one of them vouches for. Without them a
	// signature is ignored.
	TrustedCertificates []*x509.Certificate

	// MetadataOnly decrypts nothing, and so needs neither key nor password.
	MetadataOnly bool
}

// Container is what a file says.
type Container struct {
	Version, ID string
	Encrypted   bool     // at least one value is
	KeyNames    []string // how the file names the key or the password that it needs
	Keys        []Key
	Signed      bool // it has a signature; verified if trusted certificates were given
}

// Key is one key of a container. Texts are as written, without white space
// around them.
type Key struct {
	Number int // of its KeyPackage in the file, from 1

	ID, SerialNumber, Manufacturer, Model, Issuer, FriendlyName, UserID string

	Algorithm, Suite string

	// Encoding, Digits and CheckDigits come from ResponseFormat; zero is absent.
	Encoding    string
	Digits      int
	CheckDigits bool

	Secret          []byte // nil when absent or not decrypted
	SecretEncrypted bool
	// IntervalEncrypted is set when the TimeInterval is, decrypted or not.
	IntervalEncrypted bool

	// nil is absent or empty. Time counts intervals, the others but Counter seconds.
	Counter, Time, TimeInterval, TimeDrift *int64

	// StartDate and ExpiryDate are the narrowest of what the device and the
	// policy say.
	StartDate, ExpiryDate time.Time
	KeyUsage              []string
	// UnknownPolicy names the elements of the policy that RFC 6030 does not
	// define: whoever does not understand them must not use the key (section 5).
	UnknownPolicy []string
	HasPIN        bool // the policy demands a PIN

	// Err is what is wrong with this key alone. Its secret is nil then.
	Err error
}

// Read reads a container. Its error is what is wrong with the file as a whole;
// what is wrong with one key is in that key.
func Read(content []byte, options Options) (*Container, error) {
	if start := bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\uFEFF")), " \t\r\n"); len(start) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrNotPSKC)
	} else if start[0] != '<' && !bytes.HasPrefix(content, []byte("\xFE\xFF")) && !bytes.HasPrefix(content, []byte("\xFF\xFE")) {
		return nil, fmt.Errorf("%w: it is not XML", ErrNotPSKC)
	}
	r := newReader(content)
	if err := r.read(); err != nil {
		return nil, err
	}
	if len(options.TrustedCertificates) > 0 {
		// What was read so far proves only that the file is harmless to handle.
		verified, err := verify(content, options.TrustedCertificates)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSignature, err)
		}
		r = newReader(verified)
		if err := r.read(); err != nil {
			return nil, err
		}
		r.container.Signed = true
	}
	if !options.MetadataOnly {
		if err := r.decrypt(options); err != nil {
			return nil, err
		}
	}
	r.finish()
	return &r.container, nil
}

// describe names a key in errors. Its serial number may be a secret that was put
// into the wrong place.
func describe(number int) string {
	return fmt.Sprintf("KeyPackage %d", number)
}
