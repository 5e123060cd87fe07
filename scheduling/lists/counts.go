package lists

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// ExamCounts is how the bookings of one exam stand.
type ExamCounts struct {
	Exam           scheduling.ExamKey         // course and block
	Bookings       int                        // all of them
	States         map[scheduling.State]int   // how many are in each state; those with none are left out
	Verdicts       map[scheduling.Verdict]int // likewise, of those with a reservation; a canceled or failed one has a verdict only if staff gave it
	NeedsAttention int                        // flagged for staff
	Open           int                        // with an operation under way
	OldestOpen     time.Time                  // when the oldest of those was asked for, UTC; zero if there is none
}

// Counts counts the bookings that the filter chooses, by exam, ordered by exam. It is for
// dashboards. A store that is a [scheduling.BookingCounter], as sqlstore is, counts them
// itself; of another one each booking is read. Its errors are those of the store. If
// bookings can't be read it returns the counts of the others, and an error that joins
// their [*scheduling.UnreadableError].
func Counts(ctx context.Context, store scheduling.Store, f scheduling.Filter) ([]ExamCounts, error) {
	exams := map[scheduling.ExamKey]*ExamCounts{}
	var bad []error
	for one, err := range counted(ctx, store, f) {
		if err != nil {
			bad = append(bad, fmt.Errorf("lists: Counts: %w", err))
			if !goesOn(err) {
				return nil, errors.Join(bad...)
			}
			continue
		}
		c := exams[one.Exam]
		if c == nil {
			c = &ExamCounts{Exam: one.Exam, States: map[scheduling.State]int{}, Verdicts: map[scheduling.Verdict]int{}}
			exams[one.Exam] = c
		}
		c.add(one)
	}
	var all []ExamCounts
	for _, c := range exams {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b ExamCounts) int {
		if c := a.Exam.Course.Compare(b.Exam.Course); c != 0 {
			return c
		}
		return a.Exam.Usage.Compare(b.Exam.Usage)
	})
	return all, errors.Join(bad...)
}

// counted lets the store count, or reads each booking.
func counted(ctx context.Context, store scheduling.Store, f scheduling.Filter) iter.Seq2[scheduling.BookingCount, error] {
	if counter, ok := store.(scheduling.BookingCounter); ok {
		return counter.CountBookings(ctx, f)
	}
	return func(yield func(scheduling.BookingCount, error) bool) {
		for b, err := range store.List(ctx, f) {
			var one scheduling.BookingCount
			if err == nil {
				one = scheduling.CountOf(b)
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

func (c *ExamCounts) add(one scheduling.BookingCount) {
	c.Bookings += one.Bookings
	c.States[one.State] += one.Bookings
	if one.Verdict != "" {
		c.Verdicts[one.Verdict] += one.Bookings
	}
	if one.NeedsAttention {
		c.NeedsAttention += one.Bookings
	}
	if !one.Open {
		return
	}
	c.Open += one.Bookings
	if c.OldestOpen.IsZero() || one.OldestOpen.Before(c.OldestOpen) {
		c.OldestOpen = one.OldestOpen
	}
}
