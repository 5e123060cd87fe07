package scheduling

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/proctoru"
)

// StaffService is the desk of the exam office: what the office sets, overrules and
// finds out. Find it in [Scheduler].Staff. It asks nobody for permission: the
// caller checks the right of whoever calls. Each act needs a [Request] with a
// reason and a name, which stay in the booking's history until the learner is
// erased.
//
// Its methods, by occasion:
//
//   - a booking that needs attention: Explain, Resolve, Annotate
//   - exam day: UnlockCode, ResetCode, Reopen
//   - afterwards: UndoNoShow, SetAttendance, OverrideOutcome, WithdrawOverride
//   - changed settings: SetAccommodation, Affected, ApplyExam
//   - other systems' reservations: Import
//   - the end: Erase
type StaffService struct {
	s *Scheduler
}

// Request tells who asks for something, and why. Both texts are kept in the
// history until the learner is erased; neither is sent to the provider. Staff's
// acts need both. For a learner's cancel both may be empty.
type Request struct {
	Reason string // at most 500 characters
	By     string // who asked, as the application names people; at most 100 characters
}

// validate checks a request that may be empty.
func (r Request) validate() error {
	var v problems
	v.words(r)
	return v.err()
}

// validateStaff checks a request of staff.
func (r Request) validateStaff() error {
	var v problems
	v.check(r.Reason != "", "Request.Reason", "is empty")
	v.check(r.By != "", "Request.By", "is empty")
	v.words(r)
	return v.err()
}

// words checks the two texts that are kept in the history.
func (p *problems) words(r Request) {
	p.check(utf8.RuneCountInString(r.Reason) <= 500, "Request.Reason", "is longer than 500 characters")
	p.check(utf8.RuneCountInString(r.By) <= 100, "Request.By", "is longer than 100 characters")
}

// Decision is what staff found out about a booking that needs attention.
type Decision string

// The decisions.
const (
	DecisionKeep   Decision = "keep"   // looked at: go on as before, and flag it again after another deadline
	DecisionGone   Decision = "gone"   // nothing of it is at the provider, and nothing is on its way
	DecisionStands Decision = "stands" // the reservation is there, with this number and start
	DecisionHeld   Decision = "held"   // flagged seen_started: that session was the exam, and it is over
)

// Resolution is staff's answer to NeedsAttention. It goes before what the
// protocol could prove: whoever decides must have asked the provider.
type Resolution struct {
	Decision Decision
	Number   proctoru.ReservationNo // for DecisionStands: the provider's number
	Start    time.Time              // for DecisionStands: whole seconds
	Request
}

func (r Resolution) validate() error {
	var v problems
	switch r.Decision {
	case DecisionKeep, DecisionGone, DecisionHeld:
		v.check(r.Number == "" && r.Start.IsZero(), "Resolution.Number", "is for DecisionStands only, as is Start")
	case DecisionStands:
		v.check(readable(r.Number), "Resolution.Number", "is missing, or no number of a reservation: decimal digits without leading zeros")
		v.check(!r.Start.IsZero() && r.Start.Nanosecond() == 0, "Resolution.Start", "must be a whole second")
	default:
		v.add("Resolution.Decision", "is not a known decision")
	}
	return v.join(r.Request.validateStaff())
}

// Resolve settles a booking that needs attention by staff's word. It is for
// staff; the caller checks their right. Reason and name are kept in the history.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking does not need
// attention, holds that number already as canceled, is begun and said to be gone
// (end it with Finish), or is said to be held and is not flagged seen_started;
// ErrNotFound.
func (d *StaffService) Resolve(ctx context.Context, id BookingID, r Resolution) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.NeedsAttention == nil || !b.State.Active() {
			return nil, notAllowed(ActionResolve, ReasonNoAttention)
		}
		if r.Decision == DecisionStands && !b.usable(r.Number) {
			return nil, notAllowed(ActionResolve, ReasonCanceledByProvider)
		}
		if r.Decision == DecisionGone && (b.State == StateBegun || b.State == StateUnlocked) {
			return nil, notAllowed(ActionResolve, ReasonBegun)
		}
		if r.Decision == DecisionHeld && (b.State != StateScheduled || b.NeedsAttention.Reason != ReasonSeenStarted) {
			return nil, notAllowed(ActionResolve, ReasonNotBegun)
		}
		t := &turn{b: b, now: now, tuning: d.s.tuning}
		t.resolve(r)
		last := &t.events[0]
		last.Reason, last.By = r.Reason, r.By
		return t.events, nil
	})
}

func (t *turn) resolve(r Resolution) {
	b := t.b
	switch r.Decision {
	case DecisionStands:
		t.settleAt(EventResolvedStands, r.Number, r.Start.UTC(), "")
	case DecisionGone:
		state := StateCanceled
		if b.State == StatePending {
			state = StateFailed
		}
		t.end(state, EventResolvedGone, ReasonStaff)
	case DecisionHeld:
		b.FinishedAt = t.now
		t.end(StateFinished, EventResolvedHeld, "")
	default:
		b.NeedsAttention = nil
		if b.Intent != nil {
			b.Intent.Deadline = t.now.Add(t.tuning.Deadline)
		}
		t.emit(EventResolvedKeep, nil)
	}
}

// Annotate writes a note of staff into the booking's history, in any state, and
// changes nothing else: rows are not edited by hand, and what was found out on
// the telephone still has its place. It is for staff; the caller checks their
// right. Note and name are kept until the learner is erased.
//
// Errors: [*proctorbook.ValidationError], ErrNotFound.
func (d *StaffService) Annotate(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, err
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		return []Event{b.staffEvent(EventAnnotated, r, now)}, nil
	})
}

// ResetCode gives the booking ten new tries, and a new unlock code unless the
// exam has one code for all (CodeFixed). It is for staff; the caller checks their
// right. The provider keeps the old code: read the new one with
// [StaffService.UnlockCode] and tell the proctor.
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError] for an unlocked or ended booking, ErrNotFound.
func (d *StaffService) ResetCode(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, err
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if !b.State.Active() || b.State == StateUnlocked {
			return nil, &NotAllowedError{Action: ActionUnlock, Reasons: b.why(ActionUnlock, now)}
		}
		b.Code.Generation++
		b.Code.Tries = 0
		e := b.event(EventCodeReset, now)
		e.Reason, e.By = r.Reason, r.By
		return []Event{e}, nil
	})
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
func (d *StaffService) Reopen(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, err
	}
	b, err := d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if reasons := b.whyNotReopen(now); len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionReopen, Reasons: reasons}
		}
		b.State, b.FinishedAt = StateBegun, time.Time{}
		if !b.UnlockedAt.IsZero() {
			b.State, b.DueAt = StateUnlocked, b.autoFinishAt()
		}
		return []Event{b.staffEvent(EventReopened, r, now)}, nil
	})
	return b, orAlreadyBooked(ActionReopen, err)
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
func (d *StaffService) UndoNoShow(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, err
	}
	b, err := d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.State != StateNoShow {
			return nil, notAllowed(ActionUndoNoShow, ReasonNotNoShow)
		}
		return b.undoNoShow(r, now), nil
	})
	return b, orAlreadyBooked(ActionUndoNoShow, err)
}

func (b *Booking) undoNoShow(r Request, now time.Time) []Event {
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
func (b *Booking) staffEvent(typ EventType, r Request, now time.Time) Event {
	e := b.event(typ, now)
	e.Reason, e.By = r.Reason, r.By
	return e
}
