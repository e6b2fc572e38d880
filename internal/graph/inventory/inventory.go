// Package inventory answers reads of single things from one list of all of them.
//
// Terraform asks for one token at a time, ten at once, and does not say how many
// will follow. A [Reader] sends the first read as it is. From the second on it
// reads the list: one page, which in most tenants is all of it, and the other
// pages only after more reads than a plan of a few tokens has. So a plan never
// costs more than one request beyond one for each token, and a plan of a
// thousand tokens costs two.
//
// What a Reader shows is never older than the last write that it was told of
// and that had ended when the read began. What the list lacks, and what was ever
// written, is asked for by itself.
package inventory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// firstReads are sent as they are: a plan of one token reads no list.
	firstReads = 1
	// missesBeforeAll is how many tokens a first page may lack before the other
	// pages are read. It is more than what Terraform reads at once (10), so that
	// a few tokens in a huge tenant cost a few requests and not every page.
	missesBeforeAll = 15
	// readsAfterFailure is how many reads are sent one by one after the list has
	// failed, before it is tried again; twice as many after each further failure.
	readsAfterFailure = 32
)

// Source is the service that is read. Its functions are called concurrently.
type Source[T any] struct {
	// Get reads one by its id.
	Get func(ctx context.Context, id string) (T, error)
	// Page reads one page of the list: the first for "", and what follows it
	// for the link that came with it. The last page has no link.
	Page func(ctx context.Context, link string) (items []T, next string, err error)
	// ID and Key tell by what an item is found: its id, and the name that [Reader.Find] takes.
	// Ids that differ in case alone are one: they are GUIDs, and people copy them in either.
	ID, Key func(T) string
}

func fold(id string) string { return strings.ToLower(id) }

// Reader reads through one list. It is safe for concurrent use, and lives as
// long as what it has read may be shown: one run.
type Reader[T any] struct {
	source Source[T]

	mu      sync.Mutex
	written map[string]bool // by folded id
	writes  int             // how many beginnings and ends of writes there were
	reads   int             // that found no list
	misses  int             // of what was read of the list
	list    list[T]
	fetch   *fetch // the one that is under way
	resume  int    // how many reads there must be before a list that failed is tried again
	pause   int
}

// list is what is known of the list. Its pages are read in order.
type list[T any] struct {
	begun    bool
	complete bool
	next     string
	at       time.Time // when its first page was asked for
	writes   int       // how many writes there were by then
	items    []T
	byID     map[string]T // by folded id
	byKey    map[string][]T
}

// olderThan reports whether the list was begun longer than age before now, which
// is when a reader began: a list that was begun for it is new, however long it takes.
func (l list[T]) olderThan(age time.Duration, now time.Time) bool {
	return age > 0 && l.begun && now.Sub(l.at) > age
}

// New makes a Reader that has read nothing.
func New[T any](source Source[T]) *Reader[T] {
	return &Reader[T]{source: source, written: map[string]bool{}, resume: firstReads}
}

// Get reads one item. Its error is that of the source's Get, or of ctx.
func (r *Reader[T]) Get(ctx context.Context, id string) (T, error) {
	return r.GetRecent(ctx, id, 0)
}

// GetRecent is Get for a decision that must not rest on a list which was begun
// longer than age ago; 0 takes any.
func (r *Reader[T]) GetRecent(ctx context.Context, id string, age time.Duration) (T, error) {
	var item T
	err := r.through(ctx, age, func() (found, more bool) {
		item, found = r.list.byID[fold(id)]
		written := r.written[fold(id)]
		return found && !written, !written
	})
	if errors.Is(err, errAsk) {
		return r.source.Get(ctx, id)
	}
	return item, err
}

// Several gives what the list shows of a few items, by id, as GetRecent would;
// rest are the ids that the service is to be asked for. The list is read as if
// the few were one, since one request can ask for them.
func (r *Reader[T]) Several(ctx context.Context, ids []string, age time.Duration) (found map[string]T, rest []string, err error) {
	err = r.through(ctx, age, func() (all, more bool) {
		found, rest = make(map[string]T, len(ids)), nil
		for _, id := range ids {
			item, listed := r.list.byID[fold(id)]
			written := r.written[fold(id)]
			if listed && !written {
				found[id] = item
				continue
			}
			rest = append(rest, id)
			more = more || !written
		}
		return len(rest) == 0, more
	})
	if errors.Is(err, errAsk) {
		err = nil
	}
	return found, rest, err
}

// Find gives the items with a key, when the whole list is known and has any.
// Otherwise ok is false, and the service is to be asked.
func (r *Reader[T]) Find(ctx context.Context, key string) (items []T, ok bool) {
	err := r.through(ctx, 0, func() (found, more bool) {
		if !r.list.complete {
			return false, true
		}
		items = r.list.byKey[key]
		// A new one may have the key too, so it must be one that nothing was written of.
		written := func(item T) bool { return r.written[fold(r.source.ID(item))] }
		return len(items) > 0 && !slices.ContainsFunc(items, written), false
	})
	return items, err == nil
}

// All reads the whole list, unless it is known already and nothing was written
// since. The answer is not the caller's to change.
func (r *Reader[T]) All(ctx context.Context) ([]T, error) {
	return r.AllRecent(ctx, 0)
}

