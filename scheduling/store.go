package scheduling

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"time"
)

// Store keeps bookings, their events, and learners. Its methods are safe for use by
// many goroutines, and by many processes if they share the database. Package
// storetest is the specification: it checks an implementation.
//
// What a store returns shares no memory with what it keeps. Instants come back in UTC,
// cut to whole microseconds. IDs are compared and sorted by their bytes: case and
// accents count. Every method may also return the context's error, or an error of the
// database. After such an error a write may or may not have happened; but if the
// context had ended before the call, nothing is written. A record that can't be read
// is an [*UnreadableError], hides no other one, and is not written.
type Store interface {
	// Create stores the booking with Version 1, and appends the events, in one
	// transaction. It returns ErrAlreadyBooked if an active booking has the same
	// learner and exam, readable or not, and ErrConflict if the ID is taken; else a
	// [*LearnerBusyError] if another booking of the learner [Booking.Blocks] what b
	// [Booking.Asks] for, be it written at the same time, or an [*UnreadableError] if
	// an active one that can't be read may do so. Then nothing is stored.
	Create(ctx context.Context, b Booking, events ...Event) (Booking, error)

	// Update replaces the booking with the ID and Version of b, appends the events in
	// the same transaction, and returns the booking with the next Version. It changes
	// nothing and returns ErrNotFound if there is no such booking, ErrConflict if the
	// stored Version differs, whatever else is wrong, and ErrAlreadyBooked if b would
	// become a second active booking of its learner and exam. Last, it checks as Create
	// does what b Asks for beyond the stored booking; what became known of the provider
	// is stored, whatever it overlaps.
	Update(ctx context.Context, b Booking, events ...Event) (Booking, error)

	// Get returns the booking, or ErrNotFound.
	Get(ctx context.Context, id BookingID) (Booking, error)

	// Active returns the active booking of the learner and exam, or ErrNotFound.
	Active(ctx context.Context, learner LearnerID, exam ExamKey) (Booking, error)

	// Claim leases up to q.Limit bookings that are due at q.Now and not leased then
	// (DueAt, with q.Bulk [Booking.BulkDueAt], is set and not after q.Now; Lease.Until is
	// not after q.Now), [Booking.Urgent] ones before others, and of these the longest due
	// first. It sets their lease to q.Owner and q.Until, raises their Version, and returns
	// them. Two claims never return the same booking for overlapping times. Those that
	// can't be read get a lease without an owner, which keeps them from claims alone, and
	// count; their errors, joined, come beside the others.
	Claim(ctx context.Context, q ClaimQuery) ([]Booking, error)

	// List yields the bookings that match the filter, ordered by ID. It holds no lock
	// and no connection while the loop's body runs, and may or may not show what
	// changes meanwhile. A booking that can't be read comes as its ID and Learner with
	// an [*UnreadableError], if it may match. Another error is the last thing it yields;
	// without one, the list is complete.
	List(ctx context.Context, f Filter) iter.Seq2[Booking, error]

	// Events returns the first events that the query chooses, in an order that never
	// changes: once an event was returned, none appears in front of it. Those of a booking
	// are in the order of its versions, and of their write. Fewer than the Limit are all
	// that were written before the call. A store may write to find the order. A cursor that
	// is not of this store is an error. Of events that can't be read come Cursor, Booking
	// and Learner alone, and an error that joins one [*UnreadableError] for each.
	Events(ctx context.Context, q EventQuery) ([]Event, error)

	// PutLearner stores a new version of the learner's record and returns it with
	// that Version. l.Version is the version it was made from, 0 for a new
	// learner; if the newest stored version differs it returns ErrConflict. Older
	// versions are kept.
	PutLearner(ctx context.Context, l Learner) (Learner, error)

	// Learner returns the given version of the learner's record, the newest for
	// version 0, or ErrNotFound.
	Learner(ctx context.Context, id LearnerID, version int64) (Learner, error)

	// Erase removes every version of the learner's record, and leaves the bookings and
	// events WithoutWords. A booking that it changes gets the next Version, and a
	// PutLearner with the Version of an erased record returns ErrConflict, so that nobody
	// writes the erased data back. To erase an unknown learner is no error. If one of the
	// learner's bookings or events can't be read, nothing is erased.
	Erase(ctx context.Context, id LearnerID) error

	// Namespace returns a text of 8 characters of [a-z0-9] that was drawn at random when
	// the store was created, and never changes. It is part of this store's reservation
	// ids, to tell them from those of other stores.
	Namespace(ctx context.Context) (string, error)
}

