package simulation

import (
	"context"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// platformGrant is the extra time that the platform gives learner1 in the second exam.
const platformGrant = 30 * time.Minute

// newGrant draws an accommodation: more time, another window, or none.
func newGrant(s *stream, p *plan) scheduling.Accommodation {
	var a scheduling.Accommodation
	switch s.n(5) {
	case 0:
		a.Factor = 1.5
	case 1:
		a.Extra = time.Duration(1+s.n(40)) * time.Minute
	case 2:
		a.Factor, a.Extra = 1.25, 10*time.Minute
	case 3:
		// From before the first slot to after the last but one.
		a.Window = scheduling.Window{Start: p.slots[0].Add(-time.Hour), End: p.slots[len(p.slots)-2].Add(p.length)}
	}
	return a
}

// holdsFor is the window and the duration that an accommodation gives in an exam,
// computed by the judge for itself.
func (w *world) holdsFor(learner, exam int, a scheduling.Accommodation) (scheduling.Window, time.Duration) {
	e := w.exams[exam]
	minutes := float64(e.Duration / time.Minute)
	if a.Factor > 0 {
		minutes *= a.Factor
	}
	if minutes > float64(int(minutes)) {
		minutes = float64(int(minutes) + 1)
	}
	d := time.Duration(minutes)*time.Minute + a.Extra
	if learner == 1 && exam == 1 && d < e.Duration+platformGrant {
		d = e.Duration + platformGrant
	}
	window := e.Window
	if !a.Window.Start.IsZero() {
		window = a.Window
	}
	if earliest := window.Start.Add(d); earliest.After(window.End) {
		window.End = earliest
	}
	return window, d
}

// judgeWindow looks at a booking that asks for a start: the sitting, as long as
// it is for this learner, must lie in the learner's window.
func (w *world) judgeWindow(b *scheduling.Booking, events []scheduling.Event) {
	for _, e := range events {
		switch e.Type {
		case scheduling.EventRequested:
			w.judgeEffective(b)
		case scheduling.EventMoveRequested, scheduling.EventWishQueued, scheduling.EventWishReplaced:
		default:
			continue
		}
		if !e.Want.IsZero() && !b.Window.Contains(e.Want, b.Duration) {
			w.violate(stateA, "I7: "+string(e.Type)+" for a start outside of the learner's window", b.ID)
		}
	}
}

// judgeEffective wants the window and the duration of a new booking to be those
// of an accommodation that the learner has, or had when the call began.
func (w *world) judgeEffective(b *scheduling.Booking) {
	learner := slices.IndexFunc(w.learners, func(l scheduling.Learner) bool { return l.ID == b.Learner })
	exam := slices.IndexFunc(w.exams, func(e scheduling.Exam) bool { return e.Key() == b.Exam.Key() })
	for _, a := range w.granted[learner] {
		if window, d := w.holdsFor(learner, exam, a); window == b.Window && d == b.Duration {
			return
		}
		if len(w.campuses) == 0 {
			continue
		}
		// A platform whose exam is not saved here yet is not asked for what it grants.
		if window, d := w.holdsFor(-1, exam, a); window == b.Window && d == b.Duration {
			return
		}
	}
	w.violate(stateA, "the window or the duration of a booking are not the learner's", b.ID)
}

// grants lets staff change what a learner is granted, and put it on the bookings.
func (w *world) grants(p *process) {
	if !w.chance(decideProvider, 1, "staff grants") {
		return
	}
	learner, exam := w.steps.n(len(w.learners)), w.exams[w.steps.n(len(w.exams))]
	a := newGrant(w.steps, &w.plan)
	w.granted[learner] = append(w.granted[learner], a)
	w.counts.hit("world", "accommodation granted")
	by := scheduling.Request{Reason: "by the office's decision", By: "office"}
	w.start(p, "staff grants", func(ctx context.Context) {
		if _, err := p.Staff.SetAccommodation(ctx, w.learners[learner].ID, exam.Key(), a, by); err != nil {
			w.toldError(p, err)
			return
		}
		_, err := p.Staff.ApplyExam(ctx, exam, by)
		w.toldError(p, err)
	})
}

// accommodate gives the learners what the plan grants them.
func (w *world) accommodate() {
	w.granted = make([][]scheduling.Accommodation, len(w.learners))
	for i := range w.granted {
		w.granted[i] = []scheduling.Accommodation{{}} // none
	}
	for i, a := range w.plan.granted {
		if a == (scheduling.Accommodation{}) {
			continue
		}
		w.granted[i] = append(w.granted[i], a)
		for _, e := range w.exams {
			w.learners[i].Accommodations = append(w.learners[i].Accommodations, scheduling.GrantedAccommodation{
				Exam: e.Key(), Accommodation: a, Reason: "by the office's decision", By: "office", At: begin,
			})
		}
	}
}

// judgeDuration wants a new reservation to be as long as the booking was at some
// time: late requests bring older durations.
func (w *world) judgeDuration(id scheduling.BookingID, d time.Duration) {
	owner := w.owner(id)
	if owner == nil || owner.rows[id] == nil {
		return
	}
	if r := owner.rows[id]; !owner.restored && !slices.Contains(r.durations, d) {
		w.violate(stateA, "a reservation is longer or shorter than its booking ever was", id)
	}
}
