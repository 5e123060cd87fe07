package problem

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/transport"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// When to look, or to try, again, in seconds, where the error does not say.
const (
	pendingAfter     = 15  // an operation settles within seconds, or within minutes
	beginAfter       = 5   // the exam begins now
	unavailableAfter = 60  // a service is back within minutes
	savedAfter       = 300 // nobody waits for it
)

// The problems that say the same each time.
var (
	internal = Problem{Type: TypeInternal, Title: "Internal error", Status: http.StatusInternalServerError,
		Detail: "Something went wrong here. Please tell the exam office if it happens again."}
	unavailable = Problem{Type: TypeUnavailable, Title: "Service not available", Status: http.StatusServiceUnavailable,
		Detail: "A service that is needed for this does not answer. Nothing was changed. Please try again later.", RetryAfter: unavailableAfter}
	unknown = Problem{Type: TypeUnknown, Title: "Outcome not known", Status: http.StatusGatewayTimeout,
		Detail: "A service did not answer in time. It may have been done. Please look before you try again.", RetryAfter: pendingAfter}
	notBegun = Problem{Type: TypeNotBegun, Title: "Not begun", Status: http.StatusServiceUnavailable,
		Detail: "The exam provider has not opened the session. Please press begin again. If that does not help, tell the exam office at once.", RetryAfter: beginAfter}
	noZone = Problem{Type: TypeInvalid, Title: "Invalid input", Status: http.StatusUnprocessableEntity, Detail: "No time zone is known of the learner. Please choose one.",
		Fields: []string{"Profile.Zone"}, Errors: []FieldError{{Field: "Profile.Zone", Problem: "is missing, and the platform has none"}}}
	unsupported = Problem{Type: TypeUnsupported, Title: "Not supported", Status: http.StatusNotImplemented,
		Detail: "The exam provider does not offer this."}
	notFound = Problem{Type: TypeNotFound, Title: "Not found", Status: http.StatusNotFound,
		Detail: "There is no such booking or learner."}
	conflict = Problem{Type: TypeConflict, Title: "Changed meanwhile", Status: http.StatusConflict,
		Detail: "Somebody else changed this in the meantime. Please look at it, and try again."}
	alreadyBooked = Problem{Type: TypeAlreadyBooked, Title: "Already booked", Status: http.StatusConflict,
		Detail: "There is a booking of this exam. Move that one instead."}
	busy = Problem{Type: TypeBusy, Title: "Another exam is in the way", Status: http.StatusConflict,
		Detail: "Another exam is booked for that time. Choose another time, or move the other exam."}
	wrongCode = Problem{Type: TypeWrongCode, Title: "Wrong code", Status: http.StatusForbidden,
		Detail: "The unlock code is wrong. Please type it again."}
	codeLocked = Problem{Type: TypeCodeLocked, Title: "Code locked", Status: http.StatusForbidden,
		Detail: "Too many wrong unlock codes were typed. The exam office can reset the code."}
)

// Of returns the problem for an error that a method of package scheduling returned, also a
// wrapped one. Each exported error of package scheduling has its own; so do those of the
// clients and of contexts that come through. Any other one, and nil, is TypeInternal.
func Of(err error) Problem {
	for _, rule := range rules {
		if p, ok := rule(err); ok {
			return p
		}
	}
	return internal
}

