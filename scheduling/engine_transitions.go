package scheduling

import (
	"fmt"
	"slices"
)

// standing is a booking's state together with its open operation.
type standing struct {
	State State
	Op    Op // "" for none
}

func (s standing) String() string {
	if s.Op == "" {
		return string(s.State)
	}
	return string(s.State) + ", " + string(s.Op)
}

func (b *Booking) standing() standing {
	s := standing{State: b.State}
	if b.Intent != nil {
		s.Op = b.Intent.Op
	}
	return s
}

// A transition takes a booking from one standing to another, with one event.
type transition struct {
	from, to standing
	event    EventType
	on       string // what is observed, and the guard
	action   string // what is done at the provider, if anything
}

var (
	nowhere      = standing{}
	reserving    = standing{StatePending, OpReserve}
	scheduled    = standing{StateScheduled, ""}
	moving       = standing{StateScheduled, OpMove}
	canceling    = standing{StateScheduled, OpCancel}
	begun        = standing{StateBegun, ""}
	unlocked     = standing{StateUnlocked, ""}
	finished     = standing{StateFinished, ""}
	noShow       = standing{StateNoShow, ""}
	canceledDone = standing{StateCanceled, ""}
	failed       = standing{StateFailed, ""}
	void         = standing{StateVoid, ""}
)

