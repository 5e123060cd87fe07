package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/internal/shown"
)

// This file keeps a learner's exams apart: no sitting is asked for that overlaps
// one of another exam.

// starts returns the starts that the booking holds or asks for: the proven one,
// the one that an open reserve or move wants, and the one that a queued move wants.
func (b *Booking) starts() []time.Time {
	if !b.State.Active() {
		return nil
	}
	var starts []time.Time
	if !b.Start.IsZero() {
		starts = append(starts, b.Start)
	}
	if b.Intent != nil && b.Intent.Op != OpCancel {
		starts = append(starts, b.Intent.Want)
	}
	if b.Wish != nil && b.Wish.Op == OpMove {
		starts = append(starts, b.Wish.Want)
	}
	return starts
}

// sitting is the time from the start on that the booking's exam takes.
func (b *Booking) sitting(start time.Time) Window {
	return Window{Start: start, End: start.Add(b.Duration)}
}

// Asks returns the sittings of a reserve or move that is sent for the first time, or not
// yet, and of a queued move, whose start stored, the booking as it was, neither holds nor
// asks for. It is for stores.
func (b Booking) Asks(stored Booking) []Window {
	asked := b
	asked.Start = time.Time{}
	if b.Intent != nil && b.Intent.Attempt > 1 {
		asked.Intent = nil
	}
	var asks []Window
	for _, start := range asked.starts() {
		if !slices.ContainsFunc(stored.starts(), start.Equal) {
			asks = append(asks, b.sitting(start))
		}
	}
	return asks
}

// Blocks returns a [*LearnerBusyError] if one of the asks overlaps a sitting that b
// holds or asks for. It is for stores.
func (b Booking) Blocks(asks ...Window) error {
	for _, start := range b.starts() {
		held := b.sitting(start)
		for _, ask := range asks {
			if ask.Start.Before(held.End) && held.Start.Before(ask.End) {
				return &LearnerBusyError{BookingID: b.ID}
			}
		}
	}
	return nil
}

// others returns the learner's active bookings of other exams.
func (s *Scheduler) others(ctx context.Context, learner LearnerID, exam ExamKey) ([]Booking, error) {
	var others []Booking
	for b, err := range s.store.List(ctx, Filter{Learner: learner, States: activeStates}) {
		if err != nil {
			return nil, err
		}
		if b.Exam.Key() != exam {
			others = append(others, b)
		}
	}
	return others, nil
}

// checkMoveFree refuses a move to a start at which another exam of the learner
// is in the way, as the store does when the move is asked for.
func (s *Scheduler) checkMoveFree(ctx context.Context, b *Booking, start time.Time) error {
	if slices.ContainsFunc(b.starts(), start.Equal) {
		return nil
	}
	others, err := s.others(ctx, b.Learner, b.Exam.Key())
	if err != nil {
		return fmt.Errorf("scheduling: booking %s: %w", shown.ID(b.ID), err)
	}
	return orOwnBooking(ActionReschedule, blocked(others, b.sitting(start)))
}

// blocked returns the error of the first of the bookings that is in the way.
func blocked(others []Booking, ask Window) error {
	for _, o := range others {
		if err := o.Blocks(ask); err != nil {
			return err
		}
	}
	return nil
}

// orOwnBooking returns err, and in place of a *LearnerBusyError the refusal that
// callers get.
func orOwnBooking(a Action, err error) error {
	if busy, ok := errors.AsType[*LearnerBusyError](err); ok {
		return &NotAllowedError{Action: a, Reasons: []Reason{{Code: ReasonOwnBooking}}, cause: busy}
	}
	return err
}
