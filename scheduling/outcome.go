package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Verdict is the result of a session. A booking that was canceled or failed has
// none, "".
type Verdict string

// The verdicts.
const (
	VerdictPassed  Verdict = "passed"  // ended, authenticated and submitted, without incident or escalation
	VerdictFailed  Verdict = "failed"  // ended, but not passed
	VerdictPending Verdict = "pending" // the provider has not reported the end of the session
)

// Outcome is the verdict on one booking's session, with the proctor's facts. The
// facts of other reservations of the learner don't count. The verdict may change
// as long as the provider reports: an incident may come days later.
type Outcome struct {
	Booking  BookingID // whose session
	Verdict  Verdict   // the one that counts: staff's, else by the facts; "" for a booking that was canceled or failed, or is void
	ByStaff  bool      // staff has overruled the facts
	Reported bool      // the provider's report showed the reservation
	ReadAt   time.Time // when the report was last read for the booking, UTC; zero if it never was
	Unread   error     // why the report could not be read now, and all this is as of ReadAt; nil if it was read, or not asked for

	Attendance Attendance     // whether the learner came
	Facts      provider.Facts // what the report shows; the zero value unless Reported
}

// Outcome returns how the session went, as of Session.ReadAt, without a call.
func (b Booking) Outcome() Outcome {
	s := b.Session
	o := Outcome{Booking: b.ID, Verdict: s.Verdict, ReadAt: s.ReadAt, Attendance: s.Attendance}
	if s.Facts.Number != "" && s.Facts.Number == b.Number {
		o.Facts, o.Reported = s.Facts, true
	} else {
		o.Verdict = VerdictPending // facts of a reservation that was replaced don't count
	}
	if o.Verdict == "" {
		o.Verdict = VerdictPending
	}
	switch {
	case s.Overridden != "":
		o.Verdict, o.ByStaff = s.Overridden, true
	case b.State == StateCanceled || b.State == StateFailed:
		o.Verdict = "" // nothing was sat, and no report will follow
	}
	if b.State == StateVoid {
		o.Verdict, o.ByStaff = "", false // the sitting does not count
	}
	return o
}

// verdictOf returns the verdict that follows from the facts.
func verdictOf(f provider.Facts) Verdict {
	switch {
	case !f.Ended:
		return VerdictPending
	case f.Authenticated && f.TestSubmitted && !f.Escalated && !f.Incident:
		return VerdictPassed
	}
	return VerdictFailed
}

// noteVerdict takes the verdict over from the facts. Staff's own verdict is kept apart,
// and stays.
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

// Session is what the provider reported about a booking's reservation, and what
// follows from it. [Scheduler.Outcome], [Scheduler.ReadReport] and
// [Scheduler.Reconcile] change it. So do staff; who overruled what, and why, is in
// the booking's events. Instants are UTC.
type Session struct {
	ReadAt time.Time      `json:"read_at,omitzero"` // when the report was last read for this booking; zero if it never was
	Facts  provider.Facts `json:"facts,omitzero"`   // as last seen; a report that fails, or no longer shows them, leaves them as they are

	Attendance Attendance `json:"attendance,omitzero"` // whether the learner came

	Verdict      Verdict   `json:"verdict,omitempty"`      // by the facts; "" means VerdictPending
	VerdictAt    time.Time `json:"verdict_at,omitzero"`    // when the facts led to it
	Overridden   Verdict   `json:"overridden,omitempty"`   // staff's verdict; if set, it counts instead of Verdict
	OverriddenAt time.Time `json:"overridden_at,omitzero"` // when staff set it; zero if they have not

	// GraceFrom is when staff took a no-show back: the grace starts again from there.
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

// observe stores a reading of the report on the booking: the facts of its reservation,
// or the zero Facts if the report does not show it. It returns the events of what
// changed. Facts of another reservation never count, and an older reading changes
// nothing.
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

// disagrees reports whether the report shows a cancel or a start that the booking does
// not have. Then Reconcile should look: the report alone decides neither.
func (b *Booking) disagrees() bool {
	f := b.Session.Facts
	if b.State != StateScheduled || f.Number != b.Number || f.Number == "" {
		return false
	}
	return f.Canceled || !f.StartsAt.IsZero() && !f.StartsAt.Equal(b.Start)
}
