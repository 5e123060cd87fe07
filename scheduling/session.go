package scheduling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Launch is the way into a proctored session.
type Launch struct {
	// URL signs the learner in at the provider: hand it to the learner's browser,
	// and never store or log it. It prints masked; Reveal returns it.
	URL     proctoru.SecretURL
	Booking Booking
}

// Begin starts the session at the provider and returns the URL for the learner's
// browser. While the booking is begun each call gives a fresh URL, for a learner
// who lost the connection.
//
// Errors: [*TooEarlyError]; [*NotAllowedError] with the reasons that Status gives;
// [*RefusedError] if the provider doesn't have the reservation (Reconcile then
// finds out what became of it); an error that is ErrOutcomeUnknown if no answer
// came: Begin may be called again. ErrNotFound.
func (s *Scheduler) Begin(ctx context.Context, id BookingID) (Launch, error) {
	first := false
	b, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		first = false
		if reasons := b.why(ActionBegin, now); hasReason(reasons, ReasonTooEarly) {
			return nil, &TooEarlyError{At: b.startableAt()}
		} else if len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionBegin, Reasons: reasons}
		}
		if b.State == StateBegun || !b.BeginSent.IsZero() {
			return nil, errNoChange
		}
		first = true
		b.BeginSent = now
		return []Event{b.event(EventBeginSent, now)}, nil
	})
	if err != nil {
		return Launch{}, err
	}
	a := s.provider.Begin(ctx, Call{Booking: b.ID, Learner: Learner{ID: b.Learner}, Number: b.Number}).understood()
	s.strain.told(ctx, a.answered())
	storeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	b, err = s.change(storeCtx, id, func(b *Booking, now time.Time) ([]Event, error) { return b.beginAnswered(a, first, now) })
	if err != nil {
		return Launch{}, err
	}
	return s.launch(b, a)
}

// beginAnswered applies the provider's answer to a begin.
func (b *Booking) beginAnswered(a Answer, first bool, now time.Time) ([]Event, error) {
	if a.Kind == AnswerDone {
		b.SeenActive = now
		if b.State == StateBegun {
			return []Event{b.event(EventBegunAgain, now)}, nil
		}
		if b.State != StateScheduled || b.Intent != nil {
			return nil, errNoChange // a cancel came between: what the provider says to it decides
		}
		b.State, b.BegunAt, b.DueAt = StateBegun, now, time.Time{}
		return []Event{b.event(EventBegun, now)}, nil
	}
	if b.State != StateScheduled || !a.provesNotBegun(first) {
		return nil, errNoChange
	}
	// Provably not begun: moves are allowed again, and the reconciler looks.
	b.BeginSent, b.DueAt = time.Time{}, now
	e := b.event(EventBeginCleared, now)
	e.Code = a.Reason
	return []Event{e}, nil
}

// provesNotBegun says whether the answer to a begin proves that no begin acted.
// "Not found" may also be the answer to a second begin, where the first one acted
// and its answer was lost: only for the first one it proves something.
func (a Answer) provesNotBegun(first bool) bool {
	switch a.Kind {
	case AnswerUnknown:
		return false
	case AnswerNotSent, AnswerNotFound:
		return first
	}
	return true
}

func (s *Scheduler) launch(b Booking, a Answer) (Launch, error) {
	switch a.Kind {
	case AnswerDone:
		if b.State != StateBegun {
			return Launch{}, &NotAllowedError{Action: ActionBegin, Reasons: b.why(ActionBegin, s.now())}
		}
		return Launch{URL: a.URL, Booking: b}, nil
	case AnswerTooEarly:
		at := s.now().Add(time.Minute)
		if b.Start.After(s.now()) && b.Start.Before(at) {
			at = b.Start
		}
		return Launch{}, &TooEarlyError{At: at}
	case AnswerUnknown, AnswerNotSent:
		return Launch{}, fmt.Errorf("scheduling: Begin of booking %s: %w", b.ID, a.Err)
	}
	return Launch{}, &RefusedError{BookingID: b.ID, Op: OpBegin, Reason: a.Reason, cause: a.Err}
}

// Unlock checks the code that the proctor typed, and opens the exam once. It
// makes no call: it needs a begun booking, an instant inside the booking's
// window, and a reservation that was seen active within Policy.SeenWithin.
//
// The code may be typed in small letters, with blanks or hyphens, and with O, I
// and L for the digits that they look like.
//
// Errors: ErrWrongCode (a try is spent), ErrCodeLocked, [*NotAllowedError] with
// the other reasons, ErrNotFound; an error of the store leaves the exam locked.
func (s *Scheduler) Unlock(ctx context.Context, id BookingID, code string) (Booking, error) {
	wrong := false
	b, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		wrong = false
		reasons := b.why(ActionUnlock, now)
		if hasReason(reasons, ReasonCodeLocked) {
			return nil, ErrCodeLocked
		}
		if len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionUnlock, Reasons: reasons}
		}
		right, err := s.UnlockCode(*b)
		if err != nil {
			return nil, err
		}
		if !sameCode(code, right.Reveal()) {
			wrong = true
			b.Code.Tries++
			return []Event{b.event(EventWrongCode, now)}, nil
		}
		b.State, b.UnlockedAt, b.Code.SpentAt = StateUnlocked, now, now
		b.DueAt = b.autoFinishAt()
		return []Event{b.event(EventUnlocked, now)}, nil
	})
	if err == nil && wrong {
		err = ErrWrongCode
		if b.Code.Tries >= maxCodeTries {
			err = ErrCodeLocked
		}
	}
	return b, err
}

// StaffRequest says who on the staff decided something, and why. It is kept in
// the history until the learner is erased.
type StaffRequest struct {
	Reason string // required; at most 500 characters
	By     string // required; at most 100 characters
}

func (r StaffRequest) validate() error {
	var v problems
	v.check(r.Reason != "", "StaffRequest.Reason", "is empty")
	v.check(r.By != "", "StaffRequest.By", "is empty")
	v.words("StaffRequest", r.Reason, r.By)
	return v.err()
}

// ResetCode gives the booking ten new tries, and a new unlock code unless the
// exam has one code for all (CodeFixed). It is for staff; the caller checks their
// right. The provider keeps the old code: read the new one with
// [Scheduler.UnlockCode] and tell the proctor.
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError] for an unlocked or ended booking, ErrNotFound.
func (s *Scheduler) ResetCode(ctx context.Context, id BookingID, r StaffRequest) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	return s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
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

// Finish ends the exam and returns the booking. It makes no call: the provider
// ends its session by itself. Finishing a finished booking is no error.
//
// Errors: [*NotAllowedError] if the booking is not begun, ErrNotFound.
func (s *Scheduler) Finish(ctx context.Context, id BookingID) (Booking, error) {
	return s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.State == StateFinished {
			return nil, errNoChange
		}
		if reasons := b.why(ActionFinish, now); len(reasons) > 0 {
			return nil, &NotAllowedError{Action: ActionFinish, Reasons: reasons}
		}
		b.State, b.FinishedAt, b.DueAt, b.NeedsAttention = StateFinished, now, time.Time{}, nil
		return []Event{b.event(EventFinished, now)}, nil
	})
}

// actions are all actions, in the order of the flow.
var actions = []Action{ActionBook, ActionReschedule, ActionCancel, ActionBegin, ActionUnlock, ActionFinish}

// allowed returns the actions that nothing keeps from the booking.
func (b *Booking) allowed(now time.Time) []Action {
	return slices.DeleteFunc(slices.Clone(actions), func(a Action) bool { return len(b.why(a, now)) > 0 })
}
