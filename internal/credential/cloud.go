package credential

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// Cloud is one of Microsoft's clouds.
// Source: "Microsoft Graph national cloud deployments".
type Cloud struct {
	// Name is the value of the provider's environment argument; Aliases are the
	// other spellings that hashicorp/azuread takes.
	Name    string
	Aliases []string
	// Graph is the root of Microsoft Graph, Authority that of the login service.
	Graph, Authority string
}

// Scope is what a token for this cloud's Graph is asked for.
func (c Cloud) Scope() string { return c.Graph + "/.default" }

// Clouds lists Microsoft's clouds, the default first.
func Clouds() []Cloud {
	return []Cloud{
		{"global", []string{"public"}, "https://graph.microsoft.com", "https://login.microsoftonline.com/"},
		{"usgovernmentl4", []string{"usgovernment"}, "https://graph.microsoft.us", "https://login.microsoftonline.us/"},
		{"usgovernmentl5", []string{"dod"}, "https://dod-graph.microsoft.us", "https://login.microsoftonline.us/"},
		{"china", nil, "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn/"},
	}
}

// CloudNames lists every name that [FindCloud] knows, aliases after their cloud.
func CloudNames() []string {
	var names []string
	for _, cloud := range Clouds() {
		names = append(append(names, cloud.Name), cloud.Aliases...)
	}
	return names
}

// FindCloud finds a cloud by its name or an alias.
func FindCloud(name string) (Cloud, bool) {
	for _, cloud := range Clouds() {
		if cloud.Name == name || slices.Contains(cloud.Aliases, name) {
			return cloud, true
		}
	}
	return Cloud{}, false
}

func sameHost(a, b string) bool {
	first, errA := url.Parse(a)
	second, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(first.Host, second.Host)
}

// IsLoopback reports whether an address is this machine's own.
func IsLoopback(address *url.URL) bool {
	ip := net.ParseIP(address.Hostname())
	return address.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
