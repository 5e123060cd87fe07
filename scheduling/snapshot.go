package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// ErrNoReport is what [Scheduler.ReadReport] and [Scheduler.Discrepancies] return where
// the provider is no [Reporter].
var ErrNoReport = errors.New("scheduling: this provider can't report on all learners: read the outcomes one by one, with Outcome")

// A step is the interval that is read at once, and kept in memory. How the
// provider reads the ends of an interval is not known: a day more is asked for on
// both sides, so that a step is one call of ten days.
const (
	reportStep = 8 * 24 * time.Hour
	reportPad  = 24 * time.Hour
)

// ReportError says that a part of the report could not be read. What was read
// before it is stored; nothing of that part is.
type ReportError struct {
	From, Resume, To time.Time // asked for; and from when on to read again: call ReadReport(ctx, e.Resume, e.To)
	Err              error     // the provider's
}

// Error says from when on to read again.
func (e *ReportError) Error() string {
	return fmt.Sprintf("scheduling: ReadReport: the report could not be read from %s on, go on there: %v", e.Resume.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns the cause.
func (e *ReportError) Unwrap() error { return e.Err }

// ReportReading counts what a pass of [Scheduler.ReadReport] did. No error and no
// Reservations means that the provider has nothing for these days.
type ReportReading struct {
	From, To     time.Time // asked for, UTC
	Reservations int       // of this store that the report shows
	Bookings     int       // bookings that took a reading over
	Changed      int       // ... and whose attendance or verdict changed by it
	Woken        int       // ... and that were made due, since the report disagrees with them
	Absent       int       // bookings of these days that the report does not show: they keep what they had
	Failed       int       // bookings that could not be stored: the error says why
}

// ReadReport reads the provider's report of all learners for the sessions from one
// instant until another, and stores what it says on the bookings: attendance and
// verdict, with their facts. Call it every night for the days that are still
// reported on. It shares the reconciler's rules: where the report shows a start
// or a cancel that the booking does not know, the booking is made due, and
// [Scheduler.Reconcile] decides.
//
// Rows are matched by reservation number only. The report is read in steps of
// eight days; each is stored once it has been read to its end, so that a failure
// leaves the last good reading, with its age, on the bookings that it did not
// reach. It fails with [*ReportError], which says how to go on; with ErrNoReport;
// and with the store's errors, joined, after all others were stored.
func (s *Scheduler) ReadReport(ctx context.Context, from, to time.Time) (ReportReading, error) {
	return s.readReport(ctx, from, to, Filter{StartFrom: from, StartUntil: to})
}

// ReadExamReport is ReadReport for the bookings of one exam, over all days on
// which their sessions may be: the exam's window, the grace after it, and a day on
// both sides. A session that the provider moved out of the window is found.
// Bookings of other exams take the same reading over if the report shows them.
func (s *Scheduler) ReadExamReport(ctx context.Context, exam Exam) (ReportReading, error) {
	if err := exam.Validate(); err != nil {
		return ReportReading{}, err
	}
	from, to := exam.Window.Start.Add(-reportPad), exam.Window.End.Add(exam.Policy.noShowAfter()+reportPad)
	return s.readReport(ctx, from, to, Filter{Exam: exam.Key()})
}

func (s *Scheduler) readReport(ctx context.Context, from, to time.Time, f Filter) (ReportReading, error) {
	r, err := s.newReading(ctx, from, to, f)
	if err != nil {
		return ReportReading{}, fmt.Errorf("scheduling: ReadReport: %w", err)
	}
	p := reportPass{s: s, r: r, at: s.now(), done: map[proctoru.ReservationNo]bool{}, report: ReportReading{From: r.from, To: r.to}}
	for step := range r.steps() {
		tallies, err := r.read(ctx, step)
		if err == nil {
			err = p.step(ctx, tallies)
		}
		if err != nil {
			return p.report, errors.Join(append(p.errs, &ReportError{From: r.from, Resume: step.from, To: r.to, Err: err})...)
		}
	}
	err = p.absent(ctx)
	return p.report, errors.Join(append(p.errs, err)...)
}

// reportPass is one pass of ReadReport.
type reportPass struct {
	s      *Scheduler
	r      *reportReader
	at     time.Time
	done   map[proctoru.ReservationNo]bool
	report ReportReading
	errs   []error
}

// step takes what the report says of each number over to its booking, if it is
// one of this store's. It ends early only with the context.
func (p *reportPass) step(ctx context.Context, tallies map[proctoru.ReservationNo]*provider.Tally) error {
	for _, n := range slices.SortedFunc(maps.Keys(tallies), proctoru.ReservationNo.Compare) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o, known, err := p.r.owner(ctx, n, BookingID(tallies[n].ReservationID))
		if err != nil {
			p.failed(err)
			continue
		}
		if known && o.number == n {
			p.report.Reservations++
			p.done[n] = true
			p.observe(ctx, o.id, tallies[n].Facts)
		}
	}
	return nil
}

// absent notes on the bookings of these days that the report was read, and did
// not show them.
func (p *reportPass) absent(ctx context.Context) error {
	for _, n := range slices.SortedFunc(maps.Keys(p.r.ours), proctoru.ReservationNo.Compare) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if o := p.r.ours[n]; !p.done[n] && !o.start.Before(p.r.from) && o.start.Before(p.r.to) {
			p.report.Absent++
			p.observe(ctx, o.id, provider.Facts{})
		}
	}
	return nil
}

