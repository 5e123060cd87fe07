package scheduling

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/report"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// ErrNoReport is what [Scheduler.ReadReport] returns where the provider is no
// [provider.Reporter].
var ErrNoReport = errors.New("scheduling: this provider can't report on all learners: read the outcomes one by one, with Outcome")

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
	from, to := exam.Window.Start.Add(-report.Pad), exam.Window.End.Add(exam.Policy.noShowAfter()+report.Pad)
	return s.readReport(ctx, from, to, Filter{Exam: exam.Key()})
}

func (s *Scheduler) readReport(ctx context.Context, from, to time.Time, f Filter) (ReportReading, error) {
	p, err := s.newReportPass(ctx, from, to, f)
	if err != nil {
		return ReportReading{}, err
	}
	for step := range p.reader.Steps() {
		tallies, err := p.reader.Read(ctx, step)
		if err == nil {
			err = p.step(ctx, tallies)
		}
		if err != nil {
			return p.result, errors.Join(append(p.errs, &ReportError{From: p.reader.From, Resume: step.From, To: p.reader.To, Err: err})...)
		}
	}
	err = p.absent(ctx)
	return p.result, errors.Join(append(p.errs, err)...)
}

// reportPass is one pass of ReadReport.
type reportPass struct {
	s      *Scheduler
	reader *report.Reader
	at     time.Time
	asked  map[proctoru.ReservationNo]reported // the bookings asked for
	done   map[proctoru.ReservationNo]bool     // whose facts were taken over
	result ReportReading
	errs   []error
}

// reported is what is kept in memory of a booking while the report is read.
type reported struct {
	id    BookingID
	start time.Time
}

func (s *Scheduler) newReportPass(ctx context.Context, from, to time.Time, f Filter) (*reportPass, error) {
	reporter, ok := s.provider.(provider.Reporter)
	if !ok {
		return nil, fmt.Errorf("scheduling: ReadReport: %w", ErrNoReport)
	}
	p := &reportPass{s: s, at: s.now(), asked: map[proctoru.ReservationNo]reported{}, done: map[proctoru.ReservationNo]bool{}}
	var err error
	p.reader, err = report.New("scheduling: ReadReport", reporter, from, to, func(n proctoru.ReservationNo) bool {
		_, asked := p.asked[n]
		return asked
	})
	if err != nil {
		return nil, err
	}
	p.result.From, p.result.To = p.reader.From, p.reader.To
	for b, err := range s.store.List(ctx, f) {
		if err != nil {
			return nil, fmt.Errorf("scheduling: ReadReport: %w", err)
		}
		if b.Number != "" {
			p.asked[b.Number] = reported{b.ID, b.Start}
		}
	}
	return p, nil
}

// step takes what the report shows of each number over to its booking, if it is
// one of this store's. It ends early only with the context.
func (p *reportPass) step(ctx context.Context, tallies []*provider.Tally) error {
	for _, t := range tallies {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		id, known, err := p.owner(ctx, t)
		if err != nil {
			p.failed(err)
			continue
		}
		if known {
			p.result.Reservations++
			p.done[t.Facts.Number] = true
			p.observe(ctx, id, t.Facts)
		}
	}
	return nil
}

// owner finds the booking that holds the number. One that was not asked for is found
// by the reservation id that the report gives.
func (p *reportPass) owner(ctx context.Context, t *provider.Tally) (BookingID, bool, error) {
	if b, asked := p.asked[t.Facts.Number]; asked {
		return b.id, true, nil
	}
	b, err := p.s.store.Get(ctx, BookingID(t.ReservationID))
	if errors.Is(err, ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("scheduling: booking %s: %w", t.ReservationID, err)
	}
	return b.ID, b.Number == t.Facts.Number, nil
}

// absent notes on the bookings of these days that the report was read, and did
// not show them.
func (p *reportPass) absent(ctx context.Context) error {
	for _, n := range slices.SortedFunc(maps.Keys(p.asked), proctoru.ReservationNo.Compare) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if b := p.asked[n]; !p.done[n] && !b.start.Before(p.reader.From) && b.start.Before(p.reader.To) {
			p.result.Absent++
			p.observe(ctx, b.id, provider.Facts{})
		}
	}
	return nil
}

func (p *reportPass) failed(err error) {
	p.result.Failed++
	p.errs = append(p.errs, fmt.Errorf("scheduling: ReadReport: %w", err))
}

// observe takes the facts over to the booking.
func (p *reportPass) observe(ctx context.Context, id BookingID, f provider.Facts) {
	b, changed, err := p.s.observed(ctx, id, f, p.at)
	if err != nil {
		p.failed(err)
		return
	}
	p.result.Bookings++
	if changed {
		p.result.Changed++
	}
	if b.disagrees() {
		p.result.Woken++
	}
}

// Outcome reads the provider's activity report of the learner, stores what it shows
// about the booking's reservation, and returns the verdict. If the report can't be
// read it answers from the store: Unread then holds the error, and ReadAt is when the
// answer was true. Use [Booking.Outcome] to make no call at all, and
// [Scheduler.ReadReport] for many bookings at once. The caller checks who may see
// the booking's result.
//
// Errors: [*NotAllowedError] if no reservation was ever proven, ErrNotFound, those
// of the store; the provider's only if the report was never read for the booking.
func (s *Scheduler) Outcome(ctx context.Context, id BookingID) (Outcome, error) {
	b, err := s.Booking(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if b.Number == "" {
		return Outcome{}, notAllowed(ActionOutcome, ReasonNoBooking)
	}
	readAt := s.now()
	facts, err := s.factsOf(ctx, b)
	if err != nil {
		if b.Session.ReadAt.IsZero() {
			return Outcome{}, fmt.Errorf("scheduling: Outcome: %w", err)
		}
		o := b.Outcome()
		o.Unread = fmt.Errorf("scheduling: Outcome: %w", err)
		return o, nil
	}
	b, _, err = s.observed(ctx, id, facts, readAt)
	if err != nil {
		return Outcome{}, err
	}
	return b.Outcome(), nil
}

// factsOf reads the report of the booking's reservation.
func (s *Scheduler) factsOf(ctx context.Context, b Booking) (provider.Facts, error) {
	rows, err := s.provider.Activity(ctx, string(b.Learner))
	if err != nil {
		return provider.Facts{}, err
	}
	var t provider.Tally
	for _, row := range rows {
		if row.Number == b.Number {
			t.Add(row)
		}
	}
	return t.Facts, nil
}

// observed stores what a reading of the report says, and makes the booking due
// if the report disagrees with it. It says whether attendance or verdict changed.
func (s *Scheduler) observed(ctx context.Context, id BookingID, f provider.Facts, readAt time.Time) (Booking, bool, error) {
	return decide(ctx, s, id, func(b *Booking, now time.Time) (bool, []Event, error) {
		events := b.observe(f, readAt, now)
		if b.disagrees() && b.DueAt.After(now) {
			b.DueAt = now
		}
		return len(events) > 0, events, nil
	})
}
