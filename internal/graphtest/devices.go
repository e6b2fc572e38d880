package graphtest

import (
	"net/http"
	"strconv"
	"strings"
)

func (s *Server) context(suffix string) string {
	return s.url + "/beta/$metadata#" + suffix
}

const devicesContext = "directory/authenticationMethodDevices/hardwareOathDevices"

// deviceJSON is the device as Graph shows it: the secret is always null (D-res).
func (s *Server) deviceJSON(d Device) map[string]any {
	entity := map[string]any{
		"id":                    d.ID,
		"displayName":           nullable(d.DisplayName),
		"serialNumber":          d.SerialNumber,
		"manufacturer":          d.Manufacturer,
		"model":                 d.Model,
		"secretKey":             nil,
		"timeIntervalInSeconds": d.TimeIntervalInSeconds,
		"hashFunction":          s.hashName(d.HashFunction),
		"status":                s.statusName(d.Status),
		"lastUsedDateTime":      nil,
		"assignedTo":            s.identity(d.AssignedTo),
	}
	if !d.LastUsedDateTime.IsZero() {
		entity["lastUsedDateTime"] = formatTime(d.LastUsedDateTime)
	}
	if s.has(QuirkIntervalAsString) {
		entity["timeIntervalInSeconds"] = strconv.Itoa(d.TimeIntervalInSeconds)
	}
	return entity
}

func nullable(v string) any {
	if v == "" {
		return nil
	}
	return v
}

func (s *Server) identity(userID string) any {
	if userID == "" {
		return nil
	}
	identity := map[string]any{"id": userID, "displayName": nil}
	if u := s.store.user(userID); u != nil {
		identity["displayName"] = nullable(u.DisplayName)
		if s.has(QuirkAssignedToMembers) {
			identity["userPrincipalName"] = u.UserPrincipalName
			identity["@odata.type"] = "#microsoft.graph.userIdentity"
		}
	}
	return identity
}

func (s *Server) hashName(hash string) string {
	switch {
	case s.has(QuirkUnknownHashFunction):
		return "hmacsha512"
	case s.has(QuirkEnumCasing):
		return strings.ToUpper(hash)
	default:
		return hash
	}
}

func (s *Server) statusName(status string) string {
	switch {
	case s.has(QuirkUnknownFutureValue):
		return "unknownFutureValue"
	case s.has(QuirkUnknownStatus):
		return "quarantined"
	case s.has(QuirkEnumCasing) && status != "":
		return strings.ToUpper(status[:1]) + status[1:]
	default:
		return status
	}
}

func (s *Server) listDevices(c *call) answer {
	q, err := parseListQuery(c.r.URL, "$filter", "$select", "$top", "$skiptoken")
	if err != nil {
		return fail(err)
	}
	keep, err := s.deviceFilter(q.filter)
	if err != nil {
		return fail(err)
	}
	if err := q.checkSelect(append(deviceProperties(), "@odata.type")); err != nil {
		return fail(err)
	}
	var items []item
	for _, rec := range s.store.ordered() {
		if rec.Legacy || s.store.readable(rec.ID, c.time) == nil || !keep(rec.shown(c.time)) {
			continue
		}
		entity := q.pick(s.deviceJSON(rec.shown(c.time)))
		if s.has(QuirkListItemsInDevice) {
			entity = map[string]any{"@odata.type": methodType, "id": rec.ID, "device": entity}
		}
		items = append(items, item{seq: rec.seq, entity: entity})
	}
	return s.page(c, q, items, devicesContext)
}

func (s *Server) getDevice(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	id := c.r.PathValue("id")
	rec := s.store.readable(id, c.time)
	if rec == nil || rec.Legacy {
		return fail(deviceNotFound(id))
	}
	return s.deviceAnswer(http.StatusOK, rec.shown(c.time), s.has(QuirkItemInValue))
}

func (s *Server) deviceAnswer(status int, d Device, wrapped bool) answer {
	entity := s.deviceJSON(d)
	if wrapped {
		return answer{status: status, body: map[string]any{"value": entity}}
	}
	entity["@odata.context"] = s.context(devicesContext + "/$entity")
	return answer{status: status, body: entity}
}

func (s *Server) createDevice(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	o, err := parseObject(c.body)
	if err != nil {
		return fail(err)
	}
	rec, err := s.create(c, o, false)
	if err != nil {
		return fail(err)
	}
	if s.has(QuirkCreateNoContent) {
		return noContent()
	}
	status := http.StatusCreated
	if s.has(QuirkCreateOK) {
		status = http.StatusOK
	}
	shown := rec.Device
	if s.has(QuirkCreateSaysAvailable) {
		shown.Status = statusAvailable
	}
	return s.deviceAnswer(status, shown, s.has(QuirkCreateInValue))
}

