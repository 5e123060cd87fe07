package scheduling_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A note is in the history with its author, also of a booking that has ended, and
// changes nothing but the version.
func TestAnnotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	before := w.booking(id)

	after, err := w.Staff.Annotate(t.Context(), id, scheduling.Request{Reason: "she called: a fever", By: "staff7"})

	if err != nil || after.State != before.State || after.Generation != before.Generation || after.Version != before.Version+1 {
		t.Errorf("Annotate = %+v, %v, want the booking as it was", after, err)
	}
	var last scheduling.Event
	for e, err := range w.Events(t.Context(), scheduling.EventQuery{Booking: id}) {
		if err != nil {
			t.Fatal(err)
		}
		last = e
	}
	if last.Type != scheduling.EventAnnotated || last.Reason != "she called: a fever" || last.By != "staff7" {
		t.Errorf("last event = %+v, want the note", last)
	}
	if actor := last.Type.Actor(); actor != scheduling.ActorStaff {
		t.Errorf("the last event's actor is %q, want staff", actor)
	}
	_, err = w.Staff.Annotate(t.Context(), id, scheduling.Request{By: "staff7"})
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
		t.Errorf("an empty note: %v, want a ValidationError", err)
	}
}

func TestResolve(t *testing.T) {
	staff := scheduling.Request{Reason: "called the provider", By: "staff7"}
	for name, tt := range map[string]struct {
		resolution scheduling.Resolution
		state      scheduling.State
		event      scheduling.EventType
	}{
		"gone":   {scheduling.Resolution{Decision: scheduling.DecisionGone, Request: staff}, scheduling.StateFailed, scheduling.EventResolvedGone},
		"keep":   {scheduling.Resolution{Decision: scheduling.DecisionKeep, Request: staff}, scheduling.StatePending, scheduling.EventResolvedKeep},
		"stands": {scheduling.Resolution{Decision: scheduling.DecisionStands, Number: "77", Start: nine, Request: staff}, scheduling.StateScheduled, scheduling.EventResolvedStands},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.fault(proctorbooktest.Down, "")
			_, err := w.Book(t.Context(), w.exam, w.learner, nine)
			id := w.pendingID(err)
			_, err = w.Staff.Resolve(t.Context(), id, tt.resolution)
			if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonNoAttention) {
				t.Fatalf("Resolve before the deadline = %v, want no_attention", err)
			}
			w.pass()
			w.pass()
			b, err := w.Staff.Resolve(t.Context(), id, tt.resolution)
			if err != nil || b.State != tt.state || b.NeedsAttention != nil {
				t.Fatalf("Resolve = %s, flagged %q, %v; want %s", b.State, flagOf(b), err, tt.state)
			}
			var last scheduling.Event
			for e, err := range w.Events(t.Context(), scheduling.EventQuery{Booking: id}) {
				if err != nil {
					t.Fatal(err)
				}
				last = e
			}
			if last.Type != tt.event || last.Reason != staff.Reason || last.By != staff.By {
				t.Errorf("last event = %s by %q because %q, want %s by %q because %q", last.Type, last.By, last.Reason, tt.event, staff.By, staff.Reason)
			}
		})
	}
}

// A booking may still be flagged when it begins. Its session is under way then:
// so "gone" is refused: the provider has it.
func TestResolveOfABegunBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	w.goMissing(id)
	w.clock.Set(nine.Add(-10 * time.Minute))
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Fatal(err)
	}

	staff := scheduling.Request{Reason: "called the provider", By: "staff7"}
	_, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionGone, Request: staff})
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonBegun) {
		t.Errorf("Resolve as gone = %v, want not allowed: begun", err)
	}
	b, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionKeep, Request: staff})
	if err != nil || b.State != scheduling.StateBegun || b.NeedsAttention != nil {
		t.Errorf("Resolve as keep = %s, flagged %q, %v; want begun and no flag", b.State, flagOf(b), err)
	}
}

// goMissing lets the provider show nothing of the booking, until it is flagged.
func (w *world) goMissing(id scheduling.BookingID) {
	w.t.Helper()
	for range 2 {
		w.clock.Advance(time.Hour)
		for range 4 {
			w.fault(proctorutest.ReadEmpty, "getStudentReservationList")
			w.fault(proctorutest.ReadEmpty, "clientActivityReport")
		}
		for range 3 {
			if _, err := w.Reconcile(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Minute)
		}
	}
	w.provider.ClearFaults()
	if flag := flagOf(w.booking(id)); flag != scheduling.ReasonMissing {
		w.t.Fatalf("flagged %q, want missing\n%s", flag, w.history(id))
	}
}

