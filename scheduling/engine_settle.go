package scheduling

import (
	"context"
	"errors"
	"slices"
	"time"
)

// This file works on an operation while a caller of Book, Reschedule or Cancel waits,
// and turns what is known then into the caller's result.

// errPatience means that Tuning.Patience is over, or that waiting is of no use: the
// provider is down, or the call can't be prepared.
var errPatience = errors.New("scheduling: not settled in time, or nothing can be sent now")

// settleFor works on the intent of b, which the worker has, as long as patience lasts, and
// returns what the caller gets.
func (s *Scheduler) settleFor(ctx context.Context, w *worker, b Booking) (Booking, error) {
	patient, cancel := s.patient(ctx)
	defer cancel()
	row, err := s.settle(patient, w, b, s.clock.Now().Add(s.tuning.Patience))
	if err != nil {
		return row, err
	}
	return s.result(patient, row, b.Intent.Op, b.Intent.Want, w.last)
}

// settle works on the intent of b until it settles, and returns the row as it is then.
// When ctx ends, or the next look would be after until, it releases the lease and
// returns a PendingError: Reconcile carries on.
func (s *Scheduler) settle(ctx context.Context, w *worker, b Booking, until time.Time) (Booking, error) {
	asked := b
	for {
		row, err := w.carryOn(ctx, b)
		if w.left {
			return row, s.pending(row, err)
		}
		if err != nil {
			row, err = s.fresh(ctx, b, err)
		}
		if err == nil && row.Generation == asked.Generation {
			row, err = s.await(ctx, w, row, until)
		}
		if row.Generation != asked.Generation {
			w.release(ctx, row)
			return row, nil
		}
		if err != nil {
			w.release(ctx, row)
			return row, s.pending(row, errors.Join(err, w.last))
		}
		b = row
	}
}

// await sleeps until the booking is due again, and renews the lease.
func (s *Scheduler) await(ctx context.Context, w *worker, b Booking, until time.Time) (Booking, error) {
	now := s.clock.Now()
	wait := max(b.DueAt.Sub(now), 0)
	if now.Add(wait).After(until) || s.strain.down() || b.lacking() {
		return b, errPatience
	}
	if err := s.clock.Sleep(ctx, wait); err != nil {
		return b, err
	}
	row, err := w.lease(ctx, b.ID)
	if err != nil && row.ID == "" {
		return b, err
	}
	return row, err
}

// goOn works on an intent that is open already. If another worker has it, that one
// will most likely settle it at once: goOn waits for it, as long as patience lasts.
func (s *Scheduler) goOn(ctx context.Context, b Booking) (Booking, error) {
	w := s.newWorker()
	patient, cancel := s.patient(ctx)
	defer cancel()
	until := s.clock.Now().Add(s.tuning.Patience)
	row, err := s.takeOver(patient, w, b, until)
	if err != nil {
		return row, s.pending(row, err)
	}
	if row.Generation == b.Generation {
		if row, err = s.settle(patient, w, row, until); err != nil {
			return row, err
		}
	} else {
		w.release(ctx, row)
	}
	return s.result(patient, row, b.Intent.Op, b.Intent.Want, w.last)
}

// The waits of takeOver: short at first, since most operations settle within a second.
const (
	firstWait   = 50 * time.Millisecond
	longestWait = 2 * time.Second
)

// takeOver leases the booking, or returns it as it is once the worker that has it has
// settled its intent.
func (s *Scheduler) takeOver(ctx context.Context, w *worker, b Booking, until time.Time) (Booking, error) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		row, err := w.lease(ctx, b.ID)
		if err == nil || row.ID != "" && row.Generation != b.Generation {
			return row, nil
		}
		if !errors.Is(err, errLeased) {
			return b, err
		}
		if s.clock.Now().Add(wait).After(until) || s.strain.down() {
			return row, err
		}
		if err := s.clock.Sleep(ctx, wait); err != nil {
			return row, err
		}
	}
}

