package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook"
)

// NotErasableError means that a learner can't be erased yet. Nothing was erased.
type NotErasableError struct {
	// Active are the bookings that must end first: cancel or finish them.
	Active []BookingID
	// At is from when it is allowed, if those bookings have ended by then and no
	// new one is made: the last start that was ever asked for is past. UTC.
	At time.Time
}

// Error says from when it is allowed.
func (e *NotErasableError) Error() string {
	text := "scheduling: the learner can't be erased before " + e.At.UTC().Format(time.RFC3339)
	if n := len(e.Active); n > 0 {
		text += fmt.Sprintf(", and not before %d active bookings have ended", n)
	}
	return text
}

// Unwrap returns proctorbook.ErrNotDone.
func (e *NotErasableError) Unwrap() error { return proctorbook.ErrNotDone }

// Erase removes what is kept of a learner as a person: every version of the
// account's data, the profile and accommodations, and the reasons and names in the
// history. The skeleton stays: bookings, numbers, instants, how long each sitting
// was, codes, and the learner's id, which is not personal by its definition (see
// [LearnerID]).
//
// It is refused while a booking is active, and until the last start that was ever
// sent to the provider for the learner is past: until then a late request may
// bring a reservation to life, and the sweep, which asks the provider by learner,
// must be able to find it. Keep the learner from booking before you call it.
//
// What the provider holds is the provider's: its record of the learner, the
// reservations, and the recordings of sessions, which are kept as long as your
// contract says. Ask the provider to delete them. Erase sends nothing.
//
// Erasing a learner twice, or an unknown one, is no error. Errors:
// [*NotErasableError], and errors of the store.
func (d *StaffService) Erase(ctx context.Context, id LearnerID) error {
	if err := d.s.erasable(ctx, id); err != nil {
		return err
	}
	if err := d.s.store.Erase(ctx, id); err != nil {
		return fmt.Errorf("scheduling: Erase: %w", err)
	}
	return nil
}

// erasable returns a [*NotErasableError] if something of the learner may still move.
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
		// Starts are whole seconds, and an exam that starts now may still be reserved.
		if free := b.mayAppearUntil().Add(time.Second); free.After(refusal.At) {
			refusal.At = free
		}
	}
	if len(refusal.Active) > 0 || refusal.At.After(now) {
		return refusal
	}
	return nil
}

// mayAppearUntil is the last start at which a reservation of the booking may be
// made, as far as is known by now.
func (b Booking) mayAppearUntil() time.Time {
	last := b.WatchUntil()
	if b.State.Active() {
		last = later(last, b.wanted())
	}
	return last
}
