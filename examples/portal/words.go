package main

import (
	"embed"
	"encoding/json"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The pages are written in English; words/fr.json has each of their sentences in
// French, and both files have the plurals.
//
//go:embed words
var words embed.FS

var languages = []language.Tag{language.English, language.French}

// sentence is one translation, or one for each plural form of its first number.
type sentence struct {
	Text   string
	Plural map[string]string
}

// UnmarshalJSON takes a text, or an object with the forms "one" and "other".
func (s *sentence) UnmarshalJSON(data []byte) error {
	if data[0] == '{' {
		return json.Unmarshal(data, &s.Plural)
	}
	return json.Unmarshal(data, &s.Text)
}

// readWords returns the sentences of a language.
func readWords(tag language.Tag) (map[string]sentence, error) {
	data, err := words.ReadFile("words/" + tag.String() + ".json")
	if err != nil {
		return nil, err
	}
	var all map[string]sentence
	return all, json.Unmarshal(data, &all)
}

// newCatalog has all languages.
func newCatalog() (catalog.Catalog, error) {
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	for _, tag := range languages {
		all, err := readWords(tag)
		if err != nil {
			return nil, err
		}
		for key, s := range all {
			message := catalog.Message(catalog.String(s.Text))
			if s.Plural != nil {
				message = plural.Selectf(1, "%d", "one", s.Plural["one"], "other", s.Plural["other"])
			}
			if err := b.Set(tag, key, message); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// reasons says what forbids something, to the learner.
var reasons = map[scheduling.ReasonCode]string{
	scheduling.ReasonNotEnrolled:         "You are not enrolled in the course.",
	scheduling.ReasonEnrollmentInactive:  "You are no longer enrolled in the course.",
	scheduling.ReasonModeNotAllowed:      "Your enrollment does not include the proctored exam. Upgrade it in the course first.",
	scheduling.ReasonProfileIncomplete:   "Your profile is not complete. The proctors need it to know who you are.",
	scheduling.ReasonProviderRefuses:     "The proctoring service does not accept the data of your profile. Please check them.",
	scheduling.ReasonWindowNotOpen:       "It is too early: the exam is not open yet.",
	scheduling.ReasonWindowOver:          "The exam's dates are over.",
	scheduling.ReasonOutsideWindow:       "This time is outside of the exam's dates, or too soon.",
	scheduling.ReasonStartInPast:         "This time is past.",
	scheduling.ReasonAlreadyBooked:       "You have a booking of this exam.",
	scheduling.ReasonOwnBooking:          "Another exam of yours is at this time.",
	scheduling.ReasonAttemptFinished:     "You have sat this exam.",
	scheduling.ReasonNoBooking:           "You have no booking of this exam.",
	scheduling.ReasonBookingEnded:        "This booking has ended.",
	scheduling.ReasonUnsettled:           "We are still checking your last request.",
	scheduling.ReasonCancelOpen:          "The booking is being canceled.",
	scheduling.ReasonBegun:               "The session has begun.",
	scheduling.ReasonTooLate:             "It is too late for this.",
	scheduling.ReasonTooEarly:            "It is too early for this.",
	scheduling.ReasonMovesUsedUp:         "You have moved this booking as often as is allowed.",
	scheduling.ReasonBookingsUsedUp:      "You have booked this exam as often as is allowed.",
	scheduling.ReasonTimeOver:            "Your time is over.",
	scheduling.ReasonOverlap:             "Somebody else took this time, or another reservation of yours is in the way.",
	scheduling.ReasonPlatformUnavailable: "The course platform does not answer now. Please try again in some minutes.",
	scheduling.ReasonProviderUnavailable: "The proctoring service does not answer now. Please try again in some minutes.",
	scheduling.ReasonCodeLocked:          "Too many wrong codes were typed. The exam office can reset this.",
	scheduling.ReasonNotSeenActive:       "We are making sure that your reservation stands. Please try again in a minute.",
	scheduling.ReasonCanceledByUs:        "It was canceled as you asked.",
	scheduling.ReasonCanceledByProvider:  "The proctoring service canceled it. You may choose another time.",
	scheduling.ReasonGaveUp:              "The proctoring service could not be reached in time. Nothing is booked.",
	scheduling.ReasonExtraTimeUnreadable: "We could not read your extra time. The exam office has to look at it.",
	scheduling.ReasonStaff:               "The exam office decided it.",
}

// losses says what the learner loses.
var losses = map[scheduling.Loss]string{
	scheduling.LossSlot:    "your present time: others may take it at once",
	scheduling.LossFee:     "the fee above",
	scheduling.LossMove:    "one of the moves that you have",
	scheduling.LossBooking: "one of the bookings that you have, since it is late",
	scheduling.LossChance:  "the exam: you could not book it again",
	scheduling.LossChanges: "the chance to change it: you can neither move nor cancel afterwards",
	scheduling.LossAttempt: "the attempt: the exam can't be opened again",
}

// states names the states of a booking.
var states = map[scheduling.State]string{
	scheduling.StatePending:   "being reserved",
	scheduling.StateScheduled: "booked",
	scheduling.StateBegun:     "session begun",
	scheduling.StateUnlocked:  "exam open",
	scheduling.StateFinished:  "finished",
	scheduling.StateCanceled:  "canceled",
	scheduling.StateNoShow:    "not attended",
	scheduling.StateFailed:    "not booked",
	scheduling.StateVoid:      "void",
}

// stateOrder is the order in which lists and charts have them.
var stateOrder = []scheduling.State{
	scheduling.StatePending, scheduling.StateScheduled, scheduling.StateBegun, scheduling.StateUnlocked, scheduling.StateFinished,
	scheduling.StateCanceled, scheduling.StateNoShow, scheduling.StateFailed, scheduling.StateVoid,
}

// flags says to staff why a booking needs attention.
var flags = map[scheduling.ReasonCode]string{
	scheduling.ReasonDeadline:       "An operation has been open for too long: nobody knows yet what the provider did.",
	scheduling.ReasonMissing:        "It is booked here, and the provider does not show it. Nothing proves a cancel.",
	scheduling.ReasonMovedOrLate:    "The provider has it at another start: moved there, or an old request acted late.",
	scheduling.ReasonExtra:          "The provider holds a second reservation of it.",
	scheduling.ReasonOverdue:        "It was begun, and nobody finished it.",
	scheduling.ReasonSeenStarted:    "The provider's report shows a session that was not begun here.",
	scheduling.ReasonKeyMissing:     "The key of its unlock code is not configured.",
	scheduling.ReasonLearnerMissing: "The learner's record is gone or can't be read.",
	scheduling.ReasonPanicked:       "The work on it failed in an unforeseen way: see the log.",
}

// advices says to staff what to do.
var advices = map[scheduling.Advice]string{
	scheduling.AdviceNone:       "Nothing to do: it goes on by itself.",
	scheduling.AdviceToken:      "The provider refuses our token: see whether it was changed or locked.",
	scheduling.AdviceClock:      "Set this machine's clock.",
	scheduling.AdviceProvider:   "The provider fails or can't be reached: see its status page. It goes on by itself when the provider is back.",
	scheduling.AdviceWords:      "The provider refuses in words we don't know: read them, and mend what they name.",
	scheduling.AdviceAsk:        "Ask the provider whether it has this reservation, then answer below.",
	scheduling.AdviceSetup:      "A key or a record is missing here: see the log.",
	scheduling.AdviceSurplus:    "Have the second reservation removed at the provider, then answer “keep”.",
	scheduling.AdviceAskLearner: "Ask the learner which start is meant: move the booking, or answer “keep”.",
	scheduling.AdviceSitting:    "Ask the proctor whether the exam was sat: then void it, or answer “held”.",
}

// decisions are staff's answers to a booking that needs attention.
var decisions = []struct {
	Decision scheduling.Decision
	Text     string
}{
	{scheduling.DecisionKeep, "keep: all is as it should be"},
	{scheduling.DecisionGone, "gone: nothing of it is at the provider"},
	{scheduling.DecisionStands, "stands: the provider has it (give number and start)"},
	{scheduling.DecisionHeld, "held: the session in the report was the exam"},
}

// sentenceFor returns what is said of a code, or the code itself.
func sentenceFor[K ~string](all map[K]string, code K) string {
	if text, known := all[code]; known {
		return text
	}
	return string(code)
}
