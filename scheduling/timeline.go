package scheduling

import (
	"context"
	"iter"
)

// Actor says who made something happen.
type Actor string

// The actors.
const (
	ActorLearner  Actor = "learner"  // or the application in the learner's name
	ActorStaff    Actor = "staff"    // with Reason and By, until the learner is erased
	ActorProvider Actor = "provider" // found out from the provider, and not our doing
	ActorEngine   Actor = "engine"   // the protocol at work: sends, answers, proofs
)

// eventActors are the actors of all events but the engine's.
var eventActors = map[EventType]Actor{
	EventRequested: ActorLearner, EventMoveRequested: ActorLearner, EventCancelRequested: ActorLearner,
	EventWishQueued: ActorLearner, EventWishReplaced: ActorLearner, EventBegun: ActorLearner, EventBegunAgain: ActorLearner,
	EventUnlocked: ActorLearner, EventWrongCode: ActorLearner, EventFinished: ActorLearner,

	EventCodeReset: ActorStaff, EventResolvedKeep: ActorStaff, EventResolvedGone: ActorStaff, EventResolvedStands: ActorStaff,
	EventResolvedHeld: ActorStaff, EventAnnotated: ActorStaff, EventAccommodationSet: ActorStaff, EventExamApplied: ActorStaff,
	EventImported:      ActorStaff,
	EventAttendanceSet: ActorStaff, EventOverridden: ActorStaff, EventOverrideWithdrawn: ActorStaff, EventReopened: ActorStaff,
	EventNoShowUndone: ActorStaff,

	EventCanceledByProvider: ActorProvider, EventMovedByProvider: ActorProvider, EventNumberChanged: ActorProvider,
	EventSeenStarted: ActorProvider, EventAttendance: ActorProvider, EventVerdict: ActorProvider,
}

// Moment is an event, with who made it happen and where the booking stood before.
type Moment struct {
	Event
	Actor Actor
	From  State // before the event; "" for the first one. Event.State is the one after it
}

// Timeline tells the story of one booking, oldest first: each event as data, who
// made it happen, and, where a person decided, why and by whom. With brief, the
// engine's own steps are left out, unless they changed the state. It is for staff
// and audits; the caller checks their right.
//
// An error is the last thing that it yields: ErrNotFound, or the store's.
func (s *Scheduler) Timeline(ctx context.Context, id BookingID, brief bool) iter.Seq2[Moment, error] {
	return func(yield func(Moment, error) bool) {
		if _, err := s.Booking(ctx, id); err != nil {
			yield(Moment{}, err)
			return
		}
		var from State
		for e, err := range s.History(ctx, id) {
			if err != nil {
				yield(Moment{}, err)
				return
			}
			m := Moment{Event: e, Actor: eventActors[e.Type], From: from}
			if m.Actor == "" {
				m.Actor = ActorEngine
			}
			from = e.State
			if brief && m.Actor == ActorEngine && m.From == m.State {
				continue
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}
