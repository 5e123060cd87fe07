package proctorbooktest

import (
	"context"
	"sync"
	"time"
)

// Clock is a clock that moves only when told to, and on which nobody waits: Sleep
// moves it forward and returns at once. It is safe for use by many goroutines, and
// serves as the clock of both clients, of both fakes and of the scheduler.
//
// A loop that sleeps between its rounds, such as Scheduler.Run and Scheduler.Serve, runs
// through days in milliseconds on it. To test such a loop, take a [ManualClock].
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now returns the instant at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set puts the clock to t, which may lie in the past.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock by d; a negative d moves it back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Sleep moves the clock forward by d and returns nil at once. If ctx has ended, it
// leaves the clock alone and returns the context's cause.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.Advance(max(d, 0))
	return nil
}

// WithTimeout returns a context that ends when ctx does, or by the function, and never
// by time: nobody waits on this clock. A Scheduler bounds by it how long its callers
// wait for a call; on other clocks that goes by the machine's time.
func (c *Clock) WithTimeout(ctx context.Context, _ time.Duration, _ error) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
