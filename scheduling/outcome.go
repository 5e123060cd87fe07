package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
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
// facts of other reservations of the learner don't count. The verdict may change
// as long as the provider reports: an incident may be reported days later.
type Outcome struct {
	Booking  BookingID
	Verdict  Verdict   // the one that counts: staff's, else by the facts
	ByStaff  bool      // staff has overruled the facts
	Reported bool      // the provider's report had the reservation
	ReadAt   time.Time // when the report was last read, UTC; zero if it never was. Its age is the age of all this
	Unread   error     // why it could not be read now: then all this is as of ReadAt; nil if it was read, or not asked

	Attendance Attendance
	provider.Facts
}

// Outcome answers from the booking alone, without any call: how the session went,
// as of Session.ReadAt.
func (b Booking) Outcome() Outcome {
	s := b.Session
	o := Outcome{Booking: b.ID, Verdict: s.Verdict, ReadAt: s.ReadAt, Attendance: s.Attendance}
	if s.Facts.Number != "" && s.Facts.Number == b.Number {
		o.Facts, o.Reported = s.Facts, true
	} else {
		o.Verdict = VerdictPending // what was reported of a reservation that was replaced does not count
	}
	if o.Verdict == "" {
		o.Verdict = VerdictPending
	}
	if s.Overridden != "" {
		o.Verdict, o.ByStaff = s.Overridden, true
	}
	return o
}

// verdict is what the facts say.
func verdictOf(f provider.Facts) Verdict {
	switch {
	case !f.Ended:
		return VerdictPending
	case f.Authenticated && f.TestSubmitted && !f.Escalated && !f.Incident:
		return VerdictPassed
	}
	return VerdictFailed
}

// noteVerdict follows the facts. Staff's verdict goes before it, and stays.
func (b *Booking) noteVerdict(now time.Time) []Event {
	s, v := &b.Session, verdictOf(b.Session.Facts)
	if v == s.Verdict || v == VerdictPending && s.Verdict == "" {
		return nil
	}
	s.Verdict, s.VerdictAt = v, now
	e := b.event(EventVerdict, now)
	e.Verdict = v
	return []Event{e}
}

// Session is what the provider reported of a booking's reservation, and what
// follows from it. It changes by [Scheduler.Outcome], [Scheduler.ReadReport] and
// [Scheduler.Reconcile], and where it says so by staff. Whoever overruled
// something, and why, stands in the booking's events.
type Session struct {
	ReadAt time.Time      `json:"read_at,omitzero"` // when the report was last read for this booking; its age is the age of all this
	Facts  provider.Facts `json:"facts,omitzero"`   // as last seen: they stay when a report fails, or leaves them out

	Attendance Attendance `json:"attendance,omitzero"`

	Verdict      Verdict   `json:"verdict,omitempty"`    // by the facts; "" is VerdictPending
	VerdictAt    time.Time `json:"verdict_at,omitzero"`  // when we learned it
	Overridden   Verdict   `json:"overridden,omitempty"` // staff's; it goes before Verdict whatever the report says
	OverriddenAt time.Time `json:"overridden_at,omitzero"`

	// GraceFrom is when staff took a no-show back: the grace counts anew from there.
	GraceFrom time.Time `json:"grace_from,omitzero"`
}

// toMicro cuts all instants of the session.
func (s *Session) toMicro() {
	f := &s.Facts
	toMicro(
		&s.ReadAt, &s.VerdictAt, &s.OverriddenAt, &s.GraceFrom, &s.Attendance.At, &s.Attendance.Since,
		&f.SeenAt, &f.StartsAt, &f.EndsAt, &f.StartedAt, &f.EndedAt,
	)
}

// observe takes over a reading of the report: what it says of the booking's
// reservation, or the zero Facts if it does not show it. It returns the events
// of what changed by it. Facts of another reservation never count, and an older
// reading changes nothing.
func (b *Booking) observe(f provider.Facts, readAt, now time.Time) []Event {
	s := &b.Session
	if b.Number == "" || readAt.Before(s.ReadAt) {
		return nil
	}
	s.ReadAt = readAt
	if s.Facts.Number != b.Number {
		s.Facts = provider.Facts{} // of a reservation that was replaced
	}
	if f.Number == b.Number {
		f.SeenAt = readAt
		s.Facts = f
	}
	return append(b.noteAttendance(now), b.noteVerdict(now)...)
}

// disagrees reports whether the report shows the reservation otherwise than the
// booking has it, so that the reconciler should look. The report decides nothing
// of that by itself.
func (b *Booking) disagrees() bool {
	f := b.Session.Facts
	if b.State != StateScheduled || f.Number != b.Number || f.Number == "" {
		return false
	}
	return f.Canceled || !f.StartsAt.IsZero() && !f.StartsAt.Equal(b.Start)
}
