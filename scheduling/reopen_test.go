package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

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

// With Policy.AutoFinish a booking is reopened only inside the learner's time, and
// still ends by itself.
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
