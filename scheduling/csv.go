package scheduling

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// CSVName returns a file name for a list of an exam: what it is, the course, the
// block, and the day in UTC, in characters that every file system takes.
func CSVName(list string, exam ExamKey, at time.Time) string {
	name := strings.Join([]string{list, exam.Course.String(), exam.Usage.BlockID(), at.UTC().Format(time.DateOnly)}, "_")
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r)) {
			return r
		}
		return '-'
	}, name) + ".csv"
}

// A column is one column of a CSV file.
type column[T any] struct {
	name string
	cell func(T) string
}

func columnNames[T any](columns []column[T]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// writeCSV writes a header and a line for each row, as the rows come. It keeps
// none of them.
func writeCSV[T any](w io.Writer, columns []column[T], rows iter.Seq2[T, error]) error {
	out := csv.NewWriter(w)
	cells := columnNames(columns)
	if err := out.Write(cells); err != nil {
		return fmt.Errorf("scheduling: CSV: %w", err)
	}
	for row, err := range rows {
		if err != nil {
			out.Flush()
			return err
		}
		for i, c := range columns {
			cells[i] = safeCell(c.cell(row))
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("scheduling: CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("scheduling: CSV: %w", err)
	}
	return nil
}

// safeCell keeps a spreadsheet from taking a text for a formula: names and
// reasons come from people. Such a text gets an apostrophe in front. Bytes that
// are no UTF-8 become U+FFFD.
func safeCell(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	first, _ := utf8.DecodeRuneInString(s)
	// Some programs skip what can't be seen, and read the wide signs of East Asian text.
	shown, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unseen))
	if unicode.IsControl(first) || strings.ContainsRune("=+-@＝＋－＠", shown) {
		return "'" + s
	}
	return s
}

func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func cellTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func cellBool(b bool) string { return strconv.FormatBool(b) }

// cellFact is true, false, or empty where the report showed nothing.
func cellFact(o Outcome, b bool) string {
	if !o.Reported {
		return ""
	}
	return cellBool(b)
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
	{"started", func(r SessionRow) string { return cellTime(r.Outcome.StartedAt) }},
	{"ended", func(r SessionRow) string { return cellTime(r.Outcome.EndedAt) }},
	{"late_minutes", func(r SessionRow) string { return cellMinutes(r.Outcome.Attendance.LateBy) }},
	{"id_checked", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.CheckID) }},
	{"authenticated", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Authenticated) }},
	{"submitted", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.TestSubmitted) }},
	{"incident", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Incident) }},
	{"escalated", func(r SessionRow) string { return cellFact(r.Outcome, r.Outcome.Escalated) }},
	{"verdict", func(r SessionRow) string { return string(r.Outcome.Verdict) }},
	{"verdict_by_staff", func(r SessionRow) string { return cellBool(r.Outcome.ByStaff) }},
	{"report_read", func(r SessionRow) string { return cellTime(r.Outcome.ReadAt) }},
	{"needs_attention", func(r SessionRow) string { return attentionOf(r.Booking) }},
	{"grade", func(r SessionRow) string { return r.Grade }},
}

func cellMinutes(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatInt(int64(d/time.Minute), 10)
}

func attentionOf(b Booking) string {
	if b.NeedsAttention == nil {
		return ""
	}
	return string(b.NeedsAttention.Reason)
}

// WriteSessionsCSV writes the rows of [Scheduler.Sessions] as they come: UTF-8, a
// header that stays as it is (new columns come last), instants in RFC 3339 and
// UTC, and no cell that a spreadsheet takes for a formula. It holds no personal
// data beside the learner's id, which is none. An error of the rows is returned
// as it is; a file that ends with an error is not whole: throw it away.
func WriteSessionsCSV(w io.Writer, rows iter.Seq2[SessionRow, error]) error {
	return writeCSV(w, sessionColumns, rows)
}

var notBookedColumns = []column[NotBooked]{
	{"name", func(r NotBooked) string { return r.Name }},
	{"username", func(r NotBooked) string { return r.Username }},
	{"email", func(r NotBooked) string { return r.Email }},
	{"mode", func(r NotBooked) string { return string(r.Mode) }},
	{"why", func(r NotBooked) string { return string(r.Why) }},
	{"last_booking", func(r NotBooked) string { return string(r.Last) }},
}

// WriteNotBookedCSV writes the rows of [Scheduler.NotBooked] as WriteSessionsCSV
// does. This file is about people: it holds names and mail addresses.
func WriteNotBookedCSV(w io.Writer, rows iter.Seq2[NotBooked, error]) error {
	return writeCSV(w, notBookedColumns, rows)
}

var discrepancyColumns = []column[Discrepancy]{
	{"kind", func(d Discrepancy) string { return string(d.Kind) }},
	{"differs", func(d Discrepancy) string { return strings.Join(d.Differs, " ") }},
	{"booking", func(d Discrepancy) string { return string(d.Booking) }},
	{"learner", func(d Discrepancy) string { return string(d.Learner) }},
	{"state", func(d Discrepancy) string { return string(d.State) }},
	{"number", func(d Discrepancy) string { return string(d.Number) }},
	{"start", func(d Discrepancy) string { return cellTime(d.Start) }},
	{"their_number", func(d Discrepancy) string { return string(d.Theirs.Number) }},
	{"their_start", func(d Discrepancy) string { return cellTime(d.Theirs.StartsAt) }},
	{"their_canceled", func(d Discrepancy) string { return cellBool(d.Theirs.Canceled) }},
	{"their_started", func(d Discrepancy) string { return cellBool(d.Theirs.Started) }},
	{"their_ended", func(d Discrepancy) string { return cellBool(d.Theirs.Ended) }},
}

// WriteDiscrepanciesCSV writes the rows of [Scheduler.Discrepancies] as
// WriteSessionsCSV does.
func WriteDiscrepanciesCSV(w io.Writer, rows iter.Seq2[Discrepancy, error]) error {
	return writeCSV(w, discrepancyColumns, rows)
}

var timelineColumns = []column[Moment]{
	{"at", func(m Moment) string { return m.At.UTC().Format(time.RFC3339Nano) }},
	{"event", func(m Moment) string { return string(m.Type) }},
	{"actor", func(m Moment) string { return string(m.Actor) }},
	{"from", func(m Moment) string { return string(m.From) }},
	{"to", func(m Moment) string { return string(m.State) }},
	{"op", func(m Moment) string { return string(m.Op) }},
	{"number", func(m Moment) string { return string(m.Number) }},
	{"start", func(m Moment) string { return cellTime(m.Start) }},
	{"old_start", func(m Moment) string { return cellTime(m.OldStart) }},
	{"want", func(m Moment) string { return cellTime(m.Want) }},
	{"code", func(m Moment) string { return string(m.Code) }},
	{"reason", func(m Moment) string { return m.Reason }},
	{"by", func(m Moment) string { return m.By }},
}

// WriteTimelineCSV writes the moments of [Scheduler.Timeline] as WriteSessionsCSV
// does. Reasons and names of staff are what callers gave: they may be personal.
func WriteTimelineCSV(w io.Writer, rows iter.Seq2[Moment, error]) error {
	return writeCSV(w, timelineColumns, rows)
}
