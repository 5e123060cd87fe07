package proctoru

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"iter"
	"strings"
	"time"
)

// maxReportBytes bounds one answer of a report.
const maxReportBytes = 16 << 20

// ReportsService reads reports.
type ReportsService struct{ client *Client }

// ActivityParams says whose activity, or that of which days, is wanted: a
// learner, an interval, or a learner's within an interval.
type ActivityParams struct {
	StudentID  string
	Start, End time.Time // both or none; any zone, whole seconds. The provider fails on long intervals: 10 days are safe
}

type activityWire struct {
	StudentID string   `url:"student_id,omitempty"`
	Start     wireTime `url:"start_date,omitempty"`
	End       wireTime `url:"end_date,omitempty"`
}

func (p ActivityParams) wire() activityWire {
	return activityWire{StudentID: p.StudentID, Start: wireTime(p.Start), End: wireTime(p.End)}
}

func (p ActivityParams) validate() error {
	v := validation{op: opReportsActivity.name}
	v.line("StudentID", p.StudentID, maxStudentID)
	if p.Start.IsZero() && p.End.IsZero() {
		v.check("StudentID", strings.TrimSpace(p.StudentID) != "", "is required without Start and End")
		return v.err()
	}
	v.instant("Start", p.Start)
	v.instant("End", p.End)
	v.check("End", p.End.After(p.Start), "must lie after Start")
	return v.err()
}

// ActivityRow is one row of the activity report. One reservation may have several.
type ActivityRow struct {
	StudentID     string        // your id of the learner; "" in some rows
	Number        ReservationNo // the provider's number; "" if it is missing or odd
	Test          string        // the description given when the reservation was made
	ExamID        string        // "" for reservations without an exam list
	Start, End    time.Time     // the slot, UTC; zero if missing or odd
	StudentName   Secret        // not a key: some institutions send made-up names
	StudentNotes  Secret        // the learner's comments
	SchoolNotes   Secret        // the notes given when the reservation was made
	ProctorNotes  Secret        // the history, in English prose
	Events        []ReportEvent // the history, newest first, as far as it can be read
	CheckID       bool          // an identity document was checked
	LoginVerified bool

	Authenticated  bool // the proctor authenticated the learner
	TestSubmitted  bool // the proctor saw the submission
	IncidentReport bool // an incident report exists
	Escalated      bool // escalated to the institution
	Raw            RawJSON
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

func readActivityRow(raw json.RawMessage) (ActivityRow, error) {
	var w activityRowWire
	if json.Unmarshal(raw, &w) != nil {
		return ActivityRow{}, ErrBadData
	}
	id := w.StudentID
	if id == "" {
		id = w.OldStudentID
	}
	return ActivityRow{
		StudentID: string(id), Number: w.Number, Test: string(w.Test), ExamID: string(w.ExamID),
		Start: w.Start.time(), End: w.End.time(), StudentName: w.StudentName.value, StudentNotes: w.StudentNotes.value,
		SchoolNotes: w.SchoolNotes.value, ProctorNotes: w.ProctorNotes.value, Events: parseHistory(w.ProctorNotes.value.Reveal()),
		CheckID: bool(w.CheckID), LoginVerified: bool(w.LoginVerified), Authenticated: bool(w.Authenticated),
		TestSubmitted: bool(w.TestSubmitted), IncidentReport: bool(w.IncidentReport), Escalated: bool(w.Escalated), Raw: RawJSON(raw),
	}, nil
}

// Canceled reports whether the newest entry of the history says so.
func (r ActivityRow) Canceled() bool {
	return len(r.Events) > 0 && r.Events[0].says("cancelled", "canceled")
}

// Started reports whether the history holds the start of a session.
func (r ActivityRow) Started() bool { return r.ever("fulfillment started") }

// Ended reports whether the history holds the end of a session.
func (r ActivityRow) Ended() bool { return r.ever("fulfillment ended") }

func (r ActivityRow) ever(what string) bool {
	for _, e := range r.Events {
		if e.says(what) {
			return true
		}
	}
	return false
}

var opReportsActivity = operation{
	name: "Reports.Activity", method: "POST", path: "/clientActivityReport", class: Read, maxBytes: maxReportBytes, stamp: stampField,
}

// Activity yields the rows of the activity report. It sends one call when the
// range begins. Rows that repeat exactly are left out; rows without the
// learner's id are not. An error is the last thing that it yields:
// [ErrStudentNotFound] for a learner that the provider does not know, [ErrServer]
// mostly for an interval that is too long, [ErrTooLarge] beyond 10,000 rows.
//
// Endpoint: POST /clientActivityReport.
func (s *ReportsService) Activity(ctx context.Context, params ActivityParams) iter.Seq2[ActivityRow, error] {
	return func(yield func(ActivityRow, error) bool) {
		if err := params.validate(); err != nil {
			yield(ActivityRow{}, err)
			return
		}
		data, err := call(ctx, s.client, opReportsActivity, params.wire(), func(data []byte) ([]byte, error) { return data, nil })
		if err != nil {
			yield(ActivityRow{}, err)
			return
		}
		yieldActivity(data, yield)
	}
}

func yieldActivity(data []byte, yield func(ActivityRow, error) bool) {
	seen := map[[sha256.Size]byte]bool{}
	for raw, err := range rows(data) {
		var row ActivityRow
		if err == nil {
			if sum := sha256.Sum256(raw); seen[sum] {
				continue
			} else {
				seen[sum] = true
			}
			row, err = readActivityRow(raw)
		}
		if err != nil {
			err = opReportsActivity.unusable(200, codeSuccess, reasonOf(err), err)
		}
		if !yield(row, err) || err != nil {
			return
		}
	}
}
