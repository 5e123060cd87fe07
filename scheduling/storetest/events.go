package storetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var eventPromises = []promise{
	{"Events of an empty store are none", eventsEmpty},
	{"Events come in the order in which they were written, which never changes", eventsInOrder},
	{"Events after a cursor are the rest, up to the limit", eventsPaged},
	{"Events of one booking are its own, after any cursor, up to the limit", eventsOfOne},
	{"Events after an unknown cursor is an error", eventsUnknownCursor},
	{"Events after a cursor that only another store knows is an error", eventsForeignCursor},
	{"Events are never lost to a reader that follows while others write", eventsFollowed},
	{"Events come to all readers in one order, and those of a booking in the order of its versions", eventsInOneOrder},
}

func eventsEmpty(t *testing.T, open opener) {
	s := open(t)
	if got := eventsOf(t, s, scheduling.EventQuery{Limit: 10}); len(got) != 0 {
		t.Errorf("Events returned %d events, want none", len(got))
	}
}

// numberedEvents returns n events of the booking, told apart by Attempt.
func numberedEvents(b scheduling.Booking, from, n int) []scheduling.Event {
	all := make([]scheduling.Event, n)
	for i := range n {
		all[i] = event(b, scheduling.EventSent)
		all[i].Attempt = from + i
	}
	return all
}

func attempts(events []scheduling.Event) string {
	all := make([]int, len(events))
	for i, e := range events {
		all[i] = e.Attempt
	}
	return fmt.Sprint(all)
}

func eventsInOrder(t *testing.T, open opener) {
	s := open(t)
	// The instants run backwards: clocks of several machines differ.
	backwards := func(b scheduling.Booking, from, n int) []scheduling.Event {
		all := numberedEvents(b, from, n)
		for i := range all {
			all[i].At = day(20 - all[i].Attempt)
		}
		return all
	}
	one, two := booking("pb-2", "ada", finalExam("2027")), booking("pb-1", "bob", finalExam("2027"))
	one = create(t, s, one, backwards(one, 1, 3)...)
	create(t, s, two, backwards(two, 4, 1)...)
	first := history(t, s)
	one = update(t, s, one, backwards(one, 5, 2)...)
	update(t, s, one, backwards(one, 7, 1)...)

	got := history(t, s)

	if g, want := attempts(got), "[1 2 3 4 5 6 7]"; g != want {
		t.Errorf("Events came in the order %s, want %s", g, want)
	}
	if len(got) >= len(first) {
		wantSame(t, "the first events, read again later", got[:len(first)], first)
	}
}

func eventsPaged(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	create(t, s, b, numberedEvents(b, 1, 5)...)
	wantPages(t, s, "", 5)
}

func eventsOfOne(t *testing.T, open opener) {
	s := open(t)
	one, two := booking("pb-1", "ada", finalExam("2027")), booking("pb-10", "ada", otherExam())
	one = create(t, s, one, numberedEvents(one, 1, 2)...)
	two = create(t, s, two, numberedEvents(two, 3, 1)...)
	one = update(t, s, one, numberedEvents(one, 4, 2)...)
	update(t, s, two, numberedEvents(two, 6, 2)...)
	update(t, s, one, numberedEvents(one, 8, 1)...)

	for _, id := range []scheduling.BookingID{"pb-1", "pb-10", "pb-", "PB-1"} {
		wantPages(t, s, id, 8)
	}
}

// wantPages reads the store's n events, of one booking or of all, after every
// cursor with many limits.
func wantPages(t *testing.T, s scheduling.Store, id scheduling.BookingID, n int) {
	t.Helper()
	all := history(t, s)
	if len(all) != n {
		t.Fatalf("there are %d events, want %d", len(all), n)
	}
	for i := range n + 1 {
		q := scheduling.EventQuery{Booking: id}
		if i > 0 {
			q.After = all[i-1].Cursor
		}
		rest := slices.DeleteFunc(slices.Clone(all[i:]), func(e scheduling.Event) bool { return id != "" && e.Booking != id })
		for _, q.Limit = range []int{math.MinInt, -1, 0, 1, 2, 3, n, n + 1, math.MaxInt} {
			what := fmt.Sprintf("Events of booking %q after event %d with limit %d", id, i, q.Limit)
			wantSame(t, what, eventsOf(t, s, q), rest[:min(max(q.Limit, 0), len(rest))])
		}
	}
}

func eventsUnknownCursor(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	create(t, s, b, numberedEvents(b, 1, 3)...)
	for _, cursor := range []scheduling.Cursor{"no cursor of any store", "-1", "' OR 1=1 --"} {
		for _, id := range []scheduling.BookingID{"", "pb-1"} {
			q := scheduling.EventQuery{After: cursor, Booking: id, Limit: 10}
			if got, err := s.Events(t.Context(), q); err == nil {
				t.Errorf("Events by %+v, an unknown cursor, returned %d events and no error", q, len(got))
			}
		}
	}
}

// eventsForeignCursor is what a reader meets after a restored backup: silence
// would hide from it all that comes.
func eventsForeignCursor(t *testing.T, open opener) {
	larger, empty := open(t), open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	create(t, larger, b, numberedEvents(b, 1, 5)...)
	for _, e := range history(t, larger) {
		if _, err := empty.Events(t.Context(), scheduling.EventQuery{After: e.Cursor, Limit: 10}); err == nil {
			t.Errorf("Events after the cursor %q of another store is no error, want one: this store has no events", e.Cursor)
		}
	}
}
