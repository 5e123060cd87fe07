package scheduling

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Reminder says that a booking's start comes near.
type Reminder struct {
	Booking Booking
	Lead    time.Duration // one of those that were asked for
	Due     time.Time     // Booking.Start less Lead, UTC
}

// Reminders yields the reminders that became due after since, and not after
// until: those scheduled bookings whose start less one of the leads lies there.
// It sends nothing and remembers nothing; the caller mails people.
//
//	for r, err := range s.Reminders(ctx, cursor, now, 7*24*time.Hour, 24*time.Hour) { ... }
//	cursor = now // keep it; begin with the time of the first start of the program
//
// Give until as the present time, and as since what until was in the last pass
// that you finished: then each reminder comes exactly once, and after a pass that
// broke off those that it had yielded come again. A moved booking is reminded at
// its new start; while the move is open, at its old one. One that is booked or
// moved to a start nearer than a lead has no reminder of that lead: the learner
// has just chosen it. A booking that is being canceled has none. They come
// ordered by booking id, not by time.
//
// Errors: [*proctorbook.ValidationError] for a lead that is not positive, or a since after
// until; errors of the store, as the last thing that is yielded.
func (s *Scheduler) Reminders(ctx context.Context, since, until time.Time, leads ...time.Duration) iter.Seq2[Reminder, error] {
	return func(yield func(Reminder, error) bool) {
		leads := slices.Compact(slices.Sorted(slices.Values(leads)))
		if err := checkReminders(since, until, leads); err != nil {
			yield(Reminder{}, err)
			return
		}
		near, far := leads[0], leads[len(leads)-1]
		filter := Filter{States: []State{StateScheduled}, StartFrom: since.Add(near), StartUntil: until.Add(far + time.Microsecond)}
		for b, err := range s.store.List(ctx, filter) {
			if err != nil {
				yield(Reminder{}, fmt.Errorf("scheduling: Reminders: %w", err))
				return
			}
			for _, r := range b.reminders(since, until, leads) {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

func checkReminders(since, until time.Time, leads []time.Duration) error {
	var v problems
	v.check(len(leads) > 0, "leads", "are missing: say how long before the start")
	v.check(len(leads) == 0 || leads[0] > 0, "leads", "must be positive")
	v.check(!since.After(until), "since", "is after until")
	return v.err()
}

// reminders returns those of the booking that are due after since, and not after until.
func (b Booking) reminders(since, until time.Time, leads []time.Duration) []Reminder {
	if b.canceling() {
		return nil
	}
	var all []Reminder
	for _, lead := range leads {
		if due := b.Start.Add(-lead); due.After(since) && !due.After(until) {
			all = append(all, Reminder{Booking: b, Lead: lead, Due: due})
		}
	}
	return all
}
