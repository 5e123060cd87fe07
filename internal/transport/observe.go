package transport

import (
	"context"
	"errors"
	"time"
)

// Observer is told of every attempt and of every call, for metrics and traces. It
// is called by the goroutine that makes the call, which waits for it, so it must
// be quick; it must be safe for use by many goroutines, and must not panic.
type Observer interface {
	// Observe is told of e once it is over. ctx is the caller's, and may have ended.
	Observe(ctx context.Context, e Event)
}

// ObserverFunc is a function that is an [Observer].
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

// Event is an attempt or a call that is over. It never holds a token, URL, header
// or body, nor anybody's data, so all of it may go into metrics and traces; Kind,
// Op, Class, Status and Outcome have few values and suit labels. Later versions
// may add fields.
type Event struct {
	Kind  EventKind
	Op    string // name of the client's method, such as "Reservations.Create"
	Class Class

	Attempt  int           // of an attempt its number, from 1; of a call how many were made
	Status   int           // HTTP status of the last answer; 0 if the last attempt got none
	Duration time.Duration // of an attempt without the wait for the limiter; of a call with all waits
	Outcome  EventOutcome
	Err      error // why there was no whole answer; nil if there was one, whatever its status

	RetryAfter time.Duration // how long the last answer asks to wait; 0 if it does not
	BudgetLeft int           // tokens left in the retry budget
}

// EventKind says what an [Event] tells of.
type EventKind string

// Kinds of events. A call that is refused before it is sent has no attempts.
const (
	EventAttempt EventKind = "attempt" // one HTTP request and its answer
	EventCall    EventKind = "call"    // one call of a client's method, after its attempts
)

// EventOutcome is what is known of an attempt, or of a call, when it is over.
type EventOutcome string

// Outcomes of events.
const (
	// OutcomeDone: a whole answer with a 2xx status came. The body may still hold the
	// service's refusal.
	OutcomeDone EventOutcome = "done"
	// OutcomeNotDone: the service provably did not act, or nothing was sent. See [ErrNotDone].
	OutcomeNotDone EventOutcome = "not_done"
	// OutcomeUnknown: the service may have acted. See [ErrOutcomeUnknown].
	OutcomeUnknown EventOutcome = "unknown"
	// OutcomeFailed: a read was sent and got no usable answer.
	OutcomeFailed EventOutcome = "failed"
)

// WithObserver sets who is told of every attempt and call. Default: nobody.
func WithObserver(o Observer) Option {
	return func(s *settings) error {
		if o == nil {
			return errors.New("WithObserver: the observer is nil")
		}
		s.observer = o
		return nil
	}
}

func (c *call) observeAttempt(start time.Time) {
	if c.t.set.observer != nil {
		c.observe(EventAttempt, start, c.last.outcome(c.req.Class), c.last.failure())
	}
}

func (c *call) observeCall(start time.Time, err error) {
	if c.t.set.observer != nil {
		c.observe(EventCall, start, c.eventOutcome(err), reason(err))
	}
}

func (c *call) observe(kind EventKind, start time.Time, outcome EventOutcome, err error) {
	c.t.set.observer.Observe(c.ctx, Event{
		Kind: kind, Op: c.req.Op, Class: c.req.Class,
		Attempt: c.attempts, Status: c.last.status, Duration: c.t.set.clock.Now().Sub(start),
		Outcome: outcome, Err: err,
		RetryAfter: c.retryAfter(), BudgetLeft: c.t.budget.tokens(),
	})
}

// outcome says what is known of this attempt alone.
func (r *result) outcome(class Class) EventOutcome {
	switch {
	case r.status/100 == 2 && r.failure() == nil:
		return OutcomeDone
	case class == Read:
		return OutcomeFailed
	case r.notDone:
		return OutcomeNotDone
	}
	return OutcomeUnknown
}

// eventOutcome says what is known of the call, which ended with err.
func (c *call) eventOutcome(err error) EventOutcome {
	if err == nil {
		return OutcomeDone
	}
	switch c.outcome() {
	case ErrNotDone:
		return OutcomeNotDone
	case ErrOutcomeUnknown:
		return OutcomeUnknown
	}
	return OutcomeFailed
}

// reason returns why a call that ended with err got no whole answer. It leaves
// out the error itself, since that of a status holds the body.
func reason(err error) error {
	switch err := err.(type) {
	case *Error:
		return err.Err
	case *StatusError:
		return err.Err
	}
	return nil
}