func (p *reportPass) failed(err error) {
	p.report.Failed++
	p.errs = append(p.errs, fmt.Errorf("scheduling: ReadReport: %w", err))
}

func (p *reportPass) observe(ctx context.Context, id BookingID, f provider.Facts) {
	b, changed, err := p.s.observed(ctx, id, f, p.at)
	if err != nil {
		p.failed(err)
		return
	}
	p.report.Bookings++
	if changed {
		p.report.Changed++
	}
	if b.disagrees() {
		p.report.Woken++
	}
}

// ours is what is kept in memory of a booking while a report is read.
type ours struct {
	id      BookingID
	learner LearnerID
	state   State
	number  proctoru.ReservationNo
	start   time.Time
	open    bool      // an operation is under way
	settled time.Time // since when nothing was sent or proven
}

func oursOf(b Booking) ours {
	return ours{
		id: b.ID, learner: b.Learner, state: b.State, number: b.Number, start: b.Start,
		open: b.Intent != nil, settled: later(b.LastSent, b.ProvenAt),
	}
}

// reportReader reads the report of all learners beside the store's bookings.
type reportReader struct {
	s        *Scheduler
	reporter provider.Reporter
	from, to time.Time
	ours     map[proctoru.ReservationNo]ours // the bookings asked for, by number
	seen     map[proctoru.ReservationNo]bool // numbers of earlier steps
}

func (s *Scheduler) newReading(ctx context.Context, from, to time.Time, f Filter) (*reportReader, error) {
	reporter, ok := s.provider.(provider.Reporter)
	if !ok {
		return nil, ErrNoReport
	}
	from, to = from.UTC().Truncate(time.Second), to.UTC().Truncate(time.Second)
	var v problems
	v.check(!from.IsZero(), "from", "is missing")
	v.check(to.After(from), "to", "must be after from")
	if err := v.err(); err != nil {
		return nil, err
	}
	r := &reportReader{s: s, reporter: reporter, from: from, to: to, ours: map[proctoru.ReservationNo]ours{}, seen: map[proctoru.ReservationNo]bool{}}
	for b, err := range s.store.List(ctx, f) {
		if err != nil {
			return nil, err
		}
		if b.Number != "" {
			r.ours[b.Number] = oursOf(b)
		}
	}
	return r, nil
}

// interval is one step: from is in it, to is not.
type interval struct{ from, to time.Time }

func (r *reportReader) steps() iter.Seq[interval] {
	return func(yield func(interval) bool) {
		for from := r.from; from.Before(r.to); from = from.Add(reportStep) {
			to := from.Add(reportStep)
			if to.After(r.to) {
				to = r.to
			}
			if !yield(interval{from, to}) {
				return
			}
		}
	}
}

// read reads one step to its end. It keeps what may be of this store: rows of
// other systems that use the same account are passed over. A failure gives none.
func (r *reportReader) read(ctx context.Context, step interval) (map[proctoru.ReservationNo]*provider.Tally, error) {
	tallies := map[proctoru.ReservationNo]*provider.Tally{}
	for a, err := range r.reporter.Report(ctx, step.from.Add(-reportPad), step.to.Add(reportPad)) {
		if err != nil {
			return nil, err
		}
		_, known := r.ours[a.Number]
		if a.Number == "" || !known && a.ReservationID == "" || !r.within(step, a) {
			continue
		}
		t := tallies[a.Number]
		if t == nil {
			t = &provider.Tally{}
			tallies[a.Number] = t
		}
		t.Add(a)
	}
	for n := range tallies {
		r.seen[n] = true
	}
	return tallies, nil
}

// within says that the row belongs to the step: by its start, so that no row
// counts in two of them. One without a start counts where it comes first. The
// first and the last step have what was asked for beyond the ends.
func (r *reportReader) within(step interval, a provider.Activity) bool {
	switch {
	case a.Start.IsZero():
		return !r.seen[a.Number]
	case a.Start.Before(step.from):
		return step.from.Equal(r.from)
	}
	return a.Start.Before(step.to) || step.to.Equal(r.to)
}

// owner finds the booking of a number. One that was not asked for is found by the
// id in the notes; whether the number is still its own is for the caller to see.
func (r *reportReader) owner(ctx context.Context, n proctoru.ReservationNo, hint BookingID) (ours, bool, error) {
	if o, ok := r.ours[n]; ok {
		return o, true, nil
	}
	b, err := r.s.store.Get(ctx, hint)
	if errors.Is(err, ErrNotFound) {
		return ours{}, false, nil
	}
	if err != nil {
		return ours{}, false, fmt.Errorf("scheduling: booking %s: %w", hint, err)
	}
	return oursOf(b), true, nil
}
