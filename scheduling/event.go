package scheduling

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// EventType is what happened to a booking: see `go doc EventRequested`.
//
// Most events are for the history. These are the ones of which a learner, or a calendar,
// should hear; the rest a mailer passes by:
//
//	booked         adopted; adopted_other_start, at another start than asked for; imported,
//	               and resolved_stands without an OldStart, if State is scheduled
//	not booked     refused, failed; resolved_gone, if State is failed; canceled_by_provider
//	               without a Start
//	moved          moved; moved_by_provider_or_late, where number_changed may come first;
//	               resolved_stands, if OldStart and Start differ
//	not moved      move_refused: the old start stands; resolved_stands with the Op "move", if
//	               OldStart and Start are the same
//	canceled       canceled, canceled_by_provider; resolved_gone, if State is canceled;
//	               imported likewise
//	not canceled   cancel_refused: the reservation stands; resolved_stands with the Op "cancel"
//	longer         exam_applied: the duration, or what else is shown of the exam, may be another
//	ended          finished, resolved_held, no_show, voided
//	stands again   no_show_undone, if State is scheduled; reopened
//
// An event has no duration, and no state before it. What is to be shown, read from the
// booking, by Scheduler.Booking; why it happened is the event's Code.
type EventType string

// The events. Answers that prove nothing are kept too, so that the history of a
// booking explains every decision. A number_changed is followed by a
// moved_by_provider_or_late if the start is another, too. Both have OldStart.
const (
	EventRequested             EventType = "requested"                 // Book: a pending booking with a reserve intent
	EventMoveRequested         EventType = "move_requested"            // Reschedule
	EventCancelRequested       EventType = "cancel_requested"          // Cancel
	EventWishQueued            EventType = "wish_queued"               // a wish waits for the open intent
	EventWishReplaced          EventType = "wish_replaced"             // ... and replaced an older one
	EventWishPromoted          EventType = "wish_promoted"             // the wish has become the intent
	EventWishVoid              EventType = "wish_void"                 // the wish has nothing left to act on
	EventSent                  EventType = "sent"                      // about to send to the provider
	EventRetry                 EventType = "retry"                     // provably not carried out; tried again later
	EventUnknown               EventType = "unknown"                   // no answer, or none that proves anything
	EventAdopted               EventType = "adopted"                   // reservation proven: scheduled
	EventAdoptedOtherStart     EventType = "adopted_other_start"       // ... at another start than asked for
	EventFoundTwice            EventType = "found_twice"               // several active reservations of one id
	EventMadeNumberUnknown     EventType = "made_number_unknown"       // made, but the number is not known yet
	EventRefused               EventType = "refused"                   // reserve refused: failed
	EventRefusedUnproven       EventType = "refused_unproven"          // refused, but an earlier send may have acted
	EventFailed                EventType = "failed"                    // refused earlier, and now proven absent
	EventMoved                 EventType = "moved"                     // the new start is proven
	EventMoveRefused           EventType = "move_refused"              // the old start stands
	EventNumberDead            EventType = "number_dead"               // a number is proven canceled
	EventNumberRemoved         EventType = "number_removed"            // the removal of a number was answered "done"
	EventRemovalNotFound       EventType = "removal_not_found"         // the removal was answered "not found": proves nothing
	EventExtraRemoved          EventType = "extra_removed"             // a condemned number is gone
	EventExtraStuck            EventType = "extra_stuck"               // a condemned number can't be removed
	EventExtraFound            EventType = "extra_found"               // a second live reservation of the id
	EventExtraCondemned        EventType = "extra_condemned"           // chosen for removal by the sweep
	EventZombieCondemned       EventType = "zombie_condemned"          // likewise, of a booking that has ended
	EventCanceled              EventType = "canceled"                  // proven
	EventCancelRefused         EventType = "cancel_refused"            // the reservation stands and can't be canceled any more
	EventCanceledByProvider    EventType = "canceled_by_provider"      // proven
	EventMovedByProviderOrLate EventType = "moved_by_provider_or_late" // it stands at another start: moved there, or a request of ours acted late
	EventNumberChanged         EventType = "number_changed"            // the provider gave the reservation another number
	EventMissing               EventType = "missing"                   // scheduled here, absent there, no proof
	EventSeen                  EventType = "seen"                      // attention cleared: the reservation is there
	EventNeedsAttention        EventType = "needs_attention"           // a person should look
	EventReadFailed            EventType = "read_failed"               // the provider's list or evidence could not be read
	EventBeginSent             EventType = "begin_sent"                // about to ask for the launch URL
	EventBeginCleared          EventType = "begin_cleared"             // the begin was provably not carried out
	EventBegun                 EventType = "begun"                     // launch URL received
	EventBegunAgain            EventType = "begun_again"               // another one
	EventUnlocked              EventType = "unlocked"                  // right code
	EventWrongCode             EventType = "wrong_code"                // wrong code
	EventCodeReset             EventType = "code_reset"                // by staff
	EventResolvedKeep          EventType = "resolved_keep"             // staff looked: nothing to change
	EventResolvedGone          EventType = "resolved_gone"             // staff: nothing of it is at the provider
	EventResolvedHeld          EventType = "resolved_held"             // staff: the session that the report shows was the exam
	EventResolvedStands        EventType = "resolved_stands"           // staff: the reservation is there
	EventFinished              EventType = "finished"                  // by the learner or the application; with code time_over by Policy.AutoFinish
	EventNoShow                EventType = "no_show"                   // never begun, grace over
	EventImported              EventType = "imported"                  // taken over from another system
	EventProfileRefreshed      EventType = "profile_refreshed"         // later moves carry the learner's newest data
	EventAccommodationSet      EventType = "accommodation_set"         // by staff: what was set is in the learner's record
	EventExamApplied           EventType = "exam_applied"              // by staff: the exam's settings as they are now
	EventAnnotated             EventType = "annotated"                 // by staff: a note in Reason, and nothing else
	EventSeenStarted           EventType = "seen_started"              // the provider's report shows a session that we did not begin
)

