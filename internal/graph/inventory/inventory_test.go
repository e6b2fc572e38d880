package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph/inventory"
)

// thing is what the tests' service holds.
type thing struct {
	id, key string
	version int
}

var (
	errGone   = errors.New("gone")
	errFailed = errors.New("failed")
)

// service is a service of things that can be read one by one and listed. Each
// request takes as long as it is told to.
type service struct {
	pageSize int
	latency  func()

	mu          sync.Mutex
	things      []thing
	gets, pages int
	failPages   int  // how many pages fail, from now on
	loop        bool // the last page leads back to the first
}

func newService(n, pageSize int) *service {
	s := &service{pageSize: pageSize, latency: func() {}}
	for i := range n {
		s.things = append(s.things, thing{id: id(i), key: key(i)})
	}
	return s
}

func id(i int) string  { return fmt.Sprintf("id-%04d", i) }
func key(i int) string { return fmt.Sprintf("key-%04d", i) }

func (s *service) reader() *inventory.Reader[thing] {
	return inventory.New(inventory.Source[thing]{
		Get: s.get, Page: s.page,
		ID: func(t thing) string { return t.id }, Key: func(t thing) string { return t.key },
	})
}

func (s *service) get(ctx context.Context, id string) (thing, error) {
	s.mu.Lock()
	s.gets++
	s.mu.Unlock()
	s.latency()
	if err := ctx.Err(); err != nil {
		return thing{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.things {
		if t.id == id {
			return t, nil
		}
	}
	return thing{}, errGone
}

func (s *service) page(ctx context.Context, link string) ([]thing, string, error) {
	start, _ := strconv.Atoi(link)
	s.mu.Lock()
	s.pages++
	failed := s.failPages > 0
	if failed {
		s.failPages--
	}
	// What is listed is what was there when the request came in.
	end := min(start+s.pageSize, len(s.things))
	items := append([]thing(nil), s.things[min(start, end):end]...)
	next := ""
	if end < len(s.things) {
		next = strconv.Itoa(end)
	} else if s.loop {
		next = "0"
	}
	s.mu.Unlock()
	s.latency()
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if failed {
		return nil, "", errFailed
	}
	return items, next, nil
}

func (s *service) requests() (gets, pages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gets, s.pages
}

// readAll reads n things as Terraform does, ten at once.
func readAll(t *testing.T, r *inventory.Reader[thing], n int) {
	t.Helper()
	work := make(chan int)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for i := range work {
				if got, err := r.Get(t.Context(), id(i)); err != nil || got.id != id(i) {
					t.Errorf("read of %s: got %+v and error %v", id(i), got, err)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	group.Wait()
}

func TestReader_requests(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		things, pageSize, reads int
		gets, pages             int
	}{
		"one":                       {things: 1000, pageSize: 1000, reads: 1, gets: 1, pages: 0},
		"two":                       {things: 1000, pageSize: 1000, reads: 2, gets: 1, pages: 1},
		"a thousand":                {things: 1000, pageSize: 1000, reads: 1000, gets: 1, pages: 1},
		"five pages of all":         {things: 5000, pageSize: 1000, reads: 5000, gets: 16, pages: 5},
		"few in a tenant of many":   {things: 5000, pageSize: 1000, reads: 10, gets: 1, pages: 1},
		"the first page has enough": {things: 5000, pageSize: 1000, reads: 1000, gets: 1, pages: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				s := newService(test.things, test.pageSize)
				s.latency = func() { time.Sleep(100 * time.Millisecond) }
				readAll(t, s.reader(), test.reads)
				if gets, pages := s.requests(); gets > test.gets || pages != test.pages {
					t.Errorf("got %d GETs and %d pages, want at most %d and exactly %d", gets, pages, test.gets, test.pages)
				}
			})
		})
	}
}