func TestResolveRefusesBadInput(t *testing.T) {
	w := newWorld(t)
	_, err := w.Staff.Resolve(t.Context(), "pb-x", scheduling.Resolution{Decision: scheduling.DecisionStands})
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok || len(bad.Fields) != 4 {
		t.Fatalf("Resolve = %v, want four problems", err)
	}
}

// Staff type numbers by hand, and a store would not keep what is none.
func TestResolveWantsANumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	for number, want := range map[proctoru.ReservationNo]bool{"": false, "A-17": false, "007": false, " 7": false, "7": true} {
		_, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{
			Decision: scheduling.DecisionStands, Number: number, Start: nine,
			Request: scheduling.Request{Reason: "called the provider", By: "staff7"},
		})
		if taken := !slices.Contains(problemsOf(err), "Resolution.Number"); taken != want {
			t.Errorf("Resolve with number %q = %v, taken: %v, want %v", number, err, taken, want)
		}
	}
}

// Such a session may have been the exam, begun at the provider's own page. Staff
// says so, and the booking is finished, with the outcome that was reported.
func TestSessionHeldElsewhereIsFinishedByStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	held := scheduling.Resolution{Decision: scheduling.DecisionHeld, Request: scheduling.Request{Reason: "the proctor says so", By: "staff7"}}
	w.clock.Set(nine)
	w.sit(w.numberOf(id), &proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
	if _, err := w.Staff.Resolve(t.Context(), id, held); !isNotAllowed(err, scheduling.ReasonNoAttention) {
		t.Errorf("Resolve before anything is flagged = %v, want no_attention", err)
	}
	w.clock.Set(nine.Add(w.exam.Duration + 5*time.Hour))
	w.wake(id)

	b, err := w.Staff.Resolve(t.Context(), id, held)

	if err != nil || b.State != scheduling.StateFinished || b.FinishedAt.IsZero() || b.NeedsAttention != nil {
		t.Fatalf("Resolve = %s, finished %s, flagged %q, %v; want finished\n%s", b.State, b.FinishedAt, flagOf(b), err, w.history(id))
	}
	if o := b.Outcome(); o.Verdict != scheduling.VerdictPassed {
		t.Errorf("verdict = %s, want passed", o.Verdict)
	}
	if types := w.events(id); !slices.Contains(types, scheduling.EventResolvedHeld) {
		t.Errorf("events %v, want resolved_held", types)
	}
}

// Only what the provider's report shows can have been held.
func TestOnlyASeenSessionWasHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	_, err = w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionHeld, Request: scheduling.Request{Reason: "x", By: "y"}})
	if !isNotAllowed(err, scheduling.ReasonNotBegun) {
		t.Errorf("Resolve as held of a booking that never was scheduled = %v, want not_begun", err)
	}
}

// A booking that needs attention for another reason had no session, either.
func TestAMissingReservationWasNotHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	w.goMissing(id)
	_, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionHeld, Request: scheduling.Request{Reason: "x", By: "y"}})
	if !isNotAllowed(err, scheduling.ReasonNotBegun) || w.booking(id).State != scheduling.StateScheduled {
		t.Errorf("Resolve as held of a missing reservation = %v, want not_begun", err)
	}
}

// A code is not reset once it is spent, nor on a booking that has ended.
func TestResetCodeTooLate(t *testing.T) {
	t.Parallel()
	staff := scheduling.Request{Reason: "asked", By: "staff7"}
	for name, at := range standings {
		if at.state == "" {
			continue
		}
		w := newWorld(t, hasty)
		id := at.prepare(w)
		_, err := w.Staff.ResetCode(t.Context(), id, staff)
		want := at.state.Active() && at.state != scheduling.StateUnlocked
		if (err == nil) != want {
			t.Errorf("%s: ResetCode = %v, want allowed = %v", name, err, want)
		}
	}
}

