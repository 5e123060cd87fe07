package scheduling

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook/internal/typed"
)

// Action is what can be done with an exam or a booking; see `go doc ActionBook`.
type Action string

// The actions. The first six are methods of [Scheduler]; those for staff are methods
// of [StaffService], named beside them.
const (
	ActionBook        Action = "book"
	ActionReschedule  Action = "reschedule"
	ActionCancel      Action = "cancel"
	ActionBegin       Action = "begin"
	ActionUnlock      Action = "unlock"
	ActionFinish      Action = "finish"
	ActionResolve     Action = "resolve"     // staff's, as all below except outcome
	ActionAccommodate Action = "accommodate" // SetAccommodation
	ActionApplyExam   Action = "apply_exam"  // ApplyExam
	ActionOutcome     Action = "outcome"
	ActionOverride    Action = "override"     // OverrideOutcome and WithdrawOverride
	ActionAttend      Action = "attend"       // SetAttendance
	ActionVoid        Action = "void"         // Void
	ActionReopen      Action = "reopen"       // Reopen
	ActionUndoNoShow  Action = "undo_no_show" // UndoNoShow
)

// ReasonCode is why something is not allowed, was refused, or needs attention. Codes
// are for programs: the sentences for users are the application's. `go doc ReasonNotEnrolled` lists them all.
type ReasonCode string

// The reasons.
const (
	ReasonNotEnrolled         ReasonCode = "not_enrolled"          // the platform has no enrollment
	ReasonEnrollmentInactive  ReasonCode = "enrollment_inactive"   // was enrolled once, and is no longer
	ReasonModeNotAllowed      ReasonCode = "mode_not_allowed"      // enrolled in a mode that may not book
	ReasonProfileIncomplete   ReasonCode = "profile_incomplete"    // Fields names what is missing, or what the provider would refuse
	ReasonWindowNotOpen       ReasonCode = "window_not_open"       // before the window or the lead time
	ReasonWindowOver          ReasonCode = "window_over"           // no sitting fits into the rest of the window
	ReasonOutsideWindow       ReasonCode = "outside_window"        // the start asked for is outside, or within the notice
	ReasonStartInPast         ReasonCode = "start_in_past"         // the start asked for is past
	ReasonAlreadyBooked       ReasonCode = "already_booked"        // an active booking exists
	ReasonOwnBooking          ReasonCode = "own_booking"           // the learner's booking of another exam is in the way
	ReasonAttemptFinished     ReasonCode = "attempt_finished"      // the learner has sat the exam
	ReasonNoBooking           ReasonCode = "no_booking"            // there is nothing to act on
	ReasonBookingEnded        ReasonCode = "booking_ended"         // canceled, finished, failed or a no-show
	ReasonUnsettled           ReasonCode = "unsettled"             // an operation is open
	ReasonCancelOpen          ReasonCode = "cancel_open"           // a cancel is under way
	ReasonBegun               ReasonCode = "begun"                 // the exam has begun, or may have
	ReasonNotBegun            ReasonCode = "not_begun"             // begin first
	ReasonNotUnlocked         ReasonCode = "not_unlocked"          // unlock first
	ReasonTooLate             ReasonCode = "too_late"              // the cut-off of the policy, or the end of the sitting, is past
	ReasonTooEarly            ReasonCode = "too_early"             // Policy.StartLead before the start has not begun, or the provider is not ready yet
	ReasonLate                ReasonCode = "late"                  // asked for within Policy.LateWithin of the start: Policy.LateFee is due
	ReasonMovesUsedUp         ReasonCode = "moves_used_up"         // Policy.MaxMoves
	ReasonBookingsUsedUp      ReasonCode = "bookings_used_up"      // Policy.MaxBookings
	ReasonTimeOver            ReasonCode = "time_over"             // the learner's time is over
	ReasonNotSeenActive       ReasonCode = "not_seen_active"       // the reservation was not seen active recently
	ReasonCodeSpent           ReasonCode = "code_spent"            // the unlock code was used
	ReasonCodeLocked          ReasonCode = "code_locked"           // too many wrong codes
	ReasonOverlap             ReasonCode = "overlap"               // the provider: another reservation is in the way
	ReasonInvalidRequest      ReasonCode = "invalid_request"       // refused before or by the provider as malformed
	ReasonNotAllowed          ReasonCode = "not_allowed"           // the provider does not allow it for this reservation
	ReasonReservationMissing  ReasonCode = "reservation_missing"   // the provider does not have the reservation
	ReasonGaveUp              ReasonCode = "gave_up"               // not proven by Policy.ResendUntil, and not sent again
	ReasonCanceledByUs        ReasonCode = "canceled_by_us"        // a cancel of ours
	ReasonCanceledByProvider  ReasonCode = "canceled_by_provider"  // canceled at the provider, not by us
	ReasonByAnswer            ReasonCode = "by_answer"             // proven by the provider's answer
	ReasonByList              ReasonCode = "by_list"               // proven by the provider's list
	ReasonDeadline            ReasonCode = "deadline"              // not settled in time
	ReasonMissing             ReasonCode = "missing"               // scheduled here, not found there, no proof of a cancel
	ReasonMovedOrLate         ReasonCode = "moved_or_late"         // it is at a start that was asked for earlier: moved there, or an old request acted late
	ReasonExtra               ReasonCode = "extra"                 // the provider holds a second reservation of it
	ReasonOverdue             ReasonCode = "overdue"               // begun or unlocked, and nobody finished it long past its end
	ReasonByReport            ReasonCode = "by_report"             // proven by the provider's report
	ReasonNotStarted          ReasonCode = "not_started"           // only what was begun can be made void
	ReasonStaff               ReasonCode = "staff"                 // staff decided it, by Resolve
	ReasonNoAttention         ReasonCode = "no_attention"          // nothing needs staff's answer
	ReasonLive                ReasonCode = "live"                  // import: the reservation is still to come
	ReasonNotOverruled        ReasonCode = "not_overruled"         // there is nothing of staff's to take back
	ReasonNotFinished         ReasonCode = "not_finished"          // only a finished booking can be reopened
	ReasonNotNoShow           ReasonCode = "not_no_show"           // only a no-show can be taken back
	ReasonSeenStarted         ReasonCode = "seen_started"          // the provider's report shows a session that was not begun here
	ReasonOlderRequest        ReasonCode = "older_request"         // an older request, whose answer is not known, may still act
	ReasonProviderRefuses     ReasonCode = "provider_refuses"      // the provider refuses the learner's data: they must be changed
	ReasonKeyMissing          ReasonCode = "key_missing"           // an open reserve or move needs an unlock key that WithUnlockKeys was not given
	ReasonLearnerMissing      ReasonCode = "learner_missing"       // an open reserve or move needs the learner's record, which is gone or can't be read
	ReasonPanicked            ReasonCode = "panicked"              // the work on it panicked, and was caught: see the log
	ReasonPlatformUnavailable ReasonCode = "platform_unavailable"  // the platform could not be asked
	ReasonExtraTimeUnreadable ReasonCode = "extra_time_unreadable" // the platform's extra time for the learner can't be read: put it right there
	ReasonProviderUnavailable ReasonCode = "provider_unavailable"  // the provider could not be asked
)

