package seedfile

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What is recognised and cannot be read, with what to do about it.
const (
	refusedPGP = "the file is encrypted with PGP: decrypt it first (gpg --decrypt), and mind where the result is kept"
	refusedHID = "the file is in a format of HID's own (.sds, .sdb): ask HID for PSKC (.pskc)"
	refusedDPX = "the file is a OneSpan DPX file, whose layout is not public: order OATH-TOTP tokens and ask OneSpan for PSKC"
	refusedRSA = "the file holds RSA SecurID tokens (.sdtid), which are not OATH: Microsoft Entra takes only TOTP"
	refusedXLS = "the file is an Excel workbook: use the vendor's own file, for Excel loses the zeros that serial numbers begin with"
	refusedSCC = "the file is in SafeWord's format: its event tokens (sccMode=E) are HOTP, which Microsoft Entra does not take, and its time " +
		"tokens (sccMode=T) may count from 2000-01-01 instead of 1970-01-01, which Entra cannot be told: ask Thales for OATH TOTP tokens and PSKC"
	refusedYubico = "the file is a log of the Yubico personalization tool, which never holds TOTP secrets: " +
		"program TOTP secrets yourself (ykman oath) and write them to a CSV in Microsoft's format"
	refusedSafeNet = "the file is in SafeNet's (Aladdin's) XML, which holds event-based tokens (HOTP): Microsoft Entra takes only TOTP; ask Thales for TOTP tokens and PSKC"
	refusedUAP     = "the file is in the XML of Deepnet Unified Authentication 3, which holds counter-based tokens: ask Deepnet for Microsoft's CSV or PSKC of TOTP tokens"
)

var magics = []struct{ magic, reason string }{
	{"7z\xBC\xAF\x27\x1C", "the file is a 7z archive: unpack it first"},
	{"Rar!\x1A\x07", "the file is a RAR archive: unpack it first"},
	{"\x1F\x8B", "the file is compressed with gzip: unpack it first"},
	{"%PDF-", "the file is a PDF: ask the vendor for the seed file itself"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", refusedXLS},
}

// refuseBinary knows a file by its first bytes.
func refuseBinary(content []byte) error {
	for _, known := range magics {
		if bytes.HasPrefix(content, []byte(known.magic)) {
			return errors.New(known.reason)
		}
	}
	if bytes.HasPrefix(bytes.TrimLeft(content, " \t\r\n"), []byte("-----BEGIN PGP ")) {
		return errors.New(refusedPGP)
	}
	// Binary OpenPGP begins with the tag of a packet (RFC 9580 section 4.2): a
	// session key (1, 3) in the old or the new form.
	if len(content) > 0 && bytes.IndexByte([]byte{0x84, 0x85, 0x86, 0x8C, 0x8D, 0xC1, 0xC3}, content[0]) >= 0 && !utf8.Valid(content) {
		return errors.New(refusedPGP)
	}
	return nil
}

// RefuseName gives the reason against a file by its name, for formats that have
// no mark inside. Nil says only that the name tells nothing.
func RefuseName(name string) error {
	switch strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/"))) {
	case ".sds", ".sdb":
		return errors.New(refusedHID)
	case ".dpx":
		return errors.New(refusedDPX)
	case ".sdtid":
		return errors.New(refusedRSA)
	case ".pgp", ".gpg", ".asc":
		return errors.New(refusedPGP)
	case ".xls", ".xlsx", ".xlsm", ".ods":
		return errors.New(refusedXLS)
	}
	return nil
}

var (
	yubicoEvent = regexp.MustCompile(`(?i)^(LOGGING START|OATH-HOTP|Yubico OTP|Challenge-Response|Static Password)\b[^,;\t]*[,;\t]`)
	// The cells are serial, public id, private id, secret, access code, timestamp.
	yubicoSerial = regexp.MustCompile(`^\d+,[^,]*,[^,]*,[^,]*,[^,]*,\d{4}-\d\d-\d\dT[\d:]+,?$`)
	liboathUser  = regexp.MustCompile(`^(HOTP|HOTP/E|HOTP/T\d+)(/\d+)?[ \t]`)
	digipass     = regexp.MustCompile(`(?i)\b(DIGIPASS|VASCO|DPX)\b`)
)

// refuseText knows a format by the first line that says something.
func refuseText(text string) error {
	head := text[:min(len(text), 4096)]
	if strings.Contains(head, "sccAuthenticatorId") || strings.Contains(head, "sccTokenData") {
		return errors.New(refusedSCC)
	}
	for row := range strings.Lines(head) {
		row = strings.TrimSpace(row)
		if row == "" || row[0] == '#' {
			continue
		}
		switch {
		case yubicoEvent.MatchString(row), yubicoSerial.MatchString(row):
			return errors.New(refusedYubico)
		case liboathUser.MatchString(row):
			return errors.New("the file is a users file of liboath, which is no delivery of tokens: write a CSV in Microsoft's format")
		case !strings.ContainsAny(row, ",;") && digipass.MatchString(row):
			return errors.New(refusedDPX)
		}
		break
	}
	return nil
}

// refuseXML knows a format by its root element.
func refuseXML(root string) error {
	switch strings.ToLower(root) {
	case "tokens", "token":
		return errors.New(refusedSafeNet)
	case "tokenlist":
		return errors.New(refusedUAP)
	case "tknbatch":
		return errors.New(refusedRSA)
	case "device", "keypackage", "key":
		return fmt.Errorf("the file is a piece of PSKC: its root is %q instead of KeyContainer", root)
	}
	return nil
}
