package lists

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Reminder is due because a booking's start comes near.
type Reminder struct {
	Booking scheduling.Booking // as stored: scheduled, and not being canceled
	Lead    time.Duration      // how long before the start; one of those that were asked for
	Due     time.Time          // Booking.Start less Lead, UTC
}

// Reminders yields the reminders that became due after since, and not after until:
// one for each scheduled booking and lead whose start less the lead lies there. Both are
// instants, in any zone, and a lead is real time, across clock changes too. It
// sends nothing and remembers nothing; the caller mails people.
//
//	for r, err := range lists.Reminders(ctx, store, cursor, now, 7*24*time.Hour, 24*time.Hour) { ... }
//	cursor = now // keep it; begin with the time of the first start of the program
//
// Give the present time as until, and as since the until of the last pass that you
// finished. Then each reminder comes exactly once; only those of a pass that broke
// off come again. A moved booking is reminded at its new start; while the move is
// open, at its old one. A booking made or moved less than a lead before its start has
// no reminder of that lead: the learner has just chosen the start. A booking that is
// being canceled has none. Reminders come ordered by booking id, not by time.
//
// A booking that can't be read comes as a [*scheduling.UnreadableError], and the others
// after it. Another error is the last thing that it yields:
// [*proctorbook.ValidationError] for no lead, a lead that is not positive, or a since
// after until; errors of the store.
func Reminders(ctx context.Context, store scheduling.Store, since, until time.Time, leads ...time.Duration) iter.Seq2[Reminder, error] {
	return func(yield func(Reminder, error) bool) {
		leads := slices.Compact(slices.Sorted(slices.Values(leads)))
		if err := checkReminders(since, until, leads); err != nil {
			yield(Reminder{}, err)
			return
		}
		for b, err := range startsAhead(ctx, store, since, until, leads) {
			if err != nil {
				if !yield(Reminder{}, fmt.Errorf("lists: Reminders: %w", err)) || !goesOn(err) {
					return
				}
				continue
			}
			for _, r := range reminders(b, since, until, leads) {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// startsAhead lists the scheduled bookings with a start that a lead may be due for, in the
// order of their ids: of each lead those alone, not what starts between one and the next.
func startsAhead(ctx context.Context, store scheduling.Store, since, until time.Time, leads []time.Duration) iter.Seq2[scheduling.Booking, error] {
	var lists []iter.Seq2[scheduling.Booking, error]
	for i := 0; i < len(leads); i++ {
		filter := scheduling.Filter{States: []scheduling.State{scheduling.StateScheduled}, StartFrom: since.Add(leads[i])}
		for i+1 < len(leads) && leads[i+1]-leads[i] <= until.Sub(since) { // one range reaches into the next
			i++
		}
		filter.StartUntil = until.Add(leads[i] + time.Microsecond)
		lists = append(lists, store.List(ctx, filter))
	}
	return merged(lists)
}

// head is the first booking of a list that was not yielded yet.
type head struct {
	booking scheduling.Booking
	err     error
	next    func() (scheduling.Booking, error, bool)
}

// merged yields the bookings of lists that are ordered by id, in that order. One that has
// moved from one list into another meanwhile comes once. An error of a list that ends it
// ends all.
func merged(lists []iter.Seq2[scheduling.Booking, error]) iter.Seq2[scheduling.Booking, error] {
	if len(lists) == 1 {
		return lists[0]
	}
	return func(yield func(scheduling.Booking, error) bool) {
		var heads []head
		for _, list := range lists {
			next, stop := iter.Pull2(list)
			defer stop()
			if b, err, ok := next(); ok {
				heads = append(heads, head{b, err, next})
			}
		}
		var last scheduling.BookingID
		for len(heads) > 0 {
			first := 0
			for i, h := range heads {
				if h.booking.ID < heads[first].booking.ID { // that of an error that ends a list is "", before all others
					first = i
				}
			}
			h := &heads[first]
			if h.booking.ID != last || last == "" {
				if last = h.booking.ID; !yield(h.booking, h.err) || h.err != nil && !goesOn(h.err) {
					return
				}
			}
			var ok bool
			if h.booking, h.err, ok = h.next(); !ok {
				heads = slices.Delete(heads, first, first+1)
			}
		}
	}
}

func checkReminders(since, until time.Time, leads []time.Duration) error {
	var wrong []proctorbook.FieldError
	if len(leads) == 0 {
		wrong = append(wrong, proctorbook.FieldError{Field: "leads", Problem: "are missing: say how long before the start"})
	} else if leads[0] <= 0 {
		wrong = append(wrong, proctorbook.FieldError{Field: "leads", Problem: "must be positive"})
	}
	if since.After(until) {
		wrong = append(wrong, proctorbook.FieldError{Field: "since", Problem: "is after until"})
	}
	if len(wrong) == 0 {
		return nil
	}
	return &proctorbook.ValidationError{Op: "lists: Reminders", Fields: wrong}
}

// reminders returns those of the booking that are due after since, and not after until.
func reminders(b scheduling.Booking, since, until time.Time, leads []time.Duration) []Reminder {
	if b.Canceling() {
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
