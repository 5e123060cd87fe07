package proctoru

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Bounds of a report.
const (
	// DefaultReportPiece is the longest interval that one call of a report asks for.
	DefaultReportPiece = 10 * 24 * time.Hour

	maxReportBytes = 16 << 20 // of one answer
)

// ReportsService reads reports.
type ReportsService struct{ core *core }

// ActivityParams are the parameters of [ReportsService.Activity]: a learner, an
// interval, or both.
type ActivityParams struct {
	StudentID  string        // the learner's id; "" = everybody within Start and End
	Start, End time.Time     // both or none; any zone, whole seconds
	Piece      time.Duration // longest interval of one call, whole seconds, an hour at least; 0 = DefaultReportPiece

	// KeepRaw fills the Raw of each row of Activity, which takes as much memory again as
	// the row itself. The rows of BlueBirdActivity always have it.
	KeepRaw bool
}

type reportWire struct {
	StudentID string   `url:"student_id,omitempty"`
	Start     wireTime `url:"start_date,omitempty"`
	End       wireTime `url:"end_date,omitempty"`
}

func (p ActivityParams) wire() reportWire {
	return reportWire{StudentID: p.StudentID, Start: wireTime(p.Start), End: wireTime(p.End)}
}

// validate checks the params of a report; an open one may be asked for
// everything.
func (p ActivityParams) validate(op operation, open bool) error {
	v := validation{op: op.name}
	v.line("StudentID", p.StudentID, maxStudentID)
	v.check("Piece", p.Piece == 0 || p.Piece >= shortestPiece && p.Piece%time.Second == 0, "must be whole seconds, at least an hour")
	if p.Start.IsZero() && p.End.IsZero() {
		v.check("StudentID", open || strings.TrimSpace(p.StudentID) != "", "is required without Start and End")
		return v.err()
	}
	v.window(p.Start, p.End)
	return v.err()
}

func report(name, path string) operation {
	return operation{
		name: name, method: http.MethodPost, path: path, class: proctorbook.Read, maxBytes: maxReportBytes, stamp: stampField, shape: inRows,
	}
}

var (
	activityRows = kind[activityRowWire, ActivityRow]{(*activityRowWire).row, func(w *activityRowWire) time.Time { return w.Start.time() }}
	pendingRows  = kind[pendingWire, PendingExam]{(*pendingWire).row, func(w *pendingWire) time.Time { return w.Start.time() }}

	opReportsActivity         = report("Reports.Activity", "/clientActivityReport")
	opReportsBlueBirdActivity = report("Reports.BlueBirdActivity", "/bluebirdclientActivityReport")
	opReportsPending          = report("Reports.Pending", "/pendingExamReport")
)

// Activity yields the rows of the activity report as you range over it: a long
// interval is read in pieces, one call each. Rows come as the provider sends
// them, also those without a learner's id. Whether the ends of an interval belong
// to it is not documented: if the rows at its ends matter, ask for a day more.
//
// Neighboring pieces overlap, so that no row is lost at a cut: by a day if they are at
// least two days long, else by an eighth; by an eighth, too, once the rows of a piece
// show that the provider reads the time of day of its end. A row is left out if it equals, byte for
// byte, another of its piece or of a piece near it. If the provider fails on a piece
// (HTTP status 500 or 504), if no whole answer comes in time, or the answer is too
// long, two shorter pieces take its place, down to an hour. The pieces that follow
// are as short, until the answers have had room for a while. That long intervals get
// status 500 is seen in production clients, which ask for 10 or 30 days at a time;
// where the bound is, nobody shows. Those of rows and bytes are the client's own.
//
// Nobody shows either whether an interval is read to the second or as days. Below a
// day that matters: a provider that cuts the end to its day's midnight would answer
// most pieces with nothing. So where a piece was cut below a day, the rows in it must
// show that the time of day counts. If they don't, the report breaks off at its end,
// with the error for which it was cut. If an answer shows whole days, no piece is cut
// below a day any more. A Piece below a day that you ask for is not checked as long
// as nothing fails, nor are pieces between one day and two, whose overlap is less
// than such a provider would cut off.
//
// Nor does anybody show whether sessions to come are in the report, and whether an
// interval is one of starts. Command doctor, in the examples, looks.
//
// An error is the last thing that it yields: [ErrStudentNotFound] for a learner
// that the provider does not know, [ErrTooLarge] beyond 10,000 rows, [ErrNoList] where
// null, {} or nothing came in place of a list. Only an interval may be answered by null,
// as some accounts do where nothing happened; for a learner that says nothing. For an
// interval the error is a [*ReportError], which tells where to go on.
//
// Endpoint: POST /clientActivityReport.
func (s *ReportsService) Activity(ctx context.Context, params ActivityParams) iter.Seq2[ActivityRow, error] {
	return rowsOf(ctx, s.core, opReportsActivity, params, params.validate(opReportsActivity, false), activityRows)
}

