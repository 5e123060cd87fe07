package scheduling

import (
	"context"
	"time"
)

// Reschedule moves the booking to another start, and returns the booking. The old
// start counts until the new one is proven. If another operation is open, the move
// is stored as a [Wish], which replaces an older one, and the error is a
// [*PendingError] with Queued set.
//
// Errors: [*proctorbook.ValidationError] for a bad start (for one that is past or outside
// it is a [*NotAllowedError] too), [*NotAllowedError] (cancel open, begun, too late, Policy.MaxMoves used up, ended, another exam in the way),
// [*SlotTakenError] with fresh slots and [*RefusedError] (the booking keeps its old
// start), [*PendingError] if the outcome is not known yet, ErrNotFound.
func (s *Scheduler) Reschedule(ctx context.Context, id BookingID, start time.Time) (Booking, error) {
	start = start.UTC()
	return s.submit(ctx, id, OpMove, start, func(b *Booking, now time.Time) (bool, []Event, error) {
		if there, err := b.mayMove(start, now); err != nil || there {
			return false, nil, orNoChange(inMethod("Reschedule", err))
		}
		late := b.late(now)
		if b.Intent != nil {
			return true, b.queue(Wish{Op: OpMove, Want: start, Requested: now, Late: late}, now), nil
		}
		b.open(OpMove, start, now, s.tuning.Deadline, Request{})
		b.Intent.Late = late
		return false, []Event{b.requested(EventMoveRequested, now)}, nil
	})
}

// TryReschedule reports whether Reschedule would send a request for the start: now,
// or once another open operation has settled. It checks what Reschedule checks, but
// sends nothing and stores nothing. Only the provider knows whether the start is
// free: Reschedule may still be refused.
//
//   - sends is true: Reschedule would send.
//   - sends is false, without an error: b is booked at the start already.
//   - a [*PendingError]: b is being booked at, or moved to, the start already.
//
// Other errors: [*proctorbook.ValidationError], [*NotAllowedError] and ErrNotFound, as of
// [Scheduler.Reschedule].
func (s *Scheduler) TryReschedule(ctx context.Context, id BookingID, start time.Time) (b Booking, sends bool, err error) {
	if b, err = s.Booking(ctx, id); err != nil {
		return Booking{}, false, err
	}
	start = start.UTC()
	there, err := b.mayMove(start, s.now())
	if err == nil && !there {
		err = s.checkMoveFree(ctx, &b, start)
	}
	return s.tried(b, there, inMethod("Reschedule", err))
}

// Cancel removes the reservation, and returns the booking, canceled, once that is
// proven. To cancel a canceled booking is no error. If a reserve or move is open, the
// cancel is stored as a [Wish], and the error is a [*PendingError] with Queued set.
//
// Errors: [*proctorbook.ValidationError] for a bad request, [*NotAllowedError] (begun,
// too late, or ended otherwise), [*RefusedError] (the provider keeps the
// reservation), [*PendingError] if the outcome is not known yet, ErrNotFound.
func (s *Scheduler) Cancel(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, inMethod("Cancel", err)
	}
	return s.submit(ctx, id, OpCancel, time.Time{}, func(b *Booking, now time.Time) (bool, []Event, error) {
		if there, err := b.mayCancel(now); err != nil || there {
			return b.cancelWaits(), nil, orNoChange(err)
		}
		late := b.late(now)
		if b.Intent != nil {
			return true, b.queue(Wish{Op: OpCancel, Requested: now, Reason: r.Reason, By: r.By, Late: late}, now), nil
		}
		b.open(OpCancel, time.Time{}, now, s.tuning.Deadline, r)
		b.Intent.Late = late
		return false, []Event{b.requested(EventCancelRequested, now)}, nil
	})
}

// TryCancel reports whether Cancel would send a request: now, or once another open
// operation has settled. It checks what Cancel checks, and sends and stores nothing.
//
//   - sends is true: Cancel would send.
//   - sends is false, without an error: b is canceled already.
//   - a [*PendingError]: a cancel is under way, or waits (Queued is set).
//
// Other errors: [*proctorbook.ValidationError], [*NotAllowedError] and ErrNotFound, as of
// [Scheduler.Cancel].
func (s *Scheduler) TryCancel(ctx context.Context, id BookingID, r Request) (b Booking, sends bool, err error) {
	if err := r.validate(); err != nil {
		return Booking{}, false, inMethod("Cancel", err)
	}
	if b, err = s.Booking(ctx, id); err != nil {
		return Booking{}, false, err
	}
	there, err := b.mayCancel(s.now())
	return s.tried(b, there, err)
}

