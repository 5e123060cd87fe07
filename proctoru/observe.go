package proctoru

import "github.com/proctorbook/proctorbook/internal/transport"

// Observer is told of every attempt and of every call, for metrics and traces. It
// must be quick, safe for use by many goroutines, and must not panic.
type Observer = transport.Observer

// ObserverFunc is a function that is an [Observer].
type ObserverFunc = transport.ObserverFunc

// Event is an HTTP attempt, or a call of a method, that is over. It never holds a
// token, URL, header or body, nor a learner's data.
type Event = transport.Event

// EventKind says what an [Event] tells of.
type EventKind = transport.EventKind

// EventOutcome is what is known of an attempt, or of a call, when it is over.
type EventOutcome = transport.EventOutcome

// Kinds and outcomes of events. OutcomeDone says that an answer with a 2xx
// status came: the provider's refusals come so too.
const (
	EventAttempt = transport.EventAttempt
	EventCall    = transport.EventCall

	OutcomeDone    = transport.OutcomeDone
	OutcomeNotDone = transport.OutcomeNotDone
	OutcomeUnknown = transport.OutcomeUnknown
	OutcomeFailed  = transport.OutcomeFailed
)

// WithObserver sets who is told of every attempt and call. Default: nobody.
func WithObserver(o Observer) Option { return pass(transport.WithObserver(o)) }

// WithRetryBudget bounds what all calls together send again: the client starts
// with tokens, each repeat takes perRetry, and each answer with a 2xx status
// gives perSuccess back. 0 tokens: nothing is sent again. Default: 100, 5, 1.
func WithRetryBudget(tokens, perRetry, perSuccess int) Option {
	return pass(transport.WithRetryBudget(tokens, perRetry, perSuccess))
}