func TestReader_whatIsMissingIsAskedFor(t *testing.T) {
	t.Parallel()

	s := newService(20, 100)
	r := s.reader()
	readAll(t, r, 20)
	s.mu.Lock()
	s.things = append(s.things, thing{id: "late", key: "late"})
	s.mu.Unlock()

	if got, err := r.Get(t.Context(), "late"); err != nil || got.id != "late" {
		t.Errorf("a thing that the list lacks: got %+v and error %v", got, err)
	}
	if _, err := r.Get(t.Context(), "none"); !errors.Is(err, errGone) {
		t.Errorf("a thing that is not there: got error %v, want %v", err, errGone)
	}
	if gets, pages := s.requests(); gets != 3 || pages != 1 {
		t.Errorf("got %d GETs and %d pages, want 3 and 1", gets, pages)
	}
}

func TestReader_writes(t *testing.T) {
	t.Parallel()

	s := newService(20, 100)
	r := s.reader()
	readAll(t, r, 20)

	done := r.Writing(id(7))
	s.mu.Lock()
	s.things[7].version = 1
	s.mu.Unlock()
	done()
	if got, err := r.Get(t.Context(), id(7)); err != nil || got.version != 1 {
		t.Errorf("after a write: got %+v and error %v", got, err)
	}
	if _, ok := r.Find(t.Context(), key(7)); ok {
		t.Error("after a write the old thing was found by its key")
	}
	all, err := r.All(t.Context())
	if err != nil || all[7].version != 1 {
		t.Errorf("the whole list after a write: got %+v and error %v", all[7], err)
	}
	if _, pages := s.requests(); pages != 2 {
		t.Errorf("got %d pages, want one before the write and one after it", pages)
	}
	if again, err := r.All(t.Context()); err != nil || len(again) != 20 {
		t.Errorf("again: got %d things and error %v", len(again), err)
	}
	if _, pages := s.requests(); pages != 2 {
		t.Errorf("nothing was written since, and there were %d pages, want 2", pages)
	}
}

func TestReader_find(t *testing.T) {
	t.Parallel()

	s := newService(30, 10)
	s.things[3].key = key(4)
	r := s.reader()
	if _, ok := r.Find(t.Context(), key(1)); ok {
		t.Error("the first look-up was answered from a list that nobody has read")
	}
	found := 0
	for i := range 30 {
		if things, ok := r.Find(t.Context(), key(i)); ok {
			found++
			if want := map[bool]int{true: 2, false: 1}[i == 4]; len(things) != want {
				t.Errorf("%s: got %d things, want %d", key(i), len(things), want)
			}
		}
	}
	if _, pages := s.requests(); pages != 3 || found == 0 {
		t.Errorf("got %d pages and %d found, want 3 pages and some found", pages, found)
	}
	if _, ok := r.Find(t.Context(), "none"); ok {
		t.Error("a key that the list lacks was answered, and it may be new")
	}
}

func TestReader_listFails(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		s := newService(1000, 1000)
		s.latency = func() { time.Sleep(100 * time.Millisecond) }
		s.failPages = 2
		r := s.reader()
		readAll(t, r, 1000)
		gets, pages := s.requests()
		if pages != 3 || gets < 40 || gets > 150 {
			t.Errorf("two lists failed: got %d GETs and %d pages, want about a hundred and 3", gets, pages)
		}
	})
}

func TestReader_allFails(t *testing.T) {
	t.Parallel()

	s := newService(30, 10)
	s.failPages = 1
	r := s.reader()
	if _, err := r.All(t.Context()); !errors.Is(err, errFailed) {
		t.Errorf("got error %v, want %v", err, errFailed)
	}
	if all, err := r.All(t.Context()); err != nil || len(all) != 30 {
		t.Errorf("a failure was kept: got %d things and error %v", len(all), err)
	}
}

func TestReader_listLeadsBack(t *testing.T) {
	t.Parallel()

	s := newService(30, 10)
	s.loop = true
	if _, err := s.reader().All(t.Context()); err == nil {
		t.Error("a list without an end was read to its end")
	}
}

func TestReader_recent(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		s := newService(20, 100)
		r := s.reader()
		readAll(t, r, 20)
		s.things[5].version = 1 // by somebody else
		time.Sleep(30 * time.Second)
		if got, _ := r.GetRecent(t.Context(), id(5), time.Minute); got.version != 0 {
			t.Error("the list of half a minute ago was not used")
		}
		time.Sleep(31 * time.Second)
		if got, _ := r.GetRecent(t.Context(), id(5), time.Minute); got.version != 1 {
			t.Error("a list of a minute ago was used")
		}
		if _, pages := s.requests(); pages != 2 {
			t.Errorf("got %d pages, want 2", pages)
		}
	})
}

