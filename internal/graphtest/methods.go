package graphtest

import (
	"net/http"
	"strings"
)

// methodJSON shows the method with its device inline; both have one id (D-mlist).
func (s *Server) methodJSON(rec *record) map[string]any {
	entity := map[string]any{
		"@odata.type":      methodType,
		"id":               rec.ID,
		"createdDateTime":  nil,
		"lastUsedDateTime": nil,
		"device":           s.deviceJSON(rec.Device),
	}
	if !rec.assignedAt.IsZero() {
		entity["createdDateTime"] = formatTime(rec.assignedAt)
	}
	if !rec.LastUsedDateTime.IsZero() {
		entity["lastUsedDateTime"] = formatTime(rec.LastUsedDateTime)
	}
	return entity
}

func (s *Server) methodsContext(u *User) string {
	return "users('" + u.ID + "')/authentication/hardwareOathMethods"
}

func (s *Server) pathUser(c *call) (*User, *graphError) {
	id := c.r.PathValue("user")
	u := s.store.user(id)
	if u == nil {
		return nil, userNotFound(id)
	}
	return u, nil
}

// pathMethod is the user and the token of the path, if the user holds it.
func (s *Server) pathMethod(c *call) (*User, *record, *graphError) {
	if err := noQuery(c.r.URL); err != nil {
		return nil, nil, err
	}
	u, err := s.pathUser(c)
	if err != nil {
		return nil, nil, err
	}
	id := c.r.PathValue("id")
	rec := s.store.writable(id, c.time)
	if rec == nil || !strings.EqualFold(rec.shown(c.time).AssignedTo, u.ID) {
		return nil, nil, methodNotFound(id)
	}
	return u, rec, nil
}

func (s *Server) listMethods(c *call) answer {
	q, err := parseListQuery(c.r.URL, "$select", "$top", "$skiptoken")
	if err != nil {
		return fail(err)
	}
	u, err := s.pathUser(c)
	if err != nil {
		return fail(err)
	}
	if err := q.checkSelect([]string{"id", "createdDateTime", "lastUsedDateTime", "device"}); err != nil {
		return fail(err)
	}
	var items []item
	for _, rec := range s.store.ordered() {
		if !strings.EqualFold(rec.shown(c.time).AssignedTo, u.ID) || s.store.writable(rec.ID, c.time) == nil {
			continue
		}
		items = append(items, item{seq: rec.seq, entity: q.pick(s.methodJSON(rec))})
	}
	return s.page(c, q, items, s.methodsContext(u))
}

func (s *Server) getMethod(c *call) answer {
	u, rec, err := s.pathMethod(c)
	if err != nil {
		return fail(err)
	}
	entity := s.methodJSON(rec)
	if s.has(QuirkMethodInValue) {
		return ok(map[string]any{"value": entity})
	}
	entity["@odata.context"] = s.context(s.methodsContext(u) + "/$entity")
	return ok(entity)
}

func (s *Server) assignMethod(c *call) answer {
	u, o, err := s.userAndBody(c)
	if err != nil {
		return fail(err)
	}
	if err := o.only(methodType, "device"); err != nil {
		return fail(err)
	}
	rec, err := s.bodyDevice(c, o)
	if err != nil {
		return fail(err)
	}
	if err := s.assign(c, rec, u); err != nil {
		return fail(err)
	}
	status := http.StatusCreated
	if s.has(QuirkAssignOK) {
		status = http.StatusOK
	}
	return answer{status: status, body: map[string]any{
		"@odata.context":  s.context(s.methodsContext(u) + "/$entity"),
		"@odata.type":     methodType,
		"id":              rec.ID,
		"createdDateTime": formatTime(rec.assignedAt),
	}}
}

func (s *Server) userAndBody(c *call) (*User, object, *graphError) {
	if err := noQuery(c.r.URL); err != nil {
		return nil, nil, err
	}
	u, err := s.pathUser(c)
	if err != nil {
		return nil, nil, err
	}
	o, err := parseObject(c.body)
	return u, o, err
}

// bodyDevice is the token that {"device":{"id":…}} names.
func (s *Server) bodyDevice(c *call, o object) (*record, *graphError) {
	device, err := o.child("device")
	if err != nil {
		return nil, err
	}
	if err := device.only(deviceType, "id"); err != nil {
		return nil, err
	}
	id, err := device.required("id")
	if err != nil {
		return nil, err
	}
	rec := s.store.writable(id, c.time)
	if rec == nil {
		return nil, deviceNotFound(id)
	}
	return rec, nil
}

// assign refuses what E-con and E-csv refuse: "a token can only be assigned to one user".
func (s *Server) assign(c *call, rec *record, u *User) *graphError {
	if err := s.store.policy.refuseUnlessEnabled(s.has(QuirkPolicyMustBeEnabled)); err != nil {
		return err
	}
	if err := refuseLegacy(rec); err != nil {
		return err
	}
	if rec.AssignedTo != "" || rec.shown(c.time).AssignedTo != "" {
		return badRequest("The hardware OATH device is already assigned to a user.")
	}
	if err := s.checkHolder(u); err != nil {
		return err
	}
	s.lag(c, rec)
	rec.assign(u.ID, c.time)
	return nil
}

// lag is called before a change of hands.
func (s *Server) lag(c *call, rec *record) {
	if s.has(QuirkAssignLags) {
		rec.before, rec.lagUntil = rec.shown(c.time), c.time.Add(assignLag)
	}
}

// refuseLegacy: CSV tokens "aren't compatible with the new features in preview" (E-csv).
func refuseLegacy(rec *record) *graphError {
	if rec.Legacy {
		return badRequest("The hardware OATH token was uploaded as a file and can't be managed with this API.")
	}
	return nil
}

// assignByRef takes the device id where the path wants a method id, since both are one.
func (s *Server) assignByRef(c *call) answer {
	u, o, err := s.userAndBody(c)
	if err != nil {
		return fail(err)
	}
	if err := o.only("", "@odata.id"); err != nil {
		return fail(err)
	}
	ref, err := o.required("@odata.id")
	if err != nil {
		return fail(err)
	}
	segments := strings.Split(strings.TrimRight(ref, "/"), "/")
	if named := s.store.user(segments[len(segments)-1]); named != u {
		return fail(badRequest("The user of @odata.id does not exist or is not the user of the path."))
	}
	id := c.r.PathValue("id")
	rec := s.store.writable(id, c.time)
	if rec == nil {
		return fail(methodNotFound(id))
	}
	if err := s.assign(c, rec, u); err != nil {
		return fail(err)
	}
	return noContent()
}

func (s *Server) unassignMethod(c *call) answer {
	_, rec, err := s.pathMethod(c)
	if err != nil {
		return fail(err)
	}
	s.lag(c, rec)
	freeAt := c.time
	if s.has(QuirkUnassignLags) {
		freeAt = freeAt.Add(unassignLag)
	}
	rec.unassign(freeAt)
	return noContent()
}
