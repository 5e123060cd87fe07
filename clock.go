package proctorbook

import (
	"context"
	"time"
)

// Clock tells the time and waits. The clients and package scheduling take one by
// their WithClock; tests pass a clock that they move by hand. It must be safe for
// use by many goroutines.
//
// A Clock that has a method
//
//	WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc)
//
// ends contexts, too: package scheduling bounds by it how long a caller waits for a
// call. Otherwise that goes by the machine's time.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// Sleep waits for d. It returns early, with the context's cause, when ctx ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the machine's clock, and the default wherever a [Clock] can be set.
type SystemClock struct{}

// Now returns the current time.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep waits for d. If ctx ends first, it returns the context's cause at once.
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
