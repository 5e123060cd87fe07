package proctorbooktest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// ManualClock is a clock that moves only when told to, and on which Sleep waits
// until the clock has been moved far enough. It is for tests of code that runs in
// the background, such as a worker that looks for work every few minutes: the test
// decides when the minutes pass. It is safe for use by many goroutines.
//
// [ManualClock.BlockUntil] waits until the code under test sleeps, so that a test
// needs no pauses of its own:
//
//	clock.BlockUntil(ctx, 1)        // the worker has done its round, and sleeps
//	clock.Advance(10 * time.Minute) // it wakes up
//	clock.BlockUntil(ctx, 1)        // it has done its next round
//
// [ManualClock.AdvanceTo] does this for a whole day, instant by instant: what polls every
// few seconds makes that long.
//
// A client sleeps on its clock as well: when its rate limit holds a call back, and
// before it tries again. A call of the test's own goroutine then waits for a clock that
// nobody moves. Tests that make many calls themselves, or script faults for them, give
// the client a limiter that never waits, or call it in a goroutine. Timeouts and the
// deadlines of contexts go by the machine's clock, not by this one.
type ManualClock struct {
	mu       sync.Mutex
	now      time.Time
	sleepers []*sleeper
	more     chan struct{} // closed when somebody goes to sleep; nil if nobody asks
}

type sleeper struct {
	due   time.Time
	aside bool          // does not count
	awake chan struct{} // closed when the clock has reached due
}

// NewManualClock returns a clock that stands at start.
func NewManualClock(start time.Time) *ManualClock { return &ManualClock{now: start} }

// Now returns the instant at which the clock stands.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set puts the clock to t, and wakes everybody whose time has come by then. A t in
// the past moves the clock back: those who sleep then sleep longer.
func (c *ManualClock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(t)
}

// Advance moves the clock by d, and wakes everybody whose time has come by then. A
// negative d moves it back.
//
// The clock jumps: a loop that sleeps for a minute and is advanced by an hour runs
// one round, not sixty. [ManualClock.AdvanceTo] gives it all of them.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(c.now.Add(d))
}

func (c *ManualClock) set(t time.Time) {
	c.now = t
	c.sleepers = slices.DeleteFunc(c.sleepers, func(s *sleeper) bool {
		if s.due.After(t) {
			return false
		}
		close(s.awake)
		return true
	})
}

// Sleep waits until the clock has been moved by at least d, and returns nil. It
// returns early, with the context's cause, when ctx ends. A d of 0 or less does not
// wait.
func (c *ManualClock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	return c.sleep(ctx, &sleeper{awake: make(chan struct{})}, d)
}

// SleepAside is Sleep for one who is not waited for: BlockUntil and AdvanceTo don't count
// it. A Scheduler sleeps so beside a job under way, whose lease it prolongs: while a
// sweep is at work, its goroutine must not look asleep.
func (c *ManualClock) SleepAside(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	return c.sleep(ctx, &sleeper{awake: make(chan struct{}), aside: true}, d)
}

func (c *ManualClock) sleep(ctx context.Context, s *sleeper, d time.Duration) error {
	c.lieDown(s, d)
	select {
	case <-s.awake:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sleepers = slices.DeleteFunc(c.sleepers, func(other *sleeper) bool { return other == s })
	return context.Cause(ctx)
}

func (c *ManualClock) lieDown(s *sleeper, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.due = c.now.Add(d)
	c.sleepers = append(c.sleepers, s)
	if c.more != nil {
		close(c.more)
		c.more = nil
	}
}

// BlockUntil waits until at least n goroutines sleep on the clock. Whoever was
// woken by Set or Advance does not count from that moment on, nor who sleeps by
// SleepAside. A client that waits for its pace does count: for a Scheduler give both
// clients a limiter that never waits, such as rate.NewLimiter(rate.Inf, 1). It returns the
// context's cause when ctx ends first.
func (c *ManualClock) BlockUntil(ctx context.Context, n int) error {
	for {
		more := c.waitFor(n)
		if more == nil {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// AdvanceTo moves the clock to t in the steps of those who sleep: it waits until n
// goroutines do, moves the clock to the instant at which the first of them is due,
// and so on until none is due before t or at t. It returns with the clock at t and n
// goroutines asleep. It returns the context's cause when ctx ends first, as it must
// when one of the n has ended. The clock never moves back: for a t in the past it
// stays where it is.
func (c *ManualClock) AdvanceTo(ctx context.Context, t time.Time, n int) error {
	for {
		if err := c.BlockUntil(ctx, n); err != nil {
			return err
		}
		if c.step(t) {
			return nil
		}
	}
}

// step moves the clock to the next sleeper's time, or to t if that comes first; it
// reports whether nobody was woken.
func (c *ManualClock) step(t time.Time) (done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, asleep := t, len(c.sleepers)
	for _, s := range c.sleepers {
		if s.due.Before(next) {
			next = s.due
		}
	}
	if next.After(c.now) {
		c.set(next)
	}
	return len(c.sleepers) == asleep
}

func (c *ManualClock) counted() (n int) {
	for _, s := range c.sleepers {
		if !s.aside {
			n++
		}
	}
	return n
}

// waitFor returns nil if n goroutines sleep, and else a channel that is closed when
// the next one does.
func (c *ManualClock) waitFor(n int) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counted() >= n {
		return nil
	}
	if c.more == nil {
		c.more = make(chan struct{})
	}
	return c.more
}

// Sleepers returns when each goroutine that sleeps on the clock is due, the
// earliest first, without those of SleepAside.
func (c *ManualClock) Sleepers() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	due := make([]time.Time, 0, len(c.sleepers))
	for _, s := range c.sleepers {
		if !s.aside {
			due = append(due, s.due)
		}
	}
	slices.SortFunc(due, time.Time.Compare)
	return due
}