// Reopen leads back to where the learner was, with who and why in the history.
func TestReopen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(*world) scheduling.BookingID
		want    scheduling.State
	}{
		"unlocked": {(*world).unlocked, scheduling.StateUnlocked},
		"begun":    {(*world).begun, scheduling.StateBegun},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := tt.prepare(w)
			if _, err := w.Finish(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			b, err := w.Staff.Reopen(t.Context(), id, byStaff)
			if err != nil || b.State != tt.want || !b.FinishedAt.IsZero() {
				t.Fatalf("Reopen = %s finished %s, %v; want %s", b.State, b.FinishedAt, err, tt.want)
			}
			w.wantWords(id, scheduling.EventReopened, 1)
			if b, err = w.Finish(t.Context(), id); err != nil || b.State != scheduling.StateFinished {
				t.Errorf("Finish after it = %s, %v; want finished", b.State, err)
			}
		})
	}
}

// Only what is finished, only inside the window, and never beside another attempt.
func TestReopenGuards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unlocked()
	if _, err := w.Staff.Reopen(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonNotFinished) {
		t.Errorf("Reopen of an unlocked booking = %v, want not_finished", err)
	}
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(w.exam.Window.End.Add(-time.Microsecond))
	if _, err := w.Staff.Reopen(t.Context(), id, byStaff); err != nil {
		t.Errorf("Reopen at the end of the window = %v, want none", err)
	}
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(w.exam.Window.End)
	if _, err := w.Staff.Reopen(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonWindowOver) {
		t.Errorf("Reopen after the window = %v, want window_over", err)
	}
}

// A reopened booking without its reservation would be canceled, and the sitting lost.
func TestReopenNeedsTheReservation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	w.did(w.provider.ProviderCancels(w.numberOf(id)))
	for range 100 {
		if len(w.booking(id).Memory.Dead) > 0 {
			break
		}
		w.clock.Advance(time.Minute)
		w.lookOnce()
	}
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); len(b.Memory.Dead) != 1 || b.State != scheduling.StateFinished {
		t.Fatalf("the booking is %s with dead numbers %v, want finished and one dead\n%s", b.State, b.Memory.Dead, w.history(id))
	}
	if _, err := w.Staff.Reopen(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonReservationMissing) {
		t.Errorf("Reopen without a reservation = %v, want reservation_missing", err)
	}
}

// With Policy.AutoFinish a booking is reopened only inside the learner's time,
// and still ends without a call.
func TestReopenWithAutoFinish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.AutoFinish = true
	id := w.unlocked()
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Staff.Reopen(t.Context(), id, byStaff); err != nil {
		t.Fatal(err)
	}
	w.wake(id) // a webhook in between does not keep it from ending
	w.clock.Set(w.booking(id).TimeOverAt())
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); b.State != scheduling.StateFinished {
		t.Errorf("booking is %s when its time is over, want finished\n%s", b.State, w.history(id))
	}
	if _, err := w.Staff.Reopen(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonTimeOver) {
		t.Errorf("Reopen after its time = %v, want time_over", err)
	}
}

// A no-show that is taken back has its grace once more; a second one ends it again.
func TestUndoNoShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.missed()

	b, err := w.Staff.UndoNoShow(t.Context(), id, byStaff)
	undone := w.clock.Now()
	if err != nil || b.State != scheduling.StateScheduled || b.Session.Attendance.Presence != scheduling.PresenceUnknown {
		t.Fatalf("UndoNoShow = %s %+v, %v; want scheduled, presence unknown", b.State, b.Session.Attendance, err)
	}
	w.wantWords(id, scheduling.EventNoShowUndone, 1)
	w.clock.Set(undone.Add(4*time.Hour - time.Second))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("a second before the new grace is over: %s, want scheduled", b.State)
	}
	w.clock.Advance(time.Second)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); b.State != scheduling.StateNoShow {
		t.Errorf("after the new grace: %s, want no_show\n%s", b.State, w.history(id))
	}
}

// A no-show whose reservation is known to be canceled can't be scheduled again: there is
// nothing to come to.
func TestUndoNoShowNeedsTheReservation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.missed()
	b := w.booking(id)
	b.Memory.Dead = append(b.Memory.Dead, b.Number)
	if _, err := w.store.Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Staff.UndoNoShow(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonReservationMissing) {
		t.Errorf("UndoNoShow without a reservation = %v, want reservation_missing", err)
	}
	if b := w.booking(id); b.State != scheduling.StateNoShow {
		t.Errorf("state = %s, want no_show", b.State)
	}
}