// The events of staff's side and of the provider's report.
const (
	EventAttendance        EventType = "attendance"         // the report led to another Presence
	EventAttendanceSet     EventType = "attendance_set"     // by staff: a Presence, or the report's again
	EventVerdict           EventType = "verdict"            // the report led to another Verdict
	EventOverridden        EventType = "overridden"         // by staff: their Verdict counts
	EventOverrideWithdrawn EventType = "override_withdrawn" // by staff: the report's Verdict counts again
	EventReopened          EventType = "reopened"           // by staff: no longer finished
	EventVoided            EventType = "voided"             // by staff: the sitting does not count
	EventNoShowUndone      EventType = "no_show_undone"     // by staff: no longer a no-show
)

// Actor is who made something happen.
type Actor string

// The actors.
const (
	ActorLearner  Actor = "learner"  // or the application in the learner's name
	ActorStaff    Actor = "staff"    // Reason and By are kept until the learner is erased
	ActorProvider Actor = "provider" // the provider did it, or its report shows it
	ActorEngine   Actor = "engine"   // the protocol at work: sends, answers, proofs
)

// eventActors has the actors of all events but the engine's own.
var eventActors = map[EventType]Actor{
	EventRequested: ActorLearner, EventMoveRequested: ActorLearner, EventCancelRequested: ActorLearner,
	EventWishQueued: ActorLearner, EventWishReplaced: ActorLearner, EventBegun: ActorLearner, EventBegunAgain: ActorLearner,
	EventUnlocked: ActorLearner, EventWrongCode: ActorLearner, EventFinished: ActorLearner,

	EventCodeReset: ActorStaff, EventResolvedKeep: ActorStaff, EventResolvedGone: ActorStaff, EventResolvedStands: ActorStaff,
	EventResolvedHeld: ActorStaff, EventAnnotated: ActorStaff, EventAccommodationSet: ActorStaff, EventExamApplied: ActorStaff,
	EventImported:      ActorStaff,
	EventAttendanceSet: ActorStaff, EventOverridden: ActorStaff, EventOverrideWithdrawn: ActorStaff, EventReopened: ActorStaff, EventVoided: ActorStaff,
	EventNoShowUndone: ActorStaff,

	EventCanceledByProvider: ActorProvider, EventMovedByProviderOrLate: ActorProvider, EventNumberChanged: ActorProvider,
	EventSeenStarted: ActorProvider, EventAttendance: ActorProvider, EventVerdict: ActorProvider,
}

