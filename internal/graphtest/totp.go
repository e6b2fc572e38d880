package graphtest

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"
	"time"
)

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// decodeSecret takes what Graph takes: any length, in either case. Bits that fill no byte are dropped, because samples
// of the documentation have such lengths (E-draft).
func decodeSecret(secret string) []byte {
	var out []byte
	var buffer, bits uint
	for _, r := range strings.ToUpper(strings.TrimRight(secret, "=")) {
		i := strings.IndexRune(base32Alphabet, r)
		if i < 0 {
			continue
		}
		buffer, bits = buffer<<5|uint(i), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(buffer>>bits))
			buffer &= 1<<bits - 1
		}
	}
	return out
}

// totp is RFC 6238 with 6 digits.
func totp(d Device, counter int64) string {
	newHash := sha1.New
	if strings.EqualFold(d.HashFunction, hashSHA256) {
		newHash = sha256.New
	}
	return hotp(newHash, decodeSecret(d.SecretKey), counter)
}

// hotp is the truncation of RFC 4226 section 5.3.
func hotp(newHash func() hash.Hash, secret []byte, counter int64) string {
	mac := hmac.New(newHash, secret)
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], uint64(counter))
	mac.Write(message[:])
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}

// activationWindow is how far a token's clock may be off at activation: a day for 30 s tokens, two for 60 s (E-con).
func activationWindow(interval int) time.Duration {
	if interval == 60 {
		return 48 * time.Hour
	}
	return 24 * time.Hour
}

// accepts looks through the whole window, so about one random code in 170 is right, as with Graph itself. It says by how
// many steps an accepted code is off, the least that fits.
func accepts(d Device, code string, now time.Time) (steps int, accepted bool) {
	interval := int64(d.TimeIntervalInSeconds)
	if interval == 0 || len(code) != 6 {
		return 0, false
	}
	here := now.Unix() / interval
	reach := int64(activationWindow(d.TimeIntervalInSeconds).Seconds()) / interval
	for off := range reach + 1 {
		for _, signed := range []int64{off, -off} {
			if hmac.Equal([]byte(totp(d, here+signed)), []byte(code)) {
				return int(signed), true
			}
		}
	}
	return 0, false
}

// VerificationCode is what the token shows at a time: the display of the hardware.
func (s *Server) VerificationCode(deviceID string, at time.Time) string {
	d, found := s.Device(deviceID)
	if !found {
		s.complain("there is no device %q", deviceID)
		return ""
	}
	return totp(d, at.Unix()/int64(d.TimeIntervalInSeconds))
}

// WrongCode is a code of six digits that the tenant does not accept now nor in the next hour.
func (s *Server) WrongCode(deviceID string) string {
	d, found := s.Device(deviceID)
	if !found {
		s.complain("there is no device %q", deviceID)
		return ""
	}
	now := s.now()
	for n := range 1_000_000 {
		code := fmt.Sprintf("%06d", n)
		_, soon := accepts(d, code, now)
		_, later := accepts(d, code, now.Add(time.Hour))
		if !soon && !later {
			return code
		}
	}
	return ""
}