// BlueBirdActivity yields the rows of the activity report of the exams that
// [ExamsService.Launch] registers. It does so as [ReportsService.Activity] does.
//
// *Experimental*: the rows are read as those of Activity, which is a guess; Raw
// keeps them.
//
// Endpoint: POST /bluebirdclientActivityReport.
func (s *ReportsService) BlueBirdActivity(ctx context.Context, params ActivityParams) iter.Seq2[ActivityRow, error] {
	params.KeepRaw = true
	return rowsOf(ctx, s.core, opReportsBlueBirdActivity, params, params.validate(opReportsBlueBirdActivity, false), activityRows)
}

// PendingParams are the parameters of [ReportsService.Pending]. The zero value is
// all of the institution.
type PendingParams struct {
	StudentID  string        // the learner's id; "" = everybody
	Start, End time.Time     // both or none; any zone, whole seconds
	Piece      time.Duration // longest interval of one call, whole seconds, an hour at least; 0 = DefaultReportPiece
}

// PendingExam is a session that is still to come. The provider does not document
// the row: fields that it leaves out are empty, and Raw has what else it holds.
type PendingExam struct {
	StudentID   string        // your id of the learner
	ID          string        // your id of the reservation
	Number      ReservationNo // the provider's number
	ExamID      string        // your id of the exam; "" for reservations without an exam list
	Description string        // title of the exam
	Start, End  time.Time     // UTC; zero if missing or unreadable
	Raw         RawJSON       // the row as the provider sent it
}

type pendingWire struct {
	StudentID   text          `json:"student_id"`
	UniqueID    text          `json:"UniqueId"`
	ID          text          `json:"reservation_id"`
	Number      ReservationNo `json:"reservation_no"`
	ExamID      text          `json:"exam_id"`
	Description text          `json:"description"`
	Start       instant       `json:"start_date"`
	End         instant       `json:"end_time"`
}

func (w *pendingWire) row(raw RawJSON) PendingExam {
	return PendingExam{
		StudentID: string(firstText(w.StudentID, w.UniqueID)), ID: string(w.ID), Number: w.Number, ExamID: string(w.ExamID),
		Description: string(w.Description), Start: w.Start.time(), End: w.End.time(), Raw: raw,
	}
}

// Pending yields the sessions that are still to come. It reads them as
// [ReportsService.Activity] reads its rows.
//
// Endpoint: POST /pendingExamReport.
func (s *ReportsService) Pending(ctx context.Context, params PendingParams) iter.Seq2[PendingExam, error] {
	p := ActivityParams{StudentID: params.StudentID, Start: params.Start, End: params.End, Piece: params.Piece, KeepRaw: true}
	return rowsOf(ctx, s.core, opReportsPending, p, p.validate(opReportsPending, true), pendingRows)
}

// ActivityRow is one row of the activity report. One reservation may have several.
type ActivityRow struct {
	StudentID     string        // your id of the learner; "" in some rows
	Number        ReservationNo // the provider's number; "" if it is missing or unreadable
	Test          string        // the description given when the reservation was made
	ExamID        string        // "" for reservations without an exam list
	Start, End    time.Time     // the slot, UTC; zero if missing or unreadable
	StudentName   Secret        // not a key: some institutions send made-up names
	StudentNotes  Secret        // the learner's comments
	SchoolNotes   Secret        // the notes given when the reservation was made
	ProctorNotes  Secret        // the history, in English prose
	Events        []ReportEvent // the history, mostly newest first, as far as it can be read
	CheckID       bool          // an identity document was checked
	LoginVerified bool          // the learner's sign-in was verified

	Authenticated  bool    // the proctor authenticated the learner
	TestSubmitted  bool    // the proctor saw the submission
	IncidentReport bool    // an incident report exists
	Escalated      bool    // escalated to the institution
	Raw            RawJSON // the row as the provider sent it, if ActivityParams.KeepRaw asks for it
}

