package pskc

import "strings"

// namespace says what a namespace URI means here.
type namespace byte

const (
	spaceNone namespace = iota
	spaceOther
	spacePSKC
	spaceSignature
	spaceDraft
)

func namespaceOf(uri []byte) namespace {
	switch string(uri) {
	case "":
		return spaceNone
	case "urn:ietf:params:xml:ns:keyprov:pskc":
		return spacePSKC
	case "http://www.w3.org/2000/09/xmldsig#":
		return spaceSignature
	}
	// Seen before the RFC: http://www.openauthentication.org/OATH/2006/08/PSKC,
	// urn:ietf:params:xml:ns:keyprov:container[:1.0], urn:ietf:params:xml:ns:keyprov:pskc:1.0.
	lower := strings.ToLower(string(uri))
	for _, part := range []string{"openauthentication.org/oath", "keyprov:container", "keyprov:pskc", "keyprov-pskc", "ietf.org/keyprov"} {
		if strings.Contains(lower, part) {
			return spaceDraft
		}
	}
	return spaceOther
}
