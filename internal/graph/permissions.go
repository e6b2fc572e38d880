package graph

import (
	"net/http"
	"strings"
)

// Permission and role names, as Entra spells them.
// Source: the permission tables of the API pages.
const (
	permissionRead        = "Policy.Read.All"
	permissionWrite       = "Policy.ReadWrite.AuthenticationMethod"
	permissionUserMethods = "UserAuthenticationMethod.ReadWrite.All"
	permissionReadMethods = "UserAuthenticationMethod.Read.All"

	roleTokens      = "Authentication Policy Administrator"
	roleUserMethods = "Authentication Administrator (or Privileged Authentication Administrator for an administrator's token)"
)

// Needs tells the Graph permission and the directory role that the refused
// request asks for: an application needs the permission, a signed-in user both.
func (e *Error) Needs() (permission, role string) {
	userMethods := strings.Contains(strings.ToLower(e.Path), methodsPath)
	switch {
	case userMethods && e.Method == http.MethodGet:
		return permissionReadMethods, roleUserMethods
	case userMethods:
		return permissionUserMethods, roleUserMethods
	case e.Method == http.MethodGet:
		return permissionRead, roleTokens
	default:
		return permissionWrite, roleTokens
	}
}
