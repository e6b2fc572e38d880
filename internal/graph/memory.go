package graph

import (
	"slices"
	"sync"
	"time"
)

// A Client remembers what it has made and deleted itself: for a while Graph may
// answer as if it had not. The memory lives as long as the client, one run.

// lockSerialNumber lets one creation of a serial number through at a time: two
// resources with the same one must not both take the same token for theirs.
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
