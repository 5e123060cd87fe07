package openedx

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

const (
	measureEvery = time.Minute
	overdueAfter = 10 * time.Minute
	mostMeasured = 1000 // attempts that are counted for a gauge
)

// WithObserver sets who is told how the work stands: the metrics last_pass (of the job
// openedx), lms_attempts_troubled and lms_attempts_overdue of [metrics.Measurement]. It may be
// the Scheduler's observer. Default: nobody.
func WithObserver(o metrics.Observer) Option {
	return func(p *parts) error {
		if o == nil {
			return errors.New("openedx: WithObserver: nil observer")
		}
		p.measuring.observer = o
		return nil
	}
}

// measuring is what is measured after passes of Work.
type measuring struct {
	observer metrics.Observer // nil: nobody asks

	mu   sync.Mutex
	next time.Time // when to count again: to count costs reads of the store
}

// measure tells how the work stands after a pass that ended with err.
func (p *parts) measure(ctx context.Context, began time.Time, err error) {
	if p.measuring.observer == nil || ctx.Err() != nil {
		return
	}
	if err == nil {
		p.observe(ctx, metrics.LastPass, float64(began.Unix()), map[string]string{"job": "openedx"})
	}
	if !p.measuring.due(p.now()) {
		return
	}
	if err := errors.Join(p.measureTroubles(ctx), p.measureOverdue(ctx)); err != nil {
		p.log.WarnContext(ctx, "openedx: attempts can't be counted for the metrics", slog.Any("error", err))
	}
}

// due reports whether to count again.
func (m *measuring) due(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Before(m.next) {
		return false
	}
	m.next = now.Add(measureEvery)
	return true
}

func (p *parts) measureTroubles(ctx context.Context) error {
	counted, all := map[Trouble]int{}, 0
	for a, err := range attempts(ctx, p.store, AttemptQuery{Troubled: true}) {
		if err != nil {
			return err // half a count is none
		}
		counted[a.Trouble]++
		if all++; all == mostMeasured {
			break
		}
	}
	for _, t := range troubles {
		p.observe(ctx, metrics.LMSAttemptsTroubled, float64(counted[t]), map[string]string{"trouble": string(t)})
	}
	return nil
}

func (p *parts) measureOverdue(ctx context.Context) error {
	all, err := p.store.Attempts(ctx, AttemptQuery{DueBy: p.now().Add(-overdueAfter), Limit: mostMeasured})
	if err != nil {
		return err
	}
	p.observe(ctx, metrics.LMSAttemptsOverdue, float64(len(all)), map[string]string{})
	return nil
}

func (p *parts) observe(ctx context.Context, name metrics.Name, value float64, labels map[string]string) {
	p.measuring.observer.Observe(ctx, metrics.Measurement{Name: name, Value: value, Labels: labels})
}
