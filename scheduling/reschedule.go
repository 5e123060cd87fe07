package scheduling

import (
	"context"
	"time"
)

// Reschedule moves the booking to another start and returns it as it then
// stands. The old start counts until the new one is proven. If an operation is
// open already, the move is kept as a wish, which replaces an older wish, and
// the error is a [*PendingError] with Queued set.
//
// Errors: [*proctorbook.ValidationError] for a bad start, [*NotAllowedError] (cancel open,
// begun, too late, Policy.MaxMoves used up, ended), [*SlotTakenError] with fresh
// slots and [*RefusedError] (the booking stands at its old start),
// [*PendingError] if the outcome is open, ErrNotFound.
func (s *Scheduler) Reschedule(ctx context.Context, id BookingID, start time.Time) (Booking, error) {
	start = start.UTC()
	w := s.newWorker()
	queued := false
	b, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		queued = false
		if there, err := b.mayMove(start, now); err != nil || there {
			return nil, orNoChange(err)
		}
		if b.Intent != nil {
			queued = true
			return b.queue(Wish{Op: OpMove, Want: start, Requested: now, Late: b.late(now)}, now), nil
		}
		b.open(OpMove, start, now, s.bounds.Deadline, "", "")
		b.Intent.Late = b.late(now)
		b.leaseTo(w, now, s.bounds.Lease)
		e := b.event(EventMoveRequested, now)
		e.Code = b.Intent.lateCode()
		return []Event{e}, nil
	})
	switch {
	case err != nil:
		return b, err
	case queued:
		return b, &PendingError{BookingID: id, Op: OpMove, Start: start, Deadline: b.Intent.Deadline, Queued: true}
	case b.Intent == nil:
		return b, nil
	case b.Lease.Owner != w.owner:
		return s.goOn(ctx, b)
	}
	if b, err = s.settle(ctx, w, b); err != nil {
		return b, err
	}
	return s.outcome(ctx, b, OpMove, start, w.last)
}

// leaseTo gives the booking to the worker if nobody has it.
func (b *Booking) leaseTo(w *worker, now time.Time, d time.Duration) {
	if !b.Lease.Until.After(now) {
		b.Lease = Lease{Owner: w.owner, Until: now.Add(d)}
	}
}

// mayMove says whether the booking stands at the start already, or moves there,
// and else what keeps it from being moved.
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

func orNoChange(err error) error {
	if err == nil {
		return errNoChange
	}
	return err
}
