package credential

import (
	"regexp"

	"github.com/google/uuid"
)

// check finds what is wrong with the settings whichever method is used.
func (s Settings) check() error {
	switch {
	case s.ClientID != "" && !isGUID(s.ClientID):
		return wrong(SettingClientID, "%q is not the id of an application, which is a GUID such as 0cadbf92-91a4-4d5b-8f0e-7a8f3f1c2d4e.", s.ClientID)
	case s.TenantID != "" && !isTenant(s.TenantID):
		return wrong(SettingTenantID, "%q is neither a tenant's id, which is a GUID, nor one of its domains, such as contoso.onmicrosoft.com.", s.TenantID)
	case s.ClientCertificatePassword != "" && !s.hasClientCertificate():
		return missing(SettingClientCertificatePath, SettingClientCertificatePassword, "ARM_CLIENT_CERTIFICATE_PATH")
	case s.ADOPipelineServiceConnectionID != "" && !isGUID(s.ADOPipelineServiceConnectionID):
		return wrong(SettingADOPipelineServiceConnectionID, "%q is not the id of a service connection, which is a GUID (in the address of its page, resourceId).", s.ADOPipelineServiceConnectionID)
	}
	return nil
}

var domain = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

func isTenant(text string) bool {
	return isGUID(text) || domain.MatchString(text)
}

// isGUID takes the one form that Entra writes: no braces, no urn, all hyphens.
func isGUID(text string) bool {
	return len(text) == len(uuid.Nil.String()) && uuid.Validate(text) == nil
}

// application checks that an application can sign in: which one, and where.
func (s Settings) application(because string) error {
	if s.TenantID == "" {
		return missing(SettingTenantID, because, "ARM_TENANT_ID")
	}
	if s.ClientID == "" {
		return missing(SettingClientID, because, "ARM_CLIENT_ID")
	}
	return nil
}
