package scheduling

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file is about what a read tells of the session itself: whether it was held,
// and whether the learner came.

// watchStarted looks after a booking that is begun or over: only reservations
// beside its own matter, and that its own was seen. Only the end of the learner's
// time makes it due by itself: it was woken, and is so once, unless the reading failed.
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

// graceOver: the no-show timer has run out, and the provider does not expect the
// learner at a later start, neither by its list nor by its report.
func (t *turn) graceOver(s *sight) bool {
	b := t.b
	over := b.State == StateScheduled && !b.dead(b.Number) && !t.now.Before(b.noShowAt())
	return over && !slices.ContainsFunc(s.live, func(r provider.Listed) bool { return r.Start.After(t.now) }) &&
		!slices.ContainsFunc(t.look.proofs, func(p provider.Proof) bool { return p.Number == b.Number && !p.Canceled && p.Start.After(t.now) })
}

// onNoShow ends the booking if the evidence shows neither a session nor a cancel. A
// learner who has checked in and waits for the proctor is no no-show.
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