// create makes one device from a body, for POST and for the bulk call.
func (s *Server) create(c *call, o object, bulk bool) (*record, *graphError) {
	d, err := s.newDevice(o, bulk)
	if err != nil {
		return nil, err
	}
	if err := s.store.policy.refuseUnlessEnabled(s.has(QuirkPolicyMustBeEnabled)); err != nil {
		return nil, err
	}
	if err := s.checkUnique(c, d); err != nil {
		return nil, err
	}
	d.Status = statusAvailable
	if d.AssignedTo != "" {
		u, err := s.assignee(c, d.AssignedTo)
		if err != nil {
			return nil, err
		}
		d.AssignedTo, d.Status = u.ID, statusAssigned
	}
	d.ID = s.cfg.ids()
	return s.store.add(d, c.time, c.time.Add(s.cfg.visibilityDelay)), nil
}

// checkUnique sees hidden devices and those whose deletion still spreads.
func (s *Server) checkUnique(c *call, d Device) *graphError {
	if s.has(QuirkDuplicatesAllowed) {
		return nil
	}
	for _, rec := range s.store.devices {
		if rec.Legacy || rec.SerialNumber != d.SerialNumber || !rec.counts(c.time) {
			continue
		}
		if s.has(QuirkUniqueTriple) && (rec.Manufacturer != d.Manufacturer || rec.Model != d.Model) {
			continue
		}
		const message = "A hardware OATH device with the serial number '%s' already exists."
		if s.has(QuirkDuplicateConflict) {
			return refuse(http.StatusConflict, "conflict", message, d.SerialNumber)
		}
		return badRequest(message, d.SerialNumber)
	}
	return nil
}

// assignee checks who is to get a token at its creation; that needs another permission than the creation (D-post, E-draft).
func (s *Server) assignee(c *call, id string) (*User, *graphError) {
	if !c.who.hasAny(writeMethods()) {
		return nil, s.forbidden()
	}
	u := s.store.users[key(id)]
	if u == nil && s.has(QuirkAssignToUPN) {
		u = s.store.user(id)
	}
	if u == nil {
		return nil, badRequest("The user '%s' in assignTo does not exist.", id)
	}
	return u, s.checkHolder(u)
}

// checkHolder applies the rules of E-csv about who can hold a token.
func (s *Server) checkHolder(u *User) *graphError {
	if u.Guest {
		return badRequest("Hardware OATH tokens can't be assigned to guest users.")
	}
	if s.store.tokensOf(u.ID) >= maxTokensPerUser {
		return badRequest("The user already has the maximum of %d OATH tokens.", maxTokensPerUser)
	}
	return nil
}

func (s *Server) updateDevice(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	o, err := parseObject(c.body)
	if err != nil {
		return fail(err)
	}
	if err := o.only(deviceType, deviceProperties()...); err != nil {
		return fail(err)
	}
	id := c.r.PathValue("id")
	rec := s.store.writable(id, c.time)
	if rec == nil || rec.Legacy {
		return fail(deviceNotFound(id))
	}
	if err := o.none(append(serverProperties(), "serialNumber", "secretKey", "assignTo")...); err != nil {
		return fail(err)
	}
	if rec.AssignedTo != "" {
		return fail(assignedRefusal(s.has(QuirkUpdateAssigned409), "update"))
	}
	changed := rec.Device
	if err := changed.readOptional(o, false); err != nil {
		return fail(err)
	}
	rec.Device = changed
	if s.has(QuirkUpdateReturnsEntity) {
		return s.deviceAnswer(http.StatusOK, changed, false)
	}
	return noContent()
}

func assignedRefusal(conflict bool, verb string) *graphError {
	const message = "Cannot %s the hardware OATH device because it is assigned to a user. Unassign it first."
	if conflict {
		return refuse(http.StatusConflict, "conflict", message, verb)
	}
	return badRequest(message, verb)
}

func (s *Server) deleteDevice(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	id := c.r.PathValue("id")
	rec := s.store.writable(id, c.time)
	if rec == nil {
		return fail(deviceNotFound(id))
	}
	held := rec.AssignedTo != "" && !s.has(QuirkDeleteAssigned)
	if held || rec.freeAt.After(c.time) {
		return fail(assignedRefusal(s.has(QuirkDeleteAssigned409), "delete"))
	}
	rec.unassign(rec.freeAt)
	rec.deleted, rec.goneAt = true, c.time.Add(s.cfg.deletionDelay)
	if rec.gone(c.time) {
		s.store.drop(rec.ID)
	}
	return noContent()
}
