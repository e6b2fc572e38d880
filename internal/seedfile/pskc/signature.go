package pskc

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// verify gives the part of the file that a trusted signature covers, as XML: the
// only part to be read (RFC 6030, section 7). The content has been read by
// scanner before, so it is small, shallow and free of entities.
func verify(content []byte, trusted []*x509.Certificate) ([]byte, error) {
	document := etree.NewDocument()
	if err := document.ReadFromBytes(content); err != nil {
		return nil, errors.New("the file cannot be read as XML")
	}
	signature, err := findSignature(document.Root())
	if err != nil {
		return nil, err
	}
	signers, err := trustedSigners(signature, trusted)
	if err != nil {
		return nil, err
	}
	// goxmldsig takes its certificate from KeyInfo if there is one, and compares
	// it with the roots without building a chain. Without KeyInfo, which no
	// enveloped signature covers, it takes the one certificate that it is given.
	for _, child := range signature.ChildElements() {
		if child.Tag == "KeyInfo" {
			signature.RemoveChild(child)
		}
	}
	for _, signer := range signers {
		validation := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{signer}})
		validation.IdAttribute = "Id"
		var verified *etree.Element
		if verified, err = validation.Validate(document.Root()); err == nil {
			return etree.NewDocumentWithRoot(verified).WriteToBytes()
		}
	}
	return nil, fmt.Errorf("it does not verify: %w", err)
}

// findSignature gives the one Signature of the container. RFC 6030 has that
// element in its own namespace (section 7 and figure 9), tools write ds:Signature,
// and goxmldsig knows the latter. The name of the element is not signed.
func findSignature(root *etree.Element) (*etree.Element, error) {
	var found *etree.Element
	for _, child := range root.ChildElements() {
		if child.Tag != "Signature" {
			continue
		}
		if found != nil {
			return nil, errors.New("the file has more than one")
		}
		found = child
	}
	if found == nil {
		return nil, errors.New("the file is not signed")
	}
	if found.NamespaceURI() != dsig.Namespace {
		info := found.FindElement("./SignedInfo")
		if info == nil {
			return nil, errors.New("it has no SignedInfo")
		}
		found.Space = info.Space
		if found.NamespaceURI() != dsig.Namespace {
			return nil, errors.New("it is not an XML signature")
		}
	}
	return found, nil
}

// trustedSigners gives the certificates that may have signed: the one in the
// signature, if it is trusted or chained to one that is, or, where the
// signature has none, those that are trusted.
func trustedSigners(signature *etree.Element, trusted []*x509.Certificate) ([]*x509.Certificate, error) {
	var sent []*x509.Certificate
	for _, element := range signature.FindElements("./KeyInfo/X509Data/X509Certificate") {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(element.Text()), ""))
		if err != nil {
			return nil, errors.New("its certificate is not valid base64")
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, errors.New("its certificate cannot be read")
		}
		sent = append(sent, certificate)
	}
	if len(sent) == 0 {
		return trusted, nil
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, certificate := range trusted {
		if bytes.Equal(certificate.Raw, sent[0].Raw) {
			return sent[:1], nil
		}
		roots.AddCert(certificate)
	}
	for _, certificate := range sent[1:] {
		intermediates.AddCert(certificate)
	}
	_, err := sent[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // RFC 6030 names none
	})
	if err != nil {
		return nil, fmt.Errorf("its certificate %q is not trusted: %w", clip(sent[0].Subject.String()), err)
	}
	return sent[:1], nil
}
