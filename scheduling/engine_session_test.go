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

// begunAt books nine and begins it, and returns the number at the provider.
func (w *world) begunAt() (scheduling.BookingID, int64) {
	w.t.Helper()
	id := w.begun()
	return id, w.numberOf(id)
}

// hourly lets Reconcile run every hour for so long.
func (w *world) hourly(d time.Duration) {
	w.t.Helper()
	for range int(d / time.Hour) {
		w.clock.Advance(time.Hour)
		w.pass()
	}
}

// did fails the test if the provider did not act.
func (w *world) act(_ int64, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// A session that the provider moves after it was begun is followed: the booking is
// scheduled again at its new start, and can be begun and unlocked there.
func TestBegunSessionIsMoved(t *testing.T) {
	for _, numbers := range []string{"new-number", "same-number"} {
		for _, state := range []scheduling.State{scheduling.StateBegun, scheduling.StateUnlocked} {
			t.Run(numbers+"/"+string(state), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.play(proctorutest.VariantMove, numbers)
				id, number := w.begunAt()
				code := w.code(id)
				if state == scheduling.StateUnlocked {
					if _, err := w.Unlock(t.Context(), id, code); err != nil {
						t.Fatal(err)
					}
				}
				next := nine.AddDate(0, 0, 1)
				w.act(w.provider.ProviderMoves(number, next))
				w.hourly(3 * time.Hour)

				b := w.booking(id)
				if b.State != scheduling.StateScheduled || !b.Start.Equal(next) || b.NeedsAttention != nil {
					t.Fatalf("booking is %s at %s, flagged %q; want scheduled at %s\n%s", b.State, b.Start, flagOf(b), next, w.history(id))
				}
				w.wantAgreement(id)
				w.clock.Set(next)
				if _, err := w.Begin(t.Context(), id); err != nil {
					t.Fatalf("Begin at the new start = %v", err)
				}
				if b, err := w.Unlock(t.Context(), id, code); err != nil || b.State != scheduling.StateUnlocked {
					t.Errorf("Unlock = %s, %v; want unlocked by the code that the proctor has", b.State, err)
				}
			})
		}
	}
}

// A session that the provider cancels after it was begun leaves the learner free to
// book again; once the exam was opened, a person decides.
func TestBegunSessionIsCanceled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, number := w.begunAt()
	if err := w.provider.ProviderCancels(number); err != nil {
		t.Fatal(err)
	}
	w.hourly(4 * time.Hour)
	if b := w.booking(id); b.State != scheduling.StateCanceled || b.EndReason != scheduling.ReasonCanceledByProvider {
		t.Fatalf("booking is %s (%s), want canceled by the provider\n%s", b.State, b.EndReason, w.history(id))
	}
	if !w.status().May(scheduling.ActionBook) {
		t.Errorf("may not book again: %v", w.status().Reasons)
	}

	w = newWorld(t)
	id = w.unlocked()
	if err := w.provider.ProviderCancels(w.numberOf(id)); err != nil {
		t.Fatal(err)
	}
	w.hourly(4 * time.Hour)
	if b := w.booking(id); b.State != scheduling.StateUnlocked || flagOf(b) != scheduling.ReasonCanceledByProvider {
		t.Errorf("unlocked booking is %s, flagged %q; want unlocked and flagged\n%s", b.State, flagOf(b), w.history(id))
	}
}

// A booking that was begun or unlocked, and that nobody finishes, is settled by the
// report once it is long past its end; without the session's end in it a person is
// asked. Nothing stays as it is for ever.
func TestNeverFinished(t *testing.T) {
	for name, unlock := range map[string]bool{"begun": false, "unlocked": true} {
		for reported, ended := range map[string]bool{"the report shows the end": true, "the report shows nothing": false} {
			t.Run(name+"/"+reported, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				id, number := w.begunAt()
				if unlock {
					if _, err := w.Unlock(t.Context(), id, w.code(id)); err != nil {
						t.Fatal(err)
					}
				}
				if ended {
					w.clock.Advance(30 * time.Minute)
					w.did(w.provider.ProctorStarts(number))
					w.clock.Advance(30 * time.Minute)
					w.did(w.provider.ProctorEnds(number, clean))
				}
				w.hourly(12 * time.Hour)
				b := w.booking(id)
				switch {
				case ended && (b.State != scheduling.StateFinished || b.FinishedAt.After(nine.Add(2*time.Hour))):
					t.Errorf("booking is %s, finished at %s; want finished when the session ended\n%s", b.State, b.FinishedAt, w.history(id))
				case !ended && flagOf(b) != scheduling.ReasonOverdue:
					t.Errorf("booking is %s, flagged %q; want overdue\n%s", b.State, flagOf(b), w.history(id))
				}
				if x, err := w.Staff.Explain(t.Context(), id); err != nil || !ended && x.Next != scheduling.NextStaff {
					t.Errorf("Explain: next %s, %v; want staff", x.Next, err)
				}
			})
		}
	}
}

