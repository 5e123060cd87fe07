package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
	"github.com/proctorbook/proctorbook/scheduling/internal/inflight"
)

// This file keeps the calls that go on although nobody waits for them any more.

// Close waits for the calls to the provider that are still under way although the
// callers of Book, Reschedule, Cancel, Begin or Reconcile have left, until their
// answers are stored. Call it when the process ends, after http.Server.Shutdown and Run
// have returned, and before the store's database is closed. [Scheduler.Serve] calls it at
// its end; call it once more if requests of users were still being answered then.
//
// They take as long as the provider's client waits for an answer: with proctoru some 30
// seconds (WithTimeout). It returns an error once they take longer than [Tuning].Lease,
// which only an adapter that ignores its context brings about; Reconcile finds out what
// became of them. Close ends nothing else, and may be called again.
func (s *Scheduler) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.tuning.Lease+answerGrace)
	defer cancel()
	if n := s.crew.Wait(ctx); n > 0 {
		return fmt.Errorf("scheduling: Close: %d calls to the provider are still under way: its adapter does not listen to their context", n)
	}
	return nil
}

// runner runs calls so that no caller who leaves cuts them short.
func (s *Scheduler) runner(ctx context.Context) inflight.Runner {
	return inflight.In(ctx, &s.crew)
}

// patient returns a context that ends when the caller's patience does.
func (s *Scheduler) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if c, ok := s.clock.(interface {
		WithTimeout(context.Context, time.Duration, error) (context.Context, context.CancelFunc)
	}); ok {
		return c.WithTimeout(ctx, s.tuning.Patience, errPatience)
	}
	return context.WithTimeoutCause(ctx, s.tuning.Patience, errPatience)
}

// endedAlone is the end of a call whose caller has left: with a panic, an error of the
// store, or well. w is the worker that has the booking, or nil. Nobody is there to catch
// a panic of the logger, the observer or the store, which would end the process.
func (s *Scheduler) endedAlone(ctx context.Context, w *worker, b Booking, err error, p *caught.Panic) {
	if p != nil {
		_ = s.guarded(ctx, w, b.ID, func() error { panic(p) }) // logged, measured and flagged there, and given back
	}
	if err != nil && !errors.Is(err, errOvertaken) {
		s.safely(ctx, b.ID, func() {
			s.log.WarnContext(ctx, "the provider's answer could not be stored", slog.String("booking", string(b.ID)), slog.Any("error", err))
		})
	}
	if w != nil && p == nil {
		s.safely(ctx, b.ID, func() { w.free(ctx, b) })
	}
}
