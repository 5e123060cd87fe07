package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

func TestNoShow(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	end := nine.Add(w.exam.Duration)

	w.clock.Set(end.Add(4*time.Hour - time.Second))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("a second before the grace is over: %s, want scheduled", b.State)
	}
	w.clock.Set(end.Add(4 * time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateNoShow {
		t.Fatalf("after the grace: %s, want no_show\n%s", b.State, w.history(id))
	}
}

// A begun booking never becomes a no-show, however long the session takes.
func TestBegunIsNeverANoShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	w.clock.Set(nine.Add(w.exam.Duration + 24*time.Hour))
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateBegun {
		t.Errorf("booking is %s, want begun\n%s", b.State, w.history(id))
	}
}

// A learner whom the proctor has let in is no no-show, even if we never heard of
// the begin.
func TestSessionSeenAtTheProviderIsNoNoShow(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	if err := w.provider.ProctorStarts(w.active(id)[0].Number); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(w.exam.Duration + 5*time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled || flagOf(b) != scheduling.ReasonSeenStarted {
		t.Fatalf("booking is %s, flagged %q; want scheduled, flagged seen_started\n%s", b.State, flagOf(b), w.history(id))
	}
}

// The provider moves the reservation to a later start, and there is no look
// before the grace of the old one is over. The learner is expected, and no
// no-show.
func TestNoShowLooksForALaterStart(t *testing.T) {
	w := newWorld(t)
	if err := w.provider.Play(proctorutest.VariantMove, "same-number"); err != nil {
		t.Fatal(err)
	}
	id := w.settled(nine)
	late := day.AddDate(0, 0, 1)
	if _, err := w.provider.ProviderMoves(w.numberOf(id), late); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(90*time.Minute + 5*time.Hour))
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled || !b.Start.Equal(late) {
		t.Errorf("booking is %s at %s, want scheduled at %s\n%s", b.State, b.Start, late, w.history(id))
	}
}

// The same, and the list is falsely empty when the grace is over: the report
// also knows the later start.
func TestNoShowAsksTheReportForALaterStart(t *testing.T) {
	w := newWorld(t)
	w.play(proctorutest.VariantMove, "same-number")
	id := w.settled(nine)
	late := day.AddDate(0, 0, 1)
	if _, err := w.provider.ProviderMoves(w.numberOf(id), late); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(90*time.Minute + 5*time.Hour))
	w.fault(proctorutest.ReadEmpty, "getStudentReservationList")
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("booking is %s, want scheduled\n%s", b.State, w.history(id))
	}
	w.clock.Advance(time.Hour)
	w.pass()
	w.wantAgreement(id)
}

// A webhook wakes a booking that no clock makes due; the reconciler then reads
// what was reported, once, and sleeps again.
func TestWakeReadsTheOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unlocked()
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.sit(w.numberOf(id), &clean)
	w.wake(id)
	b := w.booking(id)
	if b.Session.Verdict != scheduling.VerdictPassed || b.State != scheduling.StateFinished || !b.DueAt.IsZero() {
		t.Errorf("booking is %s, verdict %q, due %s; want finished, passed, never\n%s", b.State, b.Session.Verdict, b.DueAt, w.history(id))
	}
}

// ... but if the report can't be read it tries again.
func TestWakeTriesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unlocked()
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})
	w.wake(id)
	if b := w.booking(id); !b.DueAt.After(w.clock.Now()) {
		t.Fatalf("due %s, want later", b.DueAt)
	}
	w.provider.ClearFaults()
	w.sit(w.numberOf(id), &clean)
	w.clock.Advance(2 * time.Hour)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); b.Session.Verdict != scheduling.VerdictPassed {
		t.Errorf("verdict %q, want passed\n%s", b.Session.Verdict, w.history(id))
	}
}
