package pskc

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// maxKeys bounds memory: a key takes more of it than the few bytes with which a
// hostile file can make one. Real keys of that number do not fit into maxSize.
const maxKeys = 500_000

// reader turns the elements of a container into keys. Encrypted values are only
// collected: the elements that say how to decrypt need not come first.
type reader struct {
	scanner

	container  Container
	encryption encryption
	pending    []encryptedValue

	packages            int
	deviceOf            device // of the KeyPackage that is being read
	hasSuite, hasFormat bool   // of the Key that is being read

	last *Key // lends its strings: most keys of a file share them
}

// device is what belongs to a KeyPackage rather than to its Key.
type device struct {
	serial, manufacturer, model, userID string
	period                              period
	problem                             error

	hasSerial, hasManufacturer, hasModel bool
}

func newReader(content []byte) *reader {
	return &reader{scanner: scanner{src: content}, last: &Key{}}
}

func (r *reader) read() error {
	if !r.begin() {
		return r.broken()
	}
	if err := r.root(); err != nil {
		return err
	}
	for r.next() {
		if r.space != spacePSKC {
			if r.space == spaceSignature && string(r.name) == "Signature" {
				r.container.Signed = true
			}
			r.skip()
			continue
		}
		switch string(r.name) {
		case "KeyPackage":
			r.keyPackage()
		case "EncryptionKey":
			r.encryptionKey()
		case "MACMethod":
			r.macMethod()
		case "Signature": // RFC 6030 has it in its own namespace (section 7)
			r.container.Signed = true
			r.skip()
		case "Device", "DeviceInfo", "Key":
			return fmt.Errorf("%w (it has <%s> where RFC 6030 has <KeyPackage>)", ErrDraft, clip(r.name))
		default:
			r.skip()
		}
	}
	r.end()
	switch {
	case r.err != nil:
		return r.broken()
	case r.packages == 0:
		return errors.New("the key container has no KeyPackage")
	}
	return nil
}

func (r *reader) broken() error {
	return fmt.Errorf("the file cannot be read as XML: %w", r.err)
}

// root tells a container from the drafts before it and from everything else.
func (r *reader) root() error {
	name, version := string(r.name), string(r.attribute("Version"))
	switch {
	case name == "SecretContainer", name == "KeyContainer" && r.space == spaceDraft:
		return fmt.Errorf("%w (root element <%s>)", ErrDraft, name)
	case name == "KeyContainer" && r.space != spacePSKC:
		return fmt.Errorf("%w: its root element is not in the namespace of RFC 6030", ErrNotPSKC)
	case name != "KeyContainer":
		return fmt.Errorf("%w: its root element is <%s>", ErrNotPSKC, clip(name))
	case version == "1":
		return fmt.Errorf("%w (Version %q)", ErrDraft, version)
	case version != "1.0" && version != "":
		return fmt.Errorf("PSKC version %q is not supported, only 1.0 is", clip(version))
	}
	r.container.Version = version
	r.container.ID = string(r.attribute("Id"))
	return nil
}

func (r *reader) keyPackage() {
	r.packages++
	r.deviceOf = device{}
	start, first := r.pos, len(r.container.Keys)
	for r.next() {
		switch {
		case r.space != spacePSKC:
			r.skip()
		case string(r.name) == "DeviceInfo":
			r.deviceInfo()
		case string(r.name) == "Key":
			r.key()
		default:
			r.skip()
		}
	}
	if len(r.container.Keys) > first+1 {
		r.several(first)
	}
	keys := r.container.Keys[first:]
	for i := range keys {
		k, d := &keys[i], &r.deviceOf
		k.SerialNumber, k.Manufacturer, k.Model = d.serial, d.manufacturer, d.model
		if k.UserID == "" {
			k.UserID = d.userID
		}
		d.period.narrow(k)
		k.complain(d.problem)
		r.last = k
	}
	if r.packages == 1 {
		r.reserve(r.pos - start)
	}
}

// several keeps of a KeyPackage with many keys the first alone, to complain about:
// a hostile file would otherwise make as many complaints as keys.
func (r *reader) several(first int) {
	clear(r.container.Keys[first+1:])
	r.container.Keys = r.container.Keys[:first+1]
	r.container.Keys[first].Err = ErrSeveralKeys
	for len(r.pending) > 0 && r.pending[len(r.pending)-1].key > first {
		r.pending = r.pending[:len(r.pending)-1]
	}
}

// reserve makes room for as many keys as the rest of the file can hold, if all
// its packages are like the first.
func (r *reader) reserve(size int) {
	const smallest = 256 // bytes of a package; a hostile file gains no memory by less
	count := 1 + (len(r.src)-r.pos)/max(size, smallest)
	r.container.Keys = append(make([]Key, 0, count+len(r.container.Keys)), r.container.Keys...)
}

func (r *reader) deviceInfo() {
	d := &r.deviceOf
	for r.next() {
		if r.space != spacePSKC {
			r.skip()
			continue
		}
		switch string(r.name) {
		case "SerialNo":
			once(&d.problem, "SerialNo", &d.hasSerial)
			d.serial = string(r.text())
		case "Manufacturer":
			once(&d.problem, "Manufacturer", &d.hasManufacturer)
			d.manufacturer = same(r.last.Manufacturer, r.text())
		case "Model":
			once(&d.problem, "Model", &d.hasModel)
			d.model = same(r.last.Model, r.text())
		case "UserId":
			d.userID = string(r.text())
		case "StartDate":
			d.period.read("StartDate", r.text(), &d.problem)
		case "ExpiryDate":
			d.period.read("ExpiryDate", r.text(), &d.problem)
		default:
			r.skip()
		}
	}
}

