package scheduling

import (
	"time"
)

// Presence is whether the learner came to the session, and how far it got.
type Presence string

// The presences. They follow from the report; staff may overrule them.
const (
	PresenceUnknown   Presence = ""           // the report shows nothing about it yet
	PresenceCheckedIn Presence = "checked_in" // the learner's identity is being checked; waiting for a proctor counts
	PresenceStarted   Presence = "started"    // the session began
	PresenceEnded     Presence = "ended"      // the session began, and ended
	PresenceNoShow    Presence = "no_show"    // the grace ran out, and the report shows no session
	PresenceCanceled  Presence = "canceled"   // the report shows a cancel, and it was not ours
	PresenceMoved     Presence = "moved"      // the report shows another start than the booking's, and no session yet
)

// there reports whether the learner was seen. A learner who was never becomes a
// no-show.
func (p Presence) there() bool {
	return p == PresenceCheckedIn || p == PresenceStarted || p == PresenceEnded
}

// Fact is what a presence was concluded from.
type Fact string

// The facts.
const (
	FactHistory  Fact = "history"  // an entry in the report's history of the session
	FactIdentity Fact = "identity" // the report's columns CheckID, LoginVerified or Authenticated
	FactSlot     Fact = "slot"     // the report's StartDate
	FactGrace    Fact = "grace"    // the grace ran out, and the report shows no session
	FactStaff    Fact = "staff"    // staff set it
)

// Attendance is a presence with its evidence. Instants are UTC.
type Attendance struct {
	Presence Presence      `json:"presence,omitempty"` // whether the learner came
	Fact     Fact          `json:"fact,omitempty"`     // what Presence was concluded from
	At       time.Time     `json:"at,omitzero"`        // when that happened; zero if the report does not show it
	Since    time.Time     `json:"since,omitzero"`     // when we learned of it
	LateBy   time.Duration `json:"late_by,omitempty"`  // from the booked start to the start of the session, identity check included; nanoseconds
	ByStaff  bool          `json:"by_staff,omitempty"` // staff set Presence, and the report does not change it
}

// attendance returns the attendance that follows from the facts.
func (b *Booking) attendance() Attendance {
	f := b.Session.Facts
	a := Attendance{}
	switch {
	case f.Number == "" || f.Number != b.Number:
	case f.Ended:
		a = Attendance{Presence: PresenceEnded, Fact: FactHistory, At: f.EndedAt}
	case f.Canceled && (b.State != StateCanceled || b.canceledByUs()):
		// A cancel of one number is not the end: the reservation may live on under
		// another one. And our own cancel is not the learner's presence.
	case f.Canceled:
		a = Attendance{Presence: PresenceCanceled, Fact: FactHistory}
	case f.Started:
		a = Attendance{Presence: PresenceStarted, Fact: FactHistory, At: f.StartedAt}
	case f.CheckID || f.LoginVerified || f.Authenticated:
		a = Attendance{Presence: PresenceCheckedIn, Fact: FactIdentity}
	case !f.StartsAt.IsZero() && !f.StartsAt.Equal(b.Start):
		a = Attendance{Presence: PresenceMoved, Fact: FactSlot, At: f.StartsAt}
	}
	if a.Presence.there() && f.StartedAt.After(b.Start) {
		a.LateBy = f.StartedAt.Sub(b.Start)
	}
	return a
}

func (b *Booking) canceledByUs() bool {
	return b.EndReason == ReasonCanceledByUs || b.Intent != nil && b.Intent.Op == OpCancel
}

// noteAttendance takes the attendance over from the facts, unless staff set it. A
// no-show stays one until the report shows a session.
func (b *Booking) noteAttendance(now time.Time) []Event {
	old, a := b.Session.Attendance, b.attendance()
	if old.ByStaff || old.Presence == PresenceNoShow && b.State == StateNoShow && !a.Presence.there() {
		return nil
	}
	if a.Presence == old.Presence {
		old.Fact, old.At, old.LateBy = a.Fact, a.At, a.LateBy
		b.Session.Attendance = old
		return nil
	}
	return []Event{b.attend(a, EventAttendance, now)}
}

// attend sets the attendance, and returns the event for it.
func (b *Booking) attend(a Attendance, typ EventType, now time.Time) Event {
	if a.Presence != PresenceUnknown {
		a.Since = now
	}
	b.Session.Attendance = a
	e := b.event(typ, now)
	e.Presence = a.Presence
	return e
}

// reportedOn reports whether the provider may still report something new, although
// nothing makes the booking due by itself.
func (b *Booking) reportedOn() bool {
	return b.State == StateBegun || b.State == StateUnlocked || b.State == StateFinished || b.State == StateNoShow
}

// noShowAt returns when the grace ends. A booking never begun is a no-show from then
// on. If staff took a no-show back, the grace started again then.
func (b *Booking) noShowAt() time.Time {
	return later(b.End(), b.Session.GraceFrom).Add(b.Exam.Policy.noShowAfter())
}
