package transport

import (
	"context"
	"math/rand/v2"
	"time"
)

// Only this file asks the machine for random numbers, and for the time by which
// contexts end. Everywhere else both come in by [WithClock] and [WithRandom].

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
