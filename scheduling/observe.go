package scheduling

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Observer is told what a [Scheduler] measures. It is called by the goroutine
// that does the work, which waits for it, so it must be quick; it must be safe
// for use by many goroutines, and must not panic. The clients have observers of
// their own, for each request: see proctoru.WithObserver and edx.WithObserver.
type Observer interface {
	// Observe is told of one measurement. ctx is that of the work, and may have ended.
	Observe(ctx context.Context, m Measurement)
}

// ObserverFunc is a function that is an [Observer].
type ObserverFunc func(ctx context.Context, m Measurement)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, m Measurement) { f(ctx, m) }

// Measurement is one measured value. Its labels have few values, and hold no id
// and nothing personal. [Metrics] lists the same as a program needs it:
//
//	name                 kind          unit        labels      what is measured
//	events               counter       events      event       every event of the history, by its type
//	operations           counter       operations  op result   reserves, moves and cancels that settled; result is the event that settled them
//	operation_attempts   distribution  requests    op result   how often they were sent until then
//	operation_duration   distribution  seconds     op result   from the request to the settlement
//	operations_open      gauge         operations  -           not settled yet, at the end of a pass of Reconcile
//	attention            counter       bookings    reason      raised NeedsAttention
//	attention_open       gauge         bookings    -           NeedsAttention is set, at the end of a pass of Reconcile
//	reads_failed         counter       reads       source      the provider's list or evidence could not be read
//	leases_lost          counter       leases      -           work that was dropped since its lease had run out, or was another's
//	reconcile_duration   distribution  seconds     -           one pass of Reconcile
//	reconcile_failed     counter       bookings    -           could not be worked on in a pass
//	provider_down        gauge         boolean     -           1 if a pass of Reconcile found the provider down, else 0
//	profile_syncs        counter       requests    answer      pushes of changed profiles, by the kind of the answer
//	sweep_duration       distribution  seconds     -           one pass of Sweep
//	sweep_findings       counter       findings    finding     surplus, removed, unknown_to_store, failed, stopped
type Measurement struct {
	Name   MetricName
	Value  float64 // in the metric's unit; 1 or more for a counter
	Labels map[string]string
}

// MetricName names a metric.
type MetricName string

// The metrics; see [Measurement].
const (
	MetricEvents            MetricName = "events"
	MetricOperations        MetricName = "operations"
	MetricOperationAttempts MetricName = "operation_attempts"
	MetricOperationDuration MetricName = "operation_duration"
	MetricOperationsOpen    MetricName = "operations_open"
	MetricAttention         MetricName = "attention"
	MetricAttentionOpen     MetricName = "attention_open"
	MetricReadsFailed       MetricName = "reads_failed"
	MetricLeasesLost        MetricName = "leases_lost"
	MetricReconcileDuration MetricName = "reconcile_duration"
	MetricReconcileFailed   MetricName = "reconcile_failed"
	MetricProviderDown      MetricName = "provider_down"
	MetricProfileSyncs      MetricName = "profile_syncs"
	MetricSweepDuration     MetricName = "sweep_duration"
	MetricSweepFindings     MetricName = "sweep_findings"
)

// MetricKind says how measurements of a metric add up.
type MetricKind string

// The kinds of metrics.
const (
	KindCounter      MetricKind = "counter"      // values are added
	KindDistribution MetricKind = "distribution" // each value counts: a histogram
	KindGauge        MetricKind = "gauge"        // the last value counts
)

// Metric describes a metric, for those who must register one before they use it.
type Metric struct {
	Name   MetricName
	Kind   MetricKind
	Unit   string
	Labels []string
}

