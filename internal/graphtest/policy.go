package graphtest

import (
	"encoding/json"
	"net/http"
)

const (
	policyType     = "#microsoft.graph.hardwareOathAuthenticationMethodConfiguration"
	policyEnabled  = "enabled"
	policyDisabled = "disabled"
)

// policy is the hardwareOathAuthenticationMethodConfiguration of the tenant.
type policy struct {
	state   string
	include json.RawMessage
	exclude json.RawMessage
}

func newPolicy(disabled bool) policy {
	p := policy{
		state:   policyEnabled,
		include: json.RawMessage(`[{"targetType":"group","id":"all_users","isRegistrationRequired":false}]`),
		exclude: json.RawMessage(`[]`),
	}
	if disabled {
		p.state = policyDisabled
	}
	return p
}

// refuseUnlessEnabled is the quirk; whether Graph refuses anything while the method is disabled is not documented.
func (p policy) refuseUnlessEnabled(strict bool) *graphError {
	if !strict || p.state == policyEnabled {
		return nil
	}
	return refuse(http.StatusForbidden, "accessDenied", "The hardware OATH authentication method is disabled by policy.")
}

func (s *Server) getPolicy(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	p := s.store.policy
	return ok(map[string]any{
		"@odata.context": s.context("authenticationMethodConfigurations/$entity"),
		"@odata.type":    policyType,
		"id":             "HardwareOath",
		"state":          p.state,
		"includeTargets": p.include,
		"excludeTargets": p.exclude,
	})
}

func (s *Server) updatePolicy(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	o, err := parseObject(c.body)
	if err != nil {
		return fail(err)
	}
	if err := o.only(policyType, "id", "state", "includeTargets", "excludeTargets"); err != nil {
		return fail(err)
	}
	p := s.store.policy
	if o.has("state") {
		p.state, err = o.required("state")
		if err != nil {
			return fail(err)
		}
		if p.state != policyEnabled && p.state != policyDisabled {
			return fail(badRequest("The value '%s' is not a valid 'microsoft.graph.authenticationMethodState'.", p.state))
		}
	}
	if o.has("includeTargets") {
		p.include = o["includeTargets"]
	}
	if o.has("excludeTargets") {
		p.exclude = o["excludeTargets"]
	}
	s.store.policy = p
	return noContent()
}
