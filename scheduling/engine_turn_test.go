package scheduling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

func TestDeadlineFlagsAndDoesNotDecide(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	b := w.booking(id)
	if b.State != scheduling.StatePending || flagOf(b) != scheduling.ReasonDeadline {
		t.Fatalf("booking is %s, flagged %q; want pending, flagged deadline\n%s", b.State, flagOf(b), w.history(id))
	}
	flags := 0
	for _, e := range w.events(id) {
		if e == scheduling.EventNeedsAttention {
			flags++
		}
	}
	if flags != 1 {
		t.Errorf("flagged %d times, want once", flags)
	}
}

// Past the deadline an open reserve is sent no more; it ends as failed once it
// is proven that nothing is there.
func TestGaveUp(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	w.provider.ClearFaults()
	w.pass()
	w.pass()
	b := w.booking(id)
	if b.State != scheduling.StateFailed || b.EndReason != scheduling.ReasonGaveUp || b.NeedsAttention != nil {
		t.Fatalf("booking is %s (%s), flagged %q; want failed (gave_up), not flagged\n%s", b.State, b.EndReason, flagOf(b), w.history(id))
	}
	if len(w.active(id)) != 0 {
		t.Error("a reservation is left")
	}
}

// Policy.ResendUntil allows to try longer than the deadline.
func TestResendUntil(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.exam.Policy.ResendUntil = 6 * time.Hour
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	w.provider.ClearFaults()
	w.pass()
	w.wantAgreement(id)
}

func TestWishIsVoidWhenTheBookingFails(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.Status500, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	if _, err := w.Reschedule(t.Context(), id, noon); w.pendingID(err) != id {
		t.Fatalf("Reschedule = %v", err)
	}
	w.provider.BlockSlot(nine)
	w.pass()
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateFailed || b.Wish != nil {
		t.Fatalf("booking is %s with wish %+v, want failed without\n%s", b.State, b.Wish, w.history(id))
	}
	if !slices.Contains(w.events(id), scheduling.EventWishVoid) {
		t.Errorf("no event for the void wish\n%s", w.history(id))
	}
}

// By policy alone, Reconcile ends an exam whose time is over, and no sooner.
func TestAutoFinish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.AutoFinish = true
	id := w.unlocked()
	over := w.booking(id).TimeOverAt()
	w.clock.Set(over.Add(-time.Minute))
	w.lookOnce()
	if x, err := w.Staff.Explain(t.Context(), id); err != nil || x.Next != scheduling.NextFinish || !x.LookAt.Equal(over) {
		t.Errorf("Explain: next %s at %s, %v; want finish at %s", x.Next, x.LookAt, err, over)
	}
	w.clock.Set(over.Add(-time.Second))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateUnlocked || !b.DueAt.Equal(over) {
		t.Errorf("a second before: %s, due %s; want unlocked, due at %s", b.State, b.DueAt, over)
	}
	reads := w.providerRequests()
	w.clock.Set(over)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := w.booking(id)
	if b.State != scheduling.StateFinished || !b.FinishedAt.Equal(over) || !b.DueAt.IsZero() {
		t.Errorf("%s at %s, due %s; want finished at %s, due never", b.State, b.FinishedAt, b.DueAt, over)
	}
	events := slices.Collect(w.historyOf(id))
	if e := events[len(events)-1]; e.Type != scheduling.EventFinished || e.Code != scheduling.ReasonTimeOver {
		t.Errorf("last event = %s %s, want finished, time_over", e.Type, e.Code)
	}
	if n := w.providerRequests() - reads; n != 0 {
		t.Errorf("%d requests to the provider, want none", n)
	}
}
