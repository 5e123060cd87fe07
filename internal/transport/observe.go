package transport

import (
	"errors"
	"time"

	"github.com/proctorbook/proctorbook"
)

// WithObserver sets the observer of every attempt and call. Default: none.
func WithObserver(o proctorbook.Observer) Option {
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
		c.observe(proctorbook.EventAttempt, start, c.last.outcome(c.req.Class), c.last.failure())
	}
}

func (c *call) observeCall(start time.Time, err error) {
	if c.t.set.observer != nil {
		c.observe(proctorbook.EventCall, start, c.eventOutcome(err), reason(err))
	}
}

func (c *call) observe(kind proctorbook.EventKind, start time.Time, outcome proctorbook.EventOutcome, err error) {
	c.t.set.observer.Observe(c.ctx, proctorbook.Event{
		Kind: kind, Op: c.req.Op, Class: c.req.Class,
		Attempt: c.attempts, Status: c.last.status, Duration: c.t.set.clock.Now().Sub(start),
		Outcome: outcome, Err: err,
		RetryAfter: c.retryAfter(), BudgetLeft: c.t.budget.tokens(),
	})
}

// outcome returns what is known about this attempt alone.
func (r *result) outcome(class proctorbook.Class) proctorbook.EventOutcome {
	switch {
	case r.status/100 == 2 && r.failure() == nil:
		return proctorbook.OutcomeDone
	case class == proctorbook.Read:
		return proctorbook.OutcomeFailed
	case r.notDone:
		return proctorbook.OutcomeNotDone
	}
	return proctorbook.OutcomeUnknown
}

// eventOutcome returns what is known about the call, which ended with err.
func (c *call) eventOutcome(err error) proctorbook.EventOutcome {
	if err == nil {
		return proctorbook.OutcomeDone
	}
	switch c.outcome() {
	case proctorbook.ErrNotDone:
		return proctorbook.OutcomeNotDone
	case proctorbook.ErrOutcomeUnknown:
		return proctorbook.OutcomeUnknown
	}
	return proctorbook.OutcomeFailed
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
