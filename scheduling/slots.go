package scheduling

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Slot is a start that the provider offers for an exam.
type Slot struct {
	Start     time.Time // UTC
	End       time.Time // UTC; Start plus the exam's duration
	Exam      ExamKey
	FetchedAt time.Time // UTC; offers grow old within minutes

	Fee         proctoru.Money // in the currency of the provider's account
	PremiumFee  proctoru.Money // for short notice
	DiscountFee proctoru.Money
}

// SlotQuery says which days are wanted. A zero From or To means the first or the
// last day that the exam's window leaves.
type SlotQuery struct {
	From time.Time // any instant of the first day, in the learner's zone
	To   time.Time // any instant of the last day, in the learner's zone
	For  BookingID // the booking that is to be moved: its own slot counts as free
}

// Slots yields the free starts at which the whole exam fits into its window and
// the notice is kept: sorted, each once, day by day in the learner's zone. The
// provider is asked for a day when the loop reaches it; break stops that.
//
// Errors, as the last thing yielded: [*ValidationError] for a bad exam or an
// incomplete profile's zone, ErrNotFound for an unknown learner, and the
// provider's errors. A day without slots is no error.
func (s *Scheduler) Slots(ctx context.Context, exam Exam, learner LearnerID, q SlotQuery) iter.Seq2[Slot, error] {
	return func(yield func(Slot, error) bool) {
		search, err := s.slotSearch(ctx, exam, learner, q)
		if err != nil {
			yield(Slot{}, err)
			return
		}
		if search.first.After(search.last) {
			return
		}
		for day := search.firstDay(); !day.After(search.last); day = nextDay(day) {
			slots, err := search.day(ctx, day)
			if err != nil {
				yield(Slot{}, fmt.Errorf("scheduling: Slots: %w", err))
				return
			}
			for _, slot := range slots {
				if !yield(slot, nil) {
					return
				}
			}
		}
	}
}

type slotSearch struct {
	s           *Scheduler
	exam        Exam
	zone        *time.Location
	number      proctoru.ReservationNo
	first, last time.Time // starts allowed, both included
	from        time.Time
}

func (s *Scheduler) slotSearch(ctx context.Context, exam Exam, learner LearnerID, q SlotQuery) (*slotSearch, error) {
	if err := exam.Validate(); err != nil {
		return nil, err
	}
	record, err := s.store.Learner(ctx, learner, 0)
	if err != nil {
		return nil, fmt.Errorf("scheduling: Slots: learner: %w", err)
	}
	zone, err := record.Location()
	if err != nil {
		return nil, &ValidationError{Problems: []FieldProblem{{"Profile.Zone", "is missing, and the platform has no zone for the learner"}}, cause: err}
	}
	search := &slotSearch{s: s, exam: exam, zone: zone}
	if q.For != "" {
		b, err := s.store.Get(ctx, q.For)
		if err != nil || b.Learner != learner {
			return nil, fmt.Errorf("scheduling: Slots: booking %s: %w", q.For, ErrNotFound)
		}
		search.number, search.exam.Window, search.exam.Duration = b.Number, b.Window, b.Duration
	}
	search.limit(q)
	return search, nil
}

// limit narrows the starts to the window, the notice, and the days asked for.
func (x *slotSearch) limit(q SlotQuery) {
	x.first, x.last = span(x.exam.Window, x.exam.Duration, x.exam.Policy.Notice, x.s.now())
	if !q.From.IsZero() {
		if from := midnight(q.From.In(x.zone)); from.After(x.first) {
			x.first = from
		}
	}
	if !q.To.IsZero() {
		if to := nextDay(midnight(q.To.In(x.zone))).Add(-time.Second); to.Before(x.last) {
			x.last = to
		}
	}
}

func (x *slotSearch) firstDay() time.Time { return midnight(x.first.In(x.zone)) }

// day asks the provider for one day, and keeps what fits.
func (x *slotSearch) day(ctx context.Context, day time.Time) ([]Slot, error) {
	from := day
	if x.first.After(from) {
		from = x.first
	}
	if up := from.Truncate(time.Second); !up.Equal(from) {
		from = up.Add(time.Second)
	}
	offers, err := x.s.provider.Slots(ctx, SlotDay{Zone: x.zone, From: from, Duration: x.exam.Duration, Number: x.number})
	if err != nil {
		return nil, err
	}
	end, now := nextDay(day), x.s.now()
	var slots []Slot
	for _, o := range offers {
		start := o.Start.UTC()
		if start.Before(x.first) || start.After(x.last) || start.Before(day) || !start.Before(end) || !start.After(now) {
			continue
		}
		slots = append(slots, Slot{
			Start: start, End: start.Add(x.exam.Duration), Exam: x.exam.Key(), FetchedAt: now,
			Fee: o.Fee, PremiumFee: o.PremiumFee, DiscountFee: o.DiscountFee,
		})
	}
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(slots, func(a, b Slot) bool { return a.Start.Equal(b.Start) }), nil
}

// midnight returns the first instant of t's day in its zone. Where a clock change
// skips midnight that is the instant of the change.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	start := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	if start.Day() != d {
		// Date has answered with the day before: midnight does not exist.
		_, before := start.Zone()
		_, after := start.Add(12 * time.Hour).Zone()
		start = start.Add(time.Duration(after-before) * time.Second)
	}
	return start
}

func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return midnight(time.Date(y, m, d+1, 12, 0, 0, 0, t.Location()))
}
