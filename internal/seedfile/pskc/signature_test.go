package pskc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// authority is a certificate with its key.
type authority struct {
	certificate *x509.Certificate
	key         *rsa.PrivateKey
}

// issue makes a certificate that parent signed, or a root without a parent.
func issue(t *testing.T, name string, parent *authority, ca bool, until time.Time) *authority {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signer := &authority{template, key}
	if parent != nil {
		signer = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, &key.PublicKey, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key}
}

// sign puts an enveloped signature into a container, with the certificates in it.
func sign(t *testing.T, content []byte, signer *authority, sent ...*authority) []byte {
	t.Helper()
	document := etree.NewDocument()
	if err := document.ReadFromBytes(content); err != nil {
		t.Fatal(err)
	}
	var chain [][]byte
	for _, a := range append([]*authority{signer}, sent...) {
		chain = append(chain, a.certificate.Raw)
	}
	signing, err := dsig.NewSigningContext(signer.key, chain)
	if err != nil {
		t.Fatal(err)
	}
	signing.IdAttribute = "Id"
	signed, err := signing.SignEnveloped(document.Root())
	if err != nil {
		t.Fatal(err)
	}
	signedContent, err := etree.NewDocumentWithRoot(signed).WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return signedContent
}

func trust(authorities ...*authority) pskc.Options {
	var options pskc.Options
	for _, a := range authorities {
		options.TrustedCertificates = append(options.TrustedCertificates, a.certificate)
	}
	return options
}

func TestRead_signature(t *testing.T) {
	t.Parallel()
	future, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	root, other := issue(t, "Root", nil, true, future), issue(t, "Other root", nil, true, future)
	middle := issue(t, "Middle", root, true, future)
	leaf, expired := issue(t, "Vendor", middle, false, future), issue(t, "Expired", root, false, past)
	content := container(keyPackage("00012345", plain("Secret", b64(testSecret))))
	signed := string(sign(t, content, leaf, middle))
	replaced := func(old, text string) string {
		if !strings.Contains(signed, old) {
			t.Fatalf("%s is not in the signed file", old)
		}
		return strings.Replace(signed, old, text, 1)
	}
	withoutKeyInfo := signed[:strings.Index(signed, "<ds:KeyInfo>")] + signed[strings.Index(signed, "</ds:KeyInfo>")+len("</ds:KeyInfo>"):]
	signature := signed[strings.Index(signed, "<ds:Signature "):strings.Index(signed, "</KeyContainer>")]
	inNamespaceOfRFC := strings.NewReplacer("<ds:Signature ", "<Signature ", "</ds:Signature>", "</Signature>").Replace(signed)

	for name, test := range map[string]struct {
		content string
		options pskc.Options
		want    string // "" is accepted
	}{
		"signer trusted":            {signed, trust(leaf), ""},
		"one of several trusted":    {signed, trust(other, leaf), ""},
		"chain to a root":           {signed, trust(root), ""},
		"chain to the middle":       {signed, trust(middle), ""},
		"no trust asked for":        {signed, pskc.Options{}, ""},
		"element as in RFC 6030":    {inNamespaceOfRFC, trust(root), ""},
		"no certificate sent":       {withoutKeyInfo, trust(other, leaf), ""},
		"broken, no trust":          {replaced("00012345", "00012346"), pskc.Options{}, ""},
		"other root":                {signed, trust(other), "not trusted"},
		"middle not sent":           {string(sign(t, content, leaf)), trust(root), "not trusted"},
		"expired, trusted":          {string(sign(t, content, expired)), trust(expired), "does not verify"},
		"expired, chained":          {string(sign(t, content, expired)), trust(root), "expired"},
		"not signed":                {string(content), trust(root), "not signed"},
		"no certificate, no signer": {withoutKeyInfo, trust(root, other), "does not verify"},
		"serial number changed":     {replaced("00012345", "00012346"), trust(leaf), "does not verify"},
		"secret changed":            {replaced(b64(testSecret), b64(sequence(20))), trust(leaf), "does not verify"},
		"key added":                 {replaced("</KeyPackage>", "</KeyPackage>"+keyPackage("2", plain("Secret", "MTIzNA=="))), trust(leaf), "does not verify"},
		"value changed":             {replaced("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), trust(leaf), "does not verify"},
		"digest changed":            {replaced("<ds:DigestValue>", "<ds:DigestValue>AAAA"), trust(leaf), "does not verify"},
		"certificate of another":    {replaced(b64(leaf.certificate.Raw), b64(root.certificate.Raw)), trust(root), "does not verify"},
		"certificate not base64":    {replaced("<ds:X509Certificate>", "<ds:X509Certificate>*"), trust(root), "not valid base64"},
		"certificate not DER":       {replaced("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"), trust(root), "cannot be read"},
		"two signatures":            {replaced("</KeyContainer>", signature+"</KeyContainer>"), trust(root), "more than one"},
		"not a signature":           {string(container(keyPackage("1"), "<Signature/>")), trust(root), "no SignedInfo"},
		"figure 9 of RFC 6030":      {string(readFile(t, "testdata/rfc6030/figure9.xml")), trust(root), "does not verify"},
		"wrapped":                   {wrapped(signed), trust(root), "not signed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.want != "" {
				if err := refusal(t, []byte(test.content), test.options, testSecret); !errors.Is(err, pskc.ErrSignature) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			got, err := pskc.Read([]byte(test.content), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Signed || len(got.Keys) != 1 || !bytes.Equal(got.Keys[0].Secret, testSecret) || got.ID != "C1" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// wrapped is the attack in which a signed container lies in another, whose keys
// a careless reader takes.
func wrapped(signed string) string {
	return string(container(keyPackage("666", plain("Secret", "MTIzNA==")), "<Extensions>"+signed[strings.Index(signed, "<KeyContainer"):]+"</Extensions>"))
}

// TestRead_corpusSigned verifies what pskctool signed, with RSA and SHA-1, by the
// root that its certificate hangs on, which goxmldsig alone would not.
func TestRead_corpusSigned(t *testing.T) {
	t.Parallel()
	folder := "corpus/oath-toolkit/pskctool/tests/"
	content := readFile(t, shared(t, folder+"pskc-all-signed.xml"))
	for _, file := range []string{"pskc-root-crt.pem", "pskc-ee-crt.pem"} {
		block, _ := pem.Decode(readFile(t, shared(t, folder+file)))
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		options := pskc.Options{TrustedCertificates: []*x509.Certificate{certificate}}
		if got := oneSecret(t, content, options); string(got) != "12345678901234567890" {
			t.Errorf("%s: got %q", file, got)
		}
		hotp := readFile(t, shared(t, "corpus/oath-toolkit/libpskc/examples/pskc-hotp-signed.xml"))
		if got := oneSecret(t, hotp, options); len(got) == 0 {
			t.Errorf("%s: no secret in the HOTP sample", file)
		}
		changed := bytes.Replace(content, []byte("<SerialNo>SerialNo"), []byte("<SerialNo>SerialNr"), 1)
		if err := refusal(t, changed, options, []byte("12345678901234567890")); !errors.Is(err, pskc.ErrSignature) {
			t.Errorf("%s: changed: %v", file, err)
		}
		decoded, err := base64.StdEncoding.DecodeString("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=")
		if err != nil || leaks(refusal(t, readFile(t, shared(t, "corpus/rfc6030/figure9.xml")), options), decoded) != "" {
			t.Errorf("%s: figure 9: %v", file, err)
		}
	}
}
