package proctorutest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

const (
	reportDay  = 24 * time.Hour
	gapModulus = 50 // one reservation in 50 has gaps in its report rows
	gapRest    = 37
	manyRows   = 10_000 // what the variants of many rows count
	fewRows    = 5000
)

// interval is a span of time; zero ends are open.
type interval struct{ from, until time.Time }

func (i interval) contains(t time.Time) bool {
	return (i.from.IsZero() || !t.Before(i.from)) && (i.until.IsZero() || !t.After(i.until))
}

// activityReport lists sessions by learner, by dates, or by both.
func (s *Server) activityReport(c call) reply {
	return s.report(c, func(r *reservation) bool { return !r.blueBird })
}

// blueBirdReport does so for the exams for which learners choose the time themselves.
func (s *Server) blueBirdReport(c call) reply {
	return s.report(c, func(r *reservation) bool { return r.blueBird })
}

func (s *Server) report(c call, wanted func(*reservation) bool) reply {
	student := c.params["student_id"]
	if student == "" {
		if refused, ok := s.checkFields(c, []string{"start_date", "end_date"}); !ok {
			return refused
		}
	} else if s.learners[student] == nil {
		return s.failure(c, textNoStudent)
	}
	span, text := readInterval(c)
	if text != "" {
		return s.failure(c, text)
	}
	wait := time.Duration(0)
	if length := span.until.Sub(span.from); student == "" && length > s.longestReport() {
		switch s.playing[VariantLongReport] {
		case "slow":
			wait = 45 * time.Second
		case "partial":
			span.until = span.from.Add(10 * reportDay)
		default:
			return testserver.StatusPage(http.StatusInternalServerError)
		}
	}
	if student == "" && s.is(VariantReportSessions, "past-only") {
		all, now := wanted, s.now()
		wanted = func(r *reservation) bool { return !r.start.After(now) && all(r) }
	}
	found := s.reported(student, s.readEnds(span), wanted)
	if s.is(VariantReportRows, "500-over-10000") && len(found)*s.rowsEach() > manyRows {
		return testserver.StatusPage(http.StatusInternalServerError)
	}
	rows := s.reportRows(found)
	if s.is(VariantReportRows, "first-5000") {
		rows = rows[:min(len(rows), fewRows)]
	}
	answer := s.success(c, rows)
	answer.Wait = wait
	return answer
}

// readEnds makes of an interval what the service takes it for.
func (s *Server) readEnds(span interval) interval {
	switch s.playing[VariantReportEnds] {
	case "whole-days":
		span.from, span.until = midnight(span.from), midnight(span.until)
		if !span.until.IsZero() {
			span.until = span.until.Add(reportDay - time.Second)
		}
	case "end-at-midnight":
		span.until = midnight(span.until)
	}
	return span
}

// midnight returns when the day of t began, in UTC.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(reportDay) }

func (s *Server) longestReport() time.Duration {
	if s.is(VariantLongReport, "500-over-10-days") {
		return 10 * reportDay
	}
	return 30 * reportDay
}

func readInterval(c call) (interval, string) {
	from, okFrom := readDate(c.params["start_date"], 0)
	until, okUntil := readDate(c.params["end_date"], reportDay-time.Second)
	switch {
	case !okFrom:
		return interval{}, "start_date invalid" // invented
	case !okUntil:
		return interval{}, "end_date invalid" // invented
	}
	return interval{from, until}, ""
}

// readDate reads a day or an instant, "" as none; a day stands for its midnight plus ofDay.
func readDate(text string, ofDay time.Duration) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.Add(ofDay), true
	}
	return parseTime(text)
}

// pendingReport lists the sessions that are still to come, of a learner or of all.
// The row is a guess: start_date and end_time are all that anybody read of it.
func (s *Server) pendingReport(c call) reply {
	student := c.params["student_id"]
	if student != "" && s.learners[student] == nil {
		return s.failure(c, textNoStudent)
	}
	span, text := readInterval(c)
	if text != "" {
		return s.failure(c, text)
	}
	rows := []object{}
	for _, r := range s.reported(student, span, func(r *reservation) bool { return r.active(s.now()) }) {
		rows = append(rows, object{
			{"student_id", r.student}, {"reservation_no", r.number}, {"reservation_id", r.id}, {"exam_id", testserver.OrNull(r.examID)},
			{"description", r.description}, {"start_date", r.start.Format(wireTime)}, {"end_time", r.end().Format(wireTime)},
		})
	}
	return s.success(c, rows)
}

// rowsEach is how many rows the report has for a reservation.
func (s *Server) rowsEach() int {
	if s.is(VariantReportDuplicates, "none") {
		return 1
	}
	return 2
}

func (s *Server) reportRows(found []*reservation) []object {
	rows := make([]object, 0, 2*len(found))
	for _, r := range found {
		rows = append(rows, s.reportRow(r))
		if s.playing[VariantReportDuplicates] == "" {
			rows = append(rows, rows[len(rows)-1])
		}
	}
	if s.is(VariantReportDuplicates, "apart") {
		rows = append(rows, rows...)
	}
	return rows
}

func (s *Server) reportRow(r *reservation) object {
	uniqueID, start, end := r.student, r.start.Format(wireTime), r.end().Format(wireTime)
	hasID := true
	if s.hasGaps(r.number) {
		hasID, start, end = false, "", ""
	}
	row := object{{"Student", s.lastName(r.student)}}
	if hasID {
		row = append(row, member{"UniqueId", uniqueID})
	}
	notes := r.notes
	if s.is(VariantSchoolNotes, "empty") {
		notes = ""
	}
	checked := r.checkedIn || r.started || r.ended && r.verdict.Authenticated
	return append(row, object{
		{"Test", r.description}, {"exam_id", r.examID}, {"StartDate", start}, {"EndDate", end}, {"ReservationNo", r.number},
		{"StudentNotes", testserver.OrNull(r.comments)}, {"SchoolNotes", notes}, {"ProctorNotes", s.proctorNotes(r.history)},
		{"CheckID", checked}, {"LoginVerified", checked}, {"Authenticated", r.verdict.Authenticated},
		{"TestSubmitted", r.verdict.TestSubmitted}, {"IncidentReport", r.verdict.IncidentReport}, {"Escalated", r.verdict.Escalated},
	}...)
}

// hasGaps reports whether the report rows of the number lack values.
func (s *Server) hasGaps(number int64) bool {
	switch s.playing[VariantReportGaps] {
	case "none":
		return false
	case "every-second":
		return number%2 == 1
	}
	return number%gapModulus == gapRest
}

func (s *Server) lastName(student string) string {
	if l := s.learners[student]; l != nil {
		return l.fields["last_name"]
	}
	return ""
}

// proctorNotes writes the history as prose, newest entry first unless that is played
// otherwise.
func (s *Server) proctorNotes(history []entry) string {
	entries := slices.Clone(history)
	switch s.playing[VariantHistoryText] {
	case "oldest-first":
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.what == noteCreated })
		entries[0].when = ""
	case "first-without-time":
		slices.Reverse(entries)
		entries[0].when = ""
	default:
		slices.Reverse(entries)
	}
	var notes strings.Builder
	for _, e := range entries {
		if e.what == noteCancelled && !s.is(VariantHistoryText, "cancelled-by") {
			e.what += " created"
		}
		notes.WriteString(e.what + " by " + e.who + e.when + "; ")
	}
	return notes.String()
}
