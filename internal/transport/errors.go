package transport

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrNotDone means that the service provably did not act on the call.
var ErrNotDone = errors.New("the call was not carried out")

// ErrOutcomeUnknown means that the service may have acted on the call.
var ErrOutcomeUnknown = errors.New("the call may have been carried out")

// Error is a call that ended without a usable answer. Its text holds no URL, token or body.
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
	Header     http.Header
	Body       []byte // bounded; may be empty
	Attempts   int
	RetryAfter time.Duration // 0 if the service named none
	Outcome    error         // ErrNotDone, ErrOutcomeUnknown, or nil for a read
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: HTTP status %d", e.Op, e.Status)
	if e.Outcome != nil {
		text += ": " + e.Outcome.Error()
	}
	return text
}

// Unwrap returns the outcome.
func (e *StatusError) Unwrap() error { return e.Outcome }
