package graph

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A Client remembers what it has made, handed over and deleted itself: for a while Graph may
// answer as if it had not. The memory lives as long as the client, one run.

// lockSerialNumber lets one creation of a serial number, or assignment of an id,
// through at a time: two resources with the same one must not both take the same
// token for theirs.
func (c *Client) lockSerialNumber(serialNumber string) (unlock func()) {
	c.mu.Lock()
	lock, ok := c.creating[serialNumber]
	if !ok {
		lock = &sync.Mutex{}
		c.creating[serialNumber] = lock
	}
	c.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// lockSerialNumbers lets one creation of each of them through at a time. They
// are taken in one order, so that two deliveries can't wait for each other.
func (c *Client) lockSerialNumbers(serialNumbers []string) (unlock func()) {
	sorted := slices.Compact(slices.Sorted(slices.Values(serialNumbers)))
	unlocks := make([]func(), len(sorted))
	for i, serialNumber := range sorted {
		unlocks[i] = c.lockSerialNumber(serialNumber)
	}
	return func() {
		for _, unlock := range unlocks {
			unlock()
		}
	}
}

// noteCreation remembers a token by its id, if that is known, and its serial number.
func (c *Client) noteCreation(token HardwareOathToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.created[token.SerialNumber] = now
	if token.ID != "" {
		c.created[token.ID] = now
	}
}

func (c *Client) noteDeletion(token HardwareOathToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted[token.ID] = time.Now()
	delete(c.created, token.ID)
	delete(c.created, token.SerialNumber)
}

// handover is a token that passed to a user or back from one.
type handover struct {
	at       time.Time
	userID   string // as the caller named the user
	objectID string // "" when it is not known
}

// is reports whether the user is meant, by either name.
func (h handover) is(userID string) bool {
	return strings.EqualFold(h.userID, userID) || strings.EqualFold(h.objectID, userID)
}

func newHandover(userID string) handover {
	h := handover{at: time.Now(), userID: userID}
	if isObjectID(userID) {
		h.objectID = userID
	}
	return h
}

func (c *Client) noteAssignment(tokenID, userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assigned[strings.ToLower(tokenID)] = newHandover(userID)
}

// noteHolder adds to a noted assignment who the user is.
func (c *Client) noteHolder(token HardwareOathToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := strings.ToLower(token.ID)
	if last, ok := c.assigned[id]; ok {
		last.objectID = token.AssignedTo.ID
		c.assigned[id] = last
	}
}

func (c *Client) noteUnassignment(tokenID, userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unassigned[strings.ToLower(tokenID)] = newHandover(userID)
	delete(c.assigned, strings.ToLower(tokenID))
}

// assignedAt is when this client gave the token to a user; zero when it did not.
func (c *Client) assignedAt(tokenID string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.assigned[strings.ToLower(tokenID)].at
}

// givenLately lists the tokens, by id in lower case, that this client gave a
// short while ago to a user whom it knows by this name.
func (c *Client) givenLately(userID string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for id, last := range c.assigned {
		if last.is(userID) && time.Since(last.at) < c.visibilityWindow {
			ids = append(ids, id)
		}
	}
	return ids
}

// takenBack reports whether this client took the token back from a user a short
// while ago: Graph may still treat it as assigned.
func (c *Client) takenBack(tokenID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.unassigned[strings.ToLower(tokenID)]
	return ok && time.Since(last.at) < c.visibilityWindow
}

// isStale reports whether the token reads as held by the user whom this client
// took it from a short while ago, and did not give it back to.
func (c *Client) isStale(token HardwareOathToken) bool {
	if token.AssignedTo == nil || !c.takenBack(token.ID) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id, holder := strings.ToLower(token.ID), token.AssignedTo.ID
	return strings.EqualFold(c.unassigned[id].objectID, holder) && !strings.EqualFold(c.assigned[id].objectID, holder)
}

// madeLately reports whether this client made the token, named by its id or its
// serial number, a short while ago: Graph may not show it yet.
func (c *Client) madeLately(name string) bool {
	return time.Since(c.madeAt(name)) < c.visibilityWindow
}

// allMadeLately are the ids and the serial numbers of the tokens that this client
// made a short while ago.
func (c *Client) allMadeLately() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for name, at := range c.created {
		if time.Since(at) < c.visibilityWindow {
			names = append(names, name)
		}
	}
	return names
}

// madeAt is when this client made the token; zero when it did not.
func (c *Client) madeAt(name string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.created[name]
}

// wasDeleted reports whether this client deleted the token a short while ago:
// Graph may still show it, and still count its serial number as taken.
func (c *Client) wasDeleted(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.deleted[id]
	return ok && time.Since(at) < c.visibilityWindow
}

// writing announces a change of tokens, named by id, or the creation of new ones
// for none. What was read before the returned function is called is not shown
// afterwards.
func (c *Client) writing(ids ...string) (done func()) { return c.inventory.Writing(ids...) }
