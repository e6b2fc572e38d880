package graphtest

func (s *Server) getUser(c *call) answer {
	q, err := parseListQuery(c.r.URL, "$select")
	if err != nil {
		return fail(err)
	}
	if err := q.checkSelect([]string{"id", "displayName", "userPrincipalName"}); err != nil {
		return fail(err)
	}
	u, err := s.pathUser(c)
	if err != nil {
		return fail(err)
	}
	entity := q.pick(map[string]any{
		"id":                u.ID,
		"displayName":       nullable(u.DisplayName),
		"userPrincipalName": nullable(u.UserPrincipalName),
	})
	entity["@odata.context"] = s.context("users/$entity")
	return ok(entity)
}
