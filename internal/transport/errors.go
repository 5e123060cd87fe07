package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook"
)

// ErrTooLarge means that the body of an answer, decompressed, is longer than
// Request.MaxBytes.
var ErrTooLarge = errors.New("the answer is longer than allowed, ask for less or raise the limit")

// ErrBadRequest means that the request itself can't be sent. The text names the
// field.
var ErrBadRequest = errors.New("bad request")

// Error is a call that ended without a usable answer. Its text holds no URL,
// token or body.
//
// Its cause answers errors.Is and errors.As as the original error would, but it gives
// out no error that holds a URL, such as a *url.Error.
type Error struct {
	Op       string
	Attempts int   // HTTP attempts made
	Outcome  error // ErrNotDone, ErrOutcomeUnknown, or nil for a read
	Err      error // the cause, cleaned of URLs
}

func (e *Error) Error() string {
	text := e.Op
	if e.Attempts > 1 {
		text = fmt.Sprintf("%s: after %d attempts", text, e.Attempts)
	}
	if e.Outcome != nil {
		text += ": " + e.Outcome.Error()
	}
	return text + ": " + e.Err.Error()
}

// Format prints the text of Error, whatever the verb.
func (e Error) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// Unwrap returns the outcome and the cause.
func (e *Error) Unwrap() []error {
	if e.Outcome == nil {
		return []error{e.Err}
	}
	return []error{e.Outcome, e.Err}
}

// StatusError is an answer whose status is not 2xx. The body is for the client
// to decode; the error's text leaves it out.
type StatusError struct {
	Op         string
	Status     int
	Header     http.Header `json:"-"`
	Body       []byte      `json:"-"` // bounded; may be empty
	Attempts   int
	RetryAfter time.Duration // 0 if the service named none
	Outcome    error         // ErrNotDone, ErrOutcomeUnknown, or nil for a read
	Err        error         // why Body is incomplete; nil if it is whole
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: HTTP status %d", e.Op, e.Status)
	if e.Attempts > 1 {
		text = fmt.Sprintf("%s after %d attempts", text, e.Attempts)
	}
	if isRedirect(e.Status) {
		text += ": " + proctorbook.ErrRedirect.Error()
	}
	if e.Outcome != nil {
		text += ": " + e.Outcome.Error()
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Format prints the text of Error, whatever the verb: no body and no header.
func (e StatusError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// Is reports whether target is [proctorbook.ErrRedirect] and the status is that
// of a redirect.
func (e *StatusError) Is(target error) bool {
	return target == proctorbook.ErrRedirect && isRedirect(e.Status)
}

// Unwrap returns the outcome, and why the body is incomplete, if there are any.
func (e *StatusError) Unwrap() []error {
	var errs []error
	if e.Outcome != nil {
		errs = append(errs, e.Outcome)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}
