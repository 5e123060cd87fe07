package scheduling

import "github.com/proctorbook/proctorbook/scheduling/provider"

// Advice is what staff, or whoever is on call, should do about a booking.
type Advice string

// The advice. Those of the provider's trouble are about Booking.Memory.Troubles.
const (
	AdviceNone       Advice = "none"           // nothing: it goes on by itself
	AdviceToken      Advice = "check_token"    // the provider refuses the token: see whether it was changed, or is locked
	AdviceClock      Advice = "check_clock"    // set this machine's clock, by NTP
	AdviceProvider   Advice = "check_provider" // the provider fails or can't be reached: see its status page, and the way there
	AdviceWords      Advice = "read_words"     // it refuses in unknown words: read them, and mend what they name
	AdviceAsk        Advice = "ask_provider"   // ask whether it has the reservation id; then Resolve
	AdviceSetup      Advice = "check_setup"    // a key or a record is missing here, or the work panicked: see the flag's reason, and the log
	AdviceSurplus    Advice = "remove_surplus" // a second reservation: Sweep with SweepRemove, or remove it by hand; then Resolve with DecisionKeep
	AdviceAskLearner Advice = "ask_learner"    // ask which start is meant; then Reschedule, or Resolve with DecisionKeep
	AdviceSitting    Advice = "ask_proctor"    // ask whether the exam was sat; then Finish, Void, or Resolve with DecisionHeld
)

// advice returns what to do about the booking.
func (b *Booking) advice() Advice {
	if a := b.NeedsAttention; a != nil && a.Reason != ReasonDeadline {
		return flagAdvice(a.Reason)
	}
	for _, t := range b.Memory.Troubles {
		if a := troubleAdvice[t.Kind]; a != "" {
			return a
		}
	}
	if b.NeedsAttention != nil {
		return AdviceAsk
	}
	return AdviceNone
}

// flagAdvice returns what to do about a flag other than deadline.
func flagAdvice(why ReasonCode) Advice {
	switch why {
	case ReasonKeyMissing, ReasonLearnerMissing, ReasonPanicked:
		return AdviceSetup
	case ReasonExtra:
		return AdviceSurplus
	case ReasonMovedOrLate:
		return AdviceAskLearner
	case ReasonOverdue, ReasonSeenStarted, ReasonCanceledByProvider:
		return AdviceSitting
	}
	return AdviceAsk
}

// troubleAdvice is what to do about a provider's trouble. Throttling ends by itself.
var troubleAdvice = map[provider.TroubleKind]Advice{
	provider.TroubleToken: AdviceToken, provider.TroubleClock: AdviceClock, provider.TroubleWords: AdviceWords,
	provider.TroubleServer: AdviceProvider, provider.TroubleUnreachable: AdviceProvider,
	provider.TroubleNoAnswer: AdviceProvider, provider.TroubleOddAnswer: AdviceProvider,
}
