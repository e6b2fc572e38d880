package pskc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
)

const (
	// maxIterations keeps a hostile file from costing minutes. The highest count
	// that was ever recommended is below one million and a half.
	maxIterations = 10_000_000
	maxSalt       = 1024
)

var (
	errMethod  = errors.New("its method of encryption is not supported")
	errKeySize = errors.New("the key has the wrong length")
)

// decrypt fills in what is encrypted. Its error is what no key can be blamed
// for: no password, the wrong one, or a method that is not supported.
func (r *reader) decrypt(options Options) error {
	if len(r.pending) == 0 {
		return nil
	}
	o, err := r.newOpener(options)
	if err != nil {
		return err
	}
	opened := 0
	var blame error
	for i := range r.pending {
		v := &r.pending[i]
		k := &r.container.Keys[v.key]
		if k.Err != nil {
			continue
		}
		value, err := o.value(v)
		if err == nil {
			opened++
			err = k.setDecrypted(v.field, value)
		}
		if err == nil {
			continue
		}
		k.complain(fmt.Errorf("its %s: %w", v.field, err))
		if blame == nil && (errors.Is(err, ErrWrongKey) || errors.Is(err, errMethod) || errors.Is(err, errKeySize)) {
			blame = fmt.Errorf("%s: %w", describe(k.Number), k.Err)
		}
	}
	// Where nothing opens, one error says it for the file; where something
	// opens, the key is right and the values that do not open were changed.
	if opened == 0 && blame != nil {
		return blame
	}
	return nil
}

// opener verifies and decrypts values with one key.
type opener struct {
	key   []byte
	block cipher.Block
	mac   hash.Hash // nil when the file declares no MACMethod
}

func (r *reader) newOpener(options Options) (*opener, error) {
	e := &r.encryption
	if e.asymmetric {
		return nil, errors.New("the file is encrypted for a certificate: asymmetric encryption is not supported, ask the vendor for a pre-shared key or a password")
	}
	if e.problem != nil {
		return nil, e.problem
	}
	newHash := hashes[fragment(e.macMethod)]
	if e.hasMAC && newHash == nil {
		return nil, fmt.Errorf("the MAC method %q is not supported", clip(e.macMethod))
	}
	key, err := r.encryptionKeyFrom(options)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the key has %d bytes: an AES key has 16, 24 or 32", len(key))
	}
	o := &opener{key: key, block: block}
	if e.hasMAC {
		macKey, err := r.macKey(o)
		if err != nil {
			return nil, fmt.Errorf("the file's MACKey: %w", err)
		}
		o.mac = hmac.New(newHash, macKey)
	}
	return o, nil
}

// encryptionKeyFrom gives the key that the file asks for.
func (r *reader) encryptionKeyFrom(options Options) ([]byte, error) {
	names := ""
	if len(r.container.KeyNames) > 0 {
		names = fmt.Sprintf(" (the file names it %q)", clip(strings.Join(r.container.KeyNames, ", ")))
	}
	d := r.encryption.derivation
	switch {
	case d == nil && len(options.Key) == 0:
		return nil, fmt.Errorf("%w%s", ErrNeedsKey, names)
	case d == nil:
		return options.Key, nil
	case !options.HasPassword:
		return nil, fmt.Errorf("%w%s", ErrNeedsPassword, names)
	}
	return d.derive(options.Password)
}

// hashes has the functions of HMACs, for PBKDF2 and for MACs.
var hashes = map[string]func() hash.Hash{
	"hmac-sha1":   sha1.New,
	"hmac-sha224": sha256.New224,
	"hmac-sha256": sha256.New,
	"hmac-sha384": sha512.New384,
	"hmac-sha512": sha512.New,
}

func (d *derivation) derive(password string) ([]byte, error) {
	prf := d.prf
	if prf == "" {
		prf = "hmac-sha1" // the default of PKCS #5; RFC 6030's figure 7 has an empty PRF
	}
	newHash := hashes[prf]
	salt, err := decodeBase64(d.salt)
	switch {
	case d.method != "pbkdf2":
		return nil, fmt.Errorf("the key derivation method %q is not supported, only PBKDF2 is", clip(d.method))
	case newHash == nil:
		return nil, fmt.Errorf("the PRF %q of PBKDF2 is not supported", clip(d.prf))
	case err != nil:
		return nil, fmt.Errorf("the salt of PBKDF2 is %w", err)
	case len(salt) == 0 || len(salt) > maxSalt:
		return nil, fmt.Errorf("the salt of PBKDF2 has %d bytes, not 1 to %d", len(salt), maxSalt)
	case d.iterations < 1 || d.iterations > maxIterations:
		return nil, fmt.Errorf("the IterationCount of PBKDF2 is %d, not 1 to %d", d.iterations, maxIterations)
	case d.keyLength != 16 && d.keyLength != 24 && d.keyLength != 32:
		return nil, fmt.Errorf("the KeyLength of PBKDF2 is %d: an AES key has 16, 24 or 32 bytes", d.keyLength)
	}
	return pbkdf2.Key(newHash, password, salt, d.iterations, d.keyLength)
}

// macKey gives the key of the MACs (RFC 6030, section 6.1.1). Where none is
// sent, older files use the encryption key, which nobody else can either.
func (r *reader) macKey(o *opener) ([]byte, error) {
	e := &r.encryption
	if e.macKey == nil {
		if e.macKeyReference != "" && !slices.Contains(r.container.KeyNames, e.macKeyReference) {
			return nil, fmt.Errorf("it is another pre-shared key, named %q, which is not supported", clip(e.macKeyReference))
		}
		return o.key, nil
	}
	text, err := decodeBase64(e.macKey.text)
	if err != nil {
		return nil, err
	}
	// It has no MAC of its own: that a CBC padding is wrong is the first sign
	// of a wrong key.
	key, err := o.open(e.macKey.uri, text)
	if errors.Is(err, errPadding) || err == nil && len(key) == 0 {
		return nil, ErrWrongKey
	}
	return key, err
}

// value verifies and decrypts a value: never the second without the first.
//
// RFC 6030, section 6.1.1: where the method has no integrity check, as CBC, there
// must be a MACMethod and a ValueMAC. Without it whoever passes the file on can
// change the first block of a secret at will, so this is not negotiable for
// secrets. Files exist whose numbers have none; those are read, unless the file
// has a MACMethod.
func (o *opener) value(v *encryptedValue) ([]byte, error) {
	text, err := decodeBase64(v.text)
	if err != nil {
		return nil, fmt.Errorf("its ciphertext is %w", err)
	}
	hasIntegrity := !strings.HasSuffix(fragment(v.uri), "-cbc")
	switch {
	case v.hasMAC && o.mac == nil:
		return nil, errors.New("it has a ValueMAC, but the file has no MACMethod that says how to verify it")
	case !v.hasMAC && o.mac != nil && !hasIntegrity:
		return nil, errors.New("the file has a MACMethod, but the ValueMAC is missing: the file was changed or made wrongly")
	case !v.hasMAC && v.field == fieldSecret && !hasIntegrity:
		return nil, errors.New("it is encrypted with CBC but has no MAC, which RFC 6030 demands (section 6.1.1)")
	}
	if v.hasMAC {
		mac, err := decodeBase64(v.mac)
		if err != nil {
			return nil, fmt.Errorf("its ValueMAC is %w", err)
		}
		o.mac.Reset()
		o.mac.Write(text) // the IV and the ciphertext, as they stand
		if !hmac.Equal(o.mac.Sum(nil), mac) {
			return nil, ErrWrongKey
		}
	}
	return o.open(v.uri, text)
}
