package lists

import (
	"context"
	"errors"
	"fmt"
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

// Counts counts the bookings that the filter chooses, by exam, in one pass over the
// store, ordered by exam. It is for dashboards. Its errors are those of the store. If
// bookings can't be read it returns the counts of the others, and an error that joins
// their [*scheduling.UnreadableError].
func Counts(ctx context.Context, store scheduling.Store, f scheduling.Filter) ([]ExamCounts, error) {
	exams := map[scheduling.ExamKey]*ExamCounts{}
	var bad []error
	for b, err := range store.List(ctx, f) {
		if err != nil {
			bad = append(bad, fmt.Errorf("lists: Counts: %w", err))
			if !goesOn(err) {
				return nil, errors.Join(bad...)
			}
			continue
		}
		c := exams[b.Exam.Key()]
		if c == nil {
			c = &ExamCounts{Exam: b.Exam.Key(), States: map[scheduling.State]int{}, Verdicts: map[scheduling.Verdict]int{}}
			exams[b.Exam.Key()] = c
		}
		c.add(b)
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

func (c *ExamCounts) add(b scheduling.Booking) {
	c.Bookings++
	c.States[b.State]++
	if v := b.Outcome().Verdict; v != "" && b.Number != "" {
		c.Verdicts[v]++
	}
	if b.NeedsAttention != nil {
		c.NeedsAttention++
	}
	if i := b.Intent; i != nil {
		c.Open++
		if c.OldestOpen.IsZero() || i.Requested.Before(c.OldestOpen) {
			c.OldestOpen = i.Requested
		}
	}
}
