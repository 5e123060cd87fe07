package scheduling

import (
	"context"
	"errors"
	"time"
)

// Errors of consumers.
var (
	// ErrNoConsumers means that the store is no [ConsumerKeeper], so that Consume could
	// neither keep its place nor keep several replicas from handling the same events.
	ErrNoConsumers = errors.New("scheduling: this store keeps no consumers: implement ConsumerKeeper, or range over Events and keep the cursor yourself")

	// ErrUnknownCursor means that the store never gave out the cursor of an event: it is of
	// another store, or of this one from before a backup was restored.
	ErrUnknownCursor = errors.New("scheduling: unknown event cursor: it is of another store, or from before a backup was restored: find another place by Scheduler.Events, since from \"\" on everything comes again")
)

// StuckAttempts is from how many failed tries on an event counts as stuck, so that a person
// should look: see [HeldEvent].
const StuckAttempts = 10

// Consumer is what a store keeps of one consumer of the events: see [Scheduler.Consume].
type Consumer struct {
	Name    string    // its own, such as "mails"; at most 255 bytes
	Version int64     // counts the writes, from 1 on; 0 before the first one
	Lease   Lease     // which process handles its events, and until when; without an owner: nobody
	Began   time.Time // when it was new; UTC; zero before that, and after RemoveConsumer
	Cursor  Cursor    // all events up to this one are handled, or held; "" = none yet
}

// FailureCode is why a consumer has not handled an event: see `go doc FailureError`.
type FailureCode string

// The codes.
const (
	FailureError         FailureCode = "failed"         // the func returned an error
	FailurePanic         FailureCode = "panicked"       // the func panicked
	FailureTimeout       FailureCode = "timed_out"      // the func returned an error after ConsumeOptions.Timeout
	FailureUnreadable    FailureCode = "unreadable"     // this program can't read the event: see UnreadableError
	FailureUnknownCursor FailureCode = "unknown_cursor" // the store does not know the place any more: see ErrUnknownCursor
)

// HeldEvent is the event of a booking at which a consumer waits to try it again. The
// booking's later events wait behind it; a consumer has one HeldEvent of a booking at most.
// It holds nothing personal. Instants are UTC.
type HeldEvent struct {
	Booking  BookingID   `json:"booking"`         // whose event it is
	Event    Cursor      `json:"event,omitempty"` // the event; "" while later events of the booking are caught up
	After    Cursor      `json:"after,omitempty"` // all events of the booking up to this one are handled; "" = none
	At       time.Time   `json:"at"`              // when the event happened
	Since    time.Time   `json:"since,omitzero"`  // when it was first tried
	Attempts int         `json:"attempts"`        // tries that have failed; from StuckAttempts on a person should look
	NextTry  time.Time   `json:"next_try"`        // when it is tried again, at the earliest
	Code     FailureCode `json:"code,omitempty"`  // why the last try failed
}

// Stuck reports whether the event has failed so often that a person should look.
func (h HeldEvent) Stuck() bool { return h.Attempts >= StuckAttempts }

// HeldQuery chooses what a consumer holds. A zero field passes all.
type HeldQuery struct {
	Consumer string      // whose; always set
	Bookings []BookingID // only of these bookings, 100 at most; empty = of all
	DueBy    time.Time   // only with a NextTry that is not after this instant, the earliest first
	After    BookingID   // only of greater bookings, to continue an earlier list
	Limit    int         // at most so many; 0 returns none
}

// HeldCount is how much a consumer holds.
type HeldCount struct {
	Held   int       // bookings with an event that waits
	Stuck  int       // those of them with StuckAttempts or more
	Oldest time.Time // the earliest HeldEvent.At; UTC, zero if nothing is held
}

// HeldChange is what [ConsumerKeeper].PutConsumer changes of what a consumer holds: first
// it drops, then it puts.
type HeldChange struct {
	DropAll bool        // drop everything
	Drop    []BookingID // drop what is held of these bookings; to drop nothing is no error
	Put     []HeldEvent // put in the place of what is held of the same bookings
}

// ConsumerKeeper is a [Store] that keeps consumers of events for [Scheduler.Consume]. The
// stores of this library do. What [Store] says of instants, contexts and errors holds for
// it, too; and a cursor that Events refuses, it refuses with [ErrUnknownCursor].
type ConsumerKeeper interface {
	// Consumer returns the consumer with that name. One that was never put has its Name
	// alone.
	Consumer(ctx context.Context, name string) (Consumer, error)

	// Consumers returns the consumers with a Began, by name.
	Consumers(ctx context.Context) ([]Consumer, error)

	// PutConsumer stores the consumer and changes what it holds, in one transaction, and
	// returns it with the next Version. It returns ErrConflict, and changes nothing, if the
	// stored Version differs from c.Version: of several processes that read the same
	// Version, one succeeds. This is what keeps a process that has lost the lease from
	// writing.
	PutConsumer(ctx context.Context, c Consumer, change HeldChange) (Consumer, error)

	// Held returns what the query chooses, by NextTry and then by Booking if DueBy is set,
	// else by Booking.
	Held(ctx context.Context, q HeldQuery) ([]HeldEvent, error)

	// CountHeld counts what the consumer holds.
	CountHeld(ctx context.Context, name string) (HeldCount, error)

	// LastEvent returns the cursor of the newest event, "" if there is none: every event
	// that was written before the call is that one, or before it. A store may write to find
	// the order, as for Events.
	LastEvent(ctx context.Context) (Cursor, error)
}