// Reason is a code, with the names of the fields that it is about.
type Reason struct {
	Code   ReasonCode `json:"code"`             // what keeps the action from being allowed
	Fields []string   `json:"fields,omitempty"` // of profile_incomplete: what is missing or wrong; else empty
}

// String returns the code, and the fields in brackets.
func (r Reason) String() string {
	if len(r.Fields) == 0 {
		return string(r.Code)
	}
	return string(r.Code) + " (" + strings.Join(r.Fields, ", ") + ")"
}

func hasReason(reasons []Reason, code ReasonCode) bool {
	return slices.ContainsFunc(reasons, func(r Reason) bool { return r.Code == code })
}

// Request is who asks for something, and why. Both are kept in the history until the
// learner is erased. They are not sent to the provider. Methods of [StaffService] need
// both; for [Scheduler.Cancel] both may be empty.
type Request struct {
	Reason string // why; at most 500 characters
	By     string // who asks, as the application names people; at most 100 characters
}

// Format hides both texts, for every verb.
func (r Request) Format(f fmt.State, _ rune) { fmt.Fprint(f, "request") }

// LogValue hides both texts.
func (r Request) LogValue() slog.Value { return slog.StringValue("request") }

// validate checks a request whose texts may be empty.
func (r Request) validate() error {
	var v problems
	v.words(r)
	return v.err()
}

// validateStaff checks a request of staff, who must give both texts.
func (r Request) validateStaff() error {
	var v problems
	v.check(typed.Visible(r.Reason), "Request.Reason", "is empty")
	v.check(typed.Visible(r.By), "Request.By", "is empty")
	v.words(r)
	return v.err()
}

// words checks the length of both texts.
func (p *problems) words(r Request) {
	p.check(utf8.RuneCountInString(r.Reason) <= 500, "Request.Reason", "is longer than 500 characters")
	p.check(utf8.RuneCountInString(r.By) <= 100, "Request.By", "is longer than 100 characters")
}
