package proctoru

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Reason is why a call failed. Each one is an error, for errors.Is, and its text
// tells what to do next.
type Reason string

// Error returns the reason's text.
func (r Reason) Error() string { return string(r) }

// Reasons that the provider gives in its envelope. Each means that this call had
// no effect, so the error is [proctorbook.ErrNotDone] as well.
const (
	ErrStaleRequest        Reason = "stale request: check the clock of this machine, its time differs too much from the provider's"
	ErrStudentNotFound     Reason = "the provider does not know this learner: create it with Students.Save or by a reservation"
	ErrExamNotFound        Reason = "the provider does not know this exam"
	ErrReservationNotFound Reason = "the provider does not know this reservation, for this learner"
	ErrTooEarly            Reason = "the reservation is in the future: try again nearer to its start"
	ErrAlreadyCanceled     Reason = "the reservation is canceled already"
	ErrReservationIDExists Reason = "the reservation id is in use: an earlier call may have made the reservation, look for it before you choose another id"
	ErrOverlap             Reason = "the learner has another reservation then, or the slot is gone: list the slots again"
	ErrTimeZoneNotFound    Reason = "the provider does not know this time zone: send an id of TimeZones.List"
	ErrStartInPast         Reason = "the start lies in the past"
	ErrForeignReservation  Reason = "the reservation belongs to another institution: check the number and the token"
	ErrNoSlots             Reason = "no slot is free"
)

// Reasons that the HTTP status gives. ErrUnauthorized also covers texts about the
// authorization token.
const (
	ErrUnauthorized Reason = "the provider refused the token: check that it belongs to this base URL"
	ErrThrottled    Reason = "the provider asks for fewer requests: wait before the next"
	ErrServer       Reason = "the provider failed: try later, and ask for less at a time in a report"
)

// ErrErrorBudget means that the provider has counted so many errors in a row that
// the client sends nothing more, because the provider may lock the token. See
// [WithLockoutGuard].
const ErrErrorBudget Reason = "too many errors in a row, the provider may lock the token: find out why it refuses; calls go on when a probe succeeds"

// Reasons for an answer that the client can't use. After a write the error is
// [proctorbook.ErrOutcomeUnknown] as well.
const (
	ErrNotJSON       Reason = "the answer is not JSON: check the base URL, or a proxy on the way"
	ErrBadEnvelope   Reason = "the answer is not an envelope with response_code 1 or 2"
	ErrBadData       Reason = "the data of the answer have not the documented shape"
	ErrTooLarge      Reason = "the answer has more bytes, rows or levels than the client reads: ask for a shorter interval"
	ErrNumberMissing Reason = "the provider reports success without a reservation number: find the reservation by its id"
	ErrOtherID       Reason = "the provider reports success under another id than the one sent, as if it answered another call"
	ErrNoList        Reason = "the provider reports success and sent no list: this does not prove that the list is empty, read again"
	ErrUUIDMissing   Reason = "the provider reports success without a reservation uuid: the session may exist"
	ErrNoURL         Reason = "the provider reports success without a launch URL: try again"
	ErrUnsafeURL     Reason = "the launch URL is not https or leads to a host that is not allowed: see WithLaunchHosts"
)

// Error means that the provider answered, but not with the success that was asked
// for. Neither its text nor its printed form holds the provider's message or any
// data that were sent.
type Error struct {
	Op           string        // the client's method, such as "Reservations.Create"
	Status       int           // HTTP status; 0 with ErrErrorBudget, which is raised before anything is sent
	Code         int           // response_code of the envelope, 0 if there was none or it is no number
	Reason       Reason        // "" if the client does not know the provider's text
	Counter      int           // errors that the provider counted before this one
	CounterLimit int           // the number of errors at which the provider is expected to lock the token; 0 = no counter came
	Skew         time.Duration // this machine's clock minus the provider's, with ErrStaleRequest; 0 if not known
	RetryAfter   time.Duration // how long to wait, as the provider asks, or until the next probe; 0 if not known

	message string
	outcome error // ErrNotDone, ErrOutcomeUnknown or nil
	cause   error // ErrRedirect or nil
}

// Message returns the provider's own words, without the error counter. They may
// quote personal data: do not log them.
func (e *Error) Message() string { return e.message }

