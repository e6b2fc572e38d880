package graphtest

import (
	"strings"
	"time"
)

const (
	unassignLag = 2 * time.Second
	assignLag   = time.Second
)

func (s *Server) activateMethod(c *call) answer {
	_, rec, err := s.pathMethod(c)
	if err != nil {
		return fail(err)
	}
	o, err := parseObject(c.body)
	if err != nil {
		return fail(err)
	}
	if err := o.only("", "verificationCode", "displayName"); err != nil {
		return fail(err)
	}
	if err := s.checkActivatable(rec); err != nil {
		return fail(err)
	}
	if err := s.activate(c, rec, o); err != nil {
		return fail(err)
	}
	return s.activated()
}

func (s *Server) activated() answer {
	if s.has(QuirkActivateOK) {
		return ok(map[string]any{})
	}
	return noContent()
}

func (s *Server) checkActivatable(rec *record) *graphError {
	if err := refuseLegacy(rec); err != nil {
		return err
	}
	if rec.Status == statusFailedActivation && s.has(QuirkFailedActivationEnds) {
		return badRequest("The activation of the hardware OATH token has failed before. Unassign it first.")
	}
	if rec.Status == statusActivated && s.has(QuirkReactivationRefused) {
		return badRequest("The hardware OATH token is already activated.")
	}
	return nil
}

// activate checks the code and writes the attempt down, whatever comes of it.
func (s *Server) activate(c *call, rec *record, o object) *graphError {
	code, err := o.required("verificationCode")
	if err != nil {
		return err
	}
	name, err := o.text("displayName")
	if err != nil {
		return err
	}
	steps, accepted := accepts(rec.Device, code, c.time)
	s.store.attempts = append(s.store.attempts, Attempt{
		DeviceID: rec.ID, UserID: rec.AssignedTo, Time: c.time, Accepted: accepted, Steps: steps,
	})
	if !accepted {
		if rec.Status != statusActivated {
			rec.Status = statusFailedActivation
		}
		return badRequest("The verification code is invalid.")
	}
	rec.Status = statusActivated
	if name != nil {
		rec.DisplayName = *name
	}
	return nil
}

func (s *Server) deactivateMethod(c *call) answer {
	_, rec, err := s.pathMethod(c)
	if err != nil {
		return fail(err)
	}
	if len(c.body) > 0 {
		o, err := parseObject(c.body)
		if err != nil {
			return fail(err)
		}
		if err := o.only(""); err != nil {
			return fail(err)
		}
	}
	if err := refuseLegacy(rec); err != nil {
		return fail(err)
	}
	if rec.Status != statusActivated {
		if s.has(QuirkDeactivateIdempotent) {
			return noContent()
		}
		return fail(badRequest("The hardware OATH token is not activated."))
	}
	rec.Status = statusAssigned
	return noContent()
}

func (s *Server) assignAndActivate(c *call) answer {
	u, o, err := s.userAndBody(c)
	if err != nil {
		return fail(err)
	}
	if err := o.only("", "device", "verificationCode", "displayName"); err != nil {
		return fail(err)
	}
	rec, err := s.bodyDevice(c, o)
	if err != nil {
		return fail(err)
	}
	return s.assignThenActivate(c, rec, u, o)
}

func (s *Server) assignAndActivateBySerialNumber(c *call) answer {
	u, o, err := s.userAndBody(c)
	if err != nil {
		return fail(err)
	}
	if err := o.only("", "serialNumber", "verificationCode", "displayName"); err != nil {
		return fail(err)
	}
	serial, err := o.required("serialNumber")
	if err != nil {
		return fail(err)
	}
	rec := s.store.bySerial(serial, false, c.time)
	if rec == nil {
		return fail(notFound("No hardware OATH device has the serial number '%s'.", serial))
	}
	return s.assignThenActivate(c, rec, u, o)
}

// assignThenActivate also takes a token that this user already holds: U-mike calls it right after a create with assignTo.
func (s *Server) assignThenActivate(c *call, rec *record, u *User, o object) answer {
	if _, err := o.required("verificationCode"); err != nil {
		return fail(err)
	}
	before := *rec
	if !strings.EqualFold(rec.AssignedTo, u.ID) {
		if err := s.assign(c, rec, u); err != nil {
			return fail(err)
		}
	}
	if err := s.checkActivatable(rec); err != nil {
		return fail(err)
	}
	if err := s.activate(c, rec, o); err != nil {
		if s.has(QuirkActivateRollsBack) {
			*rec = before
		}
		return fail(err)
	}
	return s.activated()
}
