package scheduling

import (
	"context"
	"errors"
	"slices"
	"time"
)

// This file is what a pass of Sweep has to do with deliveries.

// RoutineSweep is [Scheduler.Sweep] as a timer calls it, such as [Scheduler.Serve]'s. It
// does the same, unless deliveries are shown and less than [Tuning].WatchWithDeliveries has
// passed since the last sweep: then it only counts once more whether every change came as a
// delivery, sends nothing to the provider, and sets SweepResult.Rested. It does not rest
// while a reservation too many is known of. Call it at least every Tuning.WatchInterval:
// deliveries count as shown for two of these after a pass.
func (s *Scheduler) RoutineSweep(ctx context.Context) (SweepResult, error) {
	result, _, err := s.sweep(ctx, true)
	return result, err
}

// rests counts the deliveries, and reports whether a routine pass ends here.
func (p *sweepPass) rests(ctx context.Context) bool {
	s, share, began := p.s, &p.share, p.began
	was, is, stored := s.noteDeliveries(ctx, func(d *deliveryStatus) {
		d.MissedAt = later(d.MissedAt, share.last)
		if d.Began.After(began) && !s.bulkAhead(d.Began, s.now()) {
			d.Shown = d.Shown && share.last.IsZero() // another replica has counted since
			return
		}
		d.Began, d.Told, d.Missed = began, share.told, len(share.missed)
		d.Bookings = slices.Clone(share.missed[:min(len(share.missed), deliveriesNamed)])
		d.Shown = share.told >= deliveriesFrom && !d.MissedAt.After(began.Add(-deliveriesDay))
	})
	if !stored {
		return false
	}
	s.logDeliveries(ctx, was, is)
	if !p.routine || !s.sweepStands(is, s.now()) || !began.Before(is.Swept.Add(s.tuning.WatchWithDeliveries)) {
		return false
	}
	p.result.Rested = !slices.ContainsFunc(p.watched.quiet, func(b *watchedBooking) bool { return b.odd })
	return p.result.Rested
}

// deliveriesCountedFor is how much longer the deliveries of a booking count than it may have a
// reservation: until a pass has seen whether the last change came without one.
func (s *Scheduler) deliveriesCountedFor() time.Duration {
	return deliveryGrace + bulkFor*s.tuning.WatchInterval
}

// sweepFailure is the error of one booking.
type sweepFailure struct {
	booking BookingID
	error
}

func (e *sweepFailure) Unwrap() error { return errors.Unwrap(e.error) }

// swept notes that a pass has compared all bookings. Those that it could not compare are
// looked at singly instead.
func (p *sweepPass) swept(ctx context.Context, since time.Time) {
	if p.s.tuning.WatchWithDeliveries == 0 || p.result.Rested || ctx.Err() != nil {
		return
	}
	left := slices.Clone(p.leased)
	for _, err := range p.errs {
		if one, ok := errors.AsType[*sweepFailure](err); ok {
			left = append(left, one.booking)
		}
	}
	var alone []*watchedBooking
	for _, id := range left {
		if b := p.watched.byID[id]; b != nil {
			alone = append(alone, b)
		}
	}
	failed := p.result.Failed
	p.makeDue(ctx, alone)
	if p.result.Failed > failed || ctx.Err() != nil {
		return
	}
	p.s.noteDeliveries(ctx, func(d *deliveryStatus) {
		if since.After(d.Swept) || p.s.bulkAhead(d.Swept, p.s.now()) {
			d.Swept = since
		}
	})
}