// tried is what a dry run returns for a booking. there reports whether the booking is
// as asked, or on its way there; err is what keeps it from being changed.
func (s *Scheduler) tried(b Booking, there bool, err error) (Booking, bool, error) {
	switch {
	case there && b.cancelWaits():
		err = s.waiting(b, OpCancel, time.Time{})
	case there && b.Intent != nil:
		err = s.pending(b, nil)
	}
	return b, !there && err == nil, err
}

// submit stores what ask decides, an intent or a queued wish, and works on the
// intent until it settles. ask reports whether it is a wish.
func (s *Scheduler) submit(ctx context.Context, id BookingID, op Op, want time.Time, ask func(b *Booking, now time.Time) (bool, []Event, error)) (Booking, error) {
	w := s.newWorker()
	b, queued, err := decide(ctx, s, id, func(b *Booking, now time.Time) (bool, []Event, error) {
		w.noted = nil
		queued, events, err := ask(b, now)
		if err == nil && !queued {
			b.leaseTo(w, now, s.tuning.Lease)
			events = append(events, w.noteFirst(ctx, b, nil)...)
		}
		return queued, events, err
	})
	switch {
	case err != nil:
		return b, orOwnBooking(ActionReschedule, err)
	case queued:
		return b, s.waiting(b, op, want)
	case b.Intent == nil:
		return b, nil
	case b.Lease.Owner != w.owner:
		return s.goOn(ctx, b)
	}
	return s.settleFor(ctx, w, b)
}

// requested returns the event of an operation that a person has just asked for.
func (b *Booking) requested(typ EventType, now time.Time) Event {
	e := b.event(typ, now)
	e.Reason, e.By, e.Code = b.Intent.Reason, b.Intent.By, b.Intent.lateCode()
	return e
}

// leaseTo gives the booking to the worker if nobody has it.
func (b *Booking) leaseTo(w *worker, now time.Time, d time.Duration) {
	if !b.Lease.runs(now) {
		b.Lease = Lease{Owner: w.owner, Until: now.Add(d)}
	}
}

// mayMove reports whether the booking is at the start already, or on its way there. If
// it is not and can't be moved, the error says why.
func (b *Booking) mayMove(start, now time.Time) (there bool, err error) {
	if b.Intent == nil && b.State == StateScheduled && b.Start.Equal(start) {
		return true, nil
	}
	if b.Intent != nil && b.Intent.Op == OpMove && b.Wish == nil && b.Intent.Want.Equal(start) {
		return true, nil // asked for again, whatever the limits say by now
	}
	if reasons := b.why(ActionReschedule, now); len(reasons) > 0 {
		return false, &NotAllowedError{Action: ActionReschedule, Reasons: reasons}
	}
	if b.Intent != nil && b.Wish == nil && b.wanted().Equal(start) {
		return true, nil
	}
	return false, checkStart(b.Window, b.Duration, b.Exam.Policy.Notice, start, now, ActionReschedule)
}

// mayCancel reports whether the booking is canceled already, or a cancel is open or
// waits. If not, and it can't be canceled, the error says why.
func (b *Booking) mayCancel(now time.Time) (there bool, err error) {
	if b.State == StateCanceled || b.Intent != nil && b.Intent.Op == OpCancel {
		return true, nil
	}
	if reasons := b.why(ActionCancel, now); len(reasons) > 0 {
		return false, &NotAllowedError{Action: ActionCancel, Reasons: reasons}
	}
	return b.Canceling(), nil
}

// cancelWaits reports whether a cancel waits for another operation to settle.
func (b *Booking) cancelWaits() bool { return b.Wish != nil && b.Wish.Op == OpCancel }

// queue stores the wish until the open intent settles. It replaces an older one.
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

func orNoChange(err error) error {
	if err == nil {
		return errNoChange
	}
	return err
}
