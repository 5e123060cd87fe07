package scheduling

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file is about what a read shows of the session itself: whether it was held,
// and whether the learner came.

// watchEnded looks after a booking that has ended: it finds what the provider still
// holds of it, and takes over what was reported since. It is due only when somebody
// woke it, and once more if the reading failed.
func (t *turn) watchEnded(s *sight) {
	if !t.b.DueAt.IsZero() && !t.b.DueAt.After(t.now) {
		t.b.DueAt = time.Time{}
		if t.look.listErr != nil || !t.look.evidenceGood && !t.look.evidenceNone {
			t.b.DueAt = t.now.Add(t.tuning.WatchInterval)
		}
	}
	t.watchExtras(s)
}

// ownProof is what the evidence shows of the booking's own number, or nil.
func (t *turn) ownProof() *provider.Proof {
	i := slices.IndexFunc(t.look.proofs, func(p provider.Proof) bool { return p.Number == t.b.Number })
	if i < 0 {
		return nil
	}
	return &t.look.proofs[i]
}

// present reports whether the learner was seen at the session: by the report, now or
// earlier, or by staff's word.
func (t *turn) present() bool {
	p := t.ownProof()
	return t.b.Session.Attendance.Presence.there() || p != nil && p.Present()
}

// sessionOver returns when the report shows the session's end, and whether it does.
func (t *turn) sessionOver() (time.Time, bool) {
	if p := t.ownProof(); p != nil && p.Facts != nil && p.Facts.Ended {
		return p.Facts.EndedAt, true
	}
	f := t.b.Session.Facts
	return f.EndedAt, f.Ended && f.Number == t.b.Number
}

// nextSession is a reservation that takes the place of a session that is over: ahead,
// and at a start that we never asked for, so that it is no leftover of our own
// requests. Nil if there is none.
func (t *turn) nextSession(s *sight) *provider.Listed {
	if _, over := t.sessionOver(); !over || s.newest == nil || s.newest.Number == t.b.Number {
		return nil
	}
	if !s.newest.Start.After(t.now) || slices.ContainsFunc(t.b.Memory.StartsSent, s.newest.Start.Equal) {
		return nil
	}
	return s.newest
}

// onSessionMoved: the provider has the session elsewhere.
func (t *turn) onSessionMoved(row *provider.Listed) {
	if !t.look.began.Before(t.b.Memory.ProvenAt.Add(t.tuning.ListLag)) {
		t.followElsewhere(row)
		return
	}
	t.lookAgainAt(t.b.Memory.ProvenAt.Add(t.tuning.ListLag))
}

// followElsewhere follows the row while no operation is open.
func (t *turn) followElsewhere(row *provider.Listed) {
	b := t.b
	t.follow(row)
	b.SeenActive, b.Memory.OtherNumber, b.Memory.OtherSince = t.now, "", time.Time{}
	if b.started() {
		b.DueAt = b.watchStartedAt(t.now, t.tuning.WatchInterval)
		return
	}
	b.DueAt = t.nextWatch()
}

// onSessionSeen: the booking's own reservation is there.
func (t *turn) onSessionSeen(s *sight) {
	t.b.SeenActive = t.now
	t.b.Memory.OtherNumber, t.b.Memory.OtherSince = "", time.Time{}
	t.watchExtras(s)
	t.onSessionUnseen(s)
}

// onSessionUnseen settles a booking that is long past its end, by the report.
func (t *turn) onSessionUnseen(*sight) {
	b := t.b
	if t.now.Before(b.overdueAt()) || !t.look.evidenceGood && !t.look.evidenceNone {
		return
	}
	ended, over := t.sessionOver()
	if over {
		t.finish(firstSet(ended, t.now), ReasonByReport)
		return
	}
	t.flag(ReasonOverdue) // begun is never a no-show: who got the launch URL may have sat
}

// onSessionCanceled: the provider has canceled the session, and no other one is there.
func (t *turn) onSessionCanceled(s *sight) {
	if !s.gone {
		t.lookAgainAt(later(t.quietAt(), t.now.Add(t.tuning.ListLag)))
		return
	}
	if t.b.State == StateBegun && !t.present() {
		t.end(StateCanceled, EventCanceledByProvider, ReasonCanceledByProvider)
		return
	}
	if _, over := t.sessionOver(); over {
		t.onSessionUnseen(s)
		return
	}
	t.flag(ReasonCanceledByProvider)
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
	switch {
	case !t.look.evidenceGood && !t.look.evidenceNone:
		t.emit(EventReadFailed, nil)
	case t.look.evidenceNone:
		t.flag(ReasonMissing)
	case t.present():
		if t.b.NeedsAttention == nil || t.b.NeedsAttention.Reason != ReasonSeenStarted {
			t.emit(EventSeenStarted, nil)
		}
		t.flag(ReasonSeenStarted)
	default:
		t.endAsNoShow()
	}
}

// endAsNoShow ends a booking whose learner never came.
func (t *turn) endAsNoShow() {
	at := t.b.noShowAt()
	t.end(StateNoShow, EventNoShow, "")
	if a := t.b.Session.Attendance; !a.ByStaff {
		a = Attendance{Presence: PresenceNoShow, Fact: FactGrace, At: at}
		t.events = append(t.events, t.b.attend(a, EventAttendance, t.now))
	}
}