// AllRecent is All for a decision that must not rest on a list which was begun
// longer than age ago; 0 takes any.
func (r *Reader[T]) AllRecent(ctx context.Context, age time.Duration) ([]T, error) {
	start := time.Now()
	r.mu.Lock()
	// What is written from here on may be shown or not: were it not so, nobody
	// could read a list while others write.
	writes := r.writes
	for {
		if r.fetch == nil && (r.list.writes < writes || r.list.olderThan(age, start)) {
			r.list = list[T]{}
		}
		if r.fetch == nil && r.list.complete {
			defer r.mu.Unlock()
			return r.list.items, nil
		}
		if r.fetch == nil {
			r.begin(ctx, true)
		}
		f := r.fetch
		if r.list.writes >= writes {
			f.all = true
		}
		r.mu.Unlock()
		if err := r.wait(ctx, f); err != nil {
			return nil, err
		}
		if f.err != nil {
			return nil, f.err
		}
		r.mu.Lock()
	}
}

// Writing announces a write of the items with these ids, or of new ones for
// none. It is to be called before the write is sent, and the function that it
// returns after its end: what was read before is not shown afterwards.
func (r *Reader[T]) Writing(ids ...string) (done func()) {
	note := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.writes++
		for _, id := range ids {
			r.written[fold(id)] = true
		}
	}
	note()
	return note
}

// errAsk says that the list does not help: the service is to be asked.
var errAsk = errors.New("not in the list")

// through looks at the list, and reads of it what is worth reading, until look
// has found what it wants or sees no use in more of it. It is errAsk when the
// list does not help, and the context's error when that ends first. Look is
// called with the mutex held.
func (r *Reader[T]) through(ctx context.Context, age time.Duration, look func() (found, more bool)) error {
	start := time.Now()
	for {
		r.mu.Lock()
		if r.fetch == nil && r.list.olderThan(age, start) {
			r.list, r.misses = list[T]{}, 0
		}
		found, more := look()
		if found {
			r.mu.Unlock()
			return nil
		}
		if !more || !r.worthReading(ctx) {
			r.mu.Unlock()
			return errAsk
		}
		f := r.fetch
		r.mu.Unlock()
		if err := r.wait(ctx, f); err != nil {
			return err
		}
	}
}

// worthReading counts a read that the list does not answer, and decides whether
// to read more of it: then there is a fetch under way. The mutex is held.
func (r *Reader[T]) worthReading(ctx context.Context) bool {
	switch {
	case r.fetch != nil:
		return true
	case r.list.complete:
		return false
	case r.list.begun:
		r.misses++
		if r.misses <= missesBeforeAll {
			return false
		}
		r.begin(ctx, true)
		return true
	default:
		r.reads++
		if r.reads <= r.resume {
			return false
		}
		r.begin(ctx, false)
		return true
	}
}

// fetch is one reading of the list that any number of readers wait for.
type fetch struct {
	done    chan struct{}
	err     error // set before done is closed
	all     bool  // read to the end
	waiting int
	cancel  context.CancelFunc
}

// begin starts to read the list where it was left. It does not end with the
// reader that happened to need it first, but when nobody waits any longer. The
// mutex is held.
func (r *Reader[T]) begin(ctx context.Context, all bool) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.fetch = &fetch{done: make(chan struct{}), all: all, cancel: cancel}
	if !r.list.begun {
		r.list = list[T]{begun: true, at: time.Now(), writes: r.writes, byID: map[string]T{}, byKey: map[string][]T{}}
	}
	go r.run(ctx, r.fetch, r.list.next)
}

// run reads pages until there are enough.
func (r *Reader[T]) run(ctx context.Context, f *fetch, link string) {
	defer f.cancel()
	seen := map[string]bool{link: true}
	for {
		items, next, err := r.source.Page(ctx, link)
		if err == nil && next != "" && seen[next] {
			err = errors.New("the list leads back to a page that was read already")
		}
		if r.take(ctx, f, items, next, err) {
			return
		}
		link, seen[next] = next, true
	}
}

// take adds a page, and reports whether the fetch has ended.
func (r *Reader[T]) take(ctx context.Context, f *fetch, items []T, next string, err error) (ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.giveUp(ctx, f, err)
		return true
	}
	for _, item := range items {
		id, key := fold(r.source.ID(item)), r.source.Key(item)
		if _, twice := r.list.byID[id]; twice {
			continue // a list that grows while it is read can show an item on two pages
		}
		r.list.items = append(r.list.items, item)
		r.list.byID[id] = item
		r.list.byKey[key] = append(r.list.byKey[key], item)
	}
	r.list.next, r.list.complete = next, next == ""
	if !r.list.complete && f.all {
		return false
	}
	r.fetch = nil
	close(f.done)
	return true
}

// giveUp forgets the list, and lets its readers ask for themselves. A failure
// is not kept: the list is tried again, after a while of reads. That nobody waited
// any longer is no failure: who comes later begins anew.
func (r *Reader[T]) giveUp(ctx context.Context, f *fetch, err error) {
	if ctx.Err() == nil {
		f.err = err
		tflog.Warn(ctx, "the list of all tokens could not be read: they are read one by one", map[string]any{"error": err.Error()})
		r.pause = max(2*r.pause, readsAfterFailure)
		r.resume = r.reads + r.pause
	}
	r.list, r.misses = list[T]{}, 0
	r.fetch = nil
	close(f.done)
}

// wait waits for a fetch, but no longer than ctx lasts.
func (r *Reader[T]) wait(ctx context.Context, f *fetch) error {
	r.mu.Lock()
	f.waiting++
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if f.waiting--; f.waiting == 0 {
			f.cancel()
		}
	}()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
