package graphtest

import (
	"cmp"
	"slices"
	"time"
)

// PutDevice seeds a device, or overwrites the one with the same ID, out of band and visible at once.
// It fills ID, Status, HashFunction and TimeIntervalInSeconds when they are empty.
// Serial numbers are not compared: two devices put under one serial number are two devices.
func (s *Server) PutDevice(d Device) Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.ID == "" {
		d.ID = s.cfg.ids()
	}
	d.HashFunction = cmp.Or(d.HashFunction, hashSHA1)
	d.TimeIntervalInSeconds = cmp.Or(d.TimeIntervalInSeconds, 30)
	if d.Status == "" {
		d.Status = statusAvailable
		if d.AssignedTo != "" {
			d.Status = statusAssigned
		}
	}
	now := s.now()
	if old := s.store.devices[key(d.ID)]; old != nil {
		assignedAt := old.assignedAt
		if d.AssignedTo != old.AssignedTo {
			assignedAt = now
		}
		*old = record{Device: d, seq: old.seq, assignedAt: assignedAt}
		return d
	}
	s.store.add(d, now, time.Time{})
	return d
}

// Device returns a copy of a device; a deleted one is absent at once, a hidden one is not.
func (s *Server) Device(id string) (Device, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.store.devices[key(id)]
	if rec == nil || rec.deleted {
		return Device{}, false
	}
	return rec.Device, true
}

// DeviceBySerial returns a copy of the first device with the serial number; a legacy one only when there is no other.
func (s *Server) DeviceBySerial(serial string) (Device, bool) {
	var legacy *Device
	for _, d := range s.Devices() {
		switch {
		case d.SerialNumber != serial:
		case !d.Legacy:
			return d, true
		case legacy == nil:
			legacy = &d
		}
	}
	if legacy != nil {
		return *legacy, true
	}
	return Device{}, false
}

// Devices returns copies of all devices, hidden and legacy ones too, sorted by serial number and then by age.
func (s *Server) Devices() []Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Device{}
	for _, rec := range s.store.ordered() {
		if !rec.deleted {
			all = append(all, rec.Device)
		}
	}
	slices.SortStableFunc(all, func(a, b Device) int { return cmp.Compare(a.SerialNumber, b.SerialNumber) })
	return all
}

// RemoveDevice removes a device out of band, whatever its state and at once.
func (s *Server) RemoveDevice(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.drop(id)
}

// PutUser seeds a user, or overwrites the one with the same ID, which it fills when it is empty.
func (s *Server) PutUser(u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == "" {
		u.ID = s.cfg.ids()
	}
	s.store.users[key(u.ID)] = &u
	return u
}

// Assign gives a device to a user out of band; the checks of the API do not apply.
func (s *Server) Assign(deviceID, userID string) {
	s.edit(deviceID, func(rec *record, now time.Time) { rec.assign(userID, now) })
}

// Unassign takes a device back out of band.
func (s *Server) Unassign(deviceID string) {
	s.edit(deviceID, func(rec *record, _ time.Time) { rec.unassign(time.Time{}) })
}

// Activate activates a device out of band.
func (s *Server) Activate(deviceID string) {
	s.edit(deviceID, func(rec *record, _ time.Time) { rec.Status = statusActivated })
}

func (s *Server) edit(deviceID string, change func(*record, time.Time)) {
	s.mu.Lock()
	rec := s.store.devices[key(deviceID)]
	known := rec != nil && !rec.deleted
	if known {
		change(rec, s.now())
	}
	s.mu.Unlock()
	if !known {
		s.complain("there is no device %q", deviceID)
	}
}

// Attempts lists the verification codes that were offered, without the codes.
func (s *Server) Attempts() []Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.store.attempts)
}
