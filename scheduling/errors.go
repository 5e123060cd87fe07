package scheduling

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
)

// Errors of a [Store], and of the Scheduler's methods that take an id.
var (
	// ErrNotFound means that the store has no such booking or learner.
	ErrNotFound = errors.New("scheduling: not found")
	// ErrConflict means that the stored version differs: somebody else wrote first. Read again.
	ErrConflict = errors.New("scheduling: changed by somebody else meanwhile")
	// ErrAlreadyBooked means that the learner has an active booking for the exam.
	ErrAlreadyBooked = errors.New("scheduling: the learner has an active booking for this exam")
	// ErrLearnerBusy means that another exam of the learner is in the way: a [*LearnerBusyError].
	ErrLearnerBusy = errors.New("scheduling: another exam of the learner is in the way")
)

// ErrProviderDown means that the provider has left many calls in a row unanswered
// (see [Tuning].RetryBudget), and that the work was left for later.
var ErrProviderDown = errors.New("scheduling: the provider does not answer")

// UnreadableError means that this program can't read a record of the store: it is
// damaged, or a newer version of this library wrote it. It stays as it is, and an
// active booking still keeps its learner from another one.
type UnreadableError struct {
	Booking BookingID // whose row or event it is; "" of a learner's record
	Learner LearnerID // whose booking or record; "" if that is not known either
	Cursor  Cursor    // of an event; else ""
	Err     error     // why; it may quote the record
}

