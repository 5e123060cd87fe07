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
	s.notePanic(ctx, id, p)
	s.safely(ctx, id, func() {
		if err := s.setAside(ctx, w, id); err != nil {
			s.log.WarnContext(ctx, "booking not flagged after a panic", slog.String("booking", string(id)), slog.Any("error", err))
		}
	})
	return &PanicError{Booking: id, Value: p.Value, Stack: p.Stack}
}

// notePanic logs and measures a panic, as far as the logger and the observer don't panic
// themselves.
func (s *Scheduler) notePanic(ctx context.Context, id BookingID, p *caught.Panic) {
	_, _ = caught.Do(func() error {
		s.log.ErrorContext(ctx, "panic", slog.String("booking", string(id)), slog.String("value", caught.Text(p.Value)), slog.String("stack", p.Stack))
		return nil
	})
	_, _ = caught.Do(func() error { s.measure(ctx, metrics.Panics, 1); return nil })
}

// safely does what comes after the work, where nobody catches its panic.
func (s *Scheduler) safely(ctx context.Context, id BookingID, do func()) {
	if p, _ := caught.Do(func() error { do(); return nil }); p != nil {
		s.notePanic(ctx, id, p)
	}
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
