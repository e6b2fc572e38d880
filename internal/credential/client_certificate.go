package credential

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

func (s Settings) hasClientCertificate() bool {
	return s.ClientCertificate != "" || s.ClientCertificatePath != ""
}

func clientCertificate(s Settings) (azcore.TokenCredential, error) {
	if err := s.application(SettingClientCertificate); err != nil {
		return nil, err
	}
	setting := SettingClientCertificate
	if s.ClientCertificatePath != "" {
		setting = SettingClientCertificatePath
	}
	bundle, err := base64.StdEncoding.DecodeString(stripSpace(s.ClientCertificate))
	if err != nil {
		return nil, wrong(setting, "The client certificate is not Base64. It must be a PKCS#12 (.pfx) file in Base64, as base64 -w0 FILE prints it.")
	}
	certificates, key, err := parseCertificate(bundle, s.ClientCertificatePassword)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return nil, wrong(SettingClientCertificatePassword, "The password does not open the client certificate. Set client_certificate_password, or the environment variable ARM_CLIENT_CERTIFICATE_PASSWORD, to the one it was exported with.")
	case err != nil:
		return nil, wrong(setting, "The client certificate can't be read: %v. It must be a PKCS#12 (.pfx) file or a PEM file, and hold the certificate and its private key.", err)
	}
	built, err := azidentity.NewClientCertificateCredential(s.TenantID, s.ClientID, certificates, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions:            s.clientOptions(),
		DisableInstanceDiscovery: s.privateAuthority(),
	})
	return orWrong(built, err, setting)
}

// parseCertificate reads PEM with azidentity, and PKCS#12 with a library that
// knows the SHA-256 MAC of today's openssl, which azidentity's parser refuses.
func parseCertificate(bundle []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if isPEM(bundle) {
		if bytes.Contains(bundle, []byte("ENCRYPTED")) { // in the header of the key's block, or in one below it
			return nil, nil, errors.New("the private key of the PEM file is encrypted, which only a PKCS#12 file may be")
		}
		return azidentity.ParseCertificates(bundle, nil)
	}
	key, certificate, chain, err := pkcs12.DecodeChain(bundle, password)
	if err != nil {
		return nil, nil, err
	}
	return append([]*x509.Certificate{certificate}, chain...), key, nil
}

func isPEM(bundle []byte) bool { return bytes.Contains(bundle, []byte("-----BEGIN ")) }