// Error names the record, and quotes nothing of it.
func (e *UnreadableError) Error() string {
	what := "booking " + shown.ID(e.Booking)
	switch {
	case e.Cursor != "":
		what = "event " + shown.ID(e.Cursor) + " of " + what
	case e.Booking == "":
		what = "the record of learner " + shown.ID(e.Learner)
	}
	text := "scheduling: " + what + " can't be read by this program"
	if newer, ok := errors.AsType[*NewerDocumentError](e.Err); ok {
		text += ": " + newer.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Format prints what Error returns, for every verb.
func (e UnreadableError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// MarshalText returns what Error does: a list of errors is logged as JSON.
func (e UnreadableError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// GobEncode encodes what Error returns.
func (e UnreadableError) GobEncode() ([]byte, error) { return e.MarshalText() }

// NewerDocumentError means that a newer program has written the booking: this one would
// lose members of it, or does not know values in it. Nothing was changed. Let the newer
// program do it.
type NewerDocumentError struct {
	Booking BookingID // whose row it is
	Members []string  // such as "intent.flags.color", or "state" with its value
}

// Error names the members.
func (e *NewerDocumentError) Error() string {
	return fmt.Sprintf("scheduling: booking %s was written by a newer program, which knows %s: let that one write it", shown.ID(e.Booking), shown.ID(strings.Join(e.Members, ", ")))
}

// PanicError means that the work on one booking panicked. The others went on.
type PanicError struct {
	Booking BookingID // whose work it was; "" where that is not known
	Value   any       // what was passed to panic; it may hold anything
	Stack   string    // functions and lines, the innermost first, without arguments
}

// Error names the booking. It quotes Value only if the Go runtime made it.
func (e *PanicError) Error() string {
	what := "scheduling: the work"
	if e.Booking != "" {
		what += " on booking " + shown.ID(e.Booking)
	}
	return what + " panicked: " + caught.Text(e.Value)
}

// Format prints what Error returns, for every verb.
func (e PanicError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// MarshalText returns what Error does: a list of errors is logged as JSON.
func (e PanicError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// GobEncode encodes what Error returns.
func (e PanicError) GobEncode() ([]byte, error) { return e.MarshalText() }

// LogValue returns what Error does.
func (e PanicError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Errors of Unlock.
var (
	// ErrWrongCode means that the unlock code is not the booking's. One of ten tries is used up.
	ErrWrongCode = errors.New("scheduling: wrong unlock code: type it again")
	// ErrCodeLocked means that ten wrong codes were typed. Staff can call ResetCode.
	ErrCodeLocked = errors.New("scheduling: the unlock code is locked after ten wrong ones: staff can reset it with ResetCode")
)

// opPackage is the Op of a ValidationError until inMethod adds the method.
const opPackage = "scheduling"

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

// join adds the problems of a part that was checked separately.
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
	return &proctorbook.ValidationError{Op: opPackage, Fields: p}
}

// invalid returns the error for one wrong field. cause becomes its Cause; it may be nil.
func invalid(field, problem string, cause error) error {
	return &proctorbook.ValidationError{Op: opPackage, Fields: []proctorbook.FieldError{{Field: field, Problem: problem}}, Cause: cause}
}

// inMethod returns err. If it is a ValidationError of a shared check, the method's name
// is added. A dry run gives the name of the real call, so that both fail alike.
func inMethod(method string, err error) error {
	if e, ok := err.(*proctorbook.ValidationError); ok && e.Op == opPackage {
		named := *e
		named.Op += ": " + method
		return &named
	}
	return err
}

// NotAllowedError means that the action is not allowed now. Nothing was sent.
// [Scheduler.Status] gives the same reasons beforehand, except for own_booking, which
// depends on the start and comes with a [*LearnerBusyError].
type NotAllowedError struct {
	Action  Action   // what was tried
	Reasons []Reason // all that forbids it now; at least one
	cause   error    // why the platform could not be asked, or the booking in the way
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

// Has reports whether code is among the reasons.
func (e *NotAllowedError) Has(code ReasonCode) bool { return hasReason(e.Reasons, code) }

// notAllowed returns the error for an action that one reason forbids.
func notAllowed(a Action, code ReasonCode) *NotAllowedError {
	return &NotAllowedError{Action: a, Reasons: []Reason{{Code: code}}}
}

// orAlreadyBooked returns err. The store's ErrAlreadyBooked it turns into a
// NotAllowedError, which staff gets as for any other reason.
func orAlreadyBooked(a Action, err error) error {
	if errors.Is(err, ErrAlreadyBooked) {
		return &NotAllowedError{Action: a, Reasons: []Reason{{Code: ReasonAlreadyBooked}}, cause: err}
	}
	return err
}

// PendingError means that nobody knows yet whether the provider has acted. What was
// asked for is stored, and Reconcile (or Run) finds out: never make a new booking
// instead. It is proctorbook.ErrOutcomeUnknown.
type PendingError struct {
	BookingID   BookingID  // the booking to look at again
	Op          Op         // the operation that is open; if Queued, the one that waits
	Start       time.Time  // the start that is being reserved or moved to, UTC; zero for a cancel
	Deadline    time.Time  // if nothing is known by then, NeedsAttention is set; UTC
	Queued      bool       // it is stored as a Wish, and waits for an older operation to settle
	HeldUntil   time.Time  // the move is not sent before, and nothing of it was sent yet, UTC; zero if nothing holds it back
	HeldBecause ReasonCode // why; "" if nothing holds it back

	cause error
}

// Error names what is open, and the last failure.
func (e *PendingError) Error() string {
	what, next := "is not settled yet", "Reconcile will find out"
	if e.Queued {
		what = "waits for an earlier operation to settle"
	}
	if e.HeldBecause != "" {
		what, next = "is held back until "+e.HeldUntil.UTC().Format(time.RFC3339)+", since an older request may still act", "Reconcile will send it then"
	}
	text := fmt.Sprintf("scheduling: %s of booking %s %s: %s", e.Op, shown.ID(e.BookingID), what, next)
	if e.cause != nil {
		text += " (" + strings.ReplaceAll(e.cause.Error(), "\n", "; ") + ")"
	}
	return text
}

// Unwrap returns proctorbook.ErrOutcomeUnknown, and the last failure if any.
func (e *PendingError) Unwrap() []error {
	if e.cause == nil {
		return []error{proctorbook.ErrOutcomeUnknown}
	}
	return []error{proctorbook.ErrOutcomeUnknown, lastFailure{e.cause}}
}

// lastFailure is the failure of one of several calls. It is never an ErrNotDone: this
// call was perhaps not carried out, but an earlier one may have been.
type lastFailure struct{ err error }

func (f lastFailure) Error() string { return f.err.Error() }
func (f lastFailure) Is(target error) bool {
	return target != proctorbook.ErrNotDone && errors.Is(f.err, target)
}
func (f lastFailure) As(target any) bool { return errors.As(f.err, target) }

// AlreadyBookedError means that the learner has an active booking for the exam
// at another start. Use Reschedule to move it. It is ErrAlreadyBooked.
type AlreadyBookedError struct {
	BookingID BookingID // the active booking
	Start     time.Time // the start that the learner asked for last, UTC; it may not be proven yet
}

// Error names the booking, and what to do.
func (e *AlreadyBookedError) Error() string {
	return fmt.Sprintf("scheduling: booking %s exists for this learner and exam: use Reschedule, or wait for its cancel if one is open", shown.ID(e.BookingID))
}

// Unwrap returns ErrAlreadyBooked and proctorbook.ErrNotDone.
func (e *AlreadyBookedError) Unwrap() []error {
	return []error{ErrAlreadyBooked, proctorbook.ErrNotDone}
}

// LearnerBusyError is ErrLearnerBusy: another exam is in the learner's way.
type LearnerBusyError struct {
	BookingID BookingID // the active booking in the way
}

// Error names the booking in the way, and what to do.
func (e *LearnerBusyError) Error() string {
	return fmt.Sprintf("scheduling: booking %s of the same learner is in the way: choose another start, or move that one", shown.ID(e.BookingID))
}

// Unwrap returns ErrLearnerBusy and proctorbook.ErrNotDone.
func (e *LearnerBusyError) Unwrap() []error { return []error{ErrLearnerBusy, proctorbook.ErrNotDone} }

// SlotTakenError means that the provider refused the start: somebody else took it, or
// another reservation of the learner overlaps it.
type SlotTakenError struct {
	BookingID BookingID // the booking: failed, or still at its old start
	Start     time.Time // the start that was refused, UTC
	Fresh     []Slot    // what else is free on that day now, without a Conflict; empty if nothing is, or if it could not be read
}

// Error names the booking, and what to do next.
func (e *SlotTakenError) Error() string {
	return fmt.Sprintf("scheduling: the slot of booking %s is gone: choose one of the %d fresh ones, or another day", shown.ID(e.BookingID), len(e.Fresh))
}

// Unwrap returns proctoru.ErrOverlap and proctorbook.ErrNotDone.
func (e *SlotTakenError) Unwrap() []error {
	return []error{proctoru.ErrOverlap, proctorbook.ErrNotDone}
}

// RefusedError means that the provider refused the operation, and that nothing of the
// operation is left there. A reserve leaves the booking failed; a move, a cancel or a
// begin leaves it as it was.
type RefusedError struct {
	BookingID BookingID  // the booking
	Op        Op         // what was refused
	Reason    ReasonCode // why, as a code; "staff" if staff resolved it meanwhile
	cause     error      // the client's last error, if this call saw one
}

// Error gives the reason as a code, and the cause.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("scheduling: the provider refused the %s of booking %s: %s", e.Op, shown.ID(e.BookingID), e.Reason)
	if e.cause != nil {
		text += " (" + strings.ReplaceAll(e.cause.Error(), "\n", "; ") + ")"
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

// TooEarlyError means that the exam can't be begun yet. Nothing changed.
type TooEarlyError struct {
	// At is when to try again, UTC, by our clock. The provider's may be behind: then
	// Begin returns a later one.
	At time.Time
}

// Error names the time of the next try.
func (e *TooEarlyError) Error() string {
	return "scheduling: too early to begin; try again at " + e.At.UTC().Format(time.RFC3339)
}

// Unwrap returns proctoru.ErrTooEarly and proctorbook.ErrNotDone.
func (e *TooEarlyError) Unwrap() []error {
	return []error{proctoru.ErrTooEarly, proctorbook.ErrNotDone}
}
