package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// errNoChange ends a change without a write and without an error.
var errNoChange = errors.New("scheduling: no change")

// change applies f to the newest row and stores it, in one transaction with the
// events that f returns. It tries again on a fresh row if somebody else wrote
// meanwhile. What f returns as an error is returned as is, with the row.
func (s *Scheduler) change(ctx context.Context, id BookingID, f func(b *Booking, now time.Time) ([]Event, error)) (Booking, error) {
	for try := 1; ; try++ {
		b, err := s.store.Get(ctx, id)
		if err != nil {
			return Booking{}, fmt.Errorf("scheduling: booking %s: %w", id, err)
		}
		row, now := b.clone(), s.now()
		events, err := f(&row, now)
		if errors.Is(err, errNoChange) {
			return b, nil
		}
		if err == nil {
			err = checkMoves(b.standing(), row.standing(), events)
		}
		if err != nil {
			return b, err
		}
		row.UpdatedAt = now
		stored, err := s.store.Update(ctx, row, events...)
		if err == nil {
			s.measureChange(ctx, b, stored, events)
			return stored, nil
		}
		if !errors.Is(err, ErrConflict) || try == maxSwaps {
			return b, fmt.Errorf("scheduling: booking %s: %w", id, err)
		}
	}
}

// errPatience means that the Scheduler's patience is over, or that the provider
// is down: waiting would only send more.
var errPatience = errors.New("scheduling: not settled in time, or the provider is down")

// settle works on the intent of b until it settles, and returns the row as it
// then is. After the Scheduler's patience, or when ctx ends, it gives the booking
// back and returns a PendingError: Reconcile goes on.
func (s *Scheduler) settle(ctx context.Context, w *worker, b Booking) (Booking, error) {
	asked, until := b, s.clock.Now().Add(s.patience)
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

// wanted returns the start that the learner asked for last.
func (b Booking) wanted() time.Time {
	switch {
	case b.Wish != nil && b.Wish.Op == OpMove:
		return b.Wish.Want
	case b.Intent != nil && b.Intent.Op != OpCancel:
		return b.Intent.Want
	}
	return b.Start
}

// Canceling reports whether a cancel is open, or waits for the open operation.
func (b Booking) Canceling() bool {
	return b.Intent != nil && b.Intent.Op == OpCancel || b.Wish != nil && b.Wish.Op == OpCancel
}

// queue keeps the wish until the open intent settles; an older one is replaced.
func (b *Booking) queue(w Wish, now time.Time) []Event {
	typ := EventWishQueued
	if b.Wish != nil {
		typ = EventWishReplaced
	}
	b.Wish = &w
	e := b.event(typ, now)
	e.Op, e.Want, e.Reason, e.By = w.Op, w.Want, w.Reason, w.By
	if w.Late {
		e.Code = ReasonLate
	}
	return []Event{e}
}

// outcome turns a settled operation into what the caller gets; last is the last
// failure that this caller's worker saw, or nil.
func (s *Scheduler) outcome(ctx context.Context, b Booking, op Op, want time.Time, last error) (Booking, error) {
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