// pending is the error that callers get while the intent of b is open.
func (s *Scheduler) pending(b Booking, cause error) *PendingError {
	e := &PendingError{BookingID: b.ID, cause: cause}
	if i := b.Intent; i != nil {
		e.Op, e.Start, e.Deadline = i.Op, i.Want, i.Deadline
		if i.Op == OpMove && i.Attempt == 0 {
			e.HeldUntil, e.HeldBecause = b.moveHeld(s.now(), s.tuning.InFlight)
		}
	}
	if e.HeldBecause != "" && errors.Is(cause, errPatience) {
		e.cause = nil // nobody's patience would have been enough
	}
	return e
}

// waiting is the error that callers get while their wish waits for the intent of b.
func (s *Scheduler) waiting(b Booking, op Op, want time.Time) *PendingError {
	e := &PendingError{BookingID: b.ID, Op: op, Start: want, Deadline: b.Intent.Deadline, Queued: true}
	if op == OpMove {
		e.HeldUntil, e.HeldBecause = b.moveHeld(s.now(), s.tuning.InFlight)
	}
	return e
}

// fresh reads the row again, even after the caller's context has ended. It returns
// cause, joined with its own error if the read fails.
func (s *Scheduler) fresh(ctx context.Context, b Booking, cause error) (Booking, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	row, err := s.store.Get(ctx, b.ID)
	if err != nil {
		return b, errors.Join(cause, err)
	}
	return row, cause
}

// result turns a settled operation into what the caller gets; last is the last
// failure that this caller's worker saw, or nil.
func (s *Scheduler) result(ctx context.Context, b Booking, op Op, want time.Time, last error) (Booking, error) {
	if op == OpCancel {
		if b.State == StateCanceled {
			return b, nil
		}
		return b, &RefusedError{BookingID: b.ID, Op: op, Reason: ReasonNotAllowed, cause: last}
	}
	reason := b.EndReason
	if op == OpMove && b.State.Active() {
		if b.Start.Equal(want) {
			return b, nil
		}
		reason = b.MoveRefusal
	} else if b.State != StateFailed && b.State != StateCanceled {
		return b, nil
	}
	if reason == ReasonOverlap {
		return b, &SlotTakenError{BookingID: b.ID, Start: want, Fresh: s.freshSlots(ctx, b, want)}
	}
	return b, &RefusedError{BookingID: b.ID, Op: op, Reason: reason, cause: last}
}

// freshSlots returns what else the learner can take now on the day of start, for the
// booking that was refused it. It only adds to an error: if it fails, it returns nothing.
func (s *Scheduler) freshSlots(ctx context.Context, b Booking, start time.Time) []Slot {
	s.forget(start)
	record, err := s.store.Learner(ctx, b.Learner, 0)
	if err != nil {
		return nil
	}
	zone, err := record.Location()
	if err != nil {
		return nil
	}
	day := DateOf(start, zone)
	x, err := s.searchFor(ctx, b, record, SlotQuery{From: day, To: day})
	if err != nil {
		return nil
	}
	over := s.voidSittings(ctx, b)
	var fresh []Slot
	x.each(ctx, func(slot Slot, err error) bool {
		in := func(w Window) bool { return slot.Start.Before(w.End) && slot.Start.Add(slot.Duration).After(w.Start) }
		if err == nil && slot.Conflict == "" && !slot.Start.Equal(start) && !slices.ContainsFunc(over, in) {
			fresh = append(fresh, slot)
		}
		return err == nil
	})
	return slices.Clip(fresh)
}

// voidSittings returns the sittings of the same exam that staff made void and that are
// not over: the provider may hold them still, and refuse what overlaps them.
func (s *Scheduler) voidSittings(ctx context.Context, b Booking) []Window {
	var sittings []Window
	for v, err := range s.store.List(ctx, Filter{Learner: b.Learner, Exam: b.Exam.Key(), States: []State{StateVoid}}) {
		if err == nil && v.End().After(s.now()) {
			sittings = append(sittings, v.sitting(v.Start))
		}
	}
	return sittings
}