// UsernameFinder is a [Store] for [Scheduler.Learner] while the platform is down.
type UsernameFinder interface {
	// LearnerByUsername returns the one learner whose newest record has that Username, to
	// the letter. It returns ErrNotFound for none, and for several.
	LearnerByUsername(ctx context.Context, username string) (Learner, error)
}

// ClaimQuery says what [Store].Claim leases, to whom, and for how long. Instants are UTC.
type ClaimQuery struct {
	Owner string    // of the leases
	Now   time.Time // what is due by then, and not leased then, may be claimed
	Until time.Time // when the leases end
	Limit int       // at most so many; 0 claims nothing
	Bulk  bool      // bulk readings stand for routine watches: what is due at BulkDueAt counts as due
}

// DueAt returns when the booking is due for this claim, or the zero time if it never is.
func (q ClaimQuery) DueAt(b Booking) time.Time {
	if q.Bulk {
		return b.BulkDueAt()
	}
	return b.DueAt
}

// EventQuery chooses events.
type EventQuery struct {
	After   Cursor    // only events after this one; "" = from the first one on
	Booking BookingID // only events of this booking; "" = of all bookings
	Limit   int       // at most so many; 0 means no limit for Scheduler.Events, and no events for Store.Events
}

// Filter chooses bookings that every field lets pass. A zero field passes all.
type Filter struct {
	Learner        LearnerID // only this learner's
	Exam           ExamKey   // only of this exam; set both keys
	States         []State   // only in one of these states
	Open           bool      // only with an open intent
	NeedsAttention bool      // only those flagged for a person
	StartFrom      time.Time // only with a proven start at this instant or later; of a day: Date.Start in the zone that you mean
	StartUntil     time.Time // only with a proven start before this instant; of a last day: Date.AddDays(1).Start
	DueBy          time.Time // only with a DueAt, and not after this instant
	Bulk           bool      // DueBy means BulkDueAt
	WatchedAt      time.Time // only with WatchUntil at this instant or later: a late request may still act
	After          BookingID // only with a greater ID, to continue an earlier list: set it to the last ID of a page, since lists come by ID
}

// ActiveKey returns the value that a store must keep unique among active
// bookings: one learner, one exam, one active booking. It is a SHA-256 in hex.
func ActiveKey(namespace string, learner LearnerID, exam ExamKey) string {
	h := sha256.New()
	for _, part := range []string{namespace, string(learner), exam.Course.String(), exam.Usage.String()} {
		// No part can hold a NUL: different lists never give the same bytes.
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Matches reports whether the booking passes the filter. Stores without a query
// language use it; other stores must choose the same bookings.
func (f Filter) Matches(b Booking) bool {
	switch {
	case f.Learner != "" && b.Learner != f.Learner,
		f.Exam != ExamKey{} && b.Exam.Key() != f.Exam,
		len(f.States) > 0 && !hasState(f.States, b.State),
		f.Open && b.Intent == nil,
		f.NeedsAttention && b.NeedsAttention == nil,
		!f.StartFrom.IsZero() && (b.Start.IsZero() || b.Start.Before(f.StartFrom)),
		!f.StartUntil.IsZero() && (b.Start.IsZero() || !b.Start.Before(f.StartUntil)),
		!f.DueBy.IsZero() && (b.DueAt.IsZero() || ClaimQuery{Bulk: f.Bulk}.DueAt(b).After(f.DueBy)),
		!f.WatchedAt.IsZero() && b.WatchUntil().Before(f.WatchedAt),
		b.ID <= f.After && f.After != "":
		return false
	}
	return true
}

func hasState(states []State, s State) bool {
	for _, x := range states {
		if x == s {
			return true
		}
	}
	return false
}

// eventsPage is how many events are read at once.
const eventsPage = 100
