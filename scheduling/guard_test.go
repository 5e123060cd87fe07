package scheduling_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// standing is a state of affairs between a learner and an exam.
type standing struct {
	prepare func(w *world) scheduling.BookingID
	state   scheduling.State
	may     []scheduling.Action
}

const (
	book       = scheduling.ActionBook
	reschedule = scheduling.ActionReschedule
	cancel     = scheduling.ActionCancel
	begin      = scheduling.ActionBegin
	unlock     = scheduling.ActionUnlock
	finish     = scheduling.ActionFinish
)

var everyAction = []scheduling.Action{book, reschedule, cancel, begin, unlock, finish}

// standings are all states that a booking can be in, and the moments within a
// state at which other actions are allowed.
var standings = map[string]standing{
	"nothing booked": {prepare: func(*world) scheduling.BookingID { return "" }, may: []scheduling.Action{book}},
	"pending":        {prepare: (*world).lostBook, state: scheduling.StatePending, may: []scheduling.Action{reschedule, cancel}},
	"pending, cancel queued": {prepare: func(w *world) scheduling.BookingID {
		id := w.lostBook()
		_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
		w.pendingID(err)
		return id
	}, state: scheduling.StatePending, may: []scheduling.Action{reschedule, cancel}},
	"scheduled": {prepare: func(w *world) scheduling.BookingID { return w.settled(nine) }, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}},
	"scheduled, move open": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.fault(proctorbooktest.Status500, "addAdHocProcess")
		_, err := w.Reschedule(w.t.Context(), id, noon)
		w.pendingID(err)
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}},
	"scheduled, cancel open": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.fault(proctorbooktest.Status500, "removeReservation")
		_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
		w.pendingID(err)
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel}},
	"scheduled, moves and cancels closed": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MoveUntil, w.exam.Policy.CancelUntil = 24*time.Hour, 24*time.Hour
		id := w.settled(nine)
		w.clock.Set(nine.Add(-24 * time.Hour))
		return id
	}, state: scheduling.StateScheduled},
	"scheduled, a second before moves and cancels close": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MoveUntil, w.exam.Policy.CancelUntil = 24*time.Hour, 24*time.Hour
		id := w.settled(nine)
		w.clock.Set(nine.Add(-24*time.Hour - time.Second))
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}},
	"scheduled, all moves used up": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MaxMoves = 1
		id := w.settled(noon)
		if _, err := w.Reschedule(w.t.Context(), id, nine); err != nil {
			w.t.Fatal(err)
		}
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel}},
	"scheduled, about to start": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(-5 * time.Minute))
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel, begin}},
	"scheduled, started without the learner": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine)
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel, begin}},
	"scheduled, over": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(w.exam.Duration))
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel}},
	"begin sent, no answer": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(-5 * time.Minute))
		w.fault(proctorbooktest.LoseAnswer, "beginReservation")
		if _, err := w.Begin(w.t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
			w.t.Fatalf("Begin = %v, want ErrOutcomeUnknown", err)
		}
		return id
	}, state: scheduling.StateScheduled, may: []scheduling.Action{cancel, begin}},
	"begun": {prepare: (*world).begun, state: scheduling.StateBegun, may: []scheduling.Action{begin, unlock, finish}},
	"begun, the code locked": {prepare: func(w *world) scheduling.BookingID {
		id := w.begun()
		w.lockCode(id)
		return id
	}, state: scheduling.StateBegun, may: []scheduling.Action{begin, finish}},
	"begun, not seen for long": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.SeenWithin = time.Hour
		id := w.begun()
		w.clock.Advance(time.Hour + time.Second)
		return id
	}, state: scheduling.StateBegun, may: []scheduling.Action{begin, finish}},
	"unlocked": {prepare: (*world).unlocked, state: scheduling.StateUnlocked, may: []scheduling.Action{begin, finish}},
	"finished": {prepare: func(w *world) scheduling.BookingID {
		id := w.unlocked()
		if _, err := w.Finish(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
		return id
	}, state: scheduling.StateFinished},
	"canceled": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		if _, err := w.Cancel(w.t.Context(), id, scheduling.Request{}); err != nil {
			w.pendingID(err)
			w.pass()
		}
		w.wantCanceled(id)
		return id
	}, state: scheduling.StateCanceled, may: []scheduling.Action{book}},
	"canceled late, all bookings used up": {prepare: func(w *world) scheduling.BookingID {
		w.exam.Policy.MaxBookings, w.exam.Policy.LateWithin = 1, 5*24*time.Hour
		w.cancelAt(nine, w.clock.Now().Add(5*time.Minute))
		return w.status().Booking
	}, state: scheduling.StateCanceled},
	"unlocked, the time over": {prepare: func(w *world) scheduling.BookingID {
		id := w.unlocked()
		w.clock.Advance(w.exam.Duration)
		return id
	}, state: scheduling.StateUnlocked, may: []scheduling.Action{finish}},
	"failed": {prepare: func(w *world) scheduling.BookingID {
		w.provider.BlockSlot(nine)
		b, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
		if _, ok := errors.AsType[*scheduling.SlotTakenError](err); !ok {
			w.t.Fatalf("Book = %v, want SlotTakenError", err)
		}
		return b.ID
	}, state: scheduling.StateFailed, may: []scheduling.Action{book}},
	"no-show": {prepare: func(w *world) scheduling.BookingID {
		id := w.settled(nine)
		w.clock.Set(nine.Add(w.exam.Duration + 4*time.Hour))
		w.wake(id)
		return id
	}, state: scheduling.StateNoShow, may: []scheduling.Action{book}},
}