// rules tell what an error is, the most telling first: an error may also be, by what it
// wraps, one of those below.
var rules = []func(error) (Problem, bool){
	as(pendingProblem), as(unsyncedProblem), as(notAllowedProblem), as(alreadyBookedProblem), as(busyProblem),
	as(slotTakenProblem), as(tooEarlyProblem), as(refusedProblem), as(notErasableProblem), as(beginProblem),
	is(scheduling.ErrWrongCode, wrongCode), is(scheduling.ErrCodeLocked, codeLocked),

	// What the operator must mend. The first may be the cause of a ValidationError.
	is(scheduling.ErrNoUnlockKey, internal), is(scheduling.ErrNoJobs, internal), is(scheduling.ErrNotDurable, internal),
	is(scheduling.ErrNoConsumers, internal), is(scheduling.ErrUnknownCursor, internal),
	is(proctorbook.ErrRedirect, internal), is(scheduling.ErrNoReport, unsupported),
	as(func(*scheduling.PanicError) Problem { return internal }),
	as(func(*scheduling.NewerDocumentError) Problem { return unavailable }), // a newer replica can
	as(func(*scheduling.UnreadableError) Problem { return internal }),

	as(invalidProblem), is(edx.ErrNoTimeZone, noZone), is(scheduling.ErrNotFound, notFound), is(scheduling.ErrConflict, conflict),
	is(scheduling.ErrAlreadyBooked, alreadyBooked), is(scheduling.ErrLearnerBusy, busy),
	is(proctorbook.ErrOutcomeUnknown, unknown),
	is(scheduling.ErrProviderDown, unavailable), as(reportProblem),

	// What comes through from the clients, and the ends of contexts.
	is(edx.ErrNotFound, notFound),
	as(func(e *edx.Error) Problem { return unavailableFor(e.RetryAfter) }),
	as(func(*edx.SignInError) Problem { return unavailable }),
	as(func(e *proctoru.Error) Problem { return unavailableFor(e.RetryAfter) }),
	as(func(*transport.Error) Problem { return unavailable }), // no answer, to a read: a write has an outcome besides
	is(proctorbook.ErrNotDone, unavailable),
	is(context.DeadlineExceeded, unknown), is(context.Canceled, unknown), // the store may have written
}

// as is the rule for errors of a type.
func as[E error](of func(E) Problem) func(error) (Problem, bool) {
	return func(err error) (Problem, bool) {
		if e, ok := errors.AsType[E](err); ok {
			return of(e), true
		}
		return Problem{}, false
	}
}

// is is the rule for errors that have no more to tell.
func is(target error, p Problem) func(error) (Problem, bool) {
	return func(err error) (Problem, bool) { return p, errors.Is(err, target) }
}

func pendingProblem(e *scheduling.PendingError) Problem {
	p := Problem{Type: TypePending, Title: "Not settled yet", Status: http.StatusAccepted, BookingID: e.BookingID, RetryAfter: pendingAfter,
		Detail: "We have stored this, and are checking with the exam provider. Please look at the booking again soon, and do not book anew."}
	if e.HeldBecause != "" {
		p.Reasons, p.RetryAt = []scheduling.Reason{{Code: e.HeldBecause}}, second(e.HeldUntil)
	}
	return p
}

func unsyncedProblem(e *scheduling.UnsyncedError) Problem {
	reasons := []scheduling.Reason{{Code: e.Reason}}
	switch e.Reason {
	case scheduling.ReasonUnsettled, scheduling.ReasonProviderUnavailable:
		return Problem{Type: TypeSaved, Title: "Saved, and not yet passed on", Status: http.StatusAccepted, Reasons: reasons, RetryAfter: savedAfter,
			Detail: "Your data are saved. We will pass them on to the exam provider as soon as possible."}
	}
	return Problem{Type: TypeInvalid, Title: "Invalid input", Status: http.StatusUnprocessableEntity, Reasons: reasons,
		Detail: "Your data are saved, and the exam provider does not take them as they are. Please correct them."}
}

// notEnrolled are the reasons that no time heals: the platform says no.
var notEnrolled = []scheduling.ReasonCode{scheduling.ReasonNotEnrolled, scheduling.ReasonEnrollmentInactive, scheduling.ReasonModeNotAllowed}

// unasked are the reasons that only say that somebody could not be asked.
var unasked = []scheduling.ReasonCode{scheduling.ReasonPlatformUnavailable, scheduling.ReasonProviderUnavailable}