// The report came late: the learner has sat the exam. Then there is nothing to
// wait for, and the booking is finished.
func TestUndoNoShowOfASessionThatEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.missed()
	w.sit(w.numberOf(id), &clean)
	if o := w.outcome(id); o.Attendance.Presence != scheduling.PresenceEnded {
		t.Fatalf("presence %q after the late report, want ended", o.Attendance.Presence)
	}
	b, err := w.Staff.UndoNoShow(t.Context(), id, byStaff)
	if err != nil || b.State != scheduling.StateFinished || !b.FinishedAt.Equal(b.Session.Facts.EndedAt) || b.Outcome().Verdict != scheduling.VerdictPassed {
		t.Errorf("UndoNoShow = %s finished %s, %v; want finished when the report says, and passed", b.State, b.FinishedAt, err)
	}
}

// A learner who has booked again keeps the new booking: it is settled first.
func TestUndoNoShowBesideANewBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.missed()
	w.booked(day.AddDate(0, 0, 2))
	if _, err := w.Staff.UndoNoShow(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonAlreadyBooked) {
		t.Errorf("UndoNoShow = %v, want already_booked", err)
	}
	if b := w.booking(id); b.State != scheduling.StateNoShow {
		t.Errorf("booking is %s, want no_show still", b.State)
	}
	if _, err := w.Staff.UndoNoShow(t.Context(), "pb-nobody", byStaff); err == nil {
		t.Error("UndoNoShow of nothing = nil, want ErrNotFound")
	}
}

// Staff's verdict counts whatever is reported later; once it is withdrawn, what
// was reported meanwhile counts.
func TestOverrideOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(tainted)

	b, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictPassed, byStaff)
	if o := b.Outcome(); err != nil || o.Verdict != scheduling.VerdictPassed || !o.ByStaff || !o.Facts.Incident {
		t.Fatalf("OverrideOutcome = %+v, %v; want passed by staff, with the incident in evidence", o, err)
	}
	w.clock.Advance(time.Hour)
	w.did(w.provider.ProctorRevises(w.numberOf(id), proctorutest.Verdict{Authenticated: true}))
	if o := w.outcome(id); o.Verdict != scheduling.VerdictPassed || !o.ByStaff || o.Facts.TestSubmitted {
		t.Errorf("after another report: %+v, want passed by staff, and the new facts", o)
	}
	w.did(w.provider.ProctorRevises(w.numberOf(id), clean))
	w.outcome(id)
	if _, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictFailed, byStaff); err != nil {
		t.Fatal(err)
	}
	b, err = w.Staff.WithdrawOverride(t.Context(), id, byStaff)
	if o := b.Outcome(); err != nil || o.Verdict != scheduling.VerdictPassed || o.ByStaff || !b.Session.OverriddenAt.IsZero() {
		t.Errorf("WithdrawOverride = %+v, %v; want passed by the facts", o, err)
	}
	if _, err := w.Staff.WithdrawOverride(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonNotOverruled) {
		t.Errorf("a second WithdrawOverride = %v, want not_overruled", err)
	}
	w.wantWords(id, scheduling.EventOverridden, 2)
	w.wantWords(id, scheduling.EventOverrideWithdrawn, 1)
}

// Staff's word goes before the report's, also before what is reported later,
// until it is taken back.
func TestSetAttendance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)

	b, err := w.Staff.SetAttendance(t.Context(), id, scheduling.PresenceNoShow, byStaff)
	if err != nil || b.Session.Attendance.Presence != scheduling.PresenceNoShow || !b.Session.Attendance.ByStaff {
		t.Fatalf("SetAttendance = %+v, %v; want no_show by staff", b.Session.Attendance, err)
	}
	w.sit(w.numberOf(id), &proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
	if o := w.outcome(id); o.Attendance.Presence != scheduling.PresenceNoShow || o.Verdict != scheduling.VerdictPassed {
		t.Errorf("after the report: %+v, want no_show still, and passed", o)
	}
	b, err = w.Staff.SetAttendance(t.Context(), id, scheduling.PresenceUnknown, byStaff)
	if err != nil || b.Session.Attendance.Presence != scheduling.PresenceEnded || b.Session.Attendance.ByStaff {
		t.Errorf("taken back = %+v, %v; want ended, as reported", b.Session.Attendance, err)
	}
	if _, err = w.Staff.SetAttendance(t.Context(), id, scheduling.PresenceUnknown, byStaff); !isNotAllowed(err, scheduling.ReasonNotOverruled) {
		t.Errorf("taken back twice = %v, want not_overruled", err)
	}
	w.wantWords(id, scheduling.EventAttendanceSet, 2)
}
