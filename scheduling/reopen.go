package scheduling

import (
	"context"
	"errors"
	"time"
)

// notAllowed says that the action is not allowed, for one reason.
func notAllowed(a Action, code ReasonCode) *NotAllowedError {
	return &NotAllowedError{Action: a, Reasons: []Reason{{Code: code}}}
}

// Reopen takes back a Finish, as of a learner who ended the exam by mistake: the
// booking is unlocked again, or begun if it never was unlocked. Only inside the
// booking's window, and with Policy.AutoFinish inside the learner's time. The
// unlock code stays spent. It makes no call: whether the proctor is still there is
// for staff to know. It is for staff; the caller checks their right. Reason and
// name are kept in the history.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking is not finished,
// outside these times, or if the learner has another active booking of the exam;
// ErrNotFound.
func (s *Scheduler) Reopen(ctx context.Context, id BookingID, r StaffRequest) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	b, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if reasons := b.whyNotReopen(now); len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionReopen, Reasons: reasons}
		}
		b.State, b.FinishedAt = StateBegun, time.Time{}
		if !b.UnlockedAt.IsZero() {
			b.State, b.DueAt = StateUnlocked, b.autoFinishAt()
		}
		return []Event{b.staffEvent(EventReopened, r, now)}, nil
	})
	return b, besides(ActionReopen, err)
}

func (b *Booking) whyNotReopen(now time.Time) []Reason {
	var reasons []Reason
	if b.State != StateFinished {
		reasons = append(reasons, Reason{Code: ReasonNotFinished})
	}
	if now.Before(b.Window.Start) {
		reasons = append(reasons, Reason{Code: ReasonWindowNotOpen})
	}
	if !now.Before(b.Window.End) {
		reasons = append(reasons, Reason{Code: ReasonWindowOver})
	}
	if b.timeIsUp(now) {
		reasons = append(reasons, Reason{Code: ReasonTimeOver}) // the policy would end it again at once
	}
	return reasons
}

// UndoNoShow takes a no-show back. If the report shows that the session ended,
// the booking is finished. Otherwise it is scheduled again, and the grace counts
// anew from now: for a proctor who is still waiting, or a session that the
// provider moved. A no-show stays in the history. It makes no call. It is for
// staff; the caller checks their right. Reason and name are kept in the history.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking is no no-show, or
// if the learner has another active booking of the exam; ErrNotFound.
func (s *Scheduler) UndoNoShow(ctx context.Context, id BookingID, r StaffRequest) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	b, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.State != StateNoShow {
			return nil, notAllowed(ActionUndoNoShow, ReasonNotNoShow)
		}
		return b.undoNoShow(r, now), nil
	})
	return b, besides(ActionUndoNoShow, err)
}

func (b *Booking) undoNoShow(r StaffRequest, now time.Time) []Event {
	if f := b.Session.Facts; f.Ended && f.Number == b.Number {
		b.State, b.FinishedAt = StateFinished, known(f.EndedAt, now)
	} else {
		b.State, b.Session.GraceFrom, b.DueAt = StateScheduled, now, now
	}
	events := []Event{b.staffEvent(EventNoShowUndone, r, now)}
	if a := &b.Session.Attendance; a.Presence == PresenceNoShow {
		a.ByStaff = false // also staff's own word, if it was one
		events = append(events, b.noteAttendance(now)...)
	}
	return events
}

// staffEvent is an event of the booking as it now is, with who and why.
func (b *Booking) staffEvent(typ EventType, r StaffRequest, now time.Time) Event {
	e := b.event(typ, now)
	e.Reason, e.By = r.Reason, r.By
	return e
}

// besides turns the store's refusal of a second active booking into a reason.
func besides(a Action, err error) error {
	if errors.Is(err, ErrAlreadyBooked) {
		return &NotAllowedError{Action: a, Reasons: []Reason{{Code: ReasonAlreadyBooked}}, cause: err}
	}
	return err
}
