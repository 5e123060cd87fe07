package page

import (
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/problem"
)

// words are the sentences for reasons that a learner may meet. Whoever meets another one is
// told its code, for the exam office.
var words = map[scheduling.ReasonCode]string{
	scheduling.ReasonWindowNotOpen:       "It can't be booked yet.",
	scheduling.ReasonWindowOver:          "The time in which the exam could be sat is over.",
	scheduling.ReasonOutsideWindow:       "The exam can't be sat at that time.",
	scheduling.ReasonStartInPast:         "That time is past.",
	scheduling.ReasonAttemptFinished:     "You have sat this exam.",
	scheduling.ReasonTooLate:             "It is too late for that.",
	scheduling.ReasonTooEarly:            "It is too early for that.",
	scheduling.ReasonMovesUsedUp:         "You have moved the booking as often as you may.",
	scheduling.ReasonBookingsUsedUp:      "You have booked this exam as often as you may.",
	scheduling.ReasonUnsettled:           "We are still checking what you asked for before.",
	scheduling.ReasonCancelOpen:          "The booking is being canceled.",
	scheduling.ReasonBegun:               "The session has begun, or may have.",
	scheduling.ReasonNotBegun:            "The session has not begun.",
	scheduling.ReasonBookingEnded:        "The booking has ended.",
	scheduling.ReasonTimeOver:            "The time is over.",
	scheduling.ReasonNotSeenActive:       "We have to check the booking with the exam provider first. Please try again in a minute.",
	scheduling.ReasonCodeSpent:           "The code was used.",
	scheduling.ReasonCodeLocked:          "Too many wrong codes were typed. The exam office can reset the code.",
	scheduling.ReasonOwnBooking:          "Another exam of yours is in the way.",
	scheduling.ReasonPlatformUnavailable: "Your course platform does not answer.",
	scheduling.ReasonProviderUnavailable: "The exam provider does not answer.",
	scheduling.ReasonExtraTimeUnreadable: "Your extra time can't be read. Please tell your exam office.",
}

// sentences are reasons in words.
func sentences(reasons []scheduling.Reason) []string {
	var all []string
	for _, r := range reasons {
		text, known := words[r.Code]
		if !known {
			text = fmt.Sprintf("If you don't know why, please tell your exam office this word: %s.", r.Code)
		}
		all = append(all, text)
	}
	return all
}

// labels are the names of what a learner fills in.
var labels = map[string]string{
	"Profile.GivenName": "Given name", "Profile.FamilyName": "Family name", "Profile.Phone": "Phone", "Profile.Country": "Country",
	"Profile.Address": "Street and number", "Profile.City": "City", "Profile.State": "State", "Profile.PostalCode": "Postal code", "Profile.Zone": "Time zone",
}

// why is what a problem says besides its sentence.
func why(p problem.Problem) []string {
	all := sentences(p.Reasons)
	for _, f := range p.Errors {
		if label, known := labels[f.Field]; known {
			all = append(all, label+": "+f.Problem+".")
		}
	}
	return all
}

// terms are what an action costs, in words; none if it costs nothing.
func terms(action string, t scheduling.Terms, zone *time.Location) []string {
	var all []string
	switch {
	case t.Late && t.Fee != "":
		all = append(all, fmt.Sprintf("%s is late now, and costs %s.", action, t.Fee))
	case t.Late:
		all = append(all, action+" is late now.")
	case !t.FreeUntil.IsZero():
		all = append(all, action+" is free until "+t.FreeUntil.In(zone).Format(dayAndTime)+".")
	}
	if t.Limited {
		all = append(all, fmt.Sprintf("%s is possible so often still: %d.", action, t.Left))
	}
	return all
}

// left is the time that is left, in whole minutes.
func left(d time.Duration) string {
	minutes := int(d / time.Minute)
	return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
}
