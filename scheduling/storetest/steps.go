package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// create stores the booking, or ends the test.
func create(t *testing.T, s scheduling.Store, b scheduling.Booking, events ...scheduling.Event) scheduling.Booking {
	t.Helper()
	stored, err := s.Create(t.Context(), b, events...)
	if err != nil {
		t.Fatalf("Create(%s) error = %v, want none", b.ID, err)
	}
	return stored
}

// update replaces the booking, or ends the test.
func update(t *testing.T, s scheduling.Store, b scheduling.Booking, events ...scheduling.Event) scheduling.Booking {
	t.Helper()
	stored, err := s.Update(t.Context(), b, events...)
	if err != nil {
		t.Fatalf("Update(%s) from version %d error = %v, want none", b.ID, b.Version, err)
	}
	return stored
}

// get reads the booking, or ends the test.
func get(t *testing.T, s scheduling.Store, id scheduling.BookingID) scheduling.Booking {
	t.Helper()
	b, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("Get(%s) error = %v, want none", id, err)
	}
	return b
}

// claim leases bookings, or ends the test.
func claim(t *testing.T, s scheduling.Store, owner string, now, until time.Time, limit int) []scheduling.Booking {
	t.Helper()
	claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: owner, Now: now, Until: until, Limit: limit})
	if err != nil {
		t.Fatalf("Claim error = %v, want none", err)
	}
	return claimed
}

// claimBulk leases bookings while bulk readings stand for routine watches, or ends the test.
func claimBulk(t *testing.T, s scheduling.Store, now time.Time, limit int) []scheduling.Booking {
	t.Helper()
	claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "worker-1", Now: now, Until: now.Add(time.Minute), Limit: limit, Bulk: true})
	if err != nil {
		t.Fatalf("Claim with Bulk error = %v, want none", err)
	}
	return claimed
}

// list reads all bookings that match, or ends the test.
func list(t *testing.T, s scheduling.Store, f scheduling.Filter) []scheduling.Booking {
	t.Helper()
	var all []scheduling.Booking
	for b, err := range s.List(t.Context(), f) {
		if err != nil {
			t.Fatalf("List error = %v, want none", err)
		}
		all = append(all, b)
	}
	return all
}

// eventsOf reads one page of events, or ends the test.
func eventsOf(t *testing.T, s scheduling.Store, q scheduling.EventQuery) []scheduling.Event {
	t.Helper()
	page, err := s.Events(t.Context(), q)
	if err != nil {
		t.Fatalf("Events by %+v error = %v, want none", q, err)
	}
	if len(page) > max(q.Limit, 0) {
		t.Fatalf("Events returned %d events, want at most the limit of %d", len(page), q.Limit)
	}
	return page
}

// history reads all events, page by page, or ends the test.
func history(t *testing.T, s scheduling.Store) []scheduling.Event {
	t.Helper()
	var all []scheduling.Event
	seen := map[scheduling.Cursor]bool{"": true}
	for after := scheduling.Cursor(""); ; {
		page := eventsOf(t, s, scheduling.EventQuery{After: after, Limit: 100})
		if len(page) == 0 {
			return all
		}
		for _, e := range page {
			if seen[e.Cursor] {
				t.Fatalf("cursor %q came twice, or is empty: each event needs its own", e.Cursor)
			}
			seen[e.Cursor] = true
		}
		all = append(all, page...)
		after = page[len(page)-1].Cursor
	}
}

// content is everything that a store returns of its bookings and events.
type content struct {
	Bookings []scheduling.Booking
	Events   []scheduling.Event
}

func contentOf(t *testing.T, s scheduling.Store) content {
	t.Helper()
	return content{Bookings: list(t, s, scheduling.Filter{}), Events: history(t, s)}
}

// wantError fails if err is not the error that the contract names.
func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s error = %v, want %v", what, err, want)
	}
}

// wantIDs fails if the bookings are not these, in this order.
func wantIDs(t *testing.T, what string, got []scheduling.Booking, want ...scheduling.BookingID) {
	t.Helper()
	if g, w := fmt.Sprint(ids(got)), fmt.Sprint(want); g != w {
		t.Errorf("%s = %s, want %s", what, g, w)
	}
}

func ids(bookings []scheduling.Booking) []scheduling.BookingID {
	all := make([]scheduling.BookingID, len(bookings))
	for i, b := range bookings {
		all[i] = b.ID
	}
	return all
}

// together calls act for 0 to n-1, each in a goroutine, and starts them at once.
// In act, only methods of testing.T that other goroutines may call are allowed.
func together(n int, act func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			act(i)
		})
	}
	close(start)
	all.Wait()
}

// patience is how long a call may take that must not wait for anything.
const patience = 30 * time.Second

// soon ends the test if call fails, or does not return: then something holds a lock.
func soon(t *testing.T, what string, call func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call(ctx) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%s error = %v, want none", what, err)
		}
	case <-ctx.Done():
		t.Fatalf("%s did not return within %v: a lock, or the only connection, is held", what, patience)
	}
}
