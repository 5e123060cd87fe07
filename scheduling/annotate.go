package scheduling

import (
	"context"
	"time"
)

// Annotate writes a note of staff into the booking's history, in any state, and
// changes nothing else: rows are not edited by hand, and what was found out on
// the telephone still has its place. It is for staff; the caller checks their
// right. Note and name are kept until the learner is erased.
//
// Errors: [*proctorbook.ValidationError], ErrNotFound.
func (s *Scheduler) Annotate(ctx context.Context, id BookingID, r StaffRequest) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	return s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		return []Event{b.staffEvent(EventAnnotated, r, now)}, nil
	})
}
