// Package credentialtest is the world around a sign-in, for tests: certificates,
// another issuer of tokens, and the small services that GitHub Actions, Azure
// DevOps and Azure's machines offer. The tenant itself is in graphtest.
package credentialtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What the assertions of the other issuer say.
const (
	Issuer   = "https://token.actions.githubusercontent.com"
	Subject  = "repo:contoso/identity:ref:refs/heads/main"
	audience = "api://AzureADTokenExchange"
)

// KeyRing holds the keys of the tests.
type KeyRing struct {
	// Key and Certificate are the application's; no application has the others.
	Key, OtherKey                 *rsa.PrivateKey
	Certificate, OtherCertificate *x509.Certificate
	// Issuer signs assertions.
	Issuer *ecdsa.PrivateKey
}

// Keys are made once for a process, because that takes long.
var Keys = sync.OnceValue(func() KeyRing {
	ring := KeyRing{}
	ring.Key, ring.Certificate = newCertificate()
	ring.OtherKey, ring.OtherCertificate = newCertificate()
	ring.Issuer = NewIssuer()
	return ring
})

// NewIssuer makes the key of an issuer that nobody trusts yet.
func NewIssuer() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func newCertificate() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "identity repo"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return key, certificate
}

// Assertion is a token of the other issuer, with changes; a nil key is the
// issuer's own.
func Assertion(tb testing.TB, changes jwt.MapClaims, key *ecdsa.PrivateKey) string {
	tb.Helper()
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": Issuer, "sub": Subject, "aud": audience, "jti": fmt.Sprint(now.UnixNano()),
		"iat": now.Unix(), "nbf": now.Add(-time.Second).Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for name, value := range changes {
		claims[name] = value
	}
	if key == nil {
		key = Keys().Issuer
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, claims).SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// PEM is a file with a private key, a certificate or both.
func PEM(tb testing.TB, key crypto.PrivateKey, certificate *x509.Certificate) []byte {
	tb.Helper()
	var file []byte
	if key != nil {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			tb.Fatal(err)
		}
		file = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	if certificate != nil {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return file
}
