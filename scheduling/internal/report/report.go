// Package report reads a provider's report of all learners: in steps, each of them
// whole, with the rows of a reservation added up. Scheduler.ReadReport stores what it
// reads, and lists.Discrepancies compares it.
package report

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// A step is the interval that is read at once, and kept in memory. How the
// provider reads the ends of an interval is not known: a day more is asked for on
// both sides, so that a step is one call of ten days.
const (
	stepLength = 8 * 24 * time.Hour
	// Pad is what a step asks for beyond its ends.
	Pad = 24 * time.Hour
)

// Reader reads the report from one instant until another. It is for one goroutine.
type Reader struct {
	// From and To are the interval, in UTC and whole seconds.
	From, To time.Time

	reporter provider.Reporter
	wanted   func(proctoru.ReservationNo) bool
	seen     map[proctoru.ReservationNo]bool // numbers of earlier steps
}

// New returns a reader that keeps the rows of wanted numbers, and those that name a
// reservation id: the rest is of other systems that use the same account. It fails
// with a [*proctorbook.ValidationError] of op if the interval is none.
func New(op string, reporter provider.Reporter, from, to time.Time, wanted func(proctoru.ReservationNo) bool) (*Reader, error) {
	from, to = from.UTC().Truncate(time.Second), to.UTC().Truncate(time.Second)
	var wrong []proctorbook.FieldError
	if from.IsZero() {
		wrong = append(wrong, proctorbook.FieldError{Field: "from", Problem: "is missing"})
	}
	if !to.After(from) {
		wrong = append(wrong, proctorbook.FieldError{Field: "to", Problem: "must be after from"})
	}
	if len(wrong) > 0 {
		return nil, &proctorbook.ValidationError{Op: op, Fields: wrong}
	}
	return &Reader{From: from, To: to, reporter: reporter, wanted: wanted, seen: map[proctoru.ReservationNo]bool{}}, nil
}

// Step is a part of the interval: From is in it, To is not.
type Step struct{ From, To time.Time }

// Steps yields the steps of the interval, one after another.
func (r *Reader) Steps() iter.Seq[Step] {
	return func(yield func(Step) bool) {
		for from := r.From; from.Before(r.To); from = from.Add(stepLength) {
			to := from.Add(stepLength)
			if to.After(r.To) {
				to = r.To
			}
			if !yield(Step{from, to}) {
				return
			}
		}
	}
}

// Read reads one step to its end, and returns what it shows of each number, ordered
// by number. After a failure nothing of the step is returned.
func (r *Reader) Read(ctx context.Context, step Step) ([]*provider.Tally, error) {
	tallies := map[proctoru.ReservationNo]*provider.Tally{}
	for a, err := range r.reporter.Report(ctx, step.From.Add(-Pad), step.To.Add(Pad)) {
		if err != nil {
			return nil, err
		}
		if a.Number == "" || !r.wanted(a.Number) && a.ReservationID == "" || !r.within(step, a) {
			continue
		}
		t := tallies[a.Number]
		if t == nil {
			t = &provider.Tally{}
			tallies[a.Number] = t
		}
		t.Add(a)
	}
	var all []*provider.Tally
	for _, n := range slices.SortedFunc(maps.Keys(tallies), proctoru.ReservationNo.Compare) {
		r.seen[n] = true
		all = append(all, tallies[n])
	}
	return all, nil
}

// Seen reports whether a step that was read showed the number.
func (r *Reader) Seen(n proctoru.ReservationNo) bool { return r.seen[n] }

// within reports whether the row belongs to the step: by its start, so that no row
// counts in two of them. One without a start counts where it comes first. Rows from
// beyond the ends of the interval belong to the first and the last step.
func (r *Reader) within(step Step, a provider.Activity) bool {
	switch {
	case a.Start.IsZero():
		return !r.seen[a.Number]
	case a.Start.Before(step.From):
		return step.From.Equal(r.From)
	}
	return a.Start.Before(step.To) || step.To.Equal(r.To)
}
