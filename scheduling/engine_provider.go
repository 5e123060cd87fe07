package scheduling

import (
	"context"
	"errors"
	"fmt"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file reads the provider's answers, lists and evidence for the engine. Nothing
// in them counts for more than it proves.

// answer is a provider's answer to a write, with the reason that goes with its kind.
type answer struct {
	provider.Answer
	reason ReasonCode
}

// answerReasons holds the reason that goes with each kind.
var answerReasons = map[provider.AnswerKind]ReasonCode{
	provider.AnswerDone: "", provider.AnswerNoNumber: "", provider.AnswerExists: "",
	provider.AnswerOverlap: ReasonOverlap, provider.AnswerRefused: ReasonNotAllowed, provider.AnswerNumberDead: ReasonCanceledByProvider,
	provider.AnswerNotFound: ReasonReservationMissing, provider.AnswerTooEarly: ReasonTooEarly,
	provider.AnswerNotSent: ReasonProviderUnavailable, provider.AnswerUnknown: ReasonProviderUnavailable,
}

// understood returns the answer with what a provider may leave out. A kind that the
// engine does not know becomes AnswerUnknown, and a malformed number is dropped.
func understood(given provider.Answer) answer {
	a := answer{Answer: given}
	reason, known := answerReasons[a.Kind]
	if !known {
		a.Kind, reason = provider.AnswerUnknown, ReasonProviderUnavailable
	}
	a.reason = reason
	if a.Kind == provider.AnswerRefused && a.Refusal != "" {
		a.reason = ReasonCode(a.Refusal)
	}
	if !readable(a.Number) {
		a.Number = ""
	}
	switch a.Kind {
	case provider.AnswerUnknown:
		a.Err = withOutcome(proctorbook.ErrOutcomeUnknown, a.Err)
	case provider.AnswerNotSent:
		a.Err = withOutcome(proctorbook.ErrNotDone, a.Err)
	}
	return a
}

// withOutcome returns err, wrapped if needed so that errors.Is(err, outcome) holds.
func withOutcome(outcome, err error) error {
	switch {
	case err == nil:
		return outcome
	case errors.Is(err, outcome):
		return err
	}
	return fmt.Errorf("%w: %w", outcome, lastFailure{err})
}

// answered reports whether the provider itself answered. An answer that can't be read
// may come from a proxy in between.
func (a answer) answered() bool {
	return a.Kind != provider.AnswerUnknown && a.Kind != provider.AnswerNotSent
}

// readable reports whether the number is well formed: decimal digits without leading
// zeros.
func readable(n proctoru.ReservationNo) bool {
	same, err := proctoru.ParseReservationNo(string(n))
	return err == nil && same == n && n != ""
}

// errOddRow: a list with one row that can't be read proves nothing.
var errOddRow = errors.New("scheduling: the provider's list has a row without a readable number or start")

// errOddProof: nor does such evidence.
var errOddProof = errors.New("scheduling: the provider's evidence has a row without a readable number")

// list reads the learner's active reservations. A row that can't be read is an error.
// Of provider.ErrEmptyByEvidence the caller decides what it proves.
func (s *Scheduler) list(ctx context.Context, learner LearnerID) ([]provider.Listed, error) {
	rows, err := s.provider.List(ctx, string(learner))
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !readable(r.Number) || r.Start.IsZero() {
			return nil, errOddRow
		}
	}
	return rows, nil
}

// proofs reads the evidence for the booking. A row that can't be read is an error.
func (s *Scheduler) proofs(ctx context.Context, b Booking) ([]provider.Proof, error) {
	rows, err := s.provider.Evidence(ctx, string(b.Learner), string(b.ID), b.Number)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !readable(r.Number) {
			return nil, errOddProof
		}
	}
	return rows, nil
}

// removal is the call that removes one of the booking's reservations. It needs ids alone:
// neither the learner's record, which may be gone, nor an unlock key.
func (b *Booking) removal(number proctoru.ReservationNo, reason string) provider.Call {
	return provider.Call{ReservationID: string(b.ID), Learner: provider.Person{ID: string(b.Learner)}, Number: number, Reason: reason}
}

// callFor builds the call of the open operation, from the booking and the version of the
// learner's record that belongs to it: known, if the caller has it.
func (s *Scheduler) callFor(ctx context.Context, b Booking, known *Learner) (provider.Call, error) {
	if b.Intent.Op == OpCancel {
		return b.removal(b.Number, string(OpCancel)), nil
	}
	if known == nil {
		learner, err := s.store.Learner(ctx, b.Learner, b.Profile)
		if err != nil {
			return provider.Call{}, fmt.Errorf("scheduling: learner of booking %s: %w", shown.ID(b.ID), err)
		}
		known = &learner
	}
	code, err := s.unlockCode(b)
	if err != nil {
		return provider.Call{}, err
	}
	c := provider.Call{
		ReservationID: string(b.ID), Learner: known.person(), Duration: b.Duration, Title: b.Exam.providerDescription(),
		Start: b.Intent.Want, OnDemand: b.OnDemand && b.Intent.Op == OpReserve,
	}
	// The activity report has no column for our id: the notes carry it.
	c.Notes = b.Exam.notes()
	if c.Notes != "" {
		c.Notes += "\n"
	}
	if b.Exam.CodeVia == CodeViaNotes {
		c.Notes += "Unlock code: " + code.Reveal() + "\n"
	} else {
		c.Code = code
	}
	c.Notes += "Booking: " + string(b.ID)
	return c, nil
}
