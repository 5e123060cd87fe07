package lists

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// SessionQuery chooses and orders the rows of [Sessions]. Its zero value chooses all
// bookings.
type SessionQuery struct {
	// Filter chooses the bookings. Its StartFrom and StartUntil are instants; those of a
	// day in a zone are scheduling.Date.Start of it and of the next day.
	scheduling.Filter

	// NewestFirst orders by reservation number, the highest first, those without a
	// number last. It reads all that match before the first row comes; otherwise rows
	// come as the store has them, by booking id, and none is kept.
	NewestFirst bool
}

// SessionRow is a booking and its outcome, as far as the store knows it.
type SessionRow struct {
	Booking scheduling.Booking // ended and canceled ones too, each with its state
	Outcome scheduling.Outcome // Booking.Outcome(); its ReadAt says how old the facts are

	// Grade is for a column of its own in the file: what the course gave, in words of
	// yours. Sessions leaves it empty; set it between Sessions and WriteSessionsCSV.
	Grade string
}

// Sessions lists bookings with what is known of their sessions, from the store
// alone: ended and canceled ones too, each with its state. It asks no provider;
// Scheduler.ReadReport refreshes what the store knows.
//
// A booking that can't be read comes as a [*scheduling.UnreadableError], with its ID in
// the row, and the others after it. Another error of the store is the last thing that
// it yields.
func Sessions(ctx context.Context, store scheduling.Store, q SessionQuery) iter.Seq2[SessionRow, error] {
	return func(yield func(SessionRow, error) bool) {
		bookings := store.List(ctx, q.Filter)
		if q.NewestFirst {
			bookings = newestFirst(bookings)
		}
		for b, err := range bookings {
			if err != nil {
				if !yield(SessionRow{Booking: b}, fmt.Errorf("lists: Sessions: %w", err)) || !goesOn(err) {
					return
				}
				continue
			}
			if !yield(SessionRow{Booking: b, Outcome: b.Outcome()}, nil) {
				return
			}
		}
	}
}

// newestFirst reads all bookings, and yields them by number, the highest first. Errors
// come before.
func newestFirst(bookings iter.Seq2[scheduling.Booking, error]) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		var all []scheduling.Booking
		for b, err := range bookings {
			if err != nil {
				if !yield(b, err) || !goesOn(err) {
					return
				}
				continue
			}
			all = append(all, b)
		}
		slices.SortStableFunc(all, func(a, b scheduling.Booking) int { return b.Number.Compare(a.Number) })
		for _, b := range all {
			if !yield(b, nil) {
				return
			}
		}
	}
}

var sessionColumns = []column[SessionRow]{
	{"booking", func(r SessionRow) string { return string(r.Booking.ID) }},
	{"learner", func(r SessionRow) string { return string(r.Booking.Learner) }},
	{"course", func(r SessionRow) string { return r.Booking.Exam.Course.String() }},
	{"exam", func(r SessionRow) string { return r.Booking.Exam.Usage.String() }},
	{"state", func(r SessionRow) string { return string(r.Booking.State) }},
	{"end_reason", func(r SessionRow) string { return string(r.Booking.EndReason) }},
	{"number", func(r SessionRow) string { return string(r.Booking.Number) }},
	{"start", func(r SessionRow) string { return cellTime(r.Booking.Start) }},
	{"end", func(r SessionRow) string { return cellTime(r.Booking.End()) }},
	{"begun", func(r SessionRow) string { return cellTime(r.Booking.BegunAt) }},
	{"unlocked", func(r SessionRow) string { return cellTime(r.Booking.UnlockedAt) }},
	{"finished", func(r SessionRow) string { return cellTime(r.Booking.FinishedAt) }},
	{"presence", func(r SessionRow) string { return string(r.Outcome.Attendance.Presence) }},
	{"started", func(r SessionRow) string { return cellTime(r.Outcome.Facts.StartedAt) }},
	{"ended", func(r SessionRow) string { return cellTime(r.Outcome.Facts.EndedAt) }},
	{"late_minutes", func(r SessionRow) string { return cellMinutes(r.Outcome.Attendance.LateBy) }},
	{"id_checked", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Facts.CheckID) }},
	{"authenticated", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Facts.Authenticated) }},
	{"submitted", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Facts.TestSubmitted) }},
	{"incident", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Facts.Incident) }},
	{"escalated", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Facts.Escalated) }},
	{"verdict", func(r SessionRow) string { return string(r.Outcome.Verdict) }},
	{"verdict_by_staff", func(r SessionRow) string { return cellBool(r.Outcome.ByStaff) }},
	{"report_read", func(r SessionRow) string { return cellTime(r.Outcome.ReadAt) }},
	{"needs_attention", func(r SessionRow) string { return attentionOf(r.Booking) }},
	{"grade", func(r SessionRow) string { return r.Grade }},
}

// cellFact is true, false, or empty where the report showed nothing.
func cellFact(o scheduling.Outcome, b bool) string {
	if !o.Reported {
		return ""
	}
	return cellBool(b)
}

func cellMinutes(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatInt(int64(d/time.Minute), 10)
}

func attentionOf(b scheduling.Booking) string {
	if b.NeedsAttention == nil {
		return ""
	}
	return string(b.NeedsAttention.Reason)
}

// WriteSessionsCSV writes the rows of [Sessions] as they come. Of the learner it
// holds the id alone, which is not personal. Errors of the rows are returned once all
// the other rows are written: a single one as it is, several joined. An error of w is
// wrapped, and ends it.
func WriteSessionsCSV(w io.Writer, rows iter.Seq2[SessionRow, error], opts ...CSVOption) error {
	return writeCSV(w, sessionColumns, rows, opts)
}
