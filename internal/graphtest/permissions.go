package graphtest

import "slices"

// The permissions are those of the tables in the API pages; UserAuthMethod-HardwareOATH.* is what-is-new of 2025-10-14.

func readPolicy() []string {
	return []string{"Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"}
}

func writePolicy() []string { return []string{"Policy.ReadWrite.AuthenticationMethod"} }

func readMethods() []string {
	return append(writeMethods(), "UserAuthenticationMethod.Read.All", "UserAuthMethod-HardwareOATH.Read.All")
}

func writeMethods() []string {
	return []string{"UserAuthenticationMethod.ReadWrite.All", "UserAuthMethod-HardwareOATH.ReadWrite.All"}
}

func readUsers() []string {
	return []string{
		"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All",
	}
}

// principal is who a bearer token speaks for.
type principal struct {
	everything bool
	roles      []string
}

func (p principal) hasAny(need []string) bool {
	return p.everything || slices.ContainsFunc(need, func(role string) bool { return slices.Contains(p.roles, role) })
}
