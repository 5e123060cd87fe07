package proctoru

import "time"

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

func (w *activityRowWire) row(raw RawJSON) ActivityRow {
	return ActivityRow{
		StudentID: string(firstText(w.StudentID, w.OldStudentID)), Number: w.Number, Test: string(w.Test), ExamID: string(w.ExamID),
		Start: w.Start.time(), End: w.End.time(), StudentName: w.StudentName.value, StudentNotes: w.StudentNotes.value,
		SchoolNotes: w.SchoolNotes.value, ProctorNotes: w.ProctorNotes.value, Events: parseHistory(w.ProctorNotes.value.Reveal()),
		CheckID: bool(w.CheckID), LoginVerified: bool(w.LoginVerified), Authenticated: bool(w.Authenticated),
		TestSubmitted: bool(w.TestSubmitted), IncidentReport: bool(w.IncidentReport), Escalated: bool(w.Escalated), Raw: raw,
	}
}

// Canceled reports whether the newest entry of the history says so.
func (r ActivityRow) Canceled() bool {
	return len(r.Events) > 0 && r.Events[0].says("cancelled", "canceled")
}

// Started reports whether the history holds the start of a session.
func (r ActivityRow) Started() bool { return r.ever("fulfillment started") }

// Ended reports whether the history holds the end of a session.
func (r ActivityRow) Ended() bool { return r.ever("fulfillment ended") }

// StartedAt returns when the session began, the first time if it was interrupted:
// UTC, to the minute. It is zero if the history does not say.
func (r ActivityRow) StartedAt() time.Time {
	var at time.Time
	for _, e := range r.Events {
		if e.says("fulfillment started") && !e.At.IsZero() {
			at = e.At // newest first: the oldest is the last one
		}
	}
	return at
}

// EndedAt returns when the session ended, the last time if it was interrupted:
// UTC, to the minute. It is zero if the history does not say.
func (r ActivityRow) EndedAt() time.Time {
	for _, e := range r.Events {
		if e.says("fulfillment ended") && !e.At.IsZero() {
			return e.At
		}
	}
	return time.Time{}
}

func (r ActivityRow) ever(what string) bool {
	for _, e := range r.Events {
		if e.says(what) {
			return true
		}
	}
	return false
}
