package seedfile

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// openPSKC reads a key container. It gets the bytes as they came: a signature
// is over those.
func openPSKC(content []byte, options Options) (*file, error) {
	container, err := pskc.Read(content, pskc.Options{
		Key: options.Key, Password: options.Password, HasPassword: options.HasPassword,
		TrustedCertificates: options.TrustedCertificates, MetadataOnly: options.MetadataOnly,
	})
	switch {
	case err != nil:
		return nil, err
	case len(options.TrustedCertificates) > 0 && !container.Signed:
		return nil, errors.New("the container is not signed, and trusted certificates were given")
	}
	opened := &file{format: FormatPSKC, unit: "KeyPackage", about: len(container.Keys)}
	if container.Signed && len(options.TrustedCertificates) == 0 {
		opened.warnings = append(opened.warnings, "the container is signed, and its signature was not verified")
	}
	opened.each = func(yield func(*candidate) error) error {
		var from candidate
		for i := range container.Keys {
			from = pskcCandidate(&container.Keys[i])
			from.unsealed = container.Keys[i].IntervalEncrypted
			from.sealed = container.Encrypted && options.MetadataOnly
			if err := yield(&from); err != nil {
				return err
			}
		}
		return nil
	}
	return opened, nil
}

func pskcCandidate(key *pskc.Key) candidate {
	if errors.Is(key.Err, pskc.ErrSeveralKeys) {
		return candidate{number: key.Number, serial: key.SerialNumber, kind: kindTOTP, unreadable: bare(key.Err).Error()}
	}
	from := candidate{
		number: key.Number, serial: key.SerialNumber, manufacturer: key.Manufacturer, model: key.Model,
		displayName: key.FriendlyName, kind: pskcKind(key.Algorithm), hash: key.Suite, encoding: key.Encoding,
		interval: integer(key.TimeInterval), offset: integer(key.Time), raw: key.Secret, expiry: key.ExpiryDate,
		drift: key.TimeDrift != nil && *key.TimeDrift != 0, pin: key.HasPIN,
	}
	if from.manufacturer == "" {
		from.manufacturer = key.Issuer
	}
	if isUPN(key.UserID) {
		from.userPrincipalName = key.UserID
	}
	if key.Digits != 0 {
		from.digits = strconv.Itoa(key.Digits)
	}
	from.noDigits = key.Digits == 0
	fault := func(text string) { from.faults = append(from.faults, text) }
	if key.Err != nil {
		fault(bare(key.Err).Error())
		// One reason is enough: without it the secret would be missing too.
		from.broken = true
	}
	if from.kind != kindTOTP {
		return from
	}
	if key.CheckDigits {
		fault("its codes end in a check digit, and Microsoft Entra takes only 6 plain digits")
	}
	if len(key.KeyUsage) > 0 && !slices.ContainsFunc(key.KeyUsage, func(usage string) bool { return strings.EqualFold(usage, "OTP") }) {
		fault("its policy does not allow it to make one-time passwords")
	}
	if len(key.UnknownPolicy) > 0 {
		// RFC 6030 section 5: then the usage is not permitted.
		fault("its policy has rules that RFC 6030 does not define, so that it must not be used: ask the vendor for a file without them")
	}
	return from
}

// pskcKind takes nothing but a URI for TOTP.
func pskcKind(algorithm string) string {
	kind := kindOf(algorithm)
	if kind == kindNone || kind == kindTOTP && !totpURI(algorithm) {
		return kindUnknown
	}
	return kind
}

// bare is the error of a key without the name of the key, which a Problem has.
func bare(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

func integer(value *int64) string {
	if value == nil {
		return ""
	}
	return strconv.FormatInt(*value, 10)
}

// isUPN is for UserId, which may as well be an LDAP name or a number.
func isUPN(text string) bool {
	name, domain, found := strings.Cut(text, "@")
	return found && name != "" && strings.Contains(domain, ".") && !strings.ContainsAny(text, " =,<>:/") && !strings.Contains(domain, "@")
}