// Error names the call, the status and the reason, and tells what to do and
// whether the call may have been carried out.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("proctoru: " + e.Op + ": ")
	if e.Status == 0 {
		b.WriteString("nothing was sent")
	} else {
		fmt.Fprintf(&b, "HTTP status %d", e.Status)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, ", response_code %d", e.Code)
	}
	if e.CounterLimit > 0 {
		fmt.Fprintf(&b, ", error count %d of %d", e.Counter, e.CounterLimit)
	}
	switch {
	case e.Reason != "":
		b.WriteString(": " + string(e.Reason))
	case e.Code == codeError:
		b.WriteString(": refused in words that the client does not know: read Message")
	case errors.Is(e.cause, proctorbook.ErrRedirect):
		b.WriteString(": " + e.cause.Error())
	case e.Status >= 400:
		b.WriteString(": check the base URL, or a proxy on the way")
	}
	if e.Skew != 0 {
		fmt.Fprintf(&b, " (by %s)", e.Skew)
	}
	switch {
	case e.outcome == proctorbook.ErrNotDone && e.Code == codeError && e.Reason != ErrStaleRequest && e.Reason != ErrTooEarly:
		b.WriteString(": the call was not carried out") // sent again as it is, it would be refused again
	case e.outcome != nil:
		b.WriteString(": " + e.outcome.Error())
	}
	return b.String()
}

// Format prints the text of Error for every verb, so that the message stays hidden.
func (e Error) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// Unwrap returns the reason, the outcome and the cause, as far as there are any.
func (e *Error) Unwrap() []error {
	var all []error
	if e.Reason != "" {
		all = append(all, e.Reason)
	}
	for _, err := range []error{e.outcome, e.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// reasonOf returns the Reason that a reader of answers failed with.
func reasonOf(err error) Reason {
	reason, ok := errors.AsType[Reason](err)
	if !ok {
		return ErrBadData
	}
	return reason
}

// catalog lists the provider's texts, in lower case and without a full stop.
// noEffect means that a call with this answer did nothing. That holds for every
// text known today, also for an id that exists: there an earlier call acted, not
// this one. A text that is not in the catalog proves nothing.
var catalog = []struct {
	text     string
	reason   Reason
	noEffect bool
}{
	{"stale request", ErrStaleRequest, true},
	{"student not found", ErrStudentNotFound, true},
	{"exam not found", ErrExamNotFound, true},
	{"reservation not found", ErrReservationNotFound, true},
	{"reservation is in the future", ErrTooEarly, true},
	{"reservation cancelled", ErrAlreadyCanceled, true},
	{"reservation_id_exist_for_this_institution", ErrReservationIDExists, true},
	{"overlap", ErrOverlap, true},
	{"timezone not found", ErrTimeZoneNotFound, true},
	{"start_date in the past", ErrStartInPast, true},
	{"reservation_not_for_this_institution", ErrForeignReservation, true},
	{"no available slots", ErrNoSlots, true},
}

// No refusal of the token has been recorded, so any text that speaks of it counts.
var aboutToken = regexp.MustCompile(`authorization[- _]token|^unauthorized$`)

// lookUp finds the reason for a message without its counter.
func lookUp(message string) (reason Reason, noEffect bool) {
	text := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(message), "."))
	for _, row := range catalog {
		if rest, found := strings.CutPrefix(text, row.text); found && isTrailingID(rest) {
			return row.reason, row.noEffect
		}
	}
	if aboutToken.MatchString(text) {
		return ErrUnauthorized, true
	}
	return "", false
}

var trailingID = regexp.MustCompile(`^[.]?[ :#]+[a-z0-9._-]*[0-9][a-z0-9._-]*$`)

// isTrailingID tolerates an id after a known text, but no further words: they
// could turn its sense around.
func isTrailingID(rest string) bool { return rest == "" || trailingID.MatchString(rest) }

var counterPattern = regexp.MustCompile(`(?i)\s*:\s*Error count (\d+) of (\d+)\s*$`)

// splitCounter strips the error counter, which some messages carry twice.
func splitCounter(message string) (text string, count, limit int) {
	text = strings.TrimSpace(message)
	for range 4 {
		m := counterPattern.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		n, err1 := strconv.Atoi(text[m[2]:m[3]])
		of, err2 := strconv.Atoi(text[m[4]:m[5]])
		if err1 == nil && err2 == nil {
			count, limit = n, of
		}
		text = text[:m[0]]
	}
	return text, count, limit
}

// Values of response_code. Others have been heard of, and mean nothing certain.
const (
	codeSuccess = 1
	codeError   = 2
)
