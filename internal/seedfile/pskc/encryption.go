package pskc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ciphered is an xenc:EncryptedData: the URI of a method and base64 text. Here and in all
// that the reader keeps of encryption, namespaces are not looked at: PBKDF2's
// parameters alone come in three spellings.
type ciphered struct {
	uri  string
	text []byte
}

// encryptedValue is a value of a key that decrypt fills in.
type encryptedValue struct {
	ciphered

	key    int // index in Keys
	field  field
	mac    []byte // base64
	hasMAC bool
}

// encryption is what EncryptionKey and MACMethod declare.
type encryption struct {
	asymmetric bool
	derivation *derivation

	hasMAC          bool
	macMethod       string
	macKey          *ciphered
	macKeyReference string

	// problem is a declaration that cannot be followed; it matters to whoever decrypts.
	problem error
}

// derivation is a DerivedKey made with PBKDF2 (RFC 6030, section 6.2).
type derivation struct {
	method                string
	salt                  []byte // base64
	iterations, keyLength int
	prf                   string
}

func (e *encryption) complain(format string, arguments ...any) {
	if e.problem == nil {
		e.problem = fmt.Errorf(format, arguments...)
	}
}

// encryptionKey reads ds:KeyName, xenc11:DerivedKey or ds:X509Data.
func (r *reader) encryptionKey() {
	for r.next() {
		switch string(r.name) {
		case "KeyName":
			r.keyName()
		case "DerivedKey":
			r.derivedKey()
		case "X509Data", "KeyValue":
			r.encryption.asymmetric = true
			r.skip()
		default:
			r.skip()
		}
	}
}

func (r *reader) keyName() {
	const most = 16 // that are worth telling
	if name := string(r.text()); name != "" && len(r.container.KeyNames) < most && !slices.Contains(r.container.KeyNames, name) {
		r.container.KeyNames = append(r.container.KeyNames, name)
	}
}

func (r *reader) derivedKey() {
	if r.encryption.derivation != nil {
		r.encryption.complain("the file derives more than one key")
	}
	d := &derivation{}
	r.encryption.derivation = d
	for r.next() {
		switch string(r.name) {
		case "KeyDerivationMethod":
			d.method = fragment(string(r.attribute("Algorithm")))
			r.derivationParameters(d)
		case "MasterKeyName":
			r.keyName()
		default:
			r.skip()
		}
	}
}

func (r *reader) derivationParameters(d *derivation) {
	for r.next() {
		if string(r.name) != "PBKDF2-params" {
			r.skip()
			continue
		}
		for r.next() {
			switch name := string(r.name); name {
			case "Salt":
				for r.next() {
					if string(r.name) == "Specified" {
						d.salt = r.text()
						continue
					}
					r.skip()
				}
			case "IterationCount":
				d.iterations = r.count(name)
			case "KeyLength":
				d.keyLength = r.count(name)
			case "PRF":
				d.prf = fragment(string(r.attribute("Algorithm")))
				r.skip()
			default:
				r.skip()
			}
		}
	}
}

func (r *reader) count(name string) int {
	number, err := strconv.ParseUint(string(r.text()), 10, 31)
	if err != nil {
		r.encryption.complain("the %s of PBKDF2 is not a number", name)
	}
	return int(number)
}

// macMethod reads how ValueMACs are made (RFC 6030, section 6.1.1).
func (r *reader) macMethod() {
	e := &r.encryption
	if e.hasMAC {
		e.complain("the file has more than one MACMethod")
	}
	e.hasMAC = true
	e.macMethod = fragment(string(r.attribute("Algorithm")))
	for r.next() {
		switch string(r.name) {
		case "MACKey":
			if e.macKey != nil {
				e.complain("the file has more than one MACKey")
			}
			key := r.encryptedData()
			e.macKey = &key
		case "MACKeyReference":
			e.macKeyReference = string(r.text())
		default:
			r.skip()
		}
	}
}

// encryptedData reads an EncryptionMethod and a CipherValue.
func (r *reader) encryptedData() ciphered {
	var c ciphered
	for r.next() {
		switch string(r.name) {
		case "EncryptionMethod":
			c.uri = r.method()
			r.skip()
		case "CipherData":
			for r.next() {
				if string(r.name) == "CipherValue" {
					c.text = r.text()
					continue
				}
				r.skip()
			}
		default:
			r.skip()
		}
	}
	return c
}

// method saves memory: nearly always all values have the same.
func (r *reader) method() string {
	uri := r.attribute("Algorithm")
	if n := len(r.pending); n > 0 && r.pending[n-1].uri == string(uri) {
		return r.pending[n-1].uri
	}
	return string(uri)
}

// fragment is the part of an algorithm's URI that names it. What stands before
// the # differs between the text of RFC 6030, its figures and the files.
func fragment(uri string) string {
	return strings.ToLower(uri[strings.LastIndexByte(uri, '#')+1:])
}