// transitions is the state machine: a booking changes in no other way. Which answer or
// read leads to which event is in answerRules and readRules.
var transitions = []transition{
	{nowhere, reserving, EventRequested, "Book: no active booking of the learner and exam", "the reserve is sent, under a new id"},
	{reserving, scheduled, EventAdopted, "done with a usable number, or a live row at the wanted start", ""},
	{reserving, scheduled, EventAdoptedOtherStart, "a live row at another start", ""},
	{reserving, failed, EventRefused, "refused, and it was the only send; OVERLAP: and one good read without a live row", ""},
	{reserving, failed, EventFailed, "refused, past or given up, and absent for good", ""},
	{reserving, canceledDone, EventCanceledByProvider, "a number of the id is dead, and absent for good", ""},

	{scheduled, moving, EventMoveRequested, "Reschedule: nothing open, not begun", "the move is sent"},
	{scheduled, moving, EventWishPromoted, "a move was queued", "the move is sent"},
	{moving, scheduled, EventMoved, "done with a usable number for the number sent, or a live row at the wanted start", ""},
	{moving, scheduled, EventMoveRefused, "refused, and it was the only send; or refused, past or given up, and the row stands elsewhere when quiet", ""},
	{moving, canceledDone, EventCanceledByProvider, "the number is dead, and absent for good", ""},

	{scheduled, canceling, EventCancelRequested, "Cancel: nothing open, not begun", "the removal is sent"},
	{scheduled, canceling, EventWishPromoted, "a cancel was queued", "the removal is sent"},
	{canceling, canceledDone, EventCanceled, "removal done and no live row, or absent for good", ""},
	{canceling, scheduled, EventCancelRefused, "removal refused, and the row still stands", ""},

	{scheduled, canceledDone, EventCanceledByProvider, "the number is dead, and absent for good", ""},
	{scheduled, noShow, EventNoShow, "never begun, grace over, and the report shows no session", ""},
	{scheduled, begun, EventBegun, "Begin: nothing open, in its time, and the provider gave a URL", "the begin was sent"},
	{begun, unlocked, EventUnlocked, "Unlock: right code, in the window, seen active", ""},
	{begun, finished, EventFinished, "Finish; or the report shows that the session ended, long past its end", ""},
	{begun, scheduled, EventNumberChanged, "the provider has the session under another number, ahead", ""},
	{begun, scheduled, EventMovedByProviderOrLate, "the provider has moved the session ahead", ""},
	{begun, begun, EventNumberChanged, "the same, and its start is not ahead", ""},
	{begun, begun, EventMovedByProviderOrLate, "the same, and its start is not ahead", ""},
	{unlocked, unlocked, EventNumberChanged, "the same, and its start is not ahead", ""},
	{unlocked, unlocked, EventMovedByProviderOrLate, "the same, and its start is not ahead", ""},
	{begun, canceledDone, EventCanceledByProvider, "the number is dead, absent for good, and the learner was never seen", ""},
	{unlocked, scheduled, EventNumberChanged, "the provider has the session under another number, ahead", ""},
	{unlocked, scheduled, EventMovedByProviderOrLate, "the provider has moved the session ahead", ""},
	{unlocked, finished, EventFinished, "Finish; the time is over, and Policy.AutoFinish is on; or the report shows the end, long past it", ""},

	{nowhere, scheduled, EventImported, "Import: the provider lists the reservation, ahead", ""},
	{nowhere, finished, EventImported, "Import: the report shows a session, or the other system an end", ""},
	{nowhere, noShow, EventImported, "Import: never begun, grace over", ""},
	{nowhere, canceledDone, EventImported, "Import: the provider shows it canceled", ""},

	{begun, void, EventVoided, "staff: the sitting does not count", ""},
	{unlocked, void, EventVoided, "staff: the sitting does not count", ""},
	{finished, void, EventVoided, "staff: the sitting does not count", ""},
	{finished, unlocked, EventReopened, "staff: ended by mistake, inside the window", ""},
	{finished, begun, EventReopened, "staff: likewise, never unlocked", ""},
	{noShow, scheduled, EventNoShowUndone, "staff: no no-show; the grace counts anew", ""},
	{noShow, finished, EventNoShowUndone, "staff: no no-show, and the report shows that the session ended", ""},

	{reserving, failed, EventResolvedGone, "staff: nothing of it is at the provider", ""},
	{scheduled, canceledDone, EventResolvedGone, "staff: nothing of it is at the provider", ""},
	{moving, canceledDone, EventResolvedGone, "staff: nothing of it is at the provider", ""},
	{canceling, canceledDone, EventResolvedGone, "staff: nothing of it is at the provider", ""},
	{begun, finished, EventResolvedHeld, "staff: the session was the exam, and is over", ""},
	{unlocked, finished, EventResolvedHeld, "staff: the session was the exam, and is over", ""},
	{begun, scheduled, EventResolvedStands, "staff: the reservation is there, ahead", ""},
	{unlocked, scheduled, EventResolvedStands, "staff: the reservation is there, ahead", ""},
	{begun, begun, EventResolvedStands, "staff: the reservation is there, with this number and start", ""},
	{unlocked, unlocked, EventResolvedStands, "staff: the reservation is there, with this number and start", ""},
	{scheduled, finished, EventResolvedHeld, "staff: the session that the report shows was the exam", ""},
	{reserving, scheduled, EventResolvedStands, "staff: the reservation is there, with this number and start", ""},
	{scheduled, scheduled, EventResolvedStands, "staff: the reservation is there, with this number and start", ""},
	{moving, scheduled, EventResolvedStands, "staff: the reservation is there, with this number and start", ""},
	{canceling, scheduled, EventResolvedStands, "staff: the reservation is there, with this number and start", ""},
}

// checkTransitions returns an error if the events do not lead from one standing to the
// other by the table. It guards against mistakes in this package: a booking rather
// stays as it is.
func checkTransitions(before, after standing, events []Event) error {
	at := []standing{before}
	for _, e := range events {
		var next []standing
		for _, m := range transitions {
			if m.event == e.Type && slices.Contains(at, m.from) {
				next = append(next, m.to)
			}
		}
		if len(next) > 0 {
			at = next
		}
	}
	if slices.Contains(at, after) {
		return nil
	}
	return fmt.Errorf("scheduling: a booking can't go from %q to %q: the table of transitions has no such row; this is a bug in proctorbook, and nothing was stored", before, after)
}

// Step reports whether events of this type are only the engine's own steps: sends,
// answers, reads. They change no state and call nobody, and a short history of a
// booking can leave them out.
func (t EventType) Step() bool {
	if t == EventMissing || t == EventNeedsAttention || t == EventSeen {
		return false // why a person was called, and that the cause is gone
	}
	return t.Actor() == ActorEngine && !slices.ContainsFunc(transitions, func(m transition) bool { return m.event == t && m.from.State != m.to.State })
}
