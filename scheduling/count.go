package scheduling

import (
	"context"
	"iter"
	"time"
)

// BookingCounter is a [Store] that counts bookings without reading each of them, for
// lists.Counts.
type BookingCounter interface {
	// CountBookings counts the bookings that List yields for the filter: all of them as
	// they stand at one moment. Several counts may be of one kind; the caller adds them.
	// A booking that can't be read comes as an [*UnreadableError] with a zero count.
	// Another error is the last thing it yields; without one, the counts are complete.
	CountBookings(ctx context.Context, f Filter) iter.Seq2[BookingCount, error]
}

// BookingCount is how many bookings of one kind there are.
type BookingCount struct {
	Exam           ExamKey   // course and block
	State          State     // see the states
	Verdict        Verdict   // of those with a reservation; "" for none: a canceled or failed one has a verdict only if staff gave it
	NeedsAttention bool      // flagged for staff
	Open           bool      // with an operation under way
	OldestOpen     time.Time // when the oldest of those operations was asked for, UTC; zero if none is under way

	Bookings int // how many
}

// CountOf returns the count of that booking alone. It is for implementations of
// BookingCounter.
func CountOf(b Booking) BookingCount {
	c := BookingCount{Exam: b.Exam.Key(), State: b.State, NeedsAttention: b.NeedsAttention != nil, Open: b.Intent != nil, Bookings: 1}
	if b.Number != "" {
		c.Verdict = b.Outcome().Verdict
	}
	if b.Intent != nil {
		c.OldestOpen = b.Intent.Requested
	}
	return c
}