// Actor returns who makes such events happen; ActorEngine for unknown ones.
func (t EventType) Actor() Actor {
	if a := eventActors[t]; a != "" {
		return a
	}
	return ActorEngine
}

// Cursor is a position in the sequence of events; "" is before the first one.
// It is opaque: each store has its own form.
type Cursor string

// Event is one thing that happened to one booking. Events are written in the
// transaction that changes the booking, so that they explain every state. Instants
// are UTC and whole microseconds.
type Event struct {
	Cursor     Cursor                 `json:"cursor"`             // set by the store
	Version    int64                  `json:"version"`            // set by the store: the booking's version that the event led to
	Booking    BookingID              `json:"booking"`            // whose event it is
	Learner    LearnerID              `json:"learner"`            // the booking's learner
	At         time.Time              `json:"at"`                 // when it happened
	Type       EventType              `json:"type"`               // what happened
	State      State                  `json:"state"`              // after the event
	Op         Op                     `json:"op,omitempty"`       // the operation that it belongs to; "" for none
	Generation int64                  `json:"generation"`         // the booking's, after the event
	Attempt    int                    `json:"attempt,omitempty"`  // sends of the open operation so far
	Number     proctoru.ReservationNo `json:"number,omitempty"`   // the reservation that the event is about
	Start      time.Time              `json:"start,omitzero"`     // proven start after the event; zero for none
	OldStart   time.Time              `json:"old_start,omitzero"` // start before it, where the event may change it
	Want       time.Time              `json:"want,omitzero"`      // start asked for; of extra_found the start of that reservation
	Code       ReasonCode             `json:"code,omitempty"`     // why, as a code
	Presence   Presence               `json:"presence,omitempty"` // of attendance and attendance_set: the one that counts from now on
	Verdict    Verdict                `json:"verdict,omitempty"`  // of verdict and overridden: the new one
	Reason     string                 `json:"reason,omitempty"`   // why, in the words of the caller; emptied by Erase
	By         string                 `json:"by,omitempty"`       // who, in the words of the caller; emptied by Erase
}

// Format hides Reason and By, for every verb.
func (e Event) Format(f fmt.State, _ rune) {
	type plain Event
	fmt.Fprintf(f, "%+v", plain(e.WithoutWords()))
}

// LogValue hides Reason and By.
func (e Event) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(e)) }

// UnmarshalJSON also reads what older versions wrote: they kept presences and verdicts
// in the code.
func (e *Event) UnmarshalJSON(data []byte) error {
	type plain Event
	if err := json.Unmarshal(data, (*plain)(e)); err != nil {
		return err
	}
	switch e.Type {
	case EventAttendance, EventAttendanceSet:
		e.Presence, e.Code = orDefault(e.Presence, Presence(e.Code)), ""
	case EventVerdict, EventOverridden:
		e.Verdict, e.Code = orDefault(e.Verdict, Verdict(e.Code)), ""
	}
	return nil
}

// event makes an event of the booking as it is now.
func (b *Booking) event(t EventType, now time.Time) Event {
	e := Event{
		Booking: b.ID, Learner: b.Learner, At: now, Type: t, State: b.State, Generation: b.Generation,
		Number: b.Number, Start: b.Start,
	}
	if b.Intent != nil {
		e.Op, e.Attempt, e.Want = b.Intent.Op, b.Intent.Attempt, b.Intent.Want
	}
	return e
}