func TestReader_contexts(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		s := newService(20, 100)
		s.latency = func() { time.Sleep(time.Minute) }
		r := s.reader()
		var group sync.WaitGroup
		group.Go(func() { _, _ = r.Get(t.Context(), id(0)) })
		synctest.Wait()

		// The reader that begins the list leaves; the one that waits with it does not suffer.
		first, leave := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := r.Get(first, id(1)); !errors.Is(err, context.Canceled) {
				t.Errorf("the reader that left: got error %v", err)
			}
		})
		synctest.Wait()
		group.Go(func() {
			if got, err := r.Get(t.Context(), id(2)); err != nil || got.id != id(2) {
				t.Errorf("the reader that stayed: got %+v and error %v", got, err)
			}
		})
		synctest.Wait()
		leave()
		group.Wait()
		if gets, pages := s.requests(); gets != 1 || pages != 1 {
			t.Errorf("got %d GETs and %d pages, want 1 and 1", gets, pages)
		}

		// When all have left the list is given up, and it is no failure for who comes later.
		done := r.Writing()
		done()
		only, leave := context.WithCancel(t.Context())
		group.Go(func() { _, _ = r.All(only) })
		synctest.Wait()
		leave()
		if all, err := r.All(t.Context()); err != nil || len(all) != 20 {
			t.Errorf("after a list that was given up: got %d things and error %v", len(all), err)
		}
		group.Wait()
	})
}

// Who lists while others write without end gets a list: it holds what was
// written before it was asked for.
func TestReader_allAmongWrites(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		s := newService(30, 10)
		s.latency = func() { time.Sleep(100 * time.Millisecond) }
		r := s.reader()
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			for ctx.Err() == nil {
				done := r.Writing(id(1))
				time.Sleep(30 * time.Millisecond)
				done()
			}
		})
		short, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if all, err := r.All(short); err != nil || len(all) != 30 {
			t.Errorf("got %d things and error %v", len(all), err)
		}
		if _, pages := s.requests(); pages != 3 {
			t.Errorf("got %d pages, want 3", pages)
		}
		stop()
		group.Wait()
	})
}

// A list that takes longer than it may be old is still newer than the question.
func TestReader_recentAndSlow(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		s := newService(30, 10)
		s.latency = func() { time.Sleep(3 * time.Minute) }
		r := s.reader()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		for i := range 5 {
			if got, err := r.GetRecent(ctx, id(i), 2*time.Minute); err != nil || got.id != id(i) {
				t.Fatalf("read of %s: got %+v and error %v", id(i), got, err)
			}
		}
		if all, err := r.AllRecent(ctx, 2*time.Minute); err != nil || len(all) != 30 {
			t.Errorf("got %d things and error %v", len(all), err)
		}
	})
}

func TestReader_several(t *testing.T) {
	t.Parallel()

	s := newService(30, 10)
	r := s.reader()
	few := []string{id(1), id(2), id(25)}
	for i, want := range []struct{ rest, pages int }{{3, 0}, {1, 1}, {1, 1}} {
		found, rest, err := r.Several(t.Context(), few, 0)
		if err != nil || len(rest) != want.rest || len(found) != len(few)-want.rest {
			t.Errorf("time %d: got %v, rest %v and error %v, want a rest of %d", i+1, found, rest, err, want.rest)
		}
		if _, pages := s.requests(); pages != want.pages {
			t.Errorf("time %d: got %d pages, want %d", i+1, pages, want.pages)
		}
	}
	r.Writing(strings.ToUpper(id(1)))()
	if _, rest, err := r.Several(t.Context(), few[:2], 0); err != nil || len(rest) != 1 || rest[0] != id(1) {
		t.Errorf("after a write: rest %v and error %v, want what was written", rest, err)
	}
	if _, err := r.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, rest, err := r.Several(t.Context(), few[1:], 0); err != nil || len(rest) != 0 {
		t.Errorf("with the whole list: rest %v and error %v", rest, err)
	}
}
