package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

var byStaff = scheduling.Request{Reason: "saw the recording", By: "office"}

// did fails the test if the provider's side could not do it.
func (w *world) did(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// outcome reads the report of the booking's session.
func (w *world) outcome(id scheduling.BookingID) scheduling.Outcome {
	w.t.Helper()
	o, err := w.Outcome(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// Each presence rests on a fact of the provider's report, with its instant where
// the report has one.
func TestAttendance(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		happens func(w *world, number int64)
		want    scheduling.Attendance // without Since
	}{
		"nothing": {func(*world, int64) {}, scheduling.Attendance{}},
		"waits for the proctor": {func(w *world, n int64) { w.did(w.provider.ProctorChecksIn(n)) },
			scheduling.Attendance{Presence: scheduling.PresenceCheckedIn, Fact: scheduling.FactIdentity}},
		"started in time": {func(w *world, n int64) { w.did(w.provider.ProctorStarts(n)) },
			scheduling.Attendance{Presence: scheduling.PresenceStarted, Fact: scheduling.FactHistory, At: nine}},
		"started late": {func(w *world, n int64) {
			w.clock.Set(nine.Add(25*time.Minute + 30*time.Second))
			w.did(w.provider.ProctorStarts(n))
		}, scheduling.Attendance{Presence: scheduling.PresenceStarted, Fact: scheduling.FactHistory, At: nine.Add(25 * time.Minute), LateBy: 25 * time.Minute}},
		"ended": {func(w *world, n int64) { w.sit(n, &proctorutest.Verdict{}) },
			scheduling.Attendance{Presence: scheduling.PresenceEnded, Fact: scheduling.FactHistory, At: nine.Add(time.Hour)}},
		"its number was canceled, which may be a move": {func(w *world, n int64) { w.did(w.provider.ProviderCancels(n)) }, scheduling.Attendance{}},
		"moved by the provider": {func(w *world, n int64) {
			w.play(proctorutest.VariantMove, "same-number")
			_, err := w.provider.ProviderMoves(n, noon)
			w.did(err)
		}, scheduling.Attendance{Presence: scheduling.PresenceMoved, Fact: scheduling.FactSlot, At: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(nine)
			w.clock.Set(nine)
			tt.happens(w, w.numberOf(id))

			got := w.outcome(id).Attendance

			if tt.want.Presence != scheduling.PresenceUnknown {
				tt.want.Since = w.clock.Now()
			}
			if got != tt.want || w.booking(id).Session.Attendance != tt.want {
				t.Errorf("attendance = %+v, stored %+v, want %+v", got, w.booking(id).Session.Attendance, tt.want)
			}
		})
	}
}

// That the provider canceled is said once the booking has ended by it: a canceled
// number alone may have been replaced by another one.
func TestAttendanceOfABookingThatTheProviderCanceled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Advance(time.Hour)
	w.did(w.provider.ProviderCancels(w.numberOf(id)))
	w.pass()

	b, o := w.booking(id), w.outcome(id)

	if b.State != scheduling.StateCanceled || o.Attendance.Presence != scheduling.PresenceCanceled || o.Attendance.Fact != scheduling.FactHistory {
		t.Errorf("booking is %s, attendance %+v; want canceled, by the history\n%s", b.State, o.Attendance, w.history(id))
	}
}

// A learner who has checked in and waits for the proctor is no no-show, however
// long the grace is over.
func TestWaitingForTheProctorIsNoNoShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	w.did(w.provider.ProctorChecksIn(w.numberOf(id)))
	w.clock.Set(nine.Add(w.exam.Duration + 5*time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled || flagOf(b) != scheduling.ReasonSeenStarted {
		t.Errorf("booking is %s, flagged %q; want scheduled, flagged seen_started\n%s", b.State, flagOf(b), w.history(id))
	}
}

// A no-show is stored with the instant at which the grace was over.
func TestNoShowKeepsItsEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.missed()
	want := scheduling.Attendance{
		Presence: scheduling.PresenceNoShow, Fact: scheduling.FactGrace, At: nine.Add(w.exam.Duration + 4*time.Hour), Since: w.clock.Now(),
	}
	if got := w.booking(id).Session.Attendance; got != want {
		t.Errorf("attendance = %+v, want %+v", got, want)
	}
}

// missed books nine, and lets the grace run out.
func (w *world) missed() scheduling.BookingID {
	w.t.Helper()
	id := w.settled(nine)
	w.clock.Set(nine.Add(w.exam.Duration + 4*time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateNoShow {
		w.t.Fatalf("booking is %s, want no_show\n%s", b.State, w.history(id))
	}
	return id
}

// wantWords wants so many events of the type, each with who and why.
func (w *world) wantWords(id scheduling.BookingID, typ scheduling.EventType, n int) {
	w.t.Helper()
	found := 0
	for _, e := range w.allEvents("") {
		if e.Booking == id && e.Type == typ {
			if found++; e.Reason != byStaff.Reason || e.By != byStaff.By {
				w.t.Errorf("event %s says %q by %q, want who and why", typ, e.Reason, e.By)
			}
		}
	}
	if found != n {
		w.t.Errorf("%d events %s, want %d\n%s", found, typ, n, w.history(id))
	}
}

// A learner who was there by staff's word does not become a no-show.
func TestStaffStopsTheNoShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	if _, err := w.Staff.SetAttendance(t.Context(), id, scheduling.PresenceCheckedIn, byStaff); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(w.exam.Duration + 5*time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Errorf("booking is %s, want scheduled\n%s", b.State, w.history(id))
	}
}
