package provider

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Listed is an active reservation in the provider's list. A row without a number
// or a start makes the whole list prove nothing.
type Listed struct {
	ReservationID string                 // "" if another system made it without one
	Number        proctoru.ReservationNo // the provider's
	Start         time.Time              // UTC
}

// Proof is what the evidence shows of one number.
type Proof struct {
	Number   proctoru.ReservationNo // the provider's
	Start    time.Time              // UTC; zero if the evidence does not show it
	Canceled bool                   // for good
	Started  bool                   // a proctor began the session
	Facts    *Facts                 // all rows of the number added up; nil if this source does not show them
}

// Present reports whether the evidence shows the learner at the session.
func (p Proof) Present() bool { return p.Started || p.Facts != nil && p.Facts.Present() }

// Activity is what the proctors reported of one session, or of a part of it.
// Instants are UTC.
type Activity struct {
	Number        proctoru.ReservationNo // the provider's
	ReservationID string                 // as far as the provider gives it back: a hint where to look, and no proof; "" if it does not
	LearnerID     string                 // whose session it is; "" if the row does not tell

	Start time.Time // of the slot; zero if it is not reported
	End   time.Time // of the slot; zero if it is not reported

	CheckID       bool // identity document checked
	LoginVerified bool // login verified by the proctor
	Authenticated bool // the proctor knows who sat there
	TestSubmitted bool // the proctor saw the submission
	Incident      bool // an incident report exists
	Escalated     bool // escalated to the institution
	Started       bool // a session began
	Ended         bool // a session ended
	Canceled      bool // the newest entry of the history is a cancel

	StartedAt time.Time // when the session began; zero if it is not reported
	EndedAt   time.Time // when the session ended; zero if it is not reported
	Entries   int       // in the history: of several rows of a number, Canceled of the one with most counts
}

// Facts is what a provider's report shows of one reservation, all its rows added
// up. Nothing in it is our own doing. Instants are UTC; those of the session are
// to the minute, as ProctorU writes them.
type Facts struct {
	Number proctoru.ReservationNo `json:"number,omitempty"` // the reservation; "" if the report never showed it
	SeenAt time.Time              `json:"seen_at,omitzero"` // when the report was read that shows this

	StartsAt  time.Time `json:"starts_at,omitzero"`  // the slot; zero if the report does not show it
	EndsAt    time.Time `json:"ends_at,omitzero"`    // end of the slot; zero if the report does not show it
	StartedAt time.Time `json:"started_at,omitzero"` // the proctor let the learner in; zero if not, or if the report does not show when
	EndedAt   time.Time `json:"ended_at,omitzero"`   // the session ended; zero if not, or if the report does not show when

	Started  bool `json:"started,omitempty"`  // the history shows a session that began
	Ended    bool `json:"ended,omitempty"`    // the history shows a session that ended
	Canceled bool `json:"canceled,omitempty"` // the newest entry of the history is a cancel

	CheckID       bool `json:"check_id,omitempty"`       // identity document checked
	LoginVerified bool `json:"login_verified,omitempty"` // login verified by the proctor
	Authenticated bool `json:"authenticated,omitempty"`  // the proctor knows who sat there
	TestSubmitted bool `json:"test_submitted,omitempty"` // the proctor saw the submission
	Incident      bool `json:"incident,omitempty"`       // an incident report exists
	Escalated     bool `json:"escalated,omitempty"`      // escalated to the institution
}

// Present reports whether the learner was at the session: checked in, or further.
func (f Facts) Present() bool {
	return f.Started || f.Ended || f.CheckID || f.LoginVerified || f.Authenticated
}

// Tally adds up the rows that a report has of one reservation. Its zero value is
// empty.
type Tally struct {
	Facts         Facts  // what the rows show together
	ReservationID string // the first one that a row gives; "" if none does

	entries int // of the longest history
}

// Add adds a row. Of several rows, Canceled of the one with the longest history
// counts.
func (t *Tally) Add(a Activity) {
	f := &t.Facts
	f.Number = a.Number
	f.StartsAt, f.EndsAt = firstKnown(a.Start, f.StartsAt), firstKnown(a.End, f.EndsAt)
	f.StartedAt, f.EndedAt = firstKnown(a.StartedAt, f.StartedAt), firstKnown(a.EndedAt, f.EndedAt)
	f.Started, f.Ended = f.Started || a.Started, f.Ended || a.Ended
	f.CheckID, f.LoginVerified = f.CheckID || a.CheckID, f.LoginVerified || a.LoginVerified
	f.Authenticated, f.TestSubmitted = f.Authenticated || a.Authenticated, f.TestSubmitted || a.TestSubmitted
	f.Incident, f.Escalated = f.Incident || a.Incident, f.Escalated || a.Escalated
	if t.entries <= a.Entries {
		f.Canceled, t.entries = a.Canceled, a.Entries
	}
	if t.ReservationID == "" {
		t.ReservationID = a.ReservationID
	}
}

// firstKnown returns the first of the two instants that is not zero, in UTC and
// whole microseconds.
func firstKnown(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a.UTC().Truncate(time.Microsecond)
}
