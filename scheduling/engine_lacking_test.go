package scheduling_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// otherKey is what a process has that was started without the key of older bookings.
var otherKey = scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k2", Secret: []byte("another-secret-of-at-least-32-bytes")})

// wantFlagged wants the booking's operation open, never sent, and flagged for the reason.
func (w *world) wantFlagged(id scheduling.BookingID, op scheduling.Op, reason scheduling.ReasonCode) {
	w.t.Helper()
	b := w.booking(id)
	if b.Intent == nil || b.Intent.Op != op || b.Intent.Attempt != 0 || b.NeedsAttention == nil || b.NeedsAttention.Reason != reason {
		w.t.Errorf("intent = %+v, attention = %+v; want an unsent %s, flagged as %s\n%s", b.Intent, b.NeedsAttention, op, reason, w.history(id))
	}
}

// askedFor stores a booking whose reserve was never sent, as a process leaves it that dies at once.
func (w *world) askedFor(key string) scheduling.BookingID {
	w.t.Helper()
	now := w.clock.Now()
	b, err := w.store.Create(w.t.Context(), scheduling.Booking{
		ID: "pb-testtest-open", Learner: w.learner, Profile: 2, CreatedAt: now, Exam: w.exam, Window: w.exam.Window, Duration: w.exam.Duration,
		State: scheduling.StatePending, Generation: 1, Code: scheduling.Code{KeyID: key, Generation: 1}, DueAt: now,
		Intent: &scheduling.Intent{Op: scheduling.OpReserve, Want: nine, Requested: now, Deadline: now.Add(15 * time.Minute)},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.ID
}

// A reserve or move that needs a key that is not there is flagged at once and stays open;
// with the key it is sent, and the flag is gone.
func TestKeyMissing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		op    scheduling.Op
		start func(w *world) scheduling.BookingID
	}{
		"reserve": {scheduling.OpReserve, func(w *world) scheduling.BookingID {
			id := w.askedFor("k1")
			w.restart(otherKey)
			return id
		}},
		"move": {scheduling.OpMove, func(w *world) scheduling.BookingID {
			id := w.settled(nine)
			w.restart(otherKey)
			began := w.clock.Now()
			_, err := w.Reschedule(w.t.Context(), id, ten)
			w.pendingID(err)
			if !errors.Is(err, scheduling.ErrNoUnlockKey) || w.clock.Now().Sub(began) > time.Second {
				w.t.Errorf("Reschedule = %v after %s, want at once that the key is missing", err, w.clock.Now().Sub(began))
			}
			return id
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := tt.start(w)
			w.lookOnce()
			w.wantFlagged(id, tt.op, scheduling.ReasonKeyMissing)
			w.pass()
			w.pass()
			w.wantFlagged(id, tt.op, scheduling.ReasonKeyMissing)
			if n := strings.Count(w.history(id), "needs_attention"); n != 1 {
				t.Errorf("it was flagged %d times, want once", n)
			}

			w.restart()
			w.clock.Advance(5 * time.Minute)
			w.lookOnce()
			if w.wantAgreement(id); w.booking(id).NeedsAttention != nil {
				t.Errorf("attention = %+v, want none: the key is back", w.booking(id).NeedsAttention)
			}
		})
	}
}

// Once the key is back and the call is sent, the key is missing no more, whatever
// became of the call.
func TestKeyIsNoLongerMissingOnceItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.askedFor("k1")
	w.restart(otherKey)
	w.lookOnce()
	w.wantFlagged(id, scheduling.OpReserve, scheduling.ReasonKeyMissing)

	w.restart()
	w.clock.Advance(2 * time.Minute)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	w.fault(proctorutest.ReadError, "getStudentReservationList")
	w.lookOnce()

	if b := w.booking(id); b.Intent == nil || b.Intent.Attempt != 1 || b.NeedsAttention != nil {
		t.Errorf("intent = %+v, attention = %+v; want it sent once, and no flag\n%s", b.Intent, b.NeedsAttention, w.history(id))
	}
}

// A cancel does not wait for a move that can't be sent, and of which nothing was.
func TestCancelPassesAMoveWithoutItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.restart(otherKey)
	_, err := w.Reschedule(t.Context(), id, ten)
	w.pendingID(err)
	_, err = w.Cancel(t.Context(), id, scheduling.Request{})
	w.pendingID(err)

	w.pass()

	w.wantCanceled(id)
	if b := w.booking(id); b.MoveRefusal != scheduling.ReasonKeyMissing {
		t.Errorf("the move was refused for %q, want key_missing", b.MoveRefusal)
	}
}

// A learner's record that is gone, or that can't be read, keeps a reserve from being sent.
func TestLearnerMissing(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(w *world) (back func()){
		"can't be read": func(w *world) func() { return w.memory().SpoilLearner(w.learner) },
		"gone": func(w *world) func() {
			if err := w.store.Erase(w.t.Context(), w.learner); err != nil {
				w.t.Fatal(err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.askedFor("k1")
			back := lose(w)
			w.lookOnce()
			w.wantFlagged(id, scheduling.OpReserve, scheduling.ReasonLearnerMissing)
			if back == nil {
				return
			}
			back()
			w.clock.Advance(time.Minute)
			w.lookOnce()
			w.wantAgreement(id)
		})
	}
}

// A cancel, and the removal of what is too much, need neither the key nor the record.
func TestRemovalsNeedIDsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	extra := w.double(id, noon)
	w.restart(otherKey, scheduling.WithSweep(scheduling.SweepRemove))
	if err := w.store.Erase(t.Context(), w.learner); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.sweep()
		w.clock.Advance(10 * time.Minute)
	}
	if rows := w.active(id); len(rows) != 1 || strconv.FormatInt(rows[0].Number, 10) == string(extra) {
		t.Errorf("the provider has %+v, want the booking's own alone", rows)
	}
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
		t.Errorf("Cancel = %v, want none", err)
	}
	w.wantCanceled(id)
}
