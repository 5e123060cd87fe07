package metrics

import (
	"context"
	"slices"
)

// Observer receives what a Scheduler measures. It is called by the goroutine that
// does the work, which waits for it, so it must be quick. It must be safe for use
// by many goroutines, and must not panic. It is not proctorbook.Observer, which
// sees each HTTP request of a client: one type cannot be both.
type Observer interface {
	// Observe receives one measurement. ctx is the context of the measured work,
	// and may have ended.
	Observe(ctx context.Context, m Measurement)
}

// ObserverFunc is a function that is an [Observer].
type ObserverFunc func(ctx context.Context, m Measurement)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, m Measurement) { f(ctx, m) }

// Measurement is one measured value. Labels have few different values, and never
// hold an id or anything personal. [All] has the same table as data:
//
//	name                 kind          unit        labels      what is measured
//	events               counter       events      event       every event of the history, by its type
//	operations           counter       operations  op result   reserves, moves and cancels that settled; result is the event that settled them
//	operation_attempts   distribution  requests    op result   how often they were sent until then
//	operation_duration   distribution  seconds     op result   from the request to the settlement
//	operations_open      gauge         operations  -           not settled yet, at the end of a pass of Reconcile
//	operations_open_age  gauge         seconds     -           since the oldest of them was asked for, at the end of a pass of Reconcile; 0 if there is none
//	attention            counter       bookings    reason      bookings flagged for staff (NeedsAttention)
//	attention_open       gauge         bookings    reason      bookings that are flagged, at the end of a pass of Reconcile; 0 for the other reasons
//	overdue              gauge         bookings    -           due for more than ten minutes, and not looked at, at the end of a pass of Reconcile; counted up to 1000
//	bulk_watch           gauge         boolean     -           whether a bulk reading of Sweep stands for routine watches, after each pass of Reconcile; 0 where the provider shows none, or the readings stopped. While deliveries_shown is 1 and Tuning.WatchWithDeliveries is set, any sweep stands for them, too
//	deliveries_shown     gauge         boolean     -           whether every change of the last day came as a delivery of the webhook, too, as the last pass of Sweep counted; after each pass of Reconcile
//	provider_calls       counter       requests    for         requests to the provider: learner, reconcile_urgent, reconcile_routine, sweep, report; a call of another client than proctoru's counts as one
//	reads_failed         counter       reads       source      the provider's list or evidence could not be read
//	leases_lost          counter       leases      -           work that was dropped because its lease had run out, or was another's
//	reconcile_duration   distribution  seconds     -           one pass of Reconcile
//	reconcile_failed     counter       bookings    -           bookings that a pass could not work on
//	unreadable           counter       records     record      bookings, events and learners' records that could not be read, each time that they were met
//	panics               counter       panics      -           panics of the work on one booking, which were caught
//	provider_down        gauge         boolean     -           1 if a pass of Reconcile found the provider down, else 0
//	profile_syncs        counter       requests    answer      pushes of changed profiles, by the kind of the answer
//	sweep_duration       distribution  seconds     -           one pass of Sweep
//	sweep_findings       counter       findings    finding     surplus, removed, unknown_to_store, failed, stopped
//	last_pass            gauge         seconds     job         when the last reconcile, sweep, report or openedx (Work of package openedx) that got to its end had begun, as seconds since 1970
//	job_runs             counter       runs        job result  runs of a job of Serve (sweep, report) that have ended: done, failed, interrupted or lost
//	consumer_events      counter       events      consumer result   events of Consume: handled, or else failed, panicked, timed_out, unreadable or unknown_cursor, each time that they were tried; skipped by a person
//	consumer_lag         gauge         seconds     consumer    since the oldest event that is not handled happened, before each page of events and each poll; 0 if all are handled, or another process handles them
//	consumer_held        gauge         bookings    consumer    with an event that failed and is tried again, at the same moments
//	consumer_stuck       gauge         bookings    consumer    those of them whose event has failed StuckAttempts times or more
//	consumer_looked      gauge         seconds     consumer    when the process that has the consumer's lease was at work last, as seconds since 1970
//	lms_attempts_troubled gauge        attempts    trouble     attempts of an Open edX that a person should look at, after a pass of package openedx's Work, once a minute at most; 0 for the other troubles; counted up to 1000
//	lms_attempts_overdue gauge         attempts    -           attempts of an Open edX that have been due for more than ten minutes, at the same moments; counted up to 1000
//
// Every replica measures after its own passes, so draw the greatest value of a gauge over
// all of them. What to wake somebody for, with the defaults of Tuning and ServeOptions:
//
//   - last_pass: now less the greatest value is above 10 minutes for reconcile, 3 hours
//     for sweep, 36 hours for report, 10 minutes for openedx. Nobody works, or no pass gets to its end. This one
//     also covers the others: they are measured by passes.
//   - overdue: above 0 for 15 minutes while provider_down is 0. There is more work than
//     the replicas or the provider's pace allow.
//   - bulk_watch: 0 for 3 hours, with more bookings than Tuning.BulkFrom. Each is looked at
//     singly; the check bulk_watch of Preflight says why.
//   - deliveries_shown: 0 for an hour, where Tuning.WatchWithDeliveries is set and it was 1:
//     a delivery was lost, or nothing has changed for a day. The check deliveries of
//     Preflight says which.
//   - provider_calls: its sum is above 80 % of the client's pace for half an hour.
//   - operations_open_age: above an hour. Past Tuning.Deadline (15 minutes) the booking
//     is flagged as well.
//   - attention_open: its sum is above 0 for longer than your staff takes to look.
//   - consumer_looked: now less the greatest value is above 10 minutes. No process handles
//     the consumer's events.
//   - consumer_lag: above an hour; consumer_stuck: above 0. HeldEvents tells what is held.
//   - consumer_events with the result unknown_cursor: any. See Consume.
//   - lms_attempts_troubled: above 0 for 15 minutes; on exam day at once for started_without_code
//     and not_identified, whose learners wait. lms_attempts_overdue: above 0 for 15 minutes.
//   - panics and unreadable: any. provider_down: 1 for 15 minutes.
type Measurement struct {
	Name   Name              // which metric
	Value  float64           // in the metric's unit; 1 or more for a counter
	Labels map[string]string // all labels of the metric, by name; empty if it has none
}

