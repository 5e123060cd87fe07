package scheduling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Launch is the way into a proctored session.
type Launch struct {
	// URL signs the learner in at the provider: hand it to the learner's browser,
	// and never store or log it. It prints masked; Reveal returns it.
	URL     proctoru.SecretURL
	Booking Booking // as it is stored now: begun
}

// Begin starts the session at the provider and returns the URL for the learner's
// browser. While the booking is begun, and while it is unlocked and its time is not
// over, each further call returns a fresh URL, after a lost connection.
//
// Errors: [*TooEarlyError]; [*NotAllowedError] with the reasons that Status gives;
// [*RefusedError] if the provider refuses, or does not have the reservation (Reconcile
// then finds out); [*BeginError] if no URL came: call Begin again; ErrNotFound.
func (s *Scheduler) Begin(ctx context.Context, id BookingID) (Launch, error) {
	b, first, err := decide(ctx, s, id, func(b *Booking, now time.Time) (bool, []Event, error) {
		if reasons := b.why(ActionBegin, now); hasReason(reasons, ReasonTooEarly) {
			return false, nil, &TooEarlyError{At: b.startableAt()}
		} else if len(reasons) > 0 {
			return false, nil, &NotAllowedError{Action: ActionBegin, Reasons: reasons}
		}
		if b.State != StateScheduled || !b.BeginSent.IsZero() {
			return false, nil, errNoChange
		}
		b.BeginSent = now
		return true, []Event{b.event(EventBeginSent, now)}, nil
	})
	if err != nil {
		return Launch{}, err
	}
	var a answer
	sent := b
	whole := context.WithoutCancel(ctx)
	ended := s.runner(ctx).Run(ctx, func() {
		a = s.sendBegin(whole, sent)
		storeCtx, cancel := context.WithTimeout(whole, answerGrace)
		defer cancel()
		b, err = s.change(storeCtx, id, func(b *Booking, now time.Time) ([]Event, error) {
			return b.beginAnswered(sent, a, first, now, s.tuning.WatchInterval)
		})
	}, func(p *caught.Panic) { s.endedAlone(whole, nil, sent, err, p) })
	switch {
	case !ended: // the call goes on, and its answer is stored
		return Launch{}, &BeginError{BookingID: id, cause: withOutcome(proctorbook.ErrOutcomeUnknown, context.Cause(ctx))}
	case err != nil:
		return Launch{}, err
	}
	return s.launch(b, a)
}

// sendBegin starts the session at the provider.
func (s *Scheduler) sendBegin(ctx context.Context, b Booking) answer {
	ctx, cancel := context.WithTimeout(ctx, s.tuning.Lease)
	defer cancel()
	a := understood(s.provider.Begin(ctx, provider.Call{ReservationID: string(b.ID), Learner: provider.Person{ID: string(b.Learner)}, Number: b.Number}))
	s.strain.note(ctx, a.answered())
	return a
}

// beginAnswered applies the provider's answer to a begin.
func (b *Booking) beginAnswered(sent Booking, a answer, first bool, now time.Time, watch time.Duration) ([]Event, error) {
	if a.Kind == provider.AnswerDone {
		if b.Number != sent.Number || !b.Start.Equal(sent.Start) {
			return nil, errNoChange // it speaks of a session that has moved meanwhile
		}
		if !b.started() && b.dead(b.Number) {
			return nil, errNoChange // it speaks of a session that is gone meanwhile
		}
		b.SeenActive = now
		if b.started() {
			return []Event{b.event(EventBegunAgain, now)}, nil
		}
		if b.State != StateScheduled || b.Intent != nil {
			return nil, errNoChange // a cancel came between, and the provider's answer to it decides
		}
		b.State, b.BegunAt = StateBegun, now
		b.DueAt = b.watchStartedAt(now, watch)
		return []Event{b.event(EventBegun, now)}, nil
	}
	if b.State != StateScheduled || !a.provesNotBegun(first) {
		return nil, errNoChange
	}
	// Provably not begun: moves are allowed again, and Reconcile looks at once.
	b.BeginSent, b.DueAt, b.Woken = time.Time{}, now, true
	e := b.event(EventBeginCleared, now)
	e.Code = a.reason
	return []Event{e}, nil
}

