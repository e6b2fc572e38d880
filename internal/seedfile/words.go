package seedfile

import "strings"

// The kinds of tokens, as messages name them. Microsoft Entra takes TOTP only.
const (
	kindTOTP = "TOTP"
	kindHOTP = "HOTP"
	kindOCRA = "OCRA"
	kindRSA  = "RSA SecurID"
	// kindNone is a token whose file has a place for the kind and leaves it empty.
	kindNone    = ""
	kindUnknown = "unknown"
)

var (
	kindNoise = strings.NewReplacer("oath", "", "-", "", "_", "", " ", "")
	hashNoise = strings.NewReplacer("hmac", "", "-", "", "_", "", " ", "")
)

// kindOf reads the spellings of CSV files and the algorithm URIs of PSKC.
// The profile "totp" of PSKC is registered nowhere; it comes from
// draft-hoyer-keyprov-pskc-algorithm-profiles-01, as "pskc#totp" and ":totp".
func kindOf(text string) string {
	switch text {
	case "totp", "TOTP", "urn:ietf:params:xml:ns:keyprov:pskc:totp":
		return kindTOTP
	case "":
		return kindNone
	}
	word := strings.ToLower(strings.TrimSpace(text))
	if strings.Contains(word, "ocra") {
		return kindOCRA
	}
	if i := strings.LastIndexAny(word, ":#"); i >= 0 {
		if !strings.Contains(word[:i], "pskc") {
			if strings.Contains(word, "securid") {
				return kindRSA
			}
			if strings.Contains(word, "yubikey-aes") {
				return "Yubico OTP"
			}
			return kindUnknown
		}
		if word = word[i+1:]; kindNoise.Replace(word) == "totp" && !totpURI(text) {
			return kindUnknown
		}
	}
	switch kindNoise.Replace(word) {
	case "":
		return kindNone
	case "totp":
		return kindTOTP
	case "hotp":
		return kindHOTP
	case "motp":
		return "mOTP"
	case "pin":
		return "PIN"
	case "pw", "password":
		return "static password"
	}
	return kindUnknown
}

// totpURI knows the two spellings as a whole: what another profile ends with
// says nothing about how its codes are made.
func totpURI(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "urn:ietf:params:xml:ns:keyprov:pskc:totp", "urn:ietf:params:xml:ns:keyprov:pskc#totp":
		return true
	}
	return false
}

func kindFault(kind string) string {
	const only = "Microsoft Entra takes only time-based ones (TOTP)"
	switch kind {
	case kindHOTP:
		return "it is an event-based token (HOTP), and " + only + ": ask the vendor for TOTP tokens"
	case kindNone:
		return "it has no type, which means an event-based token (HOTP) in this format, and " + only + ": set assume_totp = true if the vendor says that it is time-based"
	case kindUnknown:
		return "its type is unknown, and " + only
	}
	article := "a "
	if kind == kindOCRA || kind == kindRSA {
		article = "an "
	}
	return "it is " + article + kind + " token, and " + only
}

// hashWord brings "HMAC-SHA256", "hmacsha256", "SHA_256" and "HmacSHA256" together.
func hashWord(text string) string {
	return hashNoise.Replace(strings.ToLower(text))
}

// hashFunction gives Graph's name. An unknown one is never taken for SHA-1:
// the token would be created and no code of it would ever match.
func hashFunction(text string) (name string, known bool) {
	switch text {
	case "hmacsha1", "HMAC-SHA1":
		return "hmacsha1", true
	case "hmacsha256", "HMAC-SHA256":
		return "hmacsha256", true
	}
	switch hashWord(text) {
	case "sha1":
		return "hmacsha1", true
	case "sha256":
		return "hmacsha256", true
	}
	return "", false
}

// hashFault names a hash function only where it cannot be anything else, such as
// a secret in a shifted column.
func hashFault(text string) string {
	const only = "Microsoft Entra takes SHA-1 and SHA-256"
	switch word := hashWord(text); {
	case word == "sha512", word == "sha384", word == "sha224":
		return "it computes codes with SHA-" + word[3:] + ", and " + only
	case word == "md5":
		return "it computes codes with MD5, and " + only
	case strings.HasPrefix(word, "ocra"):
		return "it is an OCRA token, and Microsoft Entra takes only time-based ones (TOTP)"
	}
	return "its hash function is unknown, and " + only
}
