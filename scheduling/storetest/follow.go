package storetest

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// eventsFollowed finds stores that number events when a write begins instead of
// when it becomes visible: an event of the slower of two writers would then
// appear before the reader's cursor, and be missed.
func eventsFollowed(t *testing.T, open opener) {
	s := open(t)
	const writers, bookings = 8, 25
	var writing atomic.Int32
	writing.Store(writers)
	var followed []scheduling.Event
	together(writers+1, func(i int) {
		if i == writers {
			followed = follow(t, s, "", 3, writers*bookings*3, func() bool { return writing.Load() > 0 })
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

// eventsInOneOrder finds stores that show two readers two orders, or a booking's events in
// another one than that of its versions: whatever others write to it, and read, meanwhile.
func eventsInOneOrder(t *testing.T, open opener) {
	s := open(t)
	const writers, readers, bookings, rounds = 8, 4, 5, 20
	for i := range bookings {
		create(t, s, asked(fmt.Sprintf("pb-%d", i)), event(asked(fmt.Sprintf("pb-%d", i)), scheduling.EventRequested))
	}
	const most = bookings + writers*rounds
	var writing atomic.Int32
	writing.Store(writers)
	followed := make([][]scheduling.Event, readers)
	of := []scheduling.BookingID{"", "pb-0", "", "pb-1"}
	together(writers+readers, func(i int) {
		if i < readers {
			followed[i] = follow(t, s, of[i], 1+2*i, most, func() bool { return writing.Load() > 0 })
			return
		}
		defer writing.Add(-1)
		for j := range rounds {
			if err := raiseGeneration(t, s, scheduling.BookingID(fmt.Sprintf("pb-%d", (i+j)%bookings)), most); err != nil {
				t.Errorf("Get and Update error = %v, want none in the end", err)
			}
		}
	})

	all := history(t, s)
	if len(all) != most {
		t.Errorf("there are %d events, want the %d that were written", len(all), most)
	}
	for i, id := range of {
		want := slices.DeleteFunc(slices.Clone(all), func(e scheduling.Event) bool { return id != "" && e.Booking != id })
		wantSame(t, fmt.Sprintf("the events of booking %q as reader %d saw them while others wrote and read", id, i), followed[i], want)
	}
	versions := map[scheduling.BookingID]int64{}
	for _, e := range all {
		if versions[e.Booking]++; e.Version != versions[e.Booking] {
			t.Errorf("an event of version %d of booking %s came where that of version %d belongs", e.Version, e.Booking, versions[e.Booking])
		}
	}
}

// asked returns a booking of a learner of its own.
func asked(id string) scheduling.Booking {
	return booking(scheduling.BookingID(id), scheduling.LearnerID("learner of "+id), finalExam("2027"))
}

// follow reads events, of the booking if it is not "", in small pages until the writers
// have ended and no more events come, or until there are more events than were written.
func follow(t *testing.T, s scheduling.Store, of scheduling.BookingID, limit, most int, writing func() bool) []scheduling.Event {
	var all []scheduling.Event
	for after := scheduling.Cursor(""); len(all) <= most; {
		more := writing() // asked before the read: what is written until then must be in it
		page, err := s.Events(t.Context(), scheduling.EventQuery{After: after, Booking: of, Limit: limit})
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
