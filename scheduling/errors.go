package scheduling

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Errors of a [Store], and of the Scheduler's methods that take an id.
var (
	// ErrNotFound means that the store has no such booking or learner.
	ErrNotFound = errors.New("scheduling: not found")
	// ErrConflict means that the stored version differs: somebody else wrote first. Read again.
	ErrConflict = errors.New("scheduling: changed by somebody else meanwhile")
	// ErrAlreadyBooked means that the learner has an active booking for the exam.
	ErrAlreadyBooked = errors.New("scheduling: the learner has an active booking for this exam")
)

// ErrProviderDown means that the provider has not answered for many calls in a
// row (see [WithRetryBudget]), and that the work was left for later.
var ErrProviderDown = errors.New("scheduling: the provider does not answer")

// Errors of Unlock.
var (
	// ErrWrongCode means that the unlock code is not the booking's. A try is spent.
	ErrWrongCode = errors.New("scheduling: wrong unlock code")
	// ErrCodeLocked means that ten wrong codes were typed: staff must call ResetCode.
	ErrCodeLocked = errors.New("scheduling: the unlock code is locked after too many tries; staff can reset it with ResetCode")
)

// problems collects what is wrong with an input.
type problems []proctorbook.FieldError

func (p *problems) check(ok bool, field, problem string) {
	if !ok {
		p.add(field, problem)
	}
}

func (p *problems) add(field, problem string) {
	*p = append(*p, proctorbook.FieldError{Field: field, Problem: problem})
}

// join adds the problems of a part that was checked by itself.
func (p problems) join(err error) error {
	if part, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		p = append(p, part.Fields...)
	}
	return p.err()
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &proctorbook.ValidationError{Op: "scheduling", Fields: p}
}

// invalid returns the error for one wrong field. cause is what else it is, or nil.
func invalid(field, problem string, cause error) error {
	return &proctorbook.ValidationError{Op: "scheduling", Fields: []proctorbook.FieldError{{Field: field, Problem: problem}}, Cause: cause}
}

// NotAllowedError means that the action is not allowed now, and says why in
// codes. Nothing was sent. [Scheduler.Status] gives the same reasons beforehand.
type NotAllowedError struct {
	Action  Action
	Reasons []Reason
	cause   error // why the platform could not be asked
}

// Error gives the reasons as codes.
func (e *NotAllowedError) Error() string {
	parts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		parts[i] = r.String()
	}
	return fmt.Sprintf("scheduling: %s is not allowed: %s", e.Action, strings.Join(parts, ", "))
}

// Unwrap returns proctorbook.ErrNotDone, and the cause if there is one.
func (e *NotAllowedError) Unwrap() []error {
	if e.cause == nil {
		return []error{proctorbook.ErrNotDone}
	}
	return []error{proctorbook.ErrNotDone, e.cause}
}

// Has says whether code is among the reasons.
func (e *NotAllowedError) Has(code ReasonCode) bool { return hasReason(e.Reasons, code) }

// notAllowed returns the error for an action that one reason forbids.
func notAllowed(a Action, code ReasonCode) *NotAllowedError {
	return &NotAllowedError{Action: a, Reasons: []Reason{{Code: code}}}
}

// orAlreadyBooked returns err, and in place of the store's refusal of a second
// active booking the reason that staff gets.
func orAlreadyBooked(a Action, err error) error {
	if errors.Is(err, ErrAlreadyBooked) {
		return &NotAllowedError{Action: a, Reasons: []Reason{{Code: ReasonAlreadyBooked}}, cause: err}
	}
	return err
}

// PendingError means that the outcome is open: the provider may or may not have
// acted. The booking and the wish are kept, and Reconcile (or Run) finds out;
// never try the same again under a new booking. It is proctorbook.ErrOutcomeUnknown.
type PendingError struct {
	BookingID BookingID
	Op        Op        // what is open
	Start     time.Time // the start that is being reserved or moved to; zero for a cancel
	Deadline  time.Time // when the booking is flagged NeedsAttention if nothing is known by then
	Queued    bool      // the wish waits for an older operation to settle
	cause     error
}

