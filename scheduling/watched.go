package scheduling

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// watchedSet is what a pass of Sweep keeps in memory of the store's bookings: some 300
// bytes each.
type watchedSet struct {
	quiet    []*watchedBooking // without an open operation
	byID     map[BookingID]*watchedBooking
	byNumber map[proctoru.ReservationNo]*watchedBooking
	learners map[LearnerID]bool
	from, to time.Time // the first and the last start that one of theirs may have, also if the provider has moved it, and that is not long past; zero for none
}

// watchedBooking is a booking that may still have a reservation at the provider.
type watchedBooking struct {
	id      BookingID
	learner LearnerID
	number  proctoru.ReservationNo
	state   State
	start   time.Time
	routine bool      // its next look is a routine watch
	odd     bool      // the engine has seen something that it must look at again
	undated bool      // a reading shows all but its start, which nothing has shown for a day
	changed time.Time // our last request, or what was proven last
	seen    time.Time // the last answer or look that proved it
}

func newWatchedSet() watchedSet {
	return watchedSet{
		byID: map[BookingID]*watchedBooking{}, byNumber: map[proctoru.ReservationNo]*watchedBooking{}, learners: map[LearnerID]bool{},
	}
}

// add adds a booking. Starts that are long past at now do not count for what is to be read.
func (w *watchedSet) add(b Booking, now time.Time) {
	m := &b.Memory
	x := &watchedBooking{
		id: b.ID, learner: b.Learner, number: b.Number, state: b.State, start: b.Start,
		routine: b.routine(), odd: len(m.Extras) > 0, seen: later(b.SeenActive, m.ProvenAt),
	}
	for _, at := range []time.Time{b.CreatedAt, m.LastSent, m.LastMade, m.ProvenAt, m.DeadAt} {
		x.changed = later(x.changed, at)
	}
	w.byID[b.ID], w.learners[b.Learner] = x, true
	if b.Number != "" {
		w.byNumber[b.Number] = x
	}
	for _, at := range append(slices.Clone(m.StartsSent), b.Start) {
		if at.After(now.Add(-bulkPast)) {
			w.span(at, now)
		}
	}
	if b.Intent == nil {
		w.quiet = append(w.quiet, x)
	}
}

// span takes in the days around a start to which the provider may have moved a reservation
// by itself: what is ahead, and no farther away than bulkFarther. The provider knows
// nothing of the exam's window.
func (w *watchedSet) span(at, now time.Time) {
	first := earlier(at, later(now, at.Add(-bulkFarther)))
	if w.from.IsZero() || first.Before(w.from) {
		w.from = first
	}
	w.to = later(w.to, at.Add(bulkFarther))
}

// fits reports whether the rows of the learner's list leave nothing to look at: the
// booking's own reservation is where it should be, and no other one has its id.
func (b *watchedBooking) fits(rows []provider.Listed) bool {
	own := 0
	for _, r := range rows {
		if BookingID(r.ReservationID) != b.id {
			continue
		}
		if r.Number != b.number || !r.Start.Equal(b.start) || b.over() {
			return false
		}
		own++
	}
	return !b.odd && (own == 1 || own == 0 && b.state != StateScheduled)
}

// over reports whether the booking should have no reservation any more.
func (b *watchedBooking) over() bool {
	return b.state == StateCanceled || b.state == StateFailed || b.state == StateVoid
}