// Name names a metric. The names are also the ones that a dashboard shows, and stay. `go doc Events` lists them all.
type Name string

// The metrics; the table is at [Measurement].
const (
	Events            Name = "events"              // events of the history
	Operations        Name = "operations"          // settled reserves, moves and cancels
	OperationAttempts Name = "operation_attempts"  // requests until an operation settled
	OperationDuration Name = "operation_duration"  // time until an operation settled
	OperationsOpen    Name = "operations_open"     // operations that are not settled
	OperationsOpenAge Name = "operations_open_age" // age of the oldest of those
	Attention         Name = "attention"           // bookings newly flagged for staff
	AttentionOpen     Name = "attention_open"      // bookings that are flagged
	Overdue           Name = "overdue"             // bookings that nobody looks at
	BulkWatch         Name = "bulk_watch"          // whether a bulk reading stands for routine watches
	DeliveriesShown   Name = "deliveries_shown"    // whether every change came as a delivery, too
	ProviderCalls     Name = "provider_calls"      // requests to the provider
	ReadsFailed       Name = "reads_failed"        // failed reads of the provider
	LeasesLost        Name = "leases_lost"         // dropped work
	ReconcileDuration Name = "reconcile_duration"  // length of a pass of Reconcile
	ReconcileFailed   Name = "reconcile_failed"    // bookings that a pass could not work on
	Unreadable        Name = "unreadable"          // records that could not be read
	Panics            Name = "panics"              // caught panics
	ProviderDown      Name = "provider_down"       // whether the provider was down
	ProfileSyncs      Name = "profile_syncs"       // pushes of changed profiles
	SweepDuration     Name = "sweep_duration"      // length of a pass of Sweep
	SweepFindings     Name = "sweep_findings"      // what a pass of Sweep found
	LastPass          Name = "last_pass"           // when the last complete pass had begun
	JobRuns           Name = "job_runs"            // ended runs of Serve's jobs
	ConsumerEvents    Name = "consumer_events"     // tried events of Consume
	ConsumerLag       Name = "consumer_lag"        // age of the oldest event that a consumer has not handled
	ConsumerHeld      Name = "consumer_held"       // bookings of which a consumer holds an event
	ConsumerStuck     Name = "consumer_stuck"      // those that a person should look at
	ConsumerLooked    Name = "consumer_looked"     // when a consumer was at work last

	LMSAttemptsTroubled Name = "lms_attempts_troubled" // attempts of an Open edX that a person should look at
	LMSAttemptsOverdue  Name = "lms_attempts_overdue"  // attempts of an Open edX that nobody works on
)