// Error says what is open, and the last failure.
func (e *PendingError) Error() string {
	what := "is not settled yet"
	if e.Queued {
		what = "waits for an earlier operation to settle"
	}
	text := fmt.Sprintf("scheduling: %s of booking %s %s: Reconcile will find out", e.Op, e.BookingID, what)
	if e.cause != nil {
		text += " (" + e.cause.Error() + ")"
	}
	return text
}

// Unwrap returns proctorbook.ErrOutcomeUnknown, and the last failure if there was one.
func (e *PendingError) Unwrap() []error {
	if e.cause == nil {
		return []error{proctorbook.ErrOutcomeUnknown}
	}
	return []error{proctorbook.ErrOutcomeUnknown, lastFailure{e.cause}}
}

// lastFailure is a failure of one of several calls. That this one was not
// carried out says nothing about the whole.
type lastFailure struct{ err error }

func (f lastFailure) Error() string { return f.err.Error() }
func (f lastFailure) Is(target error) bool {
	return target != proctorbook.ErrNotDone && errors.Is(f.err, target)
}
func (f lastFailure) As(target any) bool { return errors.As(f.err, target) }

// AlreadyBookedError means that the learner has an active booking for the exam
// at another start. Use Reschedule to move it. It is ErrAlreadyBooked.
type AlreadyBookedError struct {
	BookingID BookingID
	Start     time.Time // the start booked, or asked for while it is pending
}

// Error names the booking, and what to do.
func (e *AlreadyBookedError) Error() string {
	return fmt.Sprintf("scheduling: booking %s exists for this learner and exam: use Reschedule", e.BookingID)
}

// Is makes errors.Is(err, ErrAlreadyBooked) true.
func (e *AlreadyBookedError) Is(target error) bool { return target == ErrAlreadyBooked }

// Unwrap returns proctorbook.ErrNotDone.
func (e *AlreadyBookedError) Unwrap() error { return proctorbook.ErrNotDone }

// SlotTakenError means that the provider refused the start because it, or
// another reservation of the learner, is in the way.
type SlotTakenError struct {
	BookingID BookingID
	Start     time.Time // the start that was refused
	Fresh     []Slot    // what is free that day now; empty if it could not be read
}

// Error says what to do next.
func (e *SlotTakenError) Error() string {
	return fmt.Sprintf("scheduling: the slot of booking %s is gone: choose one of the %d fresh ones, or another day", e.BookingID, len(e.Fresh))
}

// Unwrap returns proctoru.ErrOverlap and proctorbook.ErrNotDone.
func (e *SlotTakenError) Unwrap() []error {
	return []error{proctoru.ErrOverlap, proctorbook.ErrNotDone}
}

// RefusedError means that the provider refused the operation, and that nothing
// of it is left there. The booking is failed, or stands at its old start.
type RefusedError struct {
	BookingID BookingID
	Op        Op
	Reason    ReasonCode
	cause     error // the client's last error, if this call saw one
}

// Error gives the reason as a code, and the cause.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("scheduling: the provider refused the %s of booking %s: %s", e.Op, e.BookingID, e.Reason)
	if e.cause != nil {
		text += " (" + e.cause.Error() + ")"
	}
	return text
}

// Unwrap returns proctorbook.ErrNotDone, and the cause if it is known.
func (e *RefusedError) Unwrap() []error {
	if e.cause == nil {
		return []error{proctorbook.ErrNotDone}
	}
	return []error{proctorbook.ErrNotDone, lastFailure{e.cause}}
}

// TooEarlyError means that the exam can't be begun yet. The booking is untouched.
type TooEarlyError struct {
	At time.Time // UTC; try again then. By our clock: the provider may still ask for patience
}

// Error says when to try again.
func (e *TooEarlyError) Error() string {
	return "scheduling: too early to begin; try again at " + e.At.UTC().Format(time.RFC3339)
}

// Unwrap returns proctoru.ErrTooEarly and proctorbook.ErrNotDone.
func (e *TooEarlyError) Unwrap() []error {
	return []error{proctoru.ErrTooEarly, proctorbook.ErrNotDone}
}
