package scheduling

import (
	"context"
	"iter"
	"log/slog"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/report"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file reads the provider's report of all learners for Sweep, and says what such a
// bulk reading proves of a booking. It proves by what it shows, never by what it lacks:
// whatever it does not confirm is looked at singly.

const (
	bulkPast    = 2 * 24 * time.Hour  // starts that are longer past are not read
	bulkFarther = 30 * 24 * time.Hour // so far from a start that was asked for is read what the provider may have moved
	bulkStep    = 30 * 24 * time.Hour // read at once; report.Pad more on both sides
	bulkDay     = 24 * time.Hour      // read at once where a step can't be read

	// undatedFor is how long a row without dates, which confirms that a reservation
	// exists but not when, stands for looks at its booking.
	undatedFor = 24 * time.Hour
)

// bulkReading is what one reading of the report shows of the store's reservations.
type bulkReading struct {
	began time.Time
	shown map[proctoru.ReservationNo]*shownReservation
	gaps  []report.Step // days that could not be read
	named bool          // the rows give our reservation ids back
}

// shownReservation is what all rows of a number show together.
type shownReservation struct {
	number   proctoru.ReservationNo
	id       BookingID // "" if no row gives it back
	learner  LearnerID // "" if no row tells
	start    time.Time // zero if no row shows it
	entries  int       // of the longest history
	canceled bool      // the newest entry of the longest history is a cancel
	begun    bool      // a session began, or ended
	torn     bool      // rows contradict each other: in the start, or in the id
}

func (r *shownReservation) add(a provider.Activity) {
	id, learner := BookingID(a.ReservationID), LearnerID(a.LearnerID)
	r.torn = r.torn || id != "" && r.id != "" && id != r.id || !a.Start.IsZero() && !r.start.IsZero() && !a.Start.Equal(r.start)
	if r.id == "" {
		r.id = id
	}
	if r.learner == "" {
		r.learner = learner
	}
	if r.start.IsZero() {
		r.start = a.Start
	}
	switch {
	case a.Entries > r.entries:
		r.entries, r.canceled = a.Entries, a.Canceled
	case a.Entries == r.entries:
		r.canceled = r.canceled || a.Canceled
	}
	r.begun = r.begun || a.Started || a.Ended
}

// bulkReads reports whether a pass over these bookings reads the report.
func (s *Scheduler) bulkReads(w *watchedSet) bool {
	_, ok := s.provider.reporter()
	return ok && s.tuning.BulkFrom > 0 && len(w.quiet) >= s.tuning.BulkFrom && !w.from.IsZero()
}

// readInBulk reads the report of all days on which one of the bookings may have a
// reservation. It fails if ctx ends, and if the report of a whole step can't be read.
func (s *Scheduler) readInBulk(ctx context.Context, w *watchedSet) (*bulkReading, error) {
	r := &bulkReading{began: s.now(), shown: map[proctoru.ReservationNo]*shownReservation{}}
	for step := range stepsOf(report.Step{From: w.from, To: w.to.Add(time.Second)}, bulkStep) {
		err := s.readStep(ctx, w, r, step)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := s.readDays(ctx, w, r, step); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// readDays reads a step day by day. Days that can't be read are gaps; it fails if no day
// can be.
func (s *Scheduler) readDays(ctx context.Context, w *watchedSet, r *bulkReading, step report.Step) error {
	var last error
	read := 0
	for day := range stepsOf(step, bulkDay) {
		err := s.readStep(ctx, w, r, day)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			read++
			continue
		}
		s.log.WarnContext(ctx, "bulk reading: a day of the report can't be read", slog.Time("from", day.From), slog.Any("error", err))
		r.gaps, last = append(r.gaps, day), err
	}
	if read > 0 {
		return nil
	}
	return last
}

// stepsOf cuts an interval into steps of the length.
func stepsOf(whole report.Step, length time.Duration) iter.Seq[report.Step] {
	return func(yield func(report.Step) bool) {
		for from := whole.From.Truncate(time.Second); from.Before(whole.To); from = from.Add(length) {
			if !yield(report.Step{From: from, To: earlier(from.Add(length), whole.To)}) {
				return
			}
		}
	}
}

// readStep adds the rows of a step. Rows that came with another step change nothing.
func (s *Scheduler) readStep(ctx context.Context, w *watchedSet, r *bulkReading, step report.Step) error {
	reporter, _ := s.provider.reporter()
	for a, err := range reporter.Report(ctx, step.From.Add(-report.Pad), step.To.Add(report.Pad)) {
		if err != nil {
			return err
		}
		ours := strings.HasPrefix(a.ReservationID, idPrefix)
		if !readable(a.Number) || !ours && w.byNumber[a.Number] == nil {
			continue // of another system
		}
		if r.shown[a.Number] == nil {
			r.shown[a.Number] = &shownReservation{number: a.Number}
		}
		r.shown[a.Number].add(a)
		r.named = r.named || ours
	}
	return ctx.Err()
}

// missed reports whether a reservation that starts then may be missing for want of a
// part of the report.
func (r *bulkReading) missed(start time.Time) bool {
	for _, gap := range r.gaps {
		if !start.Before(gap.From) && start.Before(gap.To) {
			return true
		}
	}
	return false
}

// bulkVerdict is what a bulk reading says of a scheduled booking.
type bulkVerdict string

const (
	bulkConfirmed bulkVerdict = "confirmed" // its number, at its start, and not canceled
	bulkUndated   bulkVerdict = "undated"   // its number, not canceled, of no start
	bulkTooEarly  bulkVerdict = "too_early" // the booking changed too shortly before: the reading may not know
	bulkDoubtful  bulkVerdict = "doubtful"  // anything else
)

// verdict says what the reading proves of a scheduled booking, which no other row of its
// id contradicts.
func (r *bulkReading) verdict(b *watchedBooking, lag time.Duration) bulkVerdict {
	row := r.shown[b.number]
	switch {
	case r.missed(b.start):
		return bulkDoubtful
	case r.began.Before(b.changed.Add(lag)):
		return bulkTooEarly
	case row == nil || row.torn || row.canceled || row.begun || row.entries == 0 || row.id != "" && row.id != b.id:
		return bulkDoubtful
	case row.start.IsZero():
		return bulkUndated
	case !row.start.Equal(b.start):
		return bulkDoubtful
	}
	return bulkConfirmed
}
