package transport

import (
	"context"
	"math/rand/v2"
	"time"
)

// This file alone asks the machine for the time and for random numbers.
// Everywhere else both come by [WithClock] and [WithRandom].

// Clock tells the time and waits. It must be safe for use by many goroutines.
type Clock interface {
	Now() time.Time
	// Sleep waits for d. It returns early, with the context's cause, when the context ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the current time.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep waits for d or until ctx ends, and then returns the context's cause.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func systemRandom() float64 { return rand.Float64() }

// timeLeft returns how long ctx has until its deadline, if it has one. Contexts
// run on the machine's clock, whatever clock the calls are timed by.
func timeLeft(ctx context.Context) (time.Duration, bool) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0, false
	}
	return time.Until(deadline), true
}
