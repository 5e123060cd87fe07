package scheduling_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

func TestContextEndsWhileBooking(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the learner has closed the page")
	w.provider.SetFaultPlan(func(endpoint string) proctorbooktest.Fault {
		if endpoint == "addAdHocProcess" {
			cancel(gone)
			return proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}
		}
		return proctorbooktest.Fault{}
	})
	_, err := w.Book(ctx, w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.provider.SetFaultPlan(nil)
	if err := w.Close(); err != nil { // the call in flight goes on, and is awaited here
		t.Fatal(err)
	}
	if b := w.booking(id); b.Lease.Owner != "" {
		t.Errorf("the lease is still held by %q", b.Lease.Owner)
	}
	w.clock.Advance(time.Minute)
	w.pass()
	w.wantAgreement(id)
}

// tenMilliseconds is ProctorU, whose answers to reserves take that long.
type tenMilliseconds struct{ provider.ProctorU }

func (p tenMilliseconds) Reserve(ctx context.Context, c provider.Call) provider.Answer {
	a := p.ProctorU.Reserve(ctx, c)
	time.Sleep(10 * time.Millisecond)
	return a
}

// Whoever asks for what another replica is just doing waits for it, and gets the
// booking: it is not pending because somebody else has it.
func TestBookWaitsForAnotherWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		key := scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")})
		var all sync.WaitGroup
		for range 4 {
			s, err := scheduling.New(tenMilliseconds{w.proctorU()}, w.openEdX(), w.store, key, scheduling.WithClock(proctorbook.SystemClock{}))
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				if b, err := s.Book(t.Context(), w.exam, w.learner, nine); err != nil || b.State != scheduling.StateScheduled {
					t.Errorf("Book = %s, %v; want scheduled", b.State, err)
				}
			})
		}
		all.Wait()
		if n := w.provider.Counts().CreatesSeen; n != 1 {
			t.Errorf("%d creates, want 1", n)
		}
	})
}

// Patience ends that wait, too.
func TestPatienceEndsTheWaitForAnotherWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hasty)
		w.fault("lose-answer", "addAdHocProcess")
		_, err := w.Book(t.Context(), w.exam, w.learner, nine)
		b := w.booking(w.pendingID(err))
		b.Lease = scheduling.Lease{Owner: "somebody", Until: time.Now().Add(time.Hour)}
		if _, err := w.store.Update(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		s, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, scheduling.WithClock(proctorbook.SystemClock{}), scheduling.WithTuning(scheduling.Tuning{Patience: 3 * time.Second}),
			scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
		if err != nil {
			t.Fatal(err)
		}
		asked := time.Now()
		_, err = s.Book(t.Context(), w.exam, w.learner, nine)
		if _, ok := errors.AsType[*scheduling.PendingError](err); !ok || time.Since(asked) > 3*time.Second {
			t.Errorf("Book = %v after %s, want pending within the patience of 3 s", err, time.Since(asked))
		}
	})
}

// A sitting that staff made void is still in the way at the provider, until it is over:
// what is offered as fresh keeps out of it.
func TestFreshSlotsKeepOutOfAVoidSitting(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Staff.Void(t.Context(), id, office); err != nil {
		t.Fatal(err)
	}
	_, err := w.Book(t.Context(), w.exam, w.learner, nine.Add(15*time.Minute))
	taken, ok := errors.AsType[*scheduling.SlotTakenError](err)
	if !ok || len(taken.Fresh) == 0 {
		t.Fatalf("Book within the void sitting = %v, want slots that are free", err)
	}
	if over := nine.Add(w.exam.Duration); taken.Fresh[0].Start.Before(over) {
		t.Errorf("the first fresh start is %s, within the void sitting, which ends at %s", taken.Fresh[0].Start, over)
	}
	if b, err := w.Book(t.Context(), w.exam, w.learner, taken.Fresh[0].Start); err != nil || b.State != scheduling.StateScheduled {
		t.Errorf("Book of the first fresh start = %s, %v", b.State, err)
	}
}
