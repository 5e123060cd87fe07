package openedx

import (
	"fmt"
	"log/slog"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Finding is what a platform may be told of an attempt.
type Finding struct {
	Exam     Exam               // as the platform saved it
	Attempt  Attempt            // as far as it has come
	Booking  scheduling.Booking // the zero Booking if the learner never booked
	Outcome  scheduling.Outcome // of the booking, as the provider's report has it
	Unlocked bool               // a proctor typed the code
}

// LogValue logs what printing shows: nothing of anybody.
func (f Finding) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(f)) }

// ReviewFunc returns what the platform is told of an attempt, or false for nothing yet. It
// is called again with each change, and for two weeks after the session once a day, since
// facts may change while the booking's verdict stays the same. A verdict that differs from
// the last one that was sent is sent, and one that is no more is not taken back. Nothing is sent before the learner
// has submitted, but where the learner is known to have finished the platform is asked.
// With a ReviewedBy that the platform knows, its word is final. It must be quick, and ask
// nobody.
type ReviewFunc func(Finding) (edx.Review, bool)

// DefaultReview is the [ReviewFunc] of a [Provider] that was given none. The first row
// that fits counts:
//
//	booking                        verdict on it       the platform is told
//	void: it does not count        any                 not_reviewed
//	none, or no code was typed     any                 suspicious: without_code, once it is submitted
//	unlocked or finished           passed              passed
//	                               failed, by staff    violation: staff
//	                               failed, incident    violation: incident
//	                               failed, escalated   violation: escalated
//	                               failed otherwise    suspicious: not_authenticated or not_submitted
//	                               pending             nothing yet
//
// The words are comments of the review, and tell no more than that.
func DefaultReview(f Finding) (edx.Review, bool) {
	facts := f.Outcome.Facts
	switch {
	case f.Booking.State == scheduling.StateVoid:
		return edx.Review{Verdict: edx.VerdictNotReviewed}, true
	case !f.Unlocked:
		return review(edx.VerdictSuspicious, "without_code"), !f.Attempt.Submitted.IsZero()
	case f.Outcome.Verdict == scheduling.VerdictPassed:
		return edx.Review{Verdict: edx.VerdictPassed}, true
	case f.Outcome.Verdict != scheduling.VerdictFailed:
		return edx.Review{}, false
	case f.Outcome.ByStaff:
		return review(edx.VerdictViolation, "staff"), true
	case facts.Incident:
		return review(edx.VerdictViolation, "incident"), true
	case facts.Escalated:
		return review(edx.VerdictViolation, "escalated"), true
	case !facts.Authenticated:
		return review(edx.VerdictSuspicious, "not_authenticated"), true
	}
	return review(edx.VerdictSuspicious, "not_submitted"), true
}

func review(v edx.Verdict, why string) edx.Review {
	return edx.Review{Verdict: v, Comments: []edx.ReviewComment{{Text: why, Status: string(v)}}}
}

// finding is what is known of the sitting.
func (x sitting) finding() Finding {
	return Finding{
		Exam: x.exam, Attempt: x.attempt, Booking: x.booking, Outcome: x.booking.Outcome(), Unlocked: !x.booking.UnlockedAt.IsZero(),
	}
}
