package proctorbook

import "context"

// Limiter sets the pace of the clients: it is asked before each HTTP attempt.
// *rate.Limiter of golang.org/x/time/rate is one. It must be safe for use by many
// goroutines.
type Limiter interface {
	// Wait returns nil when it is the attempt's turn. It must return an error soon
	// after ctx ends, which happens when the caller's context ends and when the
	// call's time is up. On an error the attempt is not made and the call fails; the
	// failure is [ErrNotDone] unless an earlier attempt may have been carried out.
	Wait(ctx context.Context) error
}
