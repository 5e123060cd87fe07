package scheduling

import (
	"context"
	"errors"
	"slices"
	"time"
)

// This file is what a caller of Book, Reschedule or Cancel waits for: it works on
// the operation until it settles or the caller's patience ends, and turns what is
// then known into a result.

// errPatience means that the Scheduler's patience is over, or that the provider
// is down: waiting would only send more.
var errPatience = errors.New("scheduling: not settled in time, or the provider is down")

// settle works on the intent of b until it settles, and returns the row as it
// then is. After the Scheduler's patience, or when ctx ends, it gives the booking
// back and returns a PendingError: Reconcile goes on.
func (s *Scheduler) settle(ctx context.Context, w *worker, b Booking) (Booking, error) {
	asked, until := b, s.clock.Now().Add(s.tuning.Patience)
	for {
		row, err := w.carryOn(ctx, b)
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
			return row, asked.pending(false, errors.Join(err, w.last))
		}
		b = row
	}
}

// await sleeps until the booking is due again, and renews the lease.
func (s *Scheduler) await(ctx context.Context, w *worker, b Booking, until time.Time) (Booking, error) {
	now := s.clock.Now()
	wait := max(b.DueAt.Sub(now), 0)
	if now.Add(wait).After(until) || s.strain.down() {
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

// goOn works on an intent that is open already, if nobody else does.
func (s *Scheduler) goOn(ctx context.Context, b Booking) (Booking, error) {
	w := s.newWorker()
	leased, err := w.lease(ctx, b.ID)
	if err != nil {
		return b, b.pending(false, err)
	}
	row := leased
	if leased.Generation == b.Generation {
		if row, err = s.settle(ctx, w, leased); err != nil {
			return row, err
		}
	} else {
		w.release(ctx, leased)
	}
	return s.result(ctx, row, b.Intent.Op, b.Intent.Want, w.last)
}

// pending is what callers are told while the intent of b is open.
func (b Booking) pending(queued bool, cause error) *PendingError {
	e := &PendingError{BookingID: b.ID, Queued: queued, cause: cause}
	if b.Intent != nil {
		e.Op, e.Start, e.Deadline = b.Intent.Op, b.Intent.Want, b.Intent.Deadline
	}
	return e
}

// fresh reads the row again, also after the caller has left. Being overtaken is
// no failure of the operation; anything else is.
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

// freshSlots reads what is free on the day of start now, for the booking that was
// refused it. It is a help beside an error: if it fails there is none.
func (s *Scheduler) freshSlots(ctx context.Context, b Booking, start time.Time) []Slot {
	s.forget(start)
	record, err := s.store.Learner(ctx, b.Learner, 0)
	if err != nil {
		return nil
	}
	x, err := s.searchFor(b, record, SlotQuery{From: start, To: start})
	if err != nil {
		return nil
	}
	var fresh []Slot
	x.each(ctx, func(slot Slot, err error) bool {
		if err == nil {
			fresh = append(fresh, slot)
		}
		return err == nil
	})
	return slices.Clip(fresh)
}
