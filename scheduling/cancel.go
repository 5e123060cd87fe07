package scheduling

import (
	"context"
	"time"
	"unicode/utf8"
)

// CancelRequest says why a booking is canceled, and by whom. Both texts are kept
// in the history until the learner is erased; neither is sent to the provider.
type CancelRequest struct {
	Reason string // at most 500 characters; may be empty
	By     string // who asked, as the application names people; at most 100 characters; may be empty
}

func (r CancelRequest) validate() error {
	var v problems
	v.words("CancelRequest", r.Reason, r.By)
	return v.err()
}

// words checks the two texts that are kept in the history.
func (p *problems) words(of, reason, by string) {
	p.check(utf8.RuneCountInString(reason) <= 500, of+".Reason", "is longer than 500 characters")
	p.check(utf8.RuneCountInString(by) <= 100, of+".By", "is longer than 100 characters")
}

// Cancel gives the reservation back and returns the booking, canceled, once that
// is proven. Canceling a canceled booking is no error. If a reserve or move is
// open, the cancel is kept as a wish, and the error is a [*PendingError] with
// Queued set.
//
// Errors: [*NotAllowedError] (begun, too late, ended otherwise, or the provider
// keeps the reservation), [*PendingError] if the outcome is open, ErrNotFound.
func (s *Scheduler) Cancel(ctx context.Context, id BookingID, r CancelRequest) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	w := s.newWorker()
	queued := false
	b, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		queued = false
		if b.State == StateCanceled || b.Intent != nil && b.Intent.Op == OpCancel {
			return nil, errNoChange
		}
		if reasons := b.why(ActionCancel, now); len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionCancel, Reasons: reasons}
		}
		if b.Intent != nil {
			queued = true
			if b.Canceling() {
				return nil, errNoChange
			}
			return b.queue(Wish{Op: OpCancel, Requested: now, Reason: r.Reason, By: r.By, Late: b.late(now)}, now), nil
		}
		late := b.late(now)
		b.open(OpCancel, time.Time{}, now, s.bounds.Deadline, r.Reason, r.By)
		b.Intent.Late = late
		b.leaseTo(w, now, s.bounds.Lease)
		e := b.event(EventCancelRequested, now)
		e.Reason, e.By, e.Code = r.Reason, r.By, b.Intent.lateCode()
		return []Event{e}, nil
	})
	switch {
	case err != nil:
		return b, err
	case queued:
		return b, &PendingError{BookingID: id, Op: OpCancel, Deadline: b.Intent.Deadline, Queued: true}
	case b.Intent == nil:
		return b, nil
	case b.Lease.Owner != w.owner:
		return s.goOn(ctx, b)
	}
	if b, err = s.settle(ctx, w, b); err != nil {
		return b, err
	}
	return s.outcome(ctx, b, OpCancel, time.Time{}, w.last)
}
