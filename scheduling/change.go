package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/internal/shown"
)

// errNoChange ends a change without a write and without an error.
var errNoChange = errors.New("scheduling: no change")

// change applies f to the newest row and stores it, in one transaction with the
// events that f returns. If somebody else wrote meanwhile it tries again on a fresh
// row. An error of f is returned as it is, with the row.
func (s *Scheduler) change(ctx context.Context, id BookingID, f func(b *Booking, now time.Time) ([]Event, error)) (Booking, error) {
	b, _, err := decide(ctx, s, id, func(b *Booking, now time.Time) (struct{}, []Event, error) {
		events, err := f(b, now)
		return struct{}{}, events, err
	})
	return b, err
}

// decide is change for an f that also decides something. It returns the decision
// that belongs to the row it returns.
func decide[D any](ctx context.Context, s *Scheduler, id BookingID, f func(b *Booking, now time.Time) (D, []Event, error)) (Booking, D, error) {
	var none D
	for try := 1; ; try++ {
		b, err := s.store.Get(ctx, id)
		if err != nil {
			return Booking{}, none, fmt.Errorf("scheduling: booking %s: %w", shown.ID(id), err)
		}
		row, now := b.clone(), s.now()
		decision, events, err := f(&row, now)
		if errors.Is(err, errNoChange) {
			return b, decision, nil
		}
		if err == nil {
			err = checkTransitions(b.standing(), row.standing(), events)
		}
		if err != nil {
			return b, none, err
		}
		row.UpdatedAt = now
		stored, err := s.store.Update(ctx, row, events...)
		if err == nil {
			s.measureChange(ctx, b, stored, events)
			return stored, decision, nil
		}
		if !errors.Is(err, ErrConflict) || try == maxSwaps {
			return b, none, fmt.Errorf("scheduling: booking %s: %w", shown.ID(id), err)
		}
	}
}

// maxSwaps is how often a compare-and-swap is tried, each time on a fresh row, before
// the caller gets ErrConflict.
const maxSwaps = 3
