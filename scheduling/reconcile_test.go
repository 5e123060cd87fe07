package scheduling_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Wake believes nothing: ids of others are no error, and nothing changes.
func TestWakeOfUnknownReservations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	version := w.versionOf(id)
	for _, other := range []string{"", "exam-7-ada", "pb-otherone-0123456789abcdefghjk", "../../etc", "\x00"} {
		if err := w.Wake(t.Context(), other); err != nil {
			t.Errorf("Wake(%q) = %v, want nil", other, err)
		}
	}
	if got := w.versionOf(id); got != version {
		t.Errorf("Version = %d, want %d", got, version)
	}
}

// A webhook makes Reconcile look at once instead of within the hour.
func TestWakeMakesDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	if report, err := w.Reconcile(t.Context()); err != nil || report.Worked != 0 {
		t.Fatalf("Reconcile = %+v, %v; want nothing due", report, err)
	}
	if err := w.Wake(t.Context(), string(id)); err != nil {
		t.Fatal(err)
	}
	if report, err := w.Reconcile(t.Context()); err != nil || report.Worked != 1 {
		t.Errorf("Reconcile = %+v, %v; want one booking worked on", report, err)
	}
}

// The provider's webhook about a cancel, a finish or a no-show comes after the
// fact: what has ended stays as it ended, with the reason that it ended for.
func TestWakeOfEndedBookings(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"canceled", "failed", "no-show", "finished"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			id := standings[name].prepare(w)
			before, events := w.booking(id), w.events(id)
			for range 3 {
				if err := w.Wake(t.Context(), string(id)); err != nil {
					t.Fatal(err)
				}
				w.pass()
			}
			b := w.booking(id)
			if b.State != before.State || b.EndReason != before.EndReason || b.NeedsAttention != nil || !slices.Equal(w.events(id), events) {
				t.Errorf("was %s (%s), is %s (%s), flagged %q\n%s", before.State, before.EndReason, b.State, b.EndReason, flagOf(b), w.history(id))
			}
			if !b.DueAt.IsZero() {
				t.Errorf("is due again at %s, want never", b.DueAt)
			}
		})
	}
}

// countingClock ends something when a caller has slept so often.
type countingClock struct {
	*proctorbooktest.Clock
	slept, limit int
	end          func()
}

func (c *countingClock) Sleep(ctx context.Context, d time.Duration) error {
	if c.slept++; c.slept == c.limit {
		c.end()
	}
	return c.Clock.Sleep(ctx, d)
}

// Run reconciles until the context ends, and says why it ended.
func TestRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.lostBook()
	ctx, cancel := context.WithCancelCause(t.Context())
	shutdown := errors.New("the service shuts down")
	rounds := &countingClock{Clock: w.clock, limit: 60, end: func() { cancel(shutdown) }}
	s := w.replica(scheduling.WithClock(rounds))

	err := s.Run(ctx, 30*time.Second)

	if !errors.Is(err, shutdown) {
		t.Errorf("Run = %v, want the context's cause", err)
	}
	w.wantAgreement(id)
}

// A pass that fails is logged, and the next one tries again.
func TestRunGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.lostBook()
	store := &failingStore{Store: w.store, fail: map[string]error{"Update": errors.New("disk on fire")}}
	w.store = store
	ctx, cancel := context.WithCancel(t.Context())
	clock := &countingClock{Clock: w.clock, limit: 5, end: func() { store.fail = nil }}
	s := w.replica(scheduling.WithClock(clock))
	stop := &countingClock{Clock: w.clock, limit: 60, end: cancel}
	clock.end = func() { store.fail = nil; clock.slept, clock.limit, clock.end = 0, stop.limit, stop.end }

	if err := s.Run(ctx, 30*time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want context.Canceled", err)
	}
	w.wantAgreement(id)
}

// Two processes reconcile at once: each booking is worked on by one.
func TestReplicasShareTheWork(t *testing.T) {
	w := newWorld(t, hasty)
	other := w.replica(hasty)
	for i := range 20 {
		learner := w.enroll("learner"+string(rune('a'+i)), int64(5000+i))
		w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
		_, err := w.Book(t.Context(), w.exam, learner, nine.Add(time.Duration(i)*15*time.Minute))
		w.pendingID(err)
	}
	w.clock.Advance(5 * time.Minute)
	var wg sync.WaitGroup
	for _, s := range []*scheduling.Scheduler{w.Scheduler, other} {
		wg.Go(func() {
			for range 10 {
				if _, err := s.Reconcile(t.Context()); err != nil {
					t.Error(err)
				}
				w.clock.Advance(10 * time.Second)
			}
		})
	}
	wg.Wait()
	for b, err := range w.store.List(t.Context(), scheduling.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		w.wantAgreement(b.ID)
	}
	if made := w.provider.Counts().ReservationsMade; made != 20 {
		t.Errorf("reservations made = %d, want 20", made)
	}
}
