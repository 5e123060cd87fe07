package storetest

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var eventPromises = []promise{
	{"Events of an empty store are none", eventsEmpty},
	{"Events come in the order in which they were written, which never changes", eventsInOrder},
	{"Events after a cursor are the rest, up to the limit", eventsPaged},
	{"Events after an unknown cursor is an error", eventsUnknownCursor},
	{"Events after a cursor that only another store knows is an error", eventsForeignCursor},
	{"Events are never lost to a reader that follows while others write", eventsFollowed},
}

func eventsEmpty(t *testing.T, open opener) {
	s := open(t)
	if got := eventsAfter(t, s, "", 10); len(got) != 0 {
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
	all := history(t, s)
	if len(all) != 5 {
		t.Fatalf("there are %d events, want 5", len(all))
	}

	for i := range len(all) + 1 {
		after := scheduling.Cursor("")
		if i > 0 {
			after = all[i-1].Cursor
		}
		for limit := range 7 {
			what := fmt.Sprintf("Events after event %d with limit %d", i, limit)
			wantSame(t, what, eventsAfter(t, s, after, limit), all[i:min(i+limit, len(all))])
		}
	}
}

func eventsUnknownCursor(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	create(t, s, b, numberedEvents(b, 1, 3)...)
	for _, cursor := range []scheduling.Cursor{"no cursor of any store", "-1", "' OR 1=1 --"} {
		if got, err := s.Events(t.Context(), scheduling.EventQuery{After: cursor, Limit: 10}); err == nil {
			t.Errorf("Events after the unknown cursor %q returned %d events and no error", cursor, len(got))
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

// eventsFollowed catches an order that is given when a write begins and not
// when it is seen: the slower of two writers would then appear behind the reader.
func eventsFollowed(t *testing.T, open opener) {
	s := open(t)
	const writers, bookings = 8, 25
	var writing atomic.Int32
	writing.Store(writers)
	var followed []scheduling.Event
	together(writers+1, func(i int) {
		if i == writers {
			followed = follow(t, s, writers*bookings*3, func() bool { return writing.Load() > 0 })
			return
		}
		defer writing.Add(-1)
		for j := range bookings {
			b := booking(scheduling.BookingID(fmt.Sprintf("pb-%d-%d", i, j)), scheduling.LearnerID(fmt.Sprint(i, "-", j)), finalExam("2027"))
			b, err := s.Create(t.Context(), b, numberedEvents(b, 1, 2)...)
			if err == nil {
				_, err = s.Update(t.Context(), b, numberedEvents(b, 3, 1)...)
			}
			if err != nil {
				t.Errorf("Create and Update of %s error = %v, want none", b.ID, err)
			}
		}
	})

	all := history(t, s)
	if want := writers * bookings * 3; len(all) != want {
		t.Errorf("there are %d events, want the %d that were written", len(all), want)
	}
	wantSame(t, "the events as a reader saw them while others wrote", followed, all)
	ordered := map[scheduling.BookingID]int{}
	for _, e := range all {
		if ordered[e.Booking]++; e.Attempt != ordered[e.Booking] {
			t.Errorf("event %d of booking %s came as number %d", e.Attempt, e.Booking, ordered[e.Booking])
		}
	}
}

// follow reads events by small pages until nobody writes and no more come, or
// there are more than can be.
func follow(t *testing.T, s scheduling.Store, most int, writing func() bool) []scheduling.Event {
	var all []scheduling.Event
	for after := scheduling.Cursor(""); len(all) <= most; {
		more := writing() // asked before the read: what is written until then must be in it
		page, err := s.Events(t.Context(), scheduling.EventQuery{After: after, Limit: 3})
		if err != nil {
			t.Errorf("Events while others write error = %v, want none", err)
			return all
		}
		if len(page) == 0 && !more {
			return all
		}
		if len(page) == 0 {
			runtime.Gosched()
			continue
		}
		all = append(all, page...)
		after = page[len(page)-1].Cursor
	}
	return all
}