var metrics = []Metric{
	{MetricEvents, KindCounter, "events", []string{"event"}},
	{MetricOperations, KindCounter, "operations", []string{"op", "result"}},
	{MetricOperationAttempts, KindDistribution, "requests", []string{"op", "result"}},
	{MetricOperationDuration, KindDistribution, "seconds", []string{"op", "result"}},
	{MetricOperationsOpen, KindGauge, "operations", nil},
	{MetricAttention, KindCounter, "bookings", []string{"reason"}},
	{MetricAttentionOpen, KindGauge, "bookings", nil},
	{MetricReadsFailed, KindCounter, "reads", []string{"source"}},
	{MetricLeasesLost, KindCounter, "leases", nil},
	{MetricReconcileDuration, KindDistribution, "seconds", nil},
	{MetricReconcileFailed, KindCounter, "bookings", nil},
	{MetricProviderDown, KindGauge, "boolean", nil},
	{MetricProfileSyncs, KindCounter, "requests", []string{"answer"}},
	{MetricSweepDuration, KindDistribution, "seconds", nil},
	{MetricSweepFindings, KindCounter, "findings", []string{"finding"}},
}

// Metrics returns all metrics, in the order of the table at [Measurement].
func Metrics() []Metric {
	all := slices.Clone(metrics)
	for i := range all {
		all[i].Labels = slices.Clone(all[i].Labels)
	}
	return all
}

// WithObserver sets who is told what is measured; the default is nobody. With one,
// each pass of Reconcile also counts what is open, by two lists of the store.
func WithObserver(o Observer) Option {
	return func(s *Scheduler) error {
		if o == nil {
			return errors.New("scheduling: WithObserver: nil observer")
		}
		s.observer = o
		return nil
	}
}

// measure tells the observer; values of labels come in the order of the table.
func (s *Scheduler) measure(ctx context.Context, name MetricName, value float64, labels ...string) {
	if s.observer == nil {
		return
	}
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	m := Measurement{Name: name, Value: value, Labels: map[string]string{}}
	for j, label := range metrics[i].Labels {
		m.Labels[label] = labels[j]
	}
	s.observer.Observe(ctx, m)
}

// measureChange tells of what a change of a booking did.
func (s *Scheduler) measureChange(ctx context.Context, before, after Booking, events []Event) {
	for _, e := range events {
		s.measure(ctx, MetricEvents, 1, string(e.Type))
		if e.Type == EventNeedsAttention {
			s.measure(ctx, MetricAttention, 1, string(e.Code))
		}
	}
	if i := before.Intent; i != nil && after.Generation != before.Generation {
		op, result := string(i.Op), string(settledBy(before.standing(), events))
		s.measure(ctx, MetricOperations, 1, op, result)
		s.measure(ctx, MetricOperationAttempts, float64(i.Attempt), op, result)
		s.measure(ctx, MetricOperationDuration, after.UpdatedAt.Sub(i.Requested).Seconds(), op, result)
	}
}

// settledBy returns the event that took a booking from where it stood.
func settledBy(from standing, events []Event) EventType {
	for _, e := range events {
		if slices.ContainsFunc(moves, func(m move) bool { return m.event == e.Type && m.from == from }) {
			return e.Type
		}
	}
	return ""
}

// measurePass tells of a pass of Reconcile, and of what it left open.
func (s *Scheduler) measurePass(ctx context.Context, began time.Time, report ReconcileReport) {
	if s.observer == nil {
		return
	}
	s.measure(ctx, MetricReconcileDuration, s.now().Sub(began).Seconds())
	if report.Failed > 0 {
		s.measure(ctx, MetricReconcileFailed, float64(report.Failed))
	}
	down := 0.0
	if report.ProviderDown {
		down = 1
	}
	s.measure(ctx, MetricProviderDown, down)
	s.measureCount(ctx, MetricOperationsOpen, Filter{Open: true})
	s.measureCount(ctx, MetricAttentionOpen, Filter{NeedsAttention: true})
}

// measureCount tells how many bookings the filter chooses; nothing if that is not known.
func (s *Scheduler) measureCount(ctx context.Context, name MetricName, f Filter) {
	n := 0
	for _, err := range s.store.List(ctx, f) {
		if err != nil {
			return
		}
		n++
	}
	s.measure(ctx, name, float64(n))
}

// measureSweep tells of a pass of Sweep.
func (s *Scheduler) measureSweep(ctx context.Context, began time.Time, result SweepResult) {
	s.measure(ctx, MetricSweepDuration, s.now().Sub(began).Seconds())
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
			s.measure(ctx, MetricSweepFindings, float64(n), name)
		}
	}
}
