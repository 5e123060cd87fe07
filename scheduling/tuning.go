package scheduling

import (
	"errors"
	"time"
)

// Tuning is how patient a [Scheduler] is. The defaults are right for ProctorU; a
// zero field keeps its default.
//
// ListLag, EvidenceLag and InFlight are the bounds under which the booking
// protocol was checked. Too small a bound makes a conclusion come too early; too
// large a one makes it late. Each includes the difference between the clocks of
// the machines that share the store: keep them within a few seconds, by NTP.
type Tuning struct {
	// ListLag is the longest time until a write shows up in the provider's list.
	// Default: 1 minute.
	ListLag time.Duration
	// EvidenceLag is the same for the activity report, or another evidence; at least
	// ListLag. Default: 4 minutes.
	EvidenceLag time.Duration
	// InFlight is the longest time after sending that a request can still act; at
	// least EvidenceLag. Default: 10 minutes.
	InFlight time.Duration

	// Lease is how long a worker owns a booking. Default: 2 minutes.
	Lease time.Duration
	// Deadline is after how long an open operation is flagged for a person. It stays
	// open. Default: 15 minutes.
	Deadline time.Duration

	// Patience bounds how long Book, Reschedule and Cancel work on their operation
	// before they return a [*PendingError]. They return earlier when their context
	// ends. Default: 30 seconds.
	Patience time.Duration
	// WatchInterval is how often Reconcile compares a scheduled booking with the
	// provider. Default: 1 hour.
	WatchInterval time.Duration
	// RetryBudget is how many calls to the provider may go unanswered in a row before
	// it counts as down. Then Book, Reschedule and Cancel send once and return a
	// [*PendingError] at once instead of trying again, and each pass of
	// [Scheduler.Reconcile] tries one booking, until the provider answers. Default: 20.
	RetryBudget int

	// SlotCache is how long the provider's offers of a day are kept, at most an hour.
	// Those who ask for the same day at once share one call; [Slot].FetchedAt tells
	// the age. A minute spares a busy provider much, and costs little: a slot that is
	// gone comes back as a [*SlotTakenError] with fresh ones, for which the cache is
	// not used. What this Scheduler books, moves, cancels or is refused is forgotten
	// at once. Default: 0, and every question goes to the provider.
	SlotCache time.Duration
}

// DefaultTuning returns the tuning that holds unless [WithTuning] sets another.
func DefaultTuning() Tuning {
	return Tuning{
		ListLag: time.Minute, EvidenceLag: 4 * time.Minute, InFlight: 10 * time.Minute,
		Lease: 2 * time.Minute, Deadline: 15 * time.Minute,
		Patience: 30 * time.Second, WatchInterval: time.Hour, RetryBudget: 20,
	}
}

func (t Tuning) validate() error {
	switch {
	case t.ListLag <= 0 || t.ListLag > t.EvidenceLag || t.EvidenceLag > t.InFlight:
		return errors.New("scheduling: WithTuning: want 0 < ListLag <= EvidenceLag <= InFlight")
	case t.Lease <= 0 || t.Deadline <= 0 || t.Patience <= 0 || t.WatchInterval <= 0:
		return errors.New("scheduling: WithTuning: Lease, Deadline, Patience and WatchInterval must be positive")
	case t.RetryBudget <= 0:
		return errors.New("scheduling: WithTuning: RetryBudget must be positive")
	case t.SlotCache < 0 || t.SlotCache > time.Hour:
		return errors.New("scheduling: WithTuning: SlotCache must be 0 to an hour")
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