type activityRowWire struct {
	StudentID      text          `json:"UniqueId"`
	OldStudentID   text          `json:"Student_id"`
	Number         ReservationNo `json:"ReservationNo"`
	Test           text          `json:"Test"`
	ExamID         text          `json:"exam_id"`
	Start          instant       `json:"StartDate"`
	End            instant       `json:"EndDate"`
	StudentName    secretText    `json:"Student"`
	StudentNotes   secretText    `json:"StudentNotes"`
	SchoolNotes    secretText    `json:"SchoolNotes"`
	ProctorNotes   secretText    `json:"ProctorNotes"`
	CheckID        flag          `json:"CheckID"`
	LoginVerified  flag          `json:"LoginVerified"`
	Authenticated  flag          `json:"Authenticated"`
	TestSubmitted  flag          `json:"TestSubmitted"`
	IncidentReport flag          `json:"IncidentReport"`
	Escalated      flag          `json:"Escalated"`
}

func (w *activityRowWire) row(raw RawJSON) ActivityRow {
	return ActivityRow{
		StudentID: string(firstText(w.StudentID, w.OldStudentID)), Number: w.Number, Test: string(w.Test), ExamID: string(w.ExamID),
		Start: w.Start.time(), End: w.End.time(), StudentName: w.StudentName.value, StudentNotes: w.StudentNotes.value,
		SchoolNotes: w.SchoolNotes.value, ProctorNotes: w.ProctorNotes.value, Events: parseHistory(w.ProctorNotes.value.Reveal()),
		CheckID: bool(w.CheckID), LoginVerified: bool(w.LoginVerified), Authenticated: bool(w.Authenticated),
		TestSubmitted: bool(w.TestSubmitted), IncidentReport: bool(w.IncidentReport), Escalated: bool(w.Escalated), Raw: raw,
	}
}

// Canceled reports whether the newest entry of the history is a cancellation. Histories
// are recorded newest first, and one with the oldest first: the times of its entries tell
// which. Where they don't, a cancellation at either end is the newest entry: the
// provider makes a new number rather than use a canceled one again.
func (r ActivityRow) Canceled() bool {
	if len(r.Events) == 0 {
		return false
	}
	first, last := r.Events[0], r.Events[len(r.Events)-1]
	switch from, to := r.span(); {
	case from.After(to):
		return first.cancels()
	case from.Before(to):
		return last.cancels()
	}
	return first.cancels() || last.cancels()
}

func (e ReportEvent) cancels() bool { return e.says("cancelled", "canceled") }

// span returns the times of the first and of the last entry that has one.
func (r ActivityRow) span() (first, last time.Time) {
	for _, e := range r.Events {
		if !e.At.IsZero() {
			if last = e.At; first.IsZero() {
				first = last
			}
		}
	}
	return first, last
}

// Started reports whether the history holds the start of a session.
func (r ActivityRow) Started() bool { return r.ever("fulfillment started") }

// Ended reports whether the history holds the end of a session.
func (r ActivityRow) Ended() bool { return r.ever("fulfillment ended") }

// StartedAt returns when the session began, the first time if it was interrupted:
// UTC, to the minute. It is zero if the history does not say.
func (r ActivityRow) StartedAt() time.Time {
	return r.when("fulfillment started", time.Time.Before)
}

// EndedAt returns when the session ended, the last time if it was interrupted:
// UTC, to the minute. It is zero if the history does not say.
func (r ActivityRow) EndedAt() time.Time {
	return r.when("fulfillment ended", time.Time.After)
}

// when returns the time of the entries with those words that goes before the others.
func (r ActivityRow) when(words string, before func(a, b time.Time) bool) (at time.Time) {
	for _, e := range r.Events {
		if e.says(words) && !e.At.IsZero() && (at.IsZero() || before(e.At, at)) {
			at = e.At
		}
	}
	return at
}

func (r ActivityRow) ever(what string) bool {
	for _, e := range r.Events {
		if e.says(what) {
			return true
		}
	}
	return false
}
