package simulation

import (
	"slices"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// enoughSeeds is how many schedules must have met every disturbance and every
// event at least once.
const enoughSeeds = 15000

// crashPoints are the calls around which processes must have died.
var crashPoints = []string{
	"Create", "Update", "Claim", "addAdHocProcess", "moveReservation", "removeReservation", "beginReservation",
	"getStudentReservationList", "clientActivityReport",
}

// happenings are what else must have happened.
var happenings = []string{
	"accommodation granted", "profile changed", "proctor checks in", "proctor starts", "proctor ends", "proctor revises",
	"backup restored", "jump of the clock", "own exam in the way", "page closed", "provider canceled", "provider counted as down", "provider moved", "left a call", "answer to nobody", "begun again after the unlock", "move held back", "panic", "booking damaged", "learner's record damaged",
	"pass beside a damaged booking", "started without a key", "slot freed", "slot taken",
	"deliveries shown", "routine sweep rests", "delivery in time", "delivery lost", "deliveries stop for a day", "delivery long after its change", "sweeps stop",
	"staff: gone", "staff: keep", "staff: stands", "unknown id reported", "booking woken", "foreign id woken",
}

// letters are the ways in which the provider's notifications must have come.
var letters = []string{"on time", "late", "forged", "unsigned", "by a wrong secret", "sent again"}

// atPlatforms are what must have happened on the platforms whose provider a deployment is.
var atPlatforms = []string{
	"answer lost", "answer of ours lost", "attempt gone", "booked for an attempt", "down", "exam opened", "learner erased", "not yet identified, or no more",
	"request of ours lost", "verdict not_reviewed", "verdict passed", "verdict violation", "verdict told again", "whole sitting",
}

// missing returns what never happened although it should have.
func (c counts) missing() []string {
	var none []string
	want := func(kind, name string) {
		if c[counted{kind, name}] == 0 {
			none = append(none, kind+" "+name)
		}
	}
	for _, kind := range append(everyFault(), proctorbooktest.Down) {
		want("fault", string(kind))
	}
	for _, at := range crashPoints {
		want("crash", point{at, before}.String())
		want("crash", point{at, after}.String())
	}
	for _, name := range []string{"conflict", "error", "answer lost", "storm of conflicts", "real conflict"} {
		want("store", name)
	}
	for _, name := range happenings {
		want("world", name)
	}
	for _, name := range atPlatforms {
		want("platform", name)
	}
	for _, name := range letters {
		want("webhook", name)
	}
	for _, typ := range eventTypes {
		want("event", string(typ))
	}
	slices.Sort(none)
	return slices.Compact(none)
}

// eventTypes are the events that the schedules must have seen: all that there
// are, but for notes, those of an import from another system, and staff's word that
// a session was held elsewhere.
var eventTypes = []scheduling.EventType{
	scheduling.EventRequested, scheduling.EventMoveRequested, scheduling.EventCancelRequested, scheduling.EventWishQueued,
	scheduling.EventWishReplaced, scheduling.EventWishPromoted, scheduling.EventWishVoid, scheduling.EventSent, scheduling.EventRetry,
	scheduling.EventUnknown, scheduling.EventAdopted, scheduling.EventAdoptedOtherStart, scheduling.EventFoundTwice,
	scheduling.EventMadeNumberUnknown, scheduling.EventRefused, scheduling.EventRefusedUnproven, scheduling.EventFailed,
	scheduling.EventMoved, scheduling.EventMoveRefused, scheduling.EventNumberDead, scheduling.EventNumberRemoved,
	scheduling.EventRemovalNotFound, scheduling.EventExtraRemoved, scheduling.EventExtraStuck, scheduling.EventExtraFound,
	scheduling.EventExtraCondemned, scheduling.EventZombieCondemned, scheduling.EventCanceled, scheduling.EventCancelRefused,
	scheduling.EventCanceledByProvider, scheduling.EventMovedByProviderOrLate, scheduling.EventNumberChanged, scheduling.EventMissing,
	scheduling.EventSeen, scheduling.EventNeedsAttention, scheduling.EventReadFailed, scheduling.EventBeginSent,
	scheduling.EventBeginCleared, scheduling.EventBegun, scheduling.EventBegunAgain, scheduling.EventUnlocked,
	scheduling.EventWrongCode, scheduling.EventCodeReset, scheduling.EventAccommodationSet, scheduling.EventExamApplied,
	scheduling.EventProfileRefreshed, scheduling.EventAttendance, scheduling.EventAttendanceSet, scheduling.EventVerdict,
	scheduling.EventOverridden, scheduling.EventOverrideWithdrawn, scheduling.EventReopened, scheduling.EventNoShowUndone,
	scheduling.EventResolvedKeep, scheduling.EventResolvedGone,
	scheduling.EventResolvedStands, scheduling.EventFinished, scheduling.EventNoShow, scheduling.EventSeenStarted,
}
