package scheduling

import (
	"context"
	"slices"

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

// measure passes a measurement to the observer. labels are values, in the order of the
// metric's Labels.
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

// measureChange measures a change of a booking.
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

// settledBy returns the event that took a booking from its former standing.
func settledBy(from standing, events []Event) EventType {
	for _, e := range events {
		if slices.ContainsFunc(transitions, func(m transition) bool { return m.event == e.Type && m.from == from }) {
			return e.Type
		}
	}
	return ""
}