// Kind says how the measurements of a metric add up.
type Kind string

// The kinds of metrics.
const (
	KindCounter      Kind = "counter"      // values are added
	KindDistribution Kind = "distribution" // each value counts: a histogram
	KindGauge        Kind = "gauge"        // the last value counts
)

// Metric describes a metric, for libraries in which one must be registered first.
type Metric struct {
	Name   Name     // as in [Measurement]
	Kind   Kind     // how its values add up
	Unit   string   // of its values, such as "seconds"
	Labels []string // names of its labels; nil if it has none
}

var all = []Metric{
	{Events, KindCounter, "events", []string{"event"}},
	{Operations, KindCounter, "operations", []string{"op", "result"}},
	{OperationAttempts, KindDistribution, "requests", []string{"op", "result"}},
	{OperationDuration, KindDistribution, "seconds", []string{"op", "result"}},
	{OperationsOpen, KindGauge, "operations", nil},
	{OperationsOpenAge, KindGauge, "seconds", nil},
	{Attention, KindCounter, "bookings", []string{"reason"}},
	{AttentionOpen, KindGauge, "bookings", []string{"reason"}},
	{Overdue, KindGauge, "bookings", nil},
	{BulkWatch, KindGauge, "boolean", nil},
	{DeliveriesShown, KindGauge, "boolean", nil},
	{ProviderCalls, KindCounter, "requests", []string{"for"}},
	{ReadsFailed, KindCounter, "reads", []string{"source"}},
	{LeasesLost, KindCounter, "leases", nil},
	{ReconcileDuration, KindDistribution, "seconds", nil},
	{ReconcileFailed, KindCounter, "bookings", nil},
	{Unreadable, KindCounter, "records", []string{"record"}},
	{Panics, KindCounter, "panics", nil},
	{ProviderDown, KindGauge, "boolean", nil},
	{ProfileSyncs, KindCounter, "requests", []string{"answer"}},
	{SweepDuration, KindDistribution, "seconds", nil},
	{SweepFindings, KindCounter, "findings", []string{"finding"}},
	{LastPass, KindGauge, "seconds", []string{"job"}},
	{JobRuns, KindCounter, "runs", []string{"job", "result"}},
	{ConsumerEvents, KindCounter, "events", []string{"consumer", "result"}},
	{ConsumerLag, KindGauge, "seconds", []string{"consumer"}},
	{ConsumerHeld, KindGauge, "bookings", []string{"consumer"}},
	{ConsumerStuck, KindGauge, "bookings", []string{"consumer"}},
	{ConsumerLooked, KindGauge, "seconds", []string{"consumer"}},
	{LMSAttemptsTroubled, KindGauge, "attempts", []string{"trouble"}},
	{LMSAttemptsOverdue, KindGauge, "attempts", nil},
}

// All returns all metrics, in the order of the table at [Measurement].
func All() []Metric {
	metrics := slices.Clone(all)
	for i := range metrics {
		metrics[i].Labels = slices.Clone(metrics[i].Labels)
	}
	return metrics
}
