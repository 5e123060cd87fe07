package edx

import (
	"errors"
	"time"
)

const (
	firstPause   = 2 * time.Second // after the second failure in a row
	longestPause = 5 * time.Minute
)

// pause keeps the client from asking again and again for what it does not get. It
// begins with the second failure in a row, and doubles with each further one.
type pause struct {
	failures int
	until    time.Time
}

func (p *pause) fail(now time.Time) {
	p.failures++
	if p.failures < 2 {
		return
	}
	length := longestPause
	if doublings := p.failures - 2; doublings < 8 {
		length = min(firstPause<<doublings, longestPause)
	}
	p.until = now.Add(length)
}

// left returns how long the pause lasts from now on. One that is longer than any
// stems from a clock that was put back, and is over.
func (p *pause) left(now time.Time) time.Duration {
	if left := p.until.Sub(now); left > 0 && left <= longestPause {
		return left
	}
	return 0
}

// note takes in how a request for a token ended. Only a refusal counts as one: a
// platform that is down may be back at any moment.
func (c *tokenCache) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch refusal, ok := errors.AsType[*SignInError](err); {
	case err == nil:
		c.refused, c.refusal = pause{}, nil
	case ok && !c.foreign:
		c.refused.fail(c.clock.Now())
		c.refusal = refusal
	}
}

// paused returns the last refusal while the client does not ask again.
func (c *tokenCache) paused() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.refused.left(c.clock.Now())
	if left == 0 {
		return nil
	}
	return &Error{Op: signInOp.name, RetryAfter: left, problem: "not asked for again yet", cause: c.refusal}
}

// mayReplace reports whether to look for another token than the rejected one: not
// while new ones were rejected as well, unless there is one already.
func (c *tokenCache) mayReplace(rejected credential) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	return c.rejected.left(now) == 0 || c.held.serial != rejected.serial && c.held.fresh(now)
}

// tried takes in whether the platform rejected a token that had just replaced a
// rejected one.
func (c *tokenCache) tried(rejected bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch now := c.clock.Now(); {
	case !rejected:
		c.rejected = pause{}
	case c.rejected.left(now) == 0: // else one of many calls that ran at once
		c.rejected.fail(now)
	}
}
