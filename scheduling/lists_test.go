package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// rows reads a list to its end.
func rows[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// Who booked this exam: each booking with its state and its outcome, canceled
// ones marked as such, from the store alone.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sat := w.sat(clean)
	canceled := w.bookedBy("bob", 4300, day.AddDate(0, 0, 2))
	if _, err := w.Cancel(t.Context(), canceled, scheduling.CancelRequest{}); err != nil {
		t.Fatal(err)
	}
	calls := w.provider.Counts().Requests["clientActivityReport"]

	got := map[scheduling.BookingID]scheduling.SessionRow{}
	for _, r := range rows(t, w.Sessions(t.Context(), scheduling.SessionQuery{Filter: scheduling.Filter{Exam: w.exam.Key()}})) {
		got[r.Booking.ID] = r
	}

	if len(got) != 2 || got[sat].Outcome.Verdict != scheduling.VerdictPassed || !got[sat].Outcome.Authenticated {
		t.Errorf("sessions = %+v, want both, and the facts of the one that was sat", got)
	}
	if got[canceled].Booking.State != scheduling.StateCanceled || got[canceled].Outcome.Verdict != scheduling.VerdictPending {
		t.Errorf("the canceled one = %+v, want canceled, no verdict", got[canceled])
	}
	if n := w.provider.Counts().Requests["clientActivityReport"]; n != calls {
		t.Errorf("the list made %d calls, want none", n-calls)
	}
	only := scheduling.SessionQuery{Filter: scheduling.Filter{States: []scheduling.State{scheduling.StateCanceled}}}
	if all := rows(t, w.Sessions(t.Context(), only)); len(all) != 1 || all[0].Booking.ID != canceled {
		t.Errorf("canceled sessions = %+v, want that one", all)
	}
}

// Numbers are ordered as numbers: 999 comes before 1000, and none comes last.
func TestSessionsNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := memstore.New()
	for i, n := range []proctoru.ReservationNo{"999", "", "1000", "12"} {
		b := scheduling.Booking{ID: scheduling.BookingID(fmt.Sprint("pb-", i)), Learner: scheduling.LearnerID(fmt.Sprint(i)), Exam: w.exam, State: scheduling.StateCanceled, Number: n}
		if _, err := store.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	w.store = store
	w.restart()
	var got []proctoru.ReservationNo
	for _, r := range rows(t, w.Sessions(t.Context(), scheduling.SessionQuery{NewestFirst: true})) {
		got = append(got, r.Booking.Number)
	}
	if want := []proctoru.ReservationNo{"1000", "999", "12", ""}; !slices.Equal(got, want) {
		t.Errorf("numbers = %q, want %q", got, want)
	}
}

// Grades come from the caller; an error of theirs, or of the store, ends the list.
func TestSessionsGradesAndErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled(nine)
	q := scheduling.SessionQuery{Grade: func(context.Context, scheduling.Booking) (string, error) { return "0.83", nil }}
	if all := rows(t, w.Sessions(t.Context(), q)); all[0].Grade != "0.83" {
		t.Errorf("grade = %q, want 0.83", all[0].Grade)
	}
	broken := errors.New("no grades today")
	q.Grade = func(context.Context, scheduling.Booking) (string, error) { return "", broken }
	for _, err := range w.Sessions(t.Context(), q) {
		if !errors.Is(err, broken) {
			t.Errorf("error = %v, want the caller's", err)
		}
	}
	for _, newest := range []bool{false, true} {
		s := w.replica()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n := 0
		for _, err := range s.Sessions(ctx, scheduling.SessionQuery{NewestFirst: newest}) {
			if n++; !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want canceled", err)
			}
		}
		if n != 1 {
			t.Errorf("%d yields, want the error alone", n)
		}
	}
}

