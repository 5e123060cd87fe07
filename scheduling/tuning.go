package scheduling

import (
	"errors"
	"time"
)

// Tuning sets how long a [Scheduler] waits for what. The defaults are right for
// ProctorU; a zero field keeps its default.
//
// The engine relies on ListLag, EvidenceLag and InFlight. If one is too small, the
// engine may conclude something too early; if it is too large, everything settles
// later. Each must also cover the difference between the clocks of the machines that
// share the store: keep it within a few seconds, by NTP.
type Tuning struct {
	// ListLag is the longest time until a write shows up in the provider's list; default 1 minute.
	ListLag time.Duration
	// EvidenceLag is the same for other evidence, as the activity report; at least ListLag, default 4 minutes.
	EvidenceLag time.Duration
	// InFlight is how long after it was sent a request can still act; at least EvidenceLag, default 10 minutes.
	InFlight time.Duration

	// Lease is how long a worker keeps a booking; after a crash, others wait that long. Default: 2 minutes.
	Lease time.Duration
	// Deadline is how long an operation may be open before it is flagged for a person.
	// It stays open. Default: 15 minutes.
	Deadline time.Duration

	// Patience bounds how long Book, Reschedule and Cancel work on their operation
	// before they return a [*PendingError]. They return earlier when their context
	// ends. A call under way then goes on: see [Scheduler.Close]. Default: 30 seconds.
	Patience time.Duration
	// WatchInterval is how often a scheduled booking is compared with the provider: by
	// Reconcile, or all at once by Sweep, whose readings stand for two intervals. Default: 1 hour.
	WatchInterval time.Duration
	// BulkFrom is from how many bookings on [Scheduler.Sweep] reads the provider's report of
	// all learners, which then stands for routine watches. -1 means never. Default: 100.
	BulkFrom int
	// WatchWithDeliveries is how often scheduled bookings are compared with the provider while
	// deliveries are shown: of all bookings with a change in the last day (made, moved or
	// canceled, by us or by the provider) the webhook told within an hour of each, and there
	// are at least three of them. Then Serve sweeps that rarely, each sweep stands for routine
	// watches for two of these intervals, and a delivery makes two looks, at once and after
	// EvidenceLag. One change without a delivery ends that for a day: bookings are due every
	// WatchInterval again.
	//
	// What it gives up: a change by the provider whose own delivery was lost, the first one,
	// is noticed that much later (an interval, or two if a sweep fails), and so is a
	// reservation too many. It gives up nothing in the last two hours before a start, at Begin
	// and Unlock, and for the first look after a change. It needs [Scheduler.Delivered] to be
	// called for each of the webhook's events, and Serve, or [Scheduler.RoutineSweep] every
	// WatchInterval. WatchInterval to 24 hours; default: 0, which is off.
	WatchWithDeliveries time.Duration
	// RetryBudget is how many calls in a row the provider may leave unanswered before it
	// counts as down. Then Book, Reschedule and Cancel send only once before they return
	// a [*PendingError], and each pass of [Scheduler.Reconcile] tries one booking, until
	// the provider answers. Default: 20.
	RetryBudget int

	// SlotCache is how long the offers of a day are kept, at most 1 hour, and shared
	// among callers. A minute saves many calls: if a slot is gone by then, Book returns a
	// [*SlotTakenError] with fresh ones. A day on which this Scheduler has booked, moved
	// or canceled, or was refused, is dropped at once. Default: 0, no cache.
	SlotCache time.Duration

	// EnrollmentCache is how long [Scheduler.Status] shows an enrollment that lets the
	// learner book without asking the platform again, at most 1 hour. It is for exams for
	// which many learners open their page again and again. Only what allows a booking is
	// kept: who has just enrolled sees that at once. Book asks the platform anew in any
	// case, and may refuse what Status allowed before. Default: 0, no cache, so that both
	// say the same; learners who ask at the same moment share calls without it, too.
	EnrollmentCache time.Duration
}

// DefaultTuning returns the defaults of [Tuning].
func DefaultTuning() Tuning {
	return Tuning{
		ListLag: time.Minute, EvidenceLag: 4 * time.Minute, InFlight: 10 * time.Minute,
		Lease: 2 * time.Minute, Deadline: 15 * time.Minute,
		Patience: 30 * time.Second, WatchInterval: time.Hour, BulkFrom: 100, RetryBudget: 20,
	}
}

func (t Tuning) validate() error {
	switch {
	case t.ListLag <= 0 || t.ListLag > t.EvidenceLag || t.EvidenceLag > t.InFlight:
		return errors.New("scheduling: WithTuning: want 0 < ListLag <= EvidenceLag <= InFlight")
	case t.Lease <= 0 || t.Deadline <= 0 || t.Patience <= 0 || t.WatchInterval <= 0:
		return errors.New("scheduling: WithTuning: Lease, Deadline, Patience and WatchInterval must be positive")
	case t.BulkFrom < -1 || t.BulkFrom == 0:
		return errors.New("scheduling: WithTuning: BulkFrom must be positive, or -1 for never")
	case t.WatchWithDeliveries != 0 && (t.WatchWithDeliveries < t.WatchInterval || t.WatchWithDeliveries > 24*time.Hour):
		return errors.New("scheduling: WithTuning: WatchWithDeliveries must be WatchInterval to 24 hours, or 0 for off")
	case t.RetryBudget <= 0:
		return errors.New("scheduling: WithTuning: RetryBudget must be positive")
	case t.SlotCache < 0 || t.SlotCache > time.Hour:
		return errors.New("scheduling: WithTuning: SlotCache must be 0 to an hour")
	case t.EnrollmentCache < 0 || t.EnrollmentCache > time.Hour:
		return errors.New("scheduling: WithTuning: EnrollmentCache must be 0 to an hour")
	}
	return nil
}

// SweepMode is what [Scheduler.Sweep] may do.
type SweepMode string

// The modes.
const (
	SweepReport SweepMode = "report" // only report; the default
	SweepRemove SweepMode = "remove" // also remove surplus reservations, within limits
)
