package scheduling

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// This file remembers in each booking which of its changes at the provider came as a
// delivery, too: a webhook's event about it.

const (
	// deliveryGrace is how long after a change its delivery counts. A later one does not:
	// hourly watches would have found as much.
	deliveryGrace = time.Hour

	// deliveryClocks is how far the clocks of the machines that share a store may differ.
	deliveryClocks = 5 * time.Second
)

// Deliveries is what is known of the webhook's events about a booking, for
// [Tuning].WatchWithDeliveries. A change is one of the reservation at the provider: made,
// moved, canceled, or given another number, by a request of ours or by the provider.
// Only the engine sets it. Instants are UTC.
type Deliveries struct {
	Last   time.Time `json:"last,omitzero"`   // when the last one came
	Told   time.Time `json:"told,omitzero"`   // when both the last change that one told of, and that one, were known
	Untold time.Time `json:"untold,omitzero"` // when the first change was known since which none has come
	Missed time.Time `json:"missed,omitzero"` // the last change of which none told within an hour
}

// came notes a delivery. It tells of all changes that are known and untold, since it makes
// the next look find whatever has changed.
func (d *Deliveries) came(now time.Time) {
	d.Last = now
	switch {
	case d.Untold.IsZero():
		return
	case now.After(d.Untold.Add(deliveryGrace)):
		d.Missed = d.Untold
	default:
		d.Told = now
	}
	d.Untold = time.Time{}
}

// changed notes a change that is known now, and that happened at since or later. Each
// delivery tells once.
func (d *Deliveries) changed(since, now time.Time) {
	switch {
	case d.Last.After(d.Told) && !d.Last.Before(since):
		d.Told = now
		return
	case !d.Untold.IsZero() && !now.After(d.Untold.Add(deliveryGrace)):
		return // the older one counts, whose time is over first
	case !d.Untold.IsZero():
		d.Missed = d.Untold
	}
	d.Untold = now
}

// noteChange notes what has changed at the provider since the row was old.
func (b *Booking) noteChange(old *Booking, now time.Time, t Tuning) {
	ended := b.State == StateCanceled && old.State != StateCanceled
	if b.Number == old.Number && b.Start.Equal(old.Start) && !ended {
		return
	}
	since := later(old.CreatedAt, later(old.SeenActive, old.Memory.ProvenAt)).Add(-t.EvidenceLag) // a look may show less than is true
	if old.Intent != nil {
		since = old.Intent.Requested.Add(-deliveryClocks)
	}
	b.Deliveries.changed(since, now)
}

// watchedAgainAt returns when a look must follow the delivery that came last, because a
// look that began then may have shown what was true before it; zero for never.
func (t *turn) watchedAgainAt() time.Time {
	at := t.b.Deliveries.Last.Add(t.tuning.EvidenceLag)
	if t.tuning.WatchWithDeliveries == 0 || t.b.Deliveries.Last.IsZero() || !t.look.began.Before(at) {
		return time.Time{}
	}
	return at
}

// Delivered makes the booking with that reservation id due at once, as [Scheduler.Wake]
// does, and notes that the provider's webhook told of it. Call it for each event that a
// webhook's handler lets in, and take nothing else from the event: the next Reconcile asks
// the provider what is true. So a late, repeated or false event does nothing but make a
// look. For anything but a webhook's event call Wake: from these calls it is seen whether
// every change comes as a delivery, for [Tuning].WatchWithDeliveries.
//
// An unknown id is no error. Errors: those of the store; let the provider send the event
// again then.
func (s *Scheduler) Delivered(ctx context.Context, reservationID string) error {
	_, err := s.change(ctx, BookingID(reservationID), func(b *Booking, now time.Time) ([]Event, error) {
		b.wake(now)
		b.Deliveries.came(now)
		return nil, nil
	})
	if errors.Is(err, ErrNotFound) {
		s.log.InfoContext(ctx, "delivered: not our reservation id")
		return nil
	}
	return err
}

// deliveryShare is what a pass of Sweep counts of the bookings that it loads.
type deliveryShare struct {
	told   int         // bookings with a change of the last day that a delivery told of
	missed []BookingID // those with one that none told of within the grace
	last   time.Time   // the last of these changes
}

// count counts a booking. since is when the last day began.
func (c *deliveryShare) count(b *Booking, since, now time.Time) {
	d := &b.Deliveries
	recent := func(at time.Time) bool { return at.After(since) && !at.After(now.Add(deliveryClocks)) }
	missed := d.Missed
	if !d.Untold.IsZero() && now.After(d.Untold.Add(deliveryGrace)) {
		missed = later(missed, d.Untold)
	}
	switch {
	case recent(missed):
		c.missed, c.last = append(c.missed, b.ID), later(c.last, missed)
	case recent(d.Told):
		c.told++
	}
}

// logDeliveries tells when deliveries begin or cease to be shown.
func (s *Scheduler) logDeliveries(ctx context.Context, was, is deliveryStatus) {
	if was.Shown == is.Shown {
		return
	}
	s.log.InfoContext(ctx, "deliveries", slog.Bool("shown", is.Shown), slog.Int("told", is.Told), slog.Int("missed", is.Missed), slog.Any("bookings", is.Bookings))
}
