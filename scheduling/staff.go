package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Decision is what staff found out about a booking that needs attention. `go doc DecisionKeep` lists them all.
type Decision string

// The decisions.
const (
	DecisionKeep   Decision = "keep"   // change nothing; an open operation is flagged again after another Tuning.Deadline
	DecisionGone   Decision = "gone"   // the provider has no reservation of it, and no request is on its way
	DecisionStands Decision = "stands" // the provider has the reservation, with this number and start
	DecisionHeld   Decision = "held"   // the session that the report shows was the exam, and it is over; for seen_started
)

// Resolution is staff's answer to NeedsAttention. It counts more than what the
// engine could prove: whoever decides must have asked the provider.
type Resolution struct {
	Decision Decision               // required
	Number   proctoru.ReservationNo // the provider's number; required for DecisionStands, else empty
	Start    time.Time              // a whole second, in any zone; required for DecisionStands, else zero
	Request                         // who decides, and why: By and Reason are required
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

// Resolve settles a booking that needs attention by what staff found out.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking does not need
// attention; if for "stands" its number is known as canceled or replaced; if for
// "gone" the booking is begun (end it with Finish); if for "held" it is not flagged
// seen_started; ErrNotFound.
func (d *StaffService) Resolve(ctx context.Context, id BookingID, r Resolution) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, inMethod("Resolve", err)
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.NeedsAttention == nil || !b.State.Active() {
			return nil, notAllowed(ActionResolve, ReasonNoAttention)
		}
		if r.Decision == DecisionStands && !b.usable(r.Number) {
			return nil, notAllowed(ActionResolve, ReasonCanceledByProvider)
		}
		if r.Decision == DecisionGone && b.started() {
			return nil, notAllowed(ActionResolve, ReasonBegun)
		}
		if r.Decision == DecisionHeld && !b.started() && (b.State != StateScheduled || b.NeedsAttention.Reason != ReasonSeenStarted) {
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

// Annotate writes a note into the booking's history, in any state, such as what the
// provider said on the telephone. It changes nothing else.
//
// Errors: [*proctorbook.ValidationError], ErrNotFound.
func (d *StaffService) Annotate(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, inMethod("Annotate", err)
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		return []Event{b.staffEvent(EventAnnotated, r, now)}, nil
	})
}

// ResetCode gives the booking ten new tries, and a new unlock code unless the exam has
// one code for all (CodeFixed). The proctor still sees the old code at the provider:
// give them the new one, of [StaffService.UnlockCode].
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError], ErrNotFound.
func (d *StaffService) ResetCode(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, inMethod("ResetCode", err)
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

// Void makes a sitting not count, as of a session that broke off: the booking is
// void, and the learner may book again. Its history stays; its verdict counts no
// more. It makes no call: what the provider still holds of it keeps blocking starts that
// overlap it there, until the proctor ends it or its time is over; until then Sweep
// looks for what else may appear.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] unless the booking is
// begun, unlocked or finished; ErrNotFound.
func (d *StaffService) Void(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, inMethod("Void", err)
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if !b.started() && b.State != StateFinished {
			return nil, notAllowed(ActionVoid, ReasonNotStarted)
		}
		b.State, b.EndReason, b.DueAt, b.NeedsAttention, b.Lease = StateVoid, ReasonStaff, time.Time{}, nil, Lease{}
		b.Generation++
		return []Event{b.staffEvent(EventVoided, r, now)}, nil
	})
}

// Reopen takes back a Finish, for a learner who ended the exam by mistake. The booking
// is unlocked again, or begun if it never was unlocked. It is allowed inside the
// booking's window only, and with Policy.AutoFinish inside the learner's time only. It
// makes no call: staff must know whether the proctor is there.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking is not finished,
// outside these times, if its reservation is known to be canceled, or if the learner has
// another active booking of the exam; ErrNotFound.
func (d *StaffService) Reopen(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, inMethod("Reopen", err)
	}
	b, err := d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if reasons := b.whyNotReopen(now); len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionReopen, Reasons: reasons}
		}
		b.State, b.FinishedAt = StateBegun, time.Time{}
		if !b.UnlockedAt.IsZero() {
			b.State = StateUnlocked
		}
		b.DueAt = b.watchStartedAt(now, d.s.tuning.WatchInterval)
		return []Event{b.staffEvent(EventReopened, r, now)}, nil
	})
	return b, orAlreadyBooked(ActionReopen, err)
}

