package scheduling

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file is about what a read shows of the session itself: whether it was held,
// and whether the learner came.

// watchStarted applies a look at a booking that is begun or has ended. Only extras
// matter, and that its own reservation was seen. Such a booking is due only because
// Wake made it so, or because the learner's time is over. After the look it is due no
// more, except at the end of that time, or again soon if the read failed.
func (t *turn) watchStarted(s *sight) {
	if !t.b.DueAt.IsZero() && !t.b.DueAt.After(t.now) {
		t.b.DueAt = time.Time{}
		if t.b.State == StateUnlocked {
			t.b.DueAt = t.b.autoFinishAt()
		}
		again := t.now.Add(t.tuning.WatchInterval)
		failed := t.look.listErr != nil || !t.look.evidenceGood && !t.look.evidenceNone
		if failed && (t.b.DueAt.IsZero() || again.Before(t.b.DueAt)) {
			t.b.DueAt = again
		}
	}
	if s.same != nil && t.b.State.Active() {
		t.b.SeenActive = t.now
	}
	t.watchExtras(s)
}

// noteFacts stores what the evidence reports about the booking's own session.
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

// graceOver reports whether the grace has run out, and neither the list nor the
// evidence shows a start that is still to come.
func (t *turn) graceOver(s *sight) bool {
	b := t.b
	over := b.State == StateScheduled && !b.dead(b.Number) && !t.now.Before(b.noShowAt())
	return over && !slices.ContainsFunc(s.live, func(r provider.Listed) bool { return r.Start.After(t.now) }) &&
		!slices.ContainsFunc(t.look.proofs, func(p provider.Proof) bool { return p.Number == b.Number && !p.Canceled && p.Start.After(t.now) })
}

// onNoShow ends the booking as a no-show if the evidence shows no session. A learner
// who has checked in and waits for the proctor is not one.
func (t *turn) onNoShow(*sight) {
	i := slices.IndexFunc(t.look.proofs, func(p provider.Proof) bool { return p.Number == t.b.Number })
	seen := t.b.Session.Attendance.Presence.there() || i >= 0 && t.look.proofs[i].Present()
	switch {
	case !t.look.evidenceGood && !t.look.evidenceNone:
		t.emit(EventReadFailed, nil)
	case t.look.evidenceNone:
		t.flag(ReasonMissing)
	case seen:
		if t.b.NeedsAttention == nil || t.b.NeedsAttention.Reason != ReasonSeenStarted {
			t.emit(EventSeenStarted, nil)
		}
		t.flag(ReasonSeenStarted)
	default:
		t.end(StateNoShow, EventNoShow, "")
		if a := t.b.Session.Attendance; !a.ByStaff {
			a = Attendance{Presence: PresenceNoShow, Fact: FactGrace, At: t.b.noShowAt()}
			t.events = append(t.events, t.b.attend(a, EventAttendance, t.now))
		}
	}
}
