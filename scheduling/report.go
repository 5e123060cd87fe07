package scheduling

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/report"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// ErrNoReport means that the provider is not a [provider.Reporter].
var ErrNoReport = errors.New("scheduling: this provider can't report on all learners: read the outcomes one by one, with Outcome")

// ReportError means that a part of the report could not be read. The parts before it
// are stored. Continue with ReadReport(ctx, e.Resume, e.To).
type ReportError struct {
	From, To time.Time // the interval asked for; UTC
	Resume   time.Time // where the part that failed begins; UTC
	Err      error     // the cause
}

// Error names the time from which to read again.
func (e *ReportError) Error() string {
	return fmt.Sprintf("scheduling: ReadReport: the report could not be read from %s on: call ReadReport again from there: %v", e.Resume.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns the cause.
func (e *ReportError) Unwrap() error { return e.Err }

// ReportReading counts what a pass of [Scheduler.ReadReport] did. No error and no
// Reservations: the report shows nothing of this store.
type ReportReading struct {
	From, To     time.Time // the interval asked for; UTC
	Reservations int       // reservations of this store that the report shows
	Bookings     int       // bookings on which a reading was stored
	Changed      int       // those of them whose attendance or verdict changed
	Woken        int       // those of them that were made due, because the report disagrees with them
	Absent       int       // bookings of these days that the report does not show: they keep what they had
	Failed       int       // bookings that could not be stored: see the error
}

// ReadReport reads the provider's report of all learners for the sessions from one
// instant until another, and stores attendance and verdict, with their facts, on the
// bookings. Call it every night for the days that the provider still reports on, as
// [Scheduler.Serve] does; the instants at which the days of a zone begin are those of
// [Date.Start]. If
// the report shows a start or a cancel that the booking does not have, the booking is
// made due, and [Scheduler.Reconcile] decides.
//
// Rows are matched by reservation number only. The report is read in steps of eight
// days, and each step is stored once it was read to its end. If a step fails, the
// bookings that it did not reach keep the last good reading.
//
// Errors: [*ReportError], which has the time to continue from; ErrNoReport;
// [*proctorbook.ValidationError] for an empty interval; the store's errors, joined,
// after everything else was stored.
func (s *Scheduler) ReadReport(ctx context.Context, from, to time.Time) (ReportReading, error) {
	reading, _, err := s.readNight(ctx, from, to)
	return reading, err
}

// readNight is ReadReport, and reports whether the report was read to its end.
func (s *Scheduler) readNight(ctx context.Context, from, to time.Time) (ReportReading, bool, error) {
	began := s.now()
	reading, ended, err := s.readReport(ctx, from, to, Filter{StartFrom: from, StartUntil: to})
	if ended {
		s.measureLast(ctx, jobReport, began)
	}
	return reading, ended, err
}

// ReadExamReport is ReadReport for the bookings of one exam. It covers the exam's
// window, the grace after it, and a day more on both sides. Bookings of other exams
// that the report shows get the reading too.
func (s *Scheduler) ReadExamReport(ctx context.Context, exam Exam) (ReportReading, error) {
	if err := exam.Validate(); err != nil {
		return ReportReading{}, inMethod("ReadExamReport", err)
	}
	from, to := exam.Window.Start.Add(-report.Pad), exam.Window.End.Add(exam.Policy.noShowAfter()+report.Pad)
	reading, _, err := s.readReport(ctx, from, to, Filter{Exam: exam.Key()})
	return reading, err
}

// readReport reports whether the report was read to its end, beside what it did: a booking
// that can't be stored is an error, and does not end it.
func (s *Scheduler) readReport(ctx context.Context, from, to time.Time, f Filter) (_ ReportReading, ended bool, _ error) {
	p, err := s.newReportPass(ctx, from, to, f)
	if err != nil {
		return ReportReading{}, false, err
	}
	ctx = withPurpose(proctorbook.Routine(ctx), PurposeReport)
	for step := range p.reader.Steps() {
		tallies, err := p.reader.Read(ctx, step)
		if err == nil {
			err = p.step(ctx, tallies)
		}
		if err != nil {
			return p.result, false, errors.Join(append(p.errs, &ReportError{From: p.reader.From, Resume: step.From, To: p.reader.To, Err: err})...)
		}
	}
	err = p.noteAbsent(ctx)
	return p.result, err == nil, errors.Join(append(p.errs, err)...)
}

// reportPass is one pass of ReadReport.
type reportPass struct {
	s      *Scheduler
	reader *report.Reader
	at     time.Time
	asked  map[proctoru.ReservationNo]reported // the bookings asked for
	done   map[proctoru.ReservationNo]bool     // numbers whose facts were stored
	failed map[BookingID]bool                  // bookings that could not be read
	result ReportReading
	errs   []error
}

// reported is what is kept in memory of a booking while the report is read.
type reported struct {
	id    BookingID
	start time.Time
}

func (s *Scheduler) newReportPass(ctx context.Context, from, to time.Time, f Filter) (*reportPass, error) {
	reporter, ok := s.provider.reporter()
	if !ok {
		return nil, fmt.Errorf("scheduling: ReadReport: %w", ErrNoReport)
	}
	p := &reportPass{s: s, at: s.now(), asked: map[proctoru.ReservationNo]reported{}, done: map[proctoru.ReservationNo]bool{}, failed: map[BookingID]bool{}}
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
		if err != nil && !s.goesOn(ctx, err) {
			return nil, fmt.Errorf("scheduling: ReadReport: %w", err)
		}
		if err != nil {
			p.unread(b.ID, err)
		} else if b.Number != "" {
			p.asked[b.Number] = reported{b.ID, b.Start}
		}
	}
	return p, nil
}

// step stores what the report shows of each number on its booking, if the store has
// one. It ends early only with the context.
func (p *reportPass) step(ctx context.Context, tallies []*provider.Tally) error {
	for _, t := range tallies {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		id, known, err := p.owner(ctx, t)
		if err != nil {
			p.unread(BookingID(t.ReservationID), err)
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

// owner returns the booking that has the number. If it was not asked for, it is found
// by the report's reservation id.
func (p *reportPass) owner(ctx context.Context, t *provider.Tally) (BookingID, bool, error) {
	if b, asked := p.asked[t.Facts.Number]; asked {
		return b.id, true, nil
	}
	b, err := p.s.store.Get(ctx, BookingID(t.ReservationID))
	if errors.Is(err, ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("scheduling: booking %s: %w", shown.ID(t.ReservationID), err)
	}
	return b.ID, b.Number == t.Facts.Number, nil
}

// noteAbsent stores, on the bookings of these days that the report did not show, that
// it was read.
func (p *reportPass) noteAbsent(ctx context.Context) error {
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

// unread notes that a booking could not be read, once.
func (p *reportPass) unread(id BookingID, err error) {
	if !p.failed[id] {
		p.failed[id] = true
		p.addError(err)
	}
}

func (p *reportPass) addError(err error) {
	p.result.Failed++
	p.errs = append(p.errs, fmt.Errorf("scheduling: ReadReport: %w", err))
}

// observe stores the facts on the booking.
func (p *reportPass) observe(ctx context.Context, id BookingID, f provider.Facts) {
	var b Booking
	var changed bool
	err := p.s.guarded(ctx, nil, id, func() (err error) {
		b, changed, err = p.s.observed(ctx, id, f, p.at)
		return err
	})
	if err != nil {
		p.addError(err)
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
// of the store; the provider's only if the report was never read for it.
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

// observed stores a reading of the report, and makes the booking due if the report
// disagrees with it. It reports whether attendance or verdict changed.
func (s *Scheduler) observed(ctx context.Context, id BookingID, f provider.Facts, readAt time.Time) (Booking, bool, error) {
	return decide(ctx, s, id, func(b *Booking, now time.Time) (bool, []Event, error) {
		events := b.observe(f, readAt, now)
		if b.disagrees() {
			b.lookNow(now)
		}
		return len(events) > 0, events, nil
	})
}
