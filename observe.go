package proctorbook

import (
	"context"
	"time"
)

// Observer receives an [Event] after every HTTP attempt and after every call of a
// client, for metrics and traces. Each client takes one by its WithObserver.
type Observer interface {
	// Observe is called by the goroutine that makes the call, which waits for it: it
	// must be quick, must be safe for use by many goroutines, and must not panic.
	// ctx is the caller's, and may have ended.
	Observe(ctx context.Context, e Event)
}

// ObserverFunc is a function that serves as an [Observer].
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

// Event describes an attempt or a call that is over. It never holds a token, URL,
// header or body, nor personal data, so all of it may go into metrics and traces.
// Kind, Op, Class, Status and Outcome have few values and suit labels. Later
// versions may add fields.
type Event struct {
	// Kind is [EventAttempt] or [EventCall].
	Kind EventKind
	// Op is the client's method, such as "Reservations.Create".
	Op string
	// Class tells whether the call is a read or a write.
	Class Class

	// Attempt is the attempt's number, from 1. In the event of a call it is how many
	// attempts were made, 0 if nothing was sent.
	Attempt int
	// Status is the HTTP status of the last answer; 0 if the last attempt got none.
	Status int
	// Duration is how long it took: an attempt without the wait for the limiter, a
	// call with all its waits.
	Duration time.Duration
	// Outcome is what is known now that it is over.
	Outcome EventOutcome
	// Err is why there was no complete answer; nil if there was one, whatever its status.
	Err error

	// RetryAfter is how long the last answer asks to wait; 0 if it does not ask.
	RetryAfter time.Duration
	// BudgetLeft is how many tokens are left in the client's retry budget.
	BudgetLeft int
}

// EventKind is what an [Event] describes.
type EventKind string

// The kinds of events.
const (
	// EventAttempt is one HTTP request with its answer.
	EventAttempt EventKind = "attempt"
	// EventCall is one call of a client's method, after all its attempts. A call that
	// is refused before it is sent has no attempts.
	EventCall EventKind = "call"
)

// EventOutcome is what is known of an attempt or a call once it is over.
type EventOutcome string

// The outcomes of attempts and calls.
const (
	// OutcomeDone means that a complete answer with a 2xx status came. The body may
	// still hold the service's refusal.
	OutcomeDone EventOutcome = "done"
	// OutcomeNotDone means that the service provably did not act, or that nothing
	// was sent. See [ErrNotDone].
	OutcomeNotDone EventOutcome = "not_done"
	// OutcomeUnknown means that the service may have acted. See [ErrOutcomeUnknown].
	OutcomeUnknown EventOutcome = "unknown"
	// OutcomeFailed means that a read was sent and got no usable answer.
	OutcomeFailed EventOutcome = "failed"
)
