package scheduling

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// This file measures a pass as a whole, and what it has left open.

// The names of the passes in metrics, and of Serve's jobs in the store.
const (
	jobReconcile  = "reconcile"
	jobSweep      = "sweep"
	jobReport     = "report"
	jobBulk       = "bulk_reading" // nobody's job: Sweep's reading, as the store keeps it
	jobLists      = "sweep_lists"  // nobody's job: how far Sweep got with the lists of learners
	jobDeliveries = "deliveries"   // nobody's job: whether Sweep found them shown
)

const (
	// overdueAfter is how long a booking may be due: a pass takes all that is due, and
	// what a process left half-done is free again after Tuning.Lease.
	overdueAfter = 10 * time.Minute
	// mostOverdue bounds the count: while the provider is down everything becomes overdue.
	mostOverdue = 1000
)

// attentionUnread stands for the reason of a flagged booking that can't be read.
const attentionUnread ReasonCode = "unreadable"

// attentionReasons are all reasons for which a booking may be flagged. Each is measured
// after each pass, so that a gauge goes back to 0.
var attentionReasons = []ReasonCode{
	ReasonCanceledByProvider, ReasonDeadline, ReasonExtra, ReasonKeyMissing, ReasonLearnerMissing, ReasonMissing,
	ReasonMovedOrLate, ReasonOverdue, ReasonPanicked, ReasonSeenStarted, attentionUnread,
}

// measurePass measures a pass of Reconcile, and what it left open. ended tells whether it
// got to its end: nothing was due any more.
func (s *Scheduler) measurePass(ctx context.Context, began time.Time, report ReconcileReport, ended bool) {
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
	if ended && !report.ProviderDown {
		s.measureLast(ctx, jobReconcile, began)
	}
	s.measureOpen(ctx)
	s.measureAttention(ctx)
	s.measureOverdue(ctx)
	s.measureBulk(ctx)
}

// measureLast measures that a pass has got to its end.
func (s *Scheduler) measureLast(ctx context.Context, job string, began time.Time) {
	s.measure(ctx, metrics.LastPass, float64(began.UnixMicro())/1e6, job)
}

// measureOpen measures the open operations, and how old the oldest one is.
func (s *Scheduler) measureOpen(ctx context.Context) {
	now, age := s.now(), time.Duration(0)
	n, ok := s.count(ctx, Filter{Open: true}, 0, func(b Booking) {
		if b.Intent != nil {
			age = max(age, now.Sub(b.Intent.Requested))
		}
	})
	if ok {
		s.measure(ctx, metrics.OperationsOpen, float64(n))
		s.measure(ctx, metrics.OperationsOpenAge, age.Seconds())
	}
}

// measureAttention measures the flagged bookings by their reasons.
func (s *Scheduler) measureAttention(ctx context.Context) {
	flagged := map[ReasonCode]int{}
	_, ok := s.count(ctx, Filter{NeedsAttention: true}, 0, func(b Booking) {
		code := attentionUnread
		if b.NeedsAttention != nil {
			code = b.NeedsAttention.Reason
		}
		flagged[code]++
	})
	if !ok {
		return
	}
	for _, code := range attentionReasons {
		s.measure(ctx, metrics.AttentionOpen, float64(flagged[code]), string(code))
		delete(flagged, code)
	}
	for code, n := range flagged { // of another program's
		s.measure(ctx, metrics.AttentionOpen, float64(n), string(code))
	}
}

// measureOverdue measures what should have been looked at long ago.
func (s *Scheduler) measureOverdue(ctx context.Context) {
	n, ok := s.count(ctx, Filter{DueBy: s.now().Add(-overdueAfter), Bulk: s.covered(ctx)}, mostOverdue, func(Booking) {})
	if ok {
		s.measure(ctx, metrics.Overdue, float64(n))
	}
}

// measureBulk measures whether a bulk reading, or any sweep, stands for routine watches,
// and whether deliveries are shown.
func (s *Scheduler) measureBulk(ctx context.Context) {
	stands := 0.0
	if s.covered(ctx) {
		stands = 1
	}
	s.measure(ctx, metrics.BulkWatch, stands)
	told := 0.0
	if s.deliveriesShown(s.deliveries(ctx), s.now()) {
		told = 1
	}
	s.measure(ctx, metrics.DeliveriesShown, told)
}

// count visits the bookings that the filter chooses, and returns how many there are, up
// to most; 0 means no limit. It reports false if the store fails.
func (s *Scheduler) count(ctx context.Context, f Filter, most int, visit func(Booking)) (n int, ok bool) {
	for b, err := range s.store.List(ctx, f) {
		if _, only := unreadable(err); !only {
			return n, false
		}
		visit(b)
		if n++; n == most {
			break
		}
	}
	return n, true
}
