package scheduling

import (
	"context"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// metricLabels holds the names of each metric's labels.
var metricLabels = func() map[metrics.Name][]string {
	labels := map[metrics.Name][]string{}
	for _, m := range metrics.All() {
		labels[m.Name] = m.Labels
	}
	return labels
}()

// measure tells the observer; values of labels come in the order of the table.
func (s *Scheduler) measure(ctx context.Context, name metrics.Name, value float64, labels ...string) {
	if s.observer == nil {
		return
	}
	m := metrics.Measurement{Name: name, Value: value, Labels: map[string]string{}}
	for i, label := range metricLabels[name] {
		m.Labels[label] = labels[i]
	}
	s.observer.Observe(ctx, m)
}

// measureChange measures what a change of a booking did.
func (s *Scheduler) measureChange(ctx context.Context, before, after Booking, events []Event) {
	for _, e := range events {
		s.measure(ctx, metrics.Events, 1, string(e.Type))
		if e.Type == EventNeedsAttention {
			s.measure(ctx, metrics.Attention, 1, string(e.Code))
		}
	}
	if i := before.Intent; i != nil && after.Generation != before.Generation {
		op, result := string(i.Op), string(settledBy(before.standing(), events))
		s.measure(ctx, metrics.Operations, 1, op, result)
		s.measure(ctx, metrics.OperationAttempts, float64(i.Attempt), op, result)
		s.measure(ctx, metrics.OperationDuration, after.UpdatedAt.Sub(i.Requested).Seconds(), op, result)
	}
}

// settledBy returns the event that took a booking from where it stood.
func settledBy(from standing, events []Event) EventType {
	for _, e := range events {
		if slices.ContainsFunc(transitions, func(m transition) bool { return m.event == e.Type && m.from == from }) {
			return e.Type
		}
	}
	return ""
}

// measurePass measures a pass of Reconcile, and what it left open.
func (s *Scheduler) measurePass(ctx context.Context, began time.Time, report ReconcileReport) {
	if s.observer == nil {
		return
	}
	s.measure(ctx, metrics.ReconcileDuration, s.now().Sub(began).Seconds())
	if report.Failed > 0 {
		s.measure(ctx, metrics.ReconcileFailed, float64(report.Failed))
	}
	down := 0.0
	if report.ProviderDown {
		down = 1
	}
	s.measure(ctx, metrics.ProviderDown, down)
	s.measureCount(ctx, metrics.OperationsOpen, Filter{Open: true})
	s.measureCount(ctx, metrics.AttentionOpen, Filter{NeedsAttention: true})
}

// measureCount measures how many bookings the filter chooses; nothing if the store fails.
func (s *Scheduler) measureCount(ctx context.Context, name metrics.Name, f Filter) {
	n := 0
	for _, err := range s.store.List(ctx, f) {
		if err != nil {
			return
		}
		n++
	}
	s.measure(ctx, name, float64(n))
}

// measureSweep measures a pass of Sweep.
func (s *Scheduler) measureSweep(ctx context.Context, began time.Time, result SweepResult) {
	s.measure(ctx, metrics.SweepDuration, s.now().Sub(began).Seconds())
	findings := map[string]int{"surplus": len(result.Surplus), "unknown_to_store": len(result.Unknown), "failed": result.Failed}
	for _, x := range result.Surplus {
		if x.Removed {
			findings["removed"]++
		}
	}
	if result.Stopped {
		findings["stopped"] = 1
	}
	for _, name := range []string{"surplus", "removed", "unknown_to_store", "failed", "stopped"} {
		if n := findings[name]; n > 0 {
			s.measure(ctx, metrics.SweepFindings, float64(n), name)
		}
	}
}