// lostBook books nine; the answer is lost.
func (w *world) lostBook() scheduling.BookingID {
	w.t.Helper()
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
	return w.pendingID(err)
}

// begun books nine, and begins five minutes before.
func (w *world) begun() scheduling.BookingID {
	w.t.Helper()
	id := w.settled(nine)
	w.clock.Set(nine.Add(-5 * time.Minute))
	if _, err := w.Begin(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// unlocked begins, and unlocks with the right code.
func (w *world) unlocked() scheduling.BookingID {
	w.t.Helper()
	id := w.begun()
	if _, err := w.Unlock(w.t.Context(), id, w.code(id)); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// code returns the booking's unlock code, as staff may ask for it.
func (w *world) code(id scheduling.BookingID) string {
	w.t.Helper()
	code, err := w.Staff.UnlockCode(w.booking(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return code.Reveal()
}

// do calls the method of the action. Starts are ones that nothing else forbids.
func (w *world) do(a scheduling.Action, id scheduling.BookingID) error {
	var err error
	free := w.clock.Now().Truncate(time.Hour).Add(2 * time.Hour)
	if free.Before(ten) {
		free = ten
	}
	switch a {
	case book:
		_, err = w.Book(w.t.Context(), w.exam, w.learner, free)
	case reschedule:
		_, err = w.Reschedule(w.t.Context(), id, free)
	case cancel:
		_, err = w.Cancel(w.t.Context(), id, scheduling.Request{})
	case begin:
		_, err = w.Begin(w.t.Context(), id)
	case unlock:
		code := "0000000000"
		if id != "" {
			code = w.code(id)
		}
		_, err = w.Unlock(w.t.Context(), id, code)
	case finish:
		_, err = w.Finish(w.t.Context(), id)
	}
	return err
}

// refused reports whether err means that the action is not allowed now.
func refused(err error) bool {
	_, notAllowed := errors.AsType[*scheduling.NotAllowedError](err)
	_, tooEarly := errors.AsType[*scheduling.TooEarlyError](err)
	return notAllowed || tooEarly || errors.Is(err, scheduling.ErrAlreadyBooked) ||
		errors.Is(err, scheduling.ErrCodeLocked) || errors.Is(err, scheduling.ErrNotFound)
}

// repeats are the actions that do nothing a second time, and are no error then.
var repeats = map[scheduling.State]scheduling.Action{
	scheduling.StateCanceled: cancel,
	scheduling.StateFinished: finish,
}

// TestEveryMethodChecksWhatStatusSays calls every method in every state: what
// Status allows is not refused, and what it does not allow is, for the same
// reasons, without a call to the provider.
func TestEveryMethodChecksWhatStatusSays(t *testing.T) {
	t.Parallel()
	for name, at := range standings {
		for _, a := range everyAction {
			t.Run(name+"/"+string(a), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, hasty)
				id := at.prepare(w)
				status, err := w.Status(t.Context(), w.exam, w.learner)
				if err != nil {
					t.Fatal(err)
				}
				if status.State != at.state || !slices.Equal(status.Actions, at.may) {
					t.Fatalf("Status = %q, %q; want %q, %q", status.State, status.Actions, at.state, at.may)
				}
				requests, version := w.providerRequests(), w.versionOf(id)

				err = w.do(a, id)

				if repeats[at.state] == a {
					if err != nil {
						t.Errorf("%s once more = %v, want nil", a, err)
					}
				} else if refused(err) == status.May(a) {
					t.Fatalf("%s = %v, and May = %v (%v)", a, err, status.May(a), status.Why[a])
				}
				if !refused(err) {
					return
				}
				if no, ok := errors.AsType[*scheduling.NotAllowedError](err); ok && !reflect.DeepEqual(no.Reasons, status.Why[a]) {
					t.Errorf("refused for %v, Status says %v", no.Reasons, status.Why[a])
				}
				if w.providerRequests() != requests || w.versionOf(id) != version {
					t.Errorf("a refused %s sent %d requests and changed version %d to %d", a, w.providerRequests()-requests, version, w.versionOf(id))
				}
			})
		}
	}
}
