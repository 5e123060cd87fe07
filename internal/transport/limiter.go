package transport

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook"
)

// errNoTime means that a wait would outlast the call.
var errNoTime error = &timeoutError{text: "the wait would pass the deadline of the call"}

// pacer is a rate.Limiter that uses a Clock; the Wait of rate.Limiter uses the
// machine's.
type pacer struct {
	clock proctorbook.Clock
	limit *rate.Limiter
}

func newPacer(clock proctorbook.Clock, perSecond rate.Limit, burst int) *pacer {
	return &pacer{clock: clock, limit: rate.NewLimiter(perSecond, burst)}
}

// wait waits for its turn. If that comes later than left it is given back, and
// wait returns at once.
func (p *pacer) wait(ctx context.Context, left time.Duration) error {
	now := p.clock.Now()
	if p.limit.AllowN(now, 1) {
		return nil
	}
	turn := p.limit.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > left {
		turn.CancelAt(now)
		return errNoTime
	}
	if err := p.clock.Sleep(ctx, wait); err != nil {
		turn.CancelAt(p.clock.Now())
		return err
	}
	return nil
}

// Pace returns how many attempts a second the limiter lets pass in the long run, 0 if it
// does not tell, or does not limit.
func (t *Transport) Pace() float64 {
	if t.pacer != nil {
		return float64(t.pacer.limit.Limit())
	}
	if l, ok := t.set.limiter.(interface{ Limit() rate.Limit }); ok && l.Limit() < rate.Inf {
		return float64(l.Limit())
	}
	return 0
}

// admit waits until the limiter lets the next attempt pass. An error of it means
// that the attempt was not made.
func (c *call) admit() error {
	if err := c.ended(); err != nil {
		return err
	}
	left := c.left()
	if left <= 0 {
		return errNoTime
	}
	err := c.waitForTurn(left)
	switch ended := c.ended(); {
	case ended != nil:
		return ended
	case err != nil:
		return &cause{text: "waiting for the limiter: " + safeText(err), errs: []error{err}}
	case c.left() <= 0:
		return errNoTime
	}
	return nil
}

func (c *call) waitForTurn(left time.Duration) error {
	if !proctorbook.IsRoutine(c.ctx) {
		return c.askLimiter(left)
	}
	// Limiters serve in the order in which they are asked. So of the calls that nobody
	// waits for one asks at a time, and a learner's call stands behind one at most.
	inTime, cancel := context.WithTimeoutCause(c.ctx, left, errNoTime)
	defer cancel()
	select {
	case c.t.routine <- struct{}{}:
		defer func() { <-c.t.routine }()
	case <-inTime.Done():
		return context.Cause(inTime)
	}
	if left = c.left(); left <= 0 {
		return errNoTime
	}
	return c.askLimiter(left)
}

func (c *call) askLimiter(left time.Duration) error {
	if own := c.t.pacer; own != nil {
		return own.wait(c.ctx, left)
	}
	// A rate.Limiter lets an attempt pass that need not wait. No time has to be kept then.
	if l, ok := c.t.set.limiter.(*rate.Limiter); ok && l.Allow() {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(c.ctx, left, errNoTime)
	defer cancel()
	return c.t.set.limiter.Wait(ctx)
}