// Everybody who may book and has not, with the reason: never, canceled, missed.
// Who has booked or sat the exam, left the course, or takes it in another mode,
// is not listed.
func TestNotBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sat(clean) // ada_l
	canceled := w.bookedBy("canceled", 4301, day.AddDate(0, 0, 2))
	if _, err := w.Cancel(t.Context(), canceled, scheduling.CancelRequest{}); err != nil {
		t.Fatal(err)
	}
	missed := w.bookedBy("missed", 4302, noon)
	w.clock.Set(noon.Add(w.exam.Duration + 4*time.Hour))
	w.wake(missed)
	w.bookedBy("booked", 4303, day.AddDate(0, 0, 3))
	w.enroll("never", 4304)
	w.enroll("left", 4305)
	w.platform.Enroll("left", w.exam.Course.String(), "verified", false)
	w.enroll("auditor", 4306)
	w.platform.Enroll("auditor", w.exam.Course.String(), "audit", true)
	again := w.bookedBy("again", 4307, day.AddDate(0, 0, 3).Add(3*time.Hour))
	if _, err := w.Cancel(t.Context(), again, scheduling.CancelRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Book(t.Context(), w.exam, "4307", day.AddDate(0, 0, 3).Add(6*time.Hour)); err != nil {
		t.Fatal(err)
	}

	got := map[string]scheduling.NotBooked{}
	for _, r := range rows(t, w.NotBooked(t.Context(), w.exam)) {
		got[r.Username] = r
	}

	for name, want := range map[string]struct {
		why  scheduling.WhyNotBooked
		last scheduling.BookingID
	}{
		"canceled": {scheduling.NotBookedCanceled, canceled}, "missed": {scheduling.NotBookedMissed, missed}, "never": {scheduling.NotBookedNever, ""},
	} {
		if r := got[name]; r.Why != want.why || r.Last != want.last || r.Email != name+"@example.org" || r.Name == "" || r.Mode != "verified" {
			t.Errorf("%s: %v %q last %q, want %q last %q, with name and address", name, r, r.Why, r.Last, want.why, want.last)
		}
	}
	if len(got) != 3 {
		t.Errorf("listed are %v, want three", slices.Collect(func(yield func(string) bool) {
			for name := range got {
				if !yield(name) {
					return
				}
			}
		}))
	}
}

// The newest of several ended bookings says why, whatever its id; a failed one
// says least.
func TestNotBookedByTheNewestBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, b := range []struct {
		id    scheduling.BookingID
		state scheduling.State
		age   time.Duration
	}{{"pb-a", scheduling.StateNoShow, time.Hour}, {"pb-b", scheduling.StateCanceled, 3 * time.Hour}, {"pb-c", scheduling.StateFailed, time.Minute}, {"pb-d", scheduling.StateCanceled, 2 * time.Hour}} {
		row := scheduling.Booking{ID: b.id, Learner: w.learner, Exam: w.exam, State: b.state, CreatedAt: w.clock.Now().Add(-b.age)}
		if _, err := w.store.Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	if got := rows(t, w.NotBooked(t.Context(), w.exam)); len(got) != 1 || got[0].Why != scheduling.NotBookedMissed || got[0].Last != "pb-a" {
		t.Errorf("listed are %d, why %v; want one who missed pb-a", len(got), got[0].Why)
	}
}

// An erased learner has no name in the store any more, and is known all the same.
func TestNotBookedAfterErase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(clean)
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Erase(t.Context(), w.learner); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, w.NotBooked(t.Context(), w.exam)); len(got) != 0 {
		t.Errorf("listed are %v, want nobody", got)
	}
}

func TestNotBookedErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "GET /api/enrollment/v1/enrollments", Times: -1})
	for name, exam := range map[string]scheduling.Exam{"platform down": w.exam, "bad exam": {}} {
		n := 0
		for _, err := range w.NotBooked(t.Context(), exam) {
			if n++; err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d yields, want the error alone", name, n)
		}
	}
}

// One pass counts all states, by exam.
func TestCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.sat(clean)
	w.learner = w.enroll("bob", 4300)
	other := w.exam
	w.fault(proctorbooktest.Status500, create)
	asked := w.clock.Now()
	_, err := w.Book(t.Context(), w.exam, w.learner, day.AddDate(0, 0, 1))
	w.pendingID(err)
	other.Course, other.Usage = rerun(w.exam)
	w.platform.AddCourse(edxtest.Course{Key: other.Course.String(), Name: "Logic"})
	w.platform.Enroll("bob", other.Course.String(), "verified", true)
	if _, err := w.Book(t.Context(), other, w.learner, day.AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}

	got, err := w.Counts(t.Context(), scheduling.Filter{})

	want := []scheduling.Counts{
		{Exam: w.exam.Key(), Bookings: 2, States: map[scheduling.State]int{scheduling.StateBegun: 1, scheduling.StatePending: 1},
			Verdicts: map[scheduling.Verdict]int{scheduling.VerdictPassed: 1}, Open: 1, OldestOpen: asked},
		{Exam: other.Key(), Bookings: 1, States: map[scheduling.State]int{scheduling.StateScheduled: 1},
			Verdicts: map[scheduling.Verdict]int{scheduling.VerdictPending: 1}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Counts = %+v, %v\nwant %+v", got, err, want)
	}
}

