package inventory_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph/inventory"
)

// TestReader_neverStale reads, lists, finds, writes, deletes and makes things at
// once, while the list fails now and then and readers leave: no read shows what
// is older than the last write that had ended when it began.
func TestReader_neverStale(t *testing.T) {
	t.Parallel()

	const things, workers, steps = 60, 16, 400
	s := newService(things, 25)
	s.latency = func() { time.Sleep(time.Duration(rand.N(300)) * time.Microsecond) }
	w := &world{t: t, service: s, reader: s.reader(), ended: make([]atomic.Int64, things), writing: make([]sync.Mutex, things)}
	var group sync.WaitGroup
	for worker := range workers {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		group.Go(func() {
			for range steps {
				w.step(random)
			}
		})
	}
	group.Wait()
	if gets, pages := s.requests(); gets == 0 || pages == 0 {
		t.Errorf("%d GETs and %d pages: the test has tested nothing", gets, pages)
	}
}

// gone is the version of a thing that was deleted; a thing that is made again has a higher one.
const gone = 1 << 20

type world struct {
	t       *testing.T
	service *service
	reader  *inventory.Reader[thing]
	ended   []atomic.Int64 // the version of the last write that has ended, by thing
	writing []sync.Mutex   // one write of a thing at a time
}

func (w *world) step(random *rand.Rand) {
	i := random.IntN(len(w.ended))
	switch what := random.IntN(100); {
	case what < 70:
		w.read(i, random)
	case what < 80:
		w.list(i)
	case what < 85:
		w.find(i)
	case what < 87:
		w.several(i)
	case what < 89:
		w.service.mu.Lock()
		w.service.failPages++
		w.service.mu.Unlock()
	default:
		w.write(i, what < 92)
	}
}

func (w *world) read(i int, random *rand.Rand) {
	ctx := w.t.Context()
	if random.IntN(10) == 0 {
		short, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(300))*time.Microsecond)
		defer cancel()
		ctx = short
	}
	floor := w.ended[i].Load()
	got, err := w.reader.Get(ctx, id(i))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
	case errors.Is(err, errGone):
		w.notOlder("missing", i, floor, true, 0)
	case err != nil:
		w.t.Errorf("read of %s: %v", id(i), err)
	default:
		w.notOlder("read", i, floor, false, got.version)
	}
}

func (w *world) list(i int) {
	floor := w.ended[i].Load()
	all, err := w.reader.All(w.t.Context())
	if err != nil {
		return // the list fails now and then
	}
	for _, got := range all {
		if got.id == id(i) {
			w.notOlder("listed", i, floor, false, got.version)
			return
		}
	}
	// A list that loses a thing while it is paged may pass over another: only GET says gone.
}

func (w *world) several(i int) {
	floor := w.ended[i].Load()
	found, _, err := w.reader.Several(w.t.Context(), []string{id(i), id((i + 1) % len(w.ended))}, 0)
	if err != nil {
		w.t.Errorf("several: %v", err)
	}
	if got, ok := found[id(i)]; ok {
		w.notOlder("several", i, floor, false, got.version)
	}
}

func (w *world) find(i int) {
	floor := w.ended[i].Load()
	if found, ok := w.reader.Find(w.t.Context(), key(i)); ok {
		w.notOlder("found", i, floor, false, found[0].version)
	}
}

// notOlder checks that what a read saw was true at some time since it began.
func (w *world) notOlder(how string, i int, floor int64, missing bool, version int) {
	switch wasGone := floor&gone != 0; {
	case missing && !wasGone && w.ended[i].Load() == floor && w.writing[i].TryLock():
		w.writing[i].Unlock()
		w.t.Errorf("%s is gone, and nobody has deleted it", id(i))
	case !missing && int64(version) < floor&^gone, !missing && wasGone && int64(version) == floor&^gone:
		w.t.Errorf("%s %s in version %d, and version %d was written before (gone: %v)", how, id(i), version, floor&^gone, wasGone)
	}
}

// write changes a thing, or deletes it, or makes it again.
func (w *world) write(i int, deletes bool) {
	w.writing[i].Lock()
	defer w.writing[i].Unlock()
	last := w.ended[i].Load()
	version := last&^gone + 1
	done := w.reader.Writing(id(i))
	w.service.latency()
	w.service.mu.Lock()
	at := -1
	for j, t := range w.service.things {
		if t.id == id(i) {
			at = j
		}
	}
	switch {
	case at < 0:
		w.service.things = append(w.service.things, thing{id: id(i), key: key(i), version: int(version)})
	case deletes:
		version = last&^gone | gone
		w.service.things = append(w.service.things[:at:at], w.service.things[at+1:]...)
	default:
		w.service.things[at].version = int(version)
	}
	w.service.mu.Unlock()
	w.service.latency()
	done()
	w.ended[i].Store(version)
}
