package totp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"
)

// The hash functions, as Graph names them. Microsoft Entra takes the first two;
// the third is in RFC 6238.
const (
	HMACSHA1   = "hmacsha1"
	HMACSHA256 = "hmacsha256"
	HMACSHA512 = "hmacsha512"
)

// Code gives the 6 digits that a token shows at a moment (RFC 6238, with T0 at
// 1970-01-01). The secret is what CanonicalSecret takes. An error never holds it.
func Code(secret string, interval time.Duration, hashFunction string, at time.Time) (string, error) {
	counter, err := Counter(interval, at)
	if err != nil {
		return "", err
	}
	secret, err = CanonicalSecret(secret)
	if err != nil {
		return "", fmt.Errorf("the secret cannot be used: %w", err)
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", errors.New("the secret cannot be used: it is not Base32")
	}
	newHash, err := hashByName(hashFunction)
	if err != nil {
		return "", err
	}
	return truncate(newHash, key, counter), nil
}

// Counter is the number of the step that a moment is in.
func Counter(interval time.Duration, at time.Time) (uint64, error) {
	switch {
	case interval < time.Second || interval%time.Second != 0:
		return 0, fmt.Errorf("a time interval of %s is no whole number of seconds", interval)
	case at.Unix() < 0:
		return 0, fmt.Errorf("%s is before 1970-01-01, when the first time step began", at.UTC().Format(time.RFC3339))
	}
	return uint64(at.Unix()) / uint64(interval/time.Second), nil
}

// Remaining is how long the code of a moment is still shown: more than nothing,
// and at most the interval.
func Remaining(interval time.Duration, at time.Time) (time.Duration, error) {
	counter, err := Counter(interval, at)
	if err != nil {
		return 0, err
	}
	elapsed := time.Duration(uint64(at.Unix())-counter*uint64(interval/time.Second)) * time.Second
	return interval - elapsed - time.Duration(at.Nanosecond()), nil
}

func hashByName(name string) (func() hash.Hash, error) {
	switch name {
	case HMACSHA1:
		return sha1.New, nil
	case HMACSHA256:
		return sha256.New, nil
	case HMACSHA512:
		return sha512.New, nil
	}
	return nil, fmt.Errorf("unknown hash function %q", name)
}

// truncate is the dynamic truncation of RFC 4226 section 5.3.
func truncate(newHash func() hash.Hash, key []byte, counter uint64) string {
	mac := hmac.New(newHash, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0F
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7FFFFFFF
	return fmt.Sprintf("%06d", number%1_000_000)
}
