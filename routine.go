package proctorbook

import "context"

type routineKey struct{}

// Routine returns a context for calls that nobody waits for: a nightly report, a
// routine look at a booking, a cohort's rows. A client that waits for its [Limiter] lets
// one of them wait at a time, so that a learner's call stands behind at most one.
func Routine(ctx context.Context) context.Context {
	if IsRoutine(ctx) {
		return ctx
	}
	return context.WithValue(ctx, routineKey{}, true)
}

// IsRoutine reports whether ctx comes from [Routine]. A [Limiter] that several machines
// share may ask it, too, and serve others first.
func IsRoutine(ctx context.Context) bool { return ctx.Value(routineKey{}) != nil }
