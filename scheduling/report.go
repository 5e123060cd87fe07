package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Facts is what the provider's activity report says of one reservation, all its
// rows added up. Nothing in it is our own doing. Instants are UTC; those of the
// session are to the minute, as the provider writes them.
type Facts struct {
	Number proctoru.ReservationNo `json:"number,omitempty"` // the reservation; "" if the report never showed it
	SeenAt time.Time              `json:"seen_at,omitzero"` // when the report was read that says so

	StartsAt  time.Time `json:"starts_at,omitzero"`  // the slot; zero if the report does not say
	EndsAt    time.Time `json:"ends_at,omitzero"`    // of the slot
	StartedAt time.Time `json:"started_at,omitzero"` // the proctor let the learner in; zero if not, or if the report does not say when
	EndedAt   time.Time `json:"ended_at,omitzero"`   // likewise

	Started  bool `json:"started,omitempty"`  // the history shows a session that began
	Ended    bool `json:"ended,omitempty"`    // ... and one that ended
	Canceled bool `json:"canceled,omitempty"` // the newest entry of the history says so

	CheckID       bool `json:"check_id,omitempty"` // identity document checked
	LoginVerified bool `json:"login_verified,omitempty"`
	Authenticated bool `json:"authenticated,omitempty"`  // the proctor knows who sat there
	TestSubmitted bool `json:"test_submitted,omitempty"` // the proctor saw the submission
	Incident      bool `json:"incident,omitempty"`       // an incident report exists
	Escalated     bool `json:"escalated,omitempty"`      // escalated to the institution
}

// Session is what the provider reported of a booking's reservation, and what
// follows from it. It changes by [Scheduler.Outcome], [Scheduler.ReadReport] and
// [Scheduler.Reconcile], and where it says so by staff. Whoever overruled
// something, and why, stands in the booking's events.
type Session struct {
	ReadAt time.Time `json:"read_at,omitzero"` // when the report was last read for this booking; its age is the age of all this
	Facts  Facts     `json:"facts,omitzero"`   // as last seen: they stay when a report fails, or leaves them out

	Attendance Attendance `json:"attendance,omitzero"`

	Verdict      Verdict   `json:"verdict,omitempty"`    // by the facts; "" is VerdictPending
	VerdictAt    time.Time `json:"verdict_at,omitzero"`  // when we learned it
	Overridden   Verdict   `json:"overridden,omitempty"` // staff's; it goes before Verdict whatever the report says
	OverriddenAt time.Time `json:"overridden_at,omitzero"`

	// GraceFrom is when staff took a no-show back: the grace counts anew from there.
	GraceFrom time.Time `json:"grace_from,omitzero"`
}

// observe takes over a reading of the report: what it says of the booking's
// reservation, or the zero Facts if it does not show it. It returns the events
// of what changed by it. Facts of another reservation never count, and an older
// reading changes nothing.
func (b *Booking) observe(f Facts, readAt, now time.Time) []Event {
	s := &b.Session
	if b.Number == "" || readAt.Before(s.ReadAt) {
		return nil
	}
	s.ReadAt = readAt
	if s.Facts.Number != b.Number {
		s.Facts = Facts{} // of a reservation that was replaced
	}
	if f.Number == b.Number {
		f.SeenAt = readAt
		s.Facts = f
	}
	return append(b.noteAttendance(now), b.noteVerdict(now)...)
}

// noteFacts takes over what a look's evidence reports of the booking's own session.
func (t *turn) noteFacts() {
	if t.look.listErr != nil || !t.look.evidenceGood {
		return
	}
	for _, p := range t.look.proofs {
		if p.Facts != nil && p.Number == t.b.Number {
			t.events = append(t.events, t.b.observe(*p.Facts, t.look.began, t.now)...)
		}
	}
}

// there says that the evidence shows the learner.
func (p Proof) there() bool { return p.Started || p.Facts != nil && p.Facts.there() }

// there says that the learner was seen: checked in, or further.
func (f Facts) there() bool {
	return f.Started || f.Ended || f.CheckID || f.LoginVerified || f.Authenticated
}

// disagrees says whether the report shows the reservation otherwise than the
// booking has it, so that the reconciler should look. The report decides nothing
// of that by itself.
func (b *Booking) disagrees() bool {
	f := b.Session.Facts
	if b.State != StateScheduled || f.Number != b.Number || f.Number == "" {
		return false
	}
	return f.Canceled || !f.StartsAt.IsZero() && !f.StartsAt.Equal(b.Start)
}

// add adds the facts of another row of the same reservation.
func (f *Facts) add(g Facts) {
	f.Number = g.Number
	f.StartsAt, f.EndsAt = known(g.StartsAt, f.StartsAt), known(g.EndsAt, f.EndsAt)
	f.StartedAt, f.EndedAt = known(g.StartedAt, f.StartedAt), known(g.EndedAt, f.EndedAt)
	f.Started, f.Ended = f.Started || g.Started, f.Ended || g.Ended
	f.CheckID, f.LoginVerified = f.CheckID || g.CheckID, f.LoginVerified || g.LoginVerified
	f.Authenticated, f.TestSubmitted = f.Authenticated || g.Authenticated, f.TestSubmitted || g.TestSubmitted
	f.Incident, f.Escalated = f.Incident || g.Incident, f.Escalated || g.Escalated
}

// known returns the first of the two instants that is one.
func known(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}
