package scheduling

import (
	"context"
	"fmt"
)

// Verdict is what the proctor's facts say of a session.
type Verdict string

// The verdicts.
const (
	VerdictPassed  Verdict = "passed"  // authenticated, submitted, and nothing held against it
	VerdictFailed  Verdict = "failed"  // an incident, an escalation, or a session that ended without both
	VerdictPending Verdict = "pending" // the provider has not reported the end of the session
)

// Outcome is the verdict on one booking's session, with the proctor's facts. The
// facts of other reservations of the learner don't count.
type Outcome struct {
	Booking       BookingID
	Verdict       Verdict
	Reported      bool // the provider's report has the reservation
	CheckID       bool // identity document checked
	LoginVerified bool
	Authenticated bool // the proctor knows who sat there
	TestSubmitted bool // the proctor saw the submission
	Incident      bool // an incident report exists
	Escalated     bool // escalated to the institution
	Started       bool // the history shows a session that began
	Ended         bool // ... and one that ended
}

// Outcome reads what the proctors reported and judges the booking's session
// by its reservation number. It stores nothing. The caller checks whose booking
// it may show.
//
// Errors: [*NotAllowedError] if no reservation was ever proven, ErrNotFound, and
// the provider's errors.
func (s *Scheduler) Outcome(ctx context.Context, id BookingID) (Outcome, error) {
	b, err := s.Booking(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if b.Number == "" {
		return Outcome{}, &NotAllowedError{Action: "outcome", Reasons: []Reason{{Code: ReasonNoBooking}}}
	}
	o := Outcome{Booking: id, Verdict: VerdictPending}
	rows, err := s.provider.Activity(ctx, b.Learner)
	if err != nil {
		return Outcome{}, fmt.Errorf("scheduling: Outcome: %w", err)
	}
	for _, row := range rows {
		if row.Number == b.Number {
			o.add(row)
		}
	}
	o.judge()
	return o, nil
}

// add takes the facts of one row; several rows of a reservation add up.
func (o *Outcome) add(row Activity) {
	o.Reported = true
	o.CheckID = o.CheckID || row.CheckID
	o.LoginVerified = o.LoginVerified || row.LoginVerified
	o.Authenticated = o.Authenticated || row.Authenticated
	o.TestSubmitted = o.TestSubmitted || row.TestSubmitted
	o.Incident = o.Incident || row.Incident
	o.Escalated = o.Escalated || row.Escalated
	o.Started = o.Started || row.Started
	o.Ended = o.Ended || row.Ended
}

func (o *Outcome) judge() {
	switch {
	case o.Incident || o.Escalated:
		o.Verdict = VerdictFailed
	case !o.Ended:
		o.Verdict = VerdictPending
	case o.Authenticated && o.TestSubmitted:
		o.Verdict = VerdictPassed
	default:
		o.Verdict = VerdictFailed
	}
}