func (r *reader) key() {
	if len(r.container.Keys) == maxKeys {
		r.fail("the file has more than %d keys", maxKeys)
		return
	}
	r.container.Keys = append(r.container.Keys, Key{
		Number:    r.packages,
		ID:        string(r.attribute("Id")),
		Algorithm: same(r.last.Algorithm, r.attribute("Algorithm")),
	})
	k := &r.container.Keys[len(r.container.Keys)-1]
	r.hasSuite, r.hasFormat = false, false
	hasData := false
	for r.next() {
		if r.space != spacePSKC {
			r.skip()
			continue
		}
		switch string(r.name) {
		case "Issuer":
			k.Issuer = same(r.last.Issuer, r.text())
		case "AlgorithmParameters":
			r.algorithmParameters(k)
		case "FriendlyName":
			// It may be there in several languages; the first is as good as any.
			if name := r.text(); k.FriendlyName == "" {
				k.FriendlyName = string(name)
			}
		case "UserId":
			k.UserID = string(r.text())
		case "Data":
			if hasData {
				k.complain(errors.New("the key has more than one Data"))
			}
			hasData = true
			r.data(k)
		case "Policy":
			r.policy(k)
		default:
			r.skip()
		}
	}
}

func (r *reader) algorithmParameters(k *Key) {
	for r.next() {
		switch {
		case r.space != spacePSKC:
			r.skip()
		case string(r.name) == "Suite":
			once(&k.Err, "Suite", &r.hasSuite)
			k.Suite = same(r.last.Suite, r.text())
		case string(r.name) == "ResponseFormat":
			r.responseFormat(k)
		default:
			r.skip()
		}
	}
}

func (r *reader) responseFormat(k *Key) {
	once(&k.Err, "ResponseFormat", &r.hasFormat)
	encoding := r.attribute("Encoding")
	if encoding == nil {
		encoding = r.attribute("Format") // so named in RFC 6030, section 10.1
	}
	k.Encoding = same(r.last.Encoding, encoding)
	if length := r.attribute("Length"); length != nil {
		digits, err := decimal(length)
		if !isDigits(length) || err != nil || digits > math.MaxInt16 {
			k.complain(errors.New("the Length of ResponseFormat is not a number"))
			digits = 0
		}
		k.Digits = int(digits)
	}
	check := r.attribute("CheckDigits") // so in the schema and the figures
	if check == nil {
		check = r.attribute("CheckDigit") // so in section 4.3.4
	}
	switch string(check) {
	case "true", "1":
		k.CheckDigits = true
	case "", "false", "0":
	default:
		k.complain(errors.New("CheckDigits of ResponseFormat is neither true nor false"))
	}
	r.skip()
}

func (r *reader) policy(k *Key) {
	var dates period
	for r.next() {
		name := r.name
		if r.space != spacePSKC {
			name = nil // an extension, and so unknown
		}
		switch string(name) {
		case "StartDate":
			dates.read("StartDate", r.text(), &k.Err)
		case "ExpiryDate":
			dates.read("ExpiryDate", r.text(), &k.Err)
		case "KeyUsage":
			k.KeyUsage = append(k.KeyUsage, string(r.text()))
		case "PINPolicy":
			k.HasPIN = true
			r.pinPolicy(k)
		case "NumberOfTransactions":
			if _, err := strconv.ParseUint(string(r.text()), 10, 64); err != nil {
				k.complain(errors.New("its NumberOfTransactions is not a number"))
			}
		default:
			k.UnknownPolicy = append(k.UnknownPolicy, clip(r.name))
			r.skip()
		}
	}
	dates.narrow(k)
}

// pinPolicy looks only for what RFC 6030 does not define, which counts as unknown
// policy like any other.
func (r *reader) pinPolicy(k *Key) {
	for i := range r.attrs {
		a := &r.attrs[i]
		switch string(a.name) {
		case "PINKeyId", "PINUsageMode", "MaxFailedAttempts", "MinLength", "MaxLength", "PINEncoding", "xmlns":
		default:
			if string(a.prefix) != "xmlns" {
				k.UnknownPolicy = append(k.UnknownPolicy, clip(a.name))
			}
		}
	}
	for r.next() {
		k.UnknownPolicy = append(k.UnknownPolicy, clip(r.name))
		r.skip()
	}
}

// once complains when an element is there already, if only an empty one: which
// of them counts is not for this package to guess.
func once(problem *error, name string, seen *bool) {
	if *seen && *problem == nil {
		*problem = fmt.Errorf("it has more than one %s", name)
	}
	*seen = true
}

// complain keeps the first thing that is wrong with the key.
func (k *Key) complain(problem error) {
	if k.Err == nil {
		k.Err = problem
	}
}

// finish makes the errors of keys name their key, and takes the secret away
// from what is wrong.
func (r *reader) finish() {
	r.container.Encrypted = len(r.pending) > 0
	for i := range r.container.Keys {
		if k := &r.container.Keys[i]; k.Err != nil {
			k.Secret = nil
			k.Err = fmt.Errorf("%s: %w", describe(k.Number), k.Err)
		}
	}
}

// same saves memory: of two equal texts it keeps one.
func same(before string, text []byte) string {
	if before == string(text) {
		return before
	}
	return string(text)
}