func notAllowedProblem(e *scheduling.NotAllowedError) Problem {
	among := func(codes []scheduling.ReasonCode) func(scheduling.Reason) bool {
		return func(r scheduling.Reason) bool { return slices.Contains(codes, r.Code) }
	}
	p := Problem{Type: TypeNotAllowed, Title: "Not possible now", Status: http.StatusConflict, Detail: "This can't be done now, for the reasons given."}
	switch {
	case slices.ContainsFunc(e.Reasons, among(notEnrolled)):
		p = Problem{Type: TypeNotEnrolled, Title: "Not enrolled", Status: http.StatusForbidden, Detail: "The enrollment in the course is not one with which this exam may be taken."}
	case len(e.Reasons) > 0 && !slices.ContainsFunc(e.Reasons, func(r scheduling.Reason) bool { return !among(unasked)(r) }):
		p = unavailable
	case e.Has(scheduling.ReasonOwnBooking):
		p = busy
		if in, ok := errors.AsType[*scheduling.LearnerBusyError](e); ok {
			p.BookingID = in.BookingID
		}
	case len(e.Reasons) == 1 && e.Has(scheduling.ReasonAlreadyBooked):
		p = alreadyBooked
	}
	p.Reasons = slices.Clone(e.Reasons)
	return p
}

func alreadyBookedProblem(e *scheduling.AlreadyBookedError) Problem {
	p := alreadyBooked
	p.BookingID = e.BookingID
	return p
}

func busyProblem(e *scheduling.LearnerBusyError) Problem {
	p := busy
	p.BookingID = e.BookingID
	return p
}

func slotTakenProblem(e *scheduling.SlotTakenError) Problem {
	p := Problem{Type: TypeSlotTaken, Title: "Slot taken", Status: http.StatusConflict, BookingID: e.BookingID,
		Detail: "This time is no longer free. Please choose another one. An earlier booking, if there was one, still stands."}
	for _, slot := range e.Fresh {
		p.FreeStarts = append(p.FreeStarts, slot.Start.UTC())
	}
	return p
}

func tooEarlyProblem(e *scheduling.TooEarlyError) Problem {
	return Problem{Type: TypeTooEarly, Title: "Too early", Status: http.StatusConflict, RetryAt: second(e.At),
		Detail: "The exam can't be begun yet. Please come back at the time given."}
}

func refusedProblem(e *scheduling.RefusedError) Problem {
	return Problem{Type: TypeRefused, Title: "Refused by the exam provider", Status: http.StatusConflict, BookingID: e.BookingID,
		Reasons: []scheduling.Reason{{Code: e.Reason}}, Detail: "The exam provider does not accept this. An earlier booking, if there was one, still stands."}
}

func beginProblem(e *scheduling.BeginError) Problem {
	p := notBegun
	p.BookingID = e.BookingID
	return p
}

func notErasableProblem(e *scheduling.NotErasableError) Problem {
	return Problem{Type: TypeNotErasable, Title: "Not erasable yet", Status: http.StatusConflict, RetryAt: second(e.At),
		Detail: "The data are still needed for an exam. They can be erased once all bookings have ended, and not before the time given."}
}

func invalidProblem(e *proctorbook.ValidationError) Problem {
	p := Problem{Type: TypeInvalid, Title: "Invalid input", Status: http.StatusUnprocessableEntity, Detail: "Some of the input is not valid. Please correct the fields given."}
	for _, f := range e.Fields {
		p.Fields = append(p.Fields, f.Field)
		p.Errors = append(p.Errors, FieldError(f))
	}
	return p
}

func reportProblem(*scheduling.ReportError) Problem {
	p := unavailable
	p.Detail = "The report of the exam provider could not be read to its end. Please try again later."
	return p
}

// unavailableFor is unavailable for as long as the service asks to wait.
func unavailableFor(d time.Duration) Problem {
	p := unavailable
	if d > 0 {
		p.RetryAfter = int((d + time.Second - 1) / time.Second)
	}
	return p
}

// second returns the first whole second that is not before t, as clients try again by it.
func second(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		t = whole.Add(time.Second)
	}
	return t.UTC()
}
