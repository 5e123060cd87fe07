package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// NotErasableError means that a learner can't be erased yet. Nothing was.
type NotErasableError struct {
	// Active are the bookings that must end first: cancel or finish them.
	Active []BookingID
	// At is when Erase becomes possible, UTC, if those bookings have ended by then and
	// no new one is made. The latest start ever asked for is past then.
	At time.Time
}

// Error names the time from which Erase is possible.
func (e *NotErasableError) Error() string {
	text := "scheduling: the learner can't be erased before " + e.At.UTC().Format(time.RFC3339)
	if n := len(e.Active); n > 0 {
		text += fmt.Sprintf(", and not before %d active bookings have ended", n)
	}
	return text
}

// Unwrap returns proctorbook.ErrNotDone.
func (e *NotErasableError) Unwrap() error { return proctorbook.ErrNotDone }

// Erase removes the learner's personal data: every version of the record, with the
// profile and accommodations, and the reasons and names in the history. What stays is
// not personal: bookings, numbers, instants, durations, reason codes, and the
// learner's id (see [LearnerID]). What the platform's adapter keeps here beside the
// bookings goes, too: of a [platform.Eraser] such as openedx.Platforms the name, the
// address, the user name, and what was let in by them.
//
// It is refused while a booking is active, and until the latest start ever sent to
// the provider for the learner is past: until then a request that arrives late may
// still make a reservation, and Sweep must be able to find it. Keep the learner from
// booking before you call Erase.
//
// Erase sends nothing. The platform keeps its account, with which the learner may come
// back. The provider keeps its record, the reservations and the
// recordings as long as your contract says: ask it to delete them.
//
// To erase a learner twice, or an unknown one, is no error; after an error call it again.
// Errors: [*NotErasableError], and errors of the store and of the platform's adapter.
func (d *StaffService) Erase(ctx context.Context, id LearnerID) error {
	if err := d.s.erasable(ctx, id); err != nil {
		return err
	}
	if err := d.s.store.Erase(ctx, id); err != nil {
		return fmt.Errorf("scheduling: Erase: %w", err)
	}
	if kept, ok := d.s.platform.(platform.Eraser); ok {
		if err := kept.Erase(ctx, string(id), d.s.now()); err != nil {
			return fmt.Errorf("scheduling: Erase: %w", err)
		}
	}
	d.s.enrolled.forget()
	return nil
}

// erasable returns a [*NotErasableError] if a booking of the learner is active, or a
// reservation may still appear.
func (s *Scheduler) erasable(ctx context.Context, id LearnerID) error {
	now := s.now()
	refusal := &NotErasableError{At: now}
	for b, err := range s.store.List(ctx, Filter{Learner: id}) {
		if err != nil {
			return fmt.Errorf("scheduling: Erase: %w", err)
		}
		if b.State.Active() {
			refusal.Active = append(refusal.Active, b.ID)
		}
		// A start in the present second may still be reserved.
		if free := b.mayAppearUntil().Add(time.Second); free.After(refusal.At) {
			refusal.At = free
		}
	}
	if len(refusal.Active) > 0 || refusal.At.After(now) {
		return refusal
	}
	return nil
}

// mayAppearUntil returns the latest start at which a reservation of the booking may
// still appear.
func (b Booking) mayAppearUntil() time.Time {
	last := b.WatchUntil()
	if b.State.Active() {
		last = later(last, b.wanted())
	}
	return last
}