// provesNotBegun reports whether the answer to a begin proves that no begin acted.
// "Not sent" and "not found" prove it only for the first one sent: an earlier begin may
// have acted although its answer was lost.
func (a answer) provesNotBegun(first bool) bool {
	switch a.Kind {
	case provider.AnswerUnknown:
		return false
	case provider.AnswerNotSent, provider.AnswerNotFound:
		return first
	}
	return true
}

func (s *Scheduler) launch(b Booking, a answer) (Launch, error) {
	switch a.Kind {
	case provider.AnswerDone:
		if b.State == StateScheduled && b.dead(b.Number) {
			return Launch{}, &RefusedError{BookingID: b.ID, Op: OpBegin, Reason: ReasonReservationMissing}
		}
		if !b.started() {
			return Launch{}, &NotAllowedError{Action: ActionBegin, Reasons: b.why(ActionBegin, s.now())}
		}
		return Launch{URL: a.URL, Booking: b}, nil
	case provider.AnswerTooEarly:
		at := s.now().Add(time.Minute)
		if b.Start.After(s.now()) && b.Start.Before(at) {
			at = b.Start
		}
		return Launch{}, &TooEarlyError{At: at}
	case provider.AnswerUnknown, provider.AnswerNotSent:
		return Launch{}, &BeginError{BookingID: b.ID, cause: a.Err}
	}
	return Launch{}, &RefusedError{BookingID: b.ID, Op: OpBegin, Reason: a.reason, cause: a.Err}
}

// Unlock checks the code that the proctor typed, and unlocks the exam. A code works
// once. It makes no call. The booking must be begun, the time must be inside its window,
// and its reservation seen active within Policy.SeenWithin.
//
// The code may be typed in small letters or full-width forms, and with O, I and L
// for the digits that they look like. All that is neither letter nor digit is
// ignored: blanks, hyphens, line ends.
//
// Errors: ErrWrongCode (one of ten tries is used up), [*proctorbook.ValidationError] if
// the code is empty or nothing of it is left (no try is used up), ErrCodeLocked,
// [*NotAllowedError] with the other reasons, ErrNoUnlockKey, ErrNotFound. An error of
// the store leaves the exam locked.
func (s *Scheduler) Unlock(ctx context.Context, id BookingID, code string) (Booking, error) {
	typed := typedCode(code)
	if typed == "" {
		return Booking{}, invalid("code", "has neither letter nor digit: type the unlock code", nil)
	}
	b, wrong, err := decide(ctx, s, id, func(b *Booking, now time.Time) (bool, []Event, error) {
		reasons := b.why(ActionUnlock, now)
		if hasReason(reasons, ReasonCodeLocked) {
			return false, nil, ErrCodeLocked
		}
		if len(reasons) > 0 {
			return false, nil, &NotAllowedError{Action: ActionUnlock, Reasons: reasons}
		}
		right, err := s.unlockCode(*b)
		if err != nil {
			return false, nil, err
		}
		if !sameCode(typed, right.Reveal()) {
			b.Code.Tries++
			return true, []Event{b.event(EventWrongCode, now)}, nil
		}
		b.State, b.UnlockedAt, b.Code.SpentAt = StateUnlocked, now, now
		b.DueAt = b.watchStartedAt(now, s.tuning.WatchInterval)
		return false, []Event{b.event(EventUnlocked, now)}, nil
	})
	if err == nil && wrong {
		err = ErrWrongCode
		if b.Code.Tries >= maxCodeTries {
			err = ErrCodeLocked
		}
	}
	return b, err
}

// Finish ends the exam and returns the booking. It makes no call: the provider ends
// its session by itself. To finish a finished booking is no error.
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

// actions are the learner's actions, in the order of the flow.
var actions = []Action{ActionBook, ActionReschedule, ActionCancel, ActionBegin, ActionUnlock, ActionFinish}

// allowed returns the actions that are allowed now.
func (b *Booking) allowed(now time.Time) []Action {
	return slices.DeleteFunc(slices.Clone(actions), func(a Action) bool { return len(b.why(a, now)) > 0 })
}

func (s *Scheduler) unlockCode(b Booking) (proctoru.Secret, error) {
	for _, key := range s.unlockKeys {
		if key.ID == b.Code.KeyID {
			return proctoru.Secret(deriveCode(key, b)), nil
		}
	}
	return "", fmt.Errorf("%w: it has the id %s", ErrNoUnlockKey, shown.ID(b.Code.KeyID))
}