// An unlocked booking is flagged an hour after its time is over, and no sooner.
func TestUnlockedIsFlaggedAfterItsGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.OverdueAfter = 20 * time.Minute
	id := w.unlocked()
	over := w.booking(id).TimeOverAt()
	for at := w.clock.Now(); at.Before(over.Add(19 * time.Minute)); at = at.Add(10 * time.Minute) {
		w.clock.Set(at)
		w.lookOnce()
	}
	if b := w.booking(id); b.NeedsAttention != nil {
		t.Fatalf("flagged %q before the grace is over", flagOf(b))
	}
	w.clock.Set(over.Add(20 * time.Minute))
	w.lookOnce()
	if b := w.booking(id); flagOf(b) != scheduling.ReasonOverdue {
		t.Fatalf("flagged %q, want overdue\n%s", flagOf(b), w.history(id))
	}
	if b, err := w.Finish(t.Context(), id); err != nil || b.NeedsAttention != nil {
		t.Errorf("Finish = flagged %q, %v; want no flag", flagOf(b), err)
	}
}

// Staff ends a sitting that does not count, and the learner books again; the void
// one keeps its history, and its verdict counts no more.
func TestVoid(t *testing.T) {
	by := scheduling.Request{Reason: "the proctor's line broke", By: "office"}
	for _, state := range []scheduling.State{scheduling.StateBegun, scheduling.StateUnlocked, scheduling.StateFinished} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, number := w.begunAt()
			if state != scheduling.StateBegun {
				if _, err := w.Unlock(t.Context(), id, w.code(id)); err != nil {
					t.Fatal(err)
				}
			}
			if state == scheduling.StateFinished {
				w.did(w.provider.ProctorStarts(number))
				w.did(w.provider.ProctorEnds(number, clean))
				if _, err := w.Finish(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				w.outcome(id)
			}
			if _, err := w.Staff.Void(t.Context(), id, scheduling.Request{}); err == nil {
				t.Fatal("Void without a reason = nil, want an error")
			}
			b, err := w.Staff.Void(t.Context(), id, by)
			if err != nil || b.State != scheduling.StateVoid || b.Outcome().Verdict != "" {
				t.Fatalf("Void = %s, verdict %q, %v; want void, without a verdict", b.State, b.Outcome().Verdict, err)
			}
			if !w.status().May(scheduling.ActionBook) {
				t.Fatalf("may not book again: %v", w.status().Reasons)
			}
			w.clock.Advance(3 * time.Hour)
			if b, err := w.Book(t.Context(), w.exam, w.learner, nine.AddDate(0, 0, 1)); err != nil || b.ID == id {
				t.Errorf("Book after Void = %s, %v; want another booking", b.ID, err)
			}
		})
	}
	w := newWorld(t)
	if _, err := w.Staff.Void(t.Context(), w.booked(nine).ID, by); !isNotAllowed(err, scheduling.ReasonNotStarted) {
		t.Errorf("Void of a scheduled booking = %v, want not allowed", err)
	}
}

// A resit needs no staff where the policy allows a second sitting.
func TestSittings(t *testing.T) {
	t.Parallel()
	for sittings, again := range map[int]bool{0: false, 1: false, 2: true} {
		w := newWorld(t)
		w.exam.Policy.Sittings = sittings
		id := w.begun()
		if _, err := w.Finish(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := w.status().May(scheduling.ActionBook); got != again {
			t.Errorf("%d sittings allowed, one sat: may book %v, want %v (%v)", sittings, got, again, w.status().Reasons)
		}
	}
}
