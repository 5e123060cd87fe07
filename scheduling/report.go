package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

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

// known returns the first of the two instants that is one.
func known(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}