func (b *Booking) whyNotReopen(now time.Time) []Reason {
	var reasons []Reason
	if b.State != StateFinished {
		reasons = append(reasons, Reason{Code: ReasonNotFinished})
	}
	if b.dead(b.Number) {
		reasons = append(reasons, Reason{Code: ReasonReservationMissing}) // it would be canceled, and its sitting lost
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

// UndoNoShow takes a no-show back. If the report shows that the session ended, the
// booking is finished. Otherwise it is scheduled again, and the grace starts again now:
// for a proctor who is still waiting, or a session that the provider moved. It makes no
// call.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking is not a
// no-show, if its reservation is known to be canceled, or if the learner has another
// active booking of the exam; ErrNotFound.
func (d *StaffService) UndoNoShow(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, inMethod("UndoNoShow", err)
	}
	b, err := d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.State != StateNoShow {
			return nil, notAllowed(ActionUndoNoShow, ReasonNotNoShow)
		}
		if b.dead(b.Number) && !b.reportedEnd() {
			return nil, notAllowed(ActionUndoNoShow, ReasonReservationMissing)
		}
		return b.undoNoShow(r, now), nil
	})
	return b, orAlreadyBooked(ActionUndoNoShow, err)
}

// reportedEnd reports whether the report shows the end of the booking's session.
func (b *Booking) reportedEnd() bool {
	return b.Session.Facts.Ended && b.Session.Facts.Number == b.Number
}

func (b *Booking) undoNoShow(r Request, now time.Time) []Event {
	if b.reportedEnd() {
		b.State, b.FinishedAt = StateFinished, firstSet(b.Session.Facts.EndedAt, now)
	} else {
		b.State, b.Session.GraceFrom, b.DueAt, b.Woken = StateScheduled, now, now, true
	}
	events := []Event{b.staffEvent(EventNoShowUndone, r, now)}
	if a := &b.Session.Attendance; a.Presence == PresenceNoShow {
		a.ByStaff = false // even if staff set the no-show themselves
		events = append(events, b.noteAttendance(now)...)
	}
	return events
}

// staffEvent returns an event of the booking as it is now, with who and why.
func (b *Booking) staffEvent(typ EventType, r Request, now time.Time) Event {
	e := b.event(typ, now)
	e.Reason, e.By = r.Reason, r.By
	return e
}

// UnlockCode returns the code that unlocks the booking's exam, for staff who must
// give it to a proctor. It is a secret: never log it. It fails with [ErrNoUnlockKey]
// if the key that made the code is no longer configured.
func (d *StaffService) UnlockCode(b Booking) (proctoru.Secret, error) { return d.s.unlockCode(b) }

// SetAccommodation gives the learner more time or another window in the exam. It
// replaces what was set before; the zero Accommodation removes it. It holds from the
// next Slots and Book on. The request is kept with it in the learner's record; the
// history of an active booking gets an event with the name only.
//
// A booking that exists keeps its window and duration. If they no longer agree with
// the accommodation, the result is what [StaffService.Affected] would yield; else it
// is nil. [StaffService.ApplyExam] puts the new ones on it.
//
// Errors: [*proctorbook.ValidationError]; ErrNotFound for a learner whom [Scheduler.Learner]
// never read; [*NotAllowedError] with platform_unavailable if there is an active booking,
// and the platform can't be asked for its extra time. Then nothing is stored.
func (d *StaffService) SetAccommodation(ctx context.Context, id LearnerID, exam ExamKey, a Accommodation, r Request) (*Affected, error) {
	var v problems
	a.validate(&v)
	if err := v.join(r.validateStaff()); err != nil {
		return nil, inMethod("SetAccommodation", err)
	}
	record, err := d.s.store.Learner(ctx, id, 0)
	if err != nil {
		return nil, fmt.Errorf("scheduling: SetAccommodation: %w", err)
	}
	affected, booked, err := d.s.wouldAffect(ctx, record, exam, a)
	if err != nil {
		return nil, err
	}
	granted := GrantedAccommodation{Exam: exam, Accommodation: a, Reason: r.Reason, By: r.By, At: d.s.now()}
	if _, err = d.s.changeLearner(ctx, id, func(l *Learner) { l.accommodate(granted) }); err != nil {
		return nil, err
	}
	if booked != "" {
		_, err = d.s.change(ctx, booked, func(b *Booking, now time.Time) ([]Event, error) {
			e := b.event(EventAccommodationSet, now)
			e.By = r.By
			return []Event{e}, nil
		})
	}
	return affected, err
}

