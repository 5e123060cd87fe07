package scheduling

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// guarded does the work on one booking of many, so that its panic does not end the work
// on the others: it becomes a [*PanicError], is logged and measured, and flags the
// booking if there is one. w is the worker that has the booking, or nil.
func (s *Scheduler) guarded(ctx context.Context, w *worker, id BookingID, work func() error) error {
	p, err := caught.Do(work)
	if p == nil {
		return err
	}
	_, _ = caught.Do(func() error { // an observer or a store may panic again
		s.log.ErrorContext(ctx, "panic", slog.String("booking", string(id)), slog.String("value", caught.Text(p.Value)), slog.String("stack", p.Stack))
		s.measure(ctx, metrics.Panics, 1)
		return nil
	})
	again, err := caught.Do(func() error { return s.setAside(ctx, w, id) })
	if err != nil || again != nil {
		s.log.WarnContext(ctx, "booking not flagged after a panic", slog.String("booking", string(id)), slog.Any("error", err))
	}
	return &PanicError{Booking: id, Value: p.Value, Stack: p.Stack}
}

// asideFor is how long a booking whose work panicked is left alone.
const asideFor = 2 * time.Minute

// setAside flags the booking whose work panicked, gives it back, and makes it due later.
// It draws nothing at random: that may be what panicked.
func (s *Scheduler) setAside(ctx context.Context, w *worker, id BookingID) error {
	if id == "" {
		return nil
	}
	if w == nil {
		w = s.newWorker()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	b, err := w.lease(ctx, id)
	if errors.Is(err, errLeased) || errors.Is(err, ErrNotFound) {
		return nil // another worker has it, or it never was stored
	}
	if err != nil {
		return err
	}
	_, err = w.swap(ctx, b, sameLease, func(t *turn) {
		t.b.Lease = Lease{}
		if t.b.State.Active() {
			t.flag(ReasonPanicked)
		}
		if due := t.b.DueAt; !due.IsZero() && due.Before(t.now.Add(asideFor)) {
			t.b.DueAt = t.now.Add(asideFor)
		}
	})
	return err
}