// The story of a booking: who did what, why, and what it led to.
func TestTimeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.missed()
	if _, err := w.UndoNoShow(t.Context(), id, byStaff); err != nil {
		t.Fatal(err)
	}

	brief := rows(t, w.Timeline(t.Context(), id, true))
	whole := rows(t, w.Timeline(t.Context(), id, false))

	if len(whole) <= len(brief) || len(whole) != len(w.events(id)) {
		t.Errorf("%d moments in brief, %d in whole; want less, and all %d", len(brief), len(whole), len(w.events(id)))
	}
	type step struct {
		typ      scheduling.EventType
		actor    scheduling.Actor
		from, to scheduling.State
	}
	var got []step
	for _, m := range brief {
		got = append(got, step{m.Type, m.Actor, m.From, m.State})
	}
	want := []step{
		{scheduling.EventRequested, scheduling.ActorLearner, "", scheduling.StatePending},
		{scheduling.EventAdopted, scheduling.ActorEngine, scheduling.StatePending, scheduling.StateScheduled},
		{scheduling.EventNoShow, scheduling.ActorEngine, scheduling.StateScheduled, scheduling.StateNoShow},
		{scheduling.EventAttendance, scheduling.ActorProvider, scheduling.StateNoShow, scheduling.StateNoShow},
		{scheduling.EventNoShowUndone, scheduling.ActorStaff, scheduling.StateNoShow, scheduling.StateScheduled},
		{scheduling.EventAttendance, scheduling.ActorProvider, scheduling.StateScheduled, scheduling.StateScheduled},
	}
	if !slices.Equal(got, want) {
		t.Errorf("timeline =\n%v\nwant\n%v", got, want)
	}
	for _, err := range w.Timeline(t.Context(), "pb-nobody", false) {
		if !errors.Is(err, scheduling.ErrNotFound) {
			t.Errorf("Timeline of nothing = %v, want ErrNotFound", err)
		}
	}
}

// What a session is, its events tell too: replaying them gives the row.
func TestSessionReplays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.missed()
	w.sit(w.numberOf(id), &clean)
	w.outcome(id)
	ctx := t.Context()
	for _, act := range []func() error{
		func() error { _, err := w.OverrideOutcome(ctx, id, scheduling.VerdictFailed, byStaff); return err },
		func() error { _, err := w.SetAttendance(ctx, id, scheduling.PresenceCheckedIn, byStaff); return err },
		func() error { w.clock.Advance(time.Hour); return w.provider.ProctorRevises(w.numberOf(id), tainted) },
		func() error { _, err := w.Outcome(ctx, id); return err },
		func() error { _, err := w.UndoNoShow(ctx, id, byStaff); return err },
		func() error { _, err := w.SetAttendance(ctx, id, scheduling.PresenceUnknown, byStaff); return err },
		func() error { _, err := w.WithdrawOverride(ctx, id, byStaff); return err },
		func() error { _, err := w.Reopen(ctx, id, byStaff); return err },
	} {
		w.did(act())
		type told struct {
			State             scheduling.State
			Presence          scheduling.Presence
			Verdict, Override scheduling.Verdict
		}
		var got told
		for _, e := range w.allEvents("") {
			got.State = e.State
			switch e.Type {
			case scheduling.EventAttendance, scheduling.EventAttendanceSet:
				got.Presence = scheduling.Presence(e.Code)
			case scheduling.EventVerdict:
				got.Verdict = scheduling.Verdict(e.Code)
			case scheduling.EventOverridden, scheduling.EventOverrideWithdrawn:
				got.Override = scheduling.Verdict(e.Code)
			}
		}
		b := w.booking(id)
		if want := (told{b.State, b.Session.Attendance.Presence, b.Session.Verdict, b.Session.Overridden}); got != want {
			t.Fatalf("events tell %+v, the row says %+v\n%s", got, want, w.history(id))
		}
	}
}