// wouldAffect compares the learner's active booking, if there is one, with the accommodation.
func (s *Scheduler) wouldAffect(ctx context.Context, record Learner, exam ExamKey, a Accommodation) (*Affected, BookingID, error) {
	b, err := s.store.Active(ctx, record.ID, exam)
	if errors.Is(err, ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("scheduling: SetAccommodation: %w", err)
	}
	record.accommodate(GrantedAccommodation{Exam: exam, Accommodation: a})
	w, d, err := s.effective(ctx, b.Exam, record)
	if err != nil {
		return nil, "", &NotAllowedError{Action: ActionAccommodate, Reasons: []Reason{{Code: ReasonPlatformUnavailable}}, cause: err}
	}
	return b.affected(b.Exam, w, d, s.now()), b.ID, nil
}

// OverrideOutcome sets staff's verdict, VerdictPassed or VerdictFailed. It counts
// instead of the report's, whatever the provider reports later, until
// [StaffService.WithdrawOverride]. It makes no call.
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError], ErrNotFound.
func (d *StaffService) OverrideOutcome(ctx context.Context, id BookingID, v Verdict, r Request) (Booking, error) {
	var p problems
	p.check(v == VerdictPassed || v == VerdictFailed, "Verdict", "must be passed or failed")
	if err := p.join(r.validateStaff()); err != nil {
		return Booking{}, inMethod("OverrideOutcome", err)
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.Number == "" {
			return nil, notAllowed(ActionOverride, ReasonNoBooking)
		}
		return []Event{b.override(v, EventOverridden, r, now)}, nil
	})
}

// WithdrawOverride removes staff's verdict: the facts count again, with those that
// were reported meanwhile.
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError] if no verdict of staff is set,
// ErrNotFound.
func (d *StaffService) WithdrawOverride(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, inMethod("WithdrawOverride", err)
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.Session.Overridden == "" {
			return nil, notAllowed(ActionOverride, ReasonNotOverruled)
		}
		return []Event{b.override("", EventOverrideWithdrawn, r, now)}, nil
	})
}

func (b *Booking) override(v Verdict, typ EventType, r Request, now time.Time) Event {
	b.Session.Overridden, b.Session.OverriddenAt = v, time.Time{}
	if v != "" {
		b.Session.OverriddenAt = now
	}
	e := b.event(typ, now)
	e.Verdict, e.Reason, e.By = v, r.Reason, r.By
	return e
}

// staffPresences are the presences that staff may set.
var staffPresences = []Presence{PresenceUnknown, PresenceCheckedIn, PresenceStarted, PresenceEnded, PresenceNoShow}

// SetAttendance sets the learner's presence, whatever the provider reports.
// PresenceUnknown takes that back: the report counts again. The booking's state stays
// as it is. A learner whom staff set as present does not become a no-show; for one who
// is, see [StaffService.UndoNoShow]. It makes no call.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if no reservation was ever
// proven, or if there is nothing to take back; ErrNotFound.
func (d *StaffService) SetAttendance(ctx context.Context, id BookingID, p Presence, r Request) (Booking, error) {
	var v problems
	v.check(slices.Contains(staffPresences, p), "Presence", "is not one that staff may set")
	if err := v.join(r.validateStaff()); err != nil {
		return Booking{}, inMethod("SetAttendance", err)
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		switch {
		case b.Number == "":
			return nil, notAllowed(ActionAttend, ReasonNoBooking)
		case p == PresenceUnknown && !b.Session.Attendance.ByStaff:
			return nil, notAllowed(ActionAttend, ReasonNotOverruled)
		}
		a := Attendance{Presence: p, Fact: FactStaff, At: now, ByStaff: true}
		if p == PresenceUnknown {
			a = b.attendance()
		}
		e := b.attend(a, EventAttendanceSet, now)
		e.Reason, e.By = r.Reason, r.By
		return []Event{e}, nil
	})
}
