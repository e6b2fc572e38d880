package graphtest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Enum members of graph.hardwareOathTokenStatus and graph.hardwareOathTokenHashFunction.
const (
	statusAvailable        = "available"
	statusAssigned         = "assigned"
	statusActivated        = "activated"
	statusFailedActivation = "failedActivation"

	hashSHA1   = "hmacsha1"
	hashSHA256 = "hmacsha256"
)

// maxTokensPerUser is the limit of E-csv: "up to five OATH hardware tokens or authenticator applications".
const maxTokensPerUser = 5

// Device is a hardwareOathTokenAuthenticationMethodDevice.
type Device struct {
	ID, DisplayName, SerialNumber, Manufacturer, Model, SecretKey string // an empty DisplayName is null

	TimeIntervalInSeconds int
	HashFunction, Status  string
	AssignedTo            string // the object id of a user; "" is null
	LastUsedDateTime      time.Time
	Legacy                bool // uploaded as CSV: not in the device list, but among a user's methods
}

// User is a directory user.
type User struct {
	ID, UserPrincipalName, DisplayName string
	Guest                              bool
}

// Attempt is one verification code that was offered, without the code.
type Attempt struct {
	DeviceID, UserID string
	Time             time.Time
	Accepted         bool
	// Steps is how many time steps after the tenant's own the accepted code's is; negative is before.
	Steps int
}

// record is a device with what only the tenant knows about it.
type record struct {
	Device
	seq        int
	visibleAt  time.Time
	deleted    bool
	goneAt     time.Time
	assignedAt time.Time
	// freeAt is until when a token that was unassigned counts as assigned for DELETE.
	freeAt time.Time
	// before is what is shown until lagUntil, with [QuirkAssignLags].
	before   Device
	lagUntil time.Time
}

// shown is the device as the tenant shows it at a time.
func (r *record) shown(now time.Time) Device {
	if r.lagUntil.After(now) {
		return r.before
	}
	return r.Device
}

type store struct {
	seq      int
	devices  map[string]*record
	users    map[string]*User
	apps     map[string]Application
	attempts []Attempt
	policy   policy
}

func newStore(policyDisabled bool) store {
	return store{
		devices: map[string]*record{},
		users:   map[string]*User{},
		apps:    map[string]Application{},
		policy:  newPolicy(policyDisabled),
	}
}

func key(id string) string { return strings.ToLower(id) }

func (st *store) add(d Device, now, visibleAt time.Time) *record {
	st.seq++
	rec := &record{Device: d, seq: st.seq, visibleAt: visibleAt}
	if d.AssignedTo != "" {
		rec.assignedAt = now
	}
	st.devices[key(d.ID)] = rec
	return rec
}

func (st *store) drop(id string) { delete(st.devices, key(id)) }

// readable is a device that GET shows: visible, and not yet gone.
func (st *store) readable(id string, now time.Time) *record {
	rec := st.devices[key(id)]
	if rec == nil || rec.visibleAt.After(now) || rec.gone(now) {
		return nil
	}
	return rec
}

// writable is a device that a write can reach: readable, and not deleted.
func (st *store) writable(id string, now time.Time) *record {
	rec := st.readable(id, now)
	if rec == nil || rec.deleted {
		return nil
	}
	return rec
}

func (r *record) gone(now time.Time) bool { return r.deleted && !r.goneAt.After(now) }

// counts says whether the device still takes its serial number.
func (r *record) counts(now time.Time) bool { return !r.gone(now) }

// ordered returns the devices in the order of their creation.
func (st *store) ordered() []*record {
	all := make([]*record, 0, len(st.devices))
	for _, rec := range st.devices {
		all = append(all, rec)
	}
	slices.SortFunc(all, func(a, b *record) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

func (st *store) bySerial(serial string, legacy bool, now time.Time) *record {
	for _, rec := range st.ordered() {
		if rec.SerialNumber == serial && rec.Legacy == legacy && st.writable(rec.ID, now) != nil {
			return rec
		}
	}
	return nil
}

func (st *store) user(idOrUPN string) *User {
	if u := st.users[key(idOrUPN)]; u != nil {
		return u
	}
	for _, u := range st.users {
		if u.UserPrincipalName != "" && strings.EqualFold(u.UserPrincipalName, idOrUPN) {
			return u
		}
	}
	return nil
}

// tokensOf counts what the user holds, hidden and legacy tokens too.
func (st *store) tokensOf(userID string) int {
	n := 0
	for _, rec := range st.devices {
		if !rec.deleted && strings.EqualFold(rec.AssignedTo, userID) {
			n++
		}
	}
	return n
}

func (r *record) assign(userID string, now time.Time) {
	r.AssignedTo, r.Status, r.assignedAt = userID, statusAssigned, now
}

func (r *record) unassign(freeAt time.Time) {
	r.AssignedTo, r.Status, r.assignedAt, r.freeAt = "", statusAvailable, time.Time{}, freeAt
}
