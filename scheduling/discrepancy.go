package scheduling

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// DiscrepancyKind says in what the store and the provider's report differ.
type DiscrepancyKind string

// The kinds.
const (
	TheyHave       DiscrepancyKind = "they_have"        // active there; the booking holds another reservation, or has ended without it
	WeHave         DiscrepancyKind = "we_have"          // a booking with a reservation that the report does not show
	Differ         DiscrepancyKind = "differ"           // both have it, and Differs says in what they differ
	UnknownToStore DiscrepancyKind = "unknown_to_store" // active there under an id with this library's prefix that the store does not know
)

// Discrepancy is a reservation that the store and the provider's report have
// differently. It holds no personal data.
type Discrepancy struct {
	Kind    DiscrepancyKind
	Differs []string // start, canceled, session (one took place that the booking knows nothing of), end (it ended there, and is under way here)

	Booking BookingID // of UnknownToStore: the id in the reservation's notes
	Ours    bool      // of UnknownToStore: the id has this store's namespace, so that the store has lost a booking
	Learner LearnerID // "" for UnknownToStore
	State   State     // of the booking
	Number  proctoru.ReservationNo
	Start   time.Time

	Theirs provider.Facts // what the report says; zero for WeHave
}

// Discrepancies compares the bookings whose start lies between the two instants
// with the provider's report of these days, and yields what differs. Bookings
// with an open operation, or for which something was sent so recently that the
// report may not show it yet, are left out. It changes nothing: Reconcile and
// [Scheduler.Sweep] act, each by its own proof. It reads as [Scheduler.ReadReport] does,
// and reservations of other systems that use the same account are passed over.
//
// An error is the last thing that it yields: of the provider, of the store, or
// ErrNoReport.
func (s *Scheduler) Discrepancies(ctx context.Context, from, to time.Time) iter.Seq2[Discrepancy, error] {
	return func(yield func(Discrepancy, error) bool) {
		if err := s.discrepancies(ctx, from, to, yield); err != nil {
			yield(Discrepancy{}, fmt.Errorf("scheduling: Discrepancies: %w", err))
		}
	}
}

func (s *Scheduler) discrepancies(ctx context.Context, from, to time.Time, yield func(Discrepancy, error) bool) error {
	namespace, err := s.store.Namespace(ctx)
	if err != nil {
		return err
	}
	r, err := s.newReading(ctx, from, to, Filter{StartFrom: from, StartUntil: to})
	if err != nil {
		return err
	}
	quiet := s.now().Add(-s.tuning.EvidenceLag)
	for step := range r.steps() {
		tallies, err := r.read(ctx, step)
		if err != nil {
			return err
		}
		for _, n := range slices.SortedFunc(maps.Keys(tallies), proctoru.ReservationNo.Compare) {
			o, known, err := r.owner(ctx, n, BookingID(tallies[n].ReservationID))
			if err != nil {
				return err
			}
			d := o.compare(n, tallies[n].Facts)
			if !known {
				d = unknownTo(namespace, tallies[n])
			}
			if d.Kind != "" && (!known || o.quietSince(quiet)) && !yield(d, nil) {
				return nil
			}
		}
	}
	for _, n := range slices.SortedFunc(maps.Keys(r.ours), proctoru.ReservationNo.Compare) {
		o := r.ours[n]
		gone := o.state == StateCanceled || o.state == StateFailed
		if !r.seen[n] && !gone && o.quietSince(quiet) && !yield(o.discrepancy(WeHave, provider.Facts{}), nil) {
			return nil
		}
	}
	return nil
}

// quietSince says that nothing was under way after the instant.
func (o ours) quietSince(at time.Time) bool { return !o.open && !o.settled.After(at) }

func (o ours) discrepancy(kind DiscrepancyKind, f provider.Facts, differs ...string) Discrepancy {
	return Discrepancy{
		Kind: kind, Differs: differs, Booking: o.id, Learner: o.learner, State: o.state, Number: o.number, Start: o.start, Theirs: f,
	}
}

// compare returns how the booking differs from what the report says of the
// number; a zero Discrepancy if it does not.
func (o ours) compare(n proctoru.ReservationNo, f provider.Facts) Discrepancy {
	gone := o.state == StateCanceled || o.state == StateFailed
	if o.number != n || gone {
		if f.Canceled {
			return Discrepancy{}
		}
		return o.discrepancy(TheyHave, f)
	}
	var differs []string
	for _, c := range []struct {
		what    string
		differs bool
	}{
		{"start", !f.StartsAt.IsZero() && !f.StartsAt.Equal(o.start)},
		{"canceled", f.Canceled && o.state.Active()},
		{"session", f.Present() && (o.state == StateScheduled || o.state == StateNoShow)},
		{"end", f.Ended && (o.state == StateBegun || o.state == StateUnlocked)},
	} {
		if c.differs {
			differs = append(differs, c.what)
		}
	}
	if len(differs) == 0 {
		return Discrepancy{}
	}
	return o.discrepancy(Differ, f, differs...)
}

func unknownTo(namespace string, t *provider.Tally) Discrepancy {
	if t.Facts.Canceled {
		return Discrepancy{}
	}
	return Discrepancy{
		Kind: UnknownToStore, Booking: BookingID(t.ReservationID), Theirs: t.Facts,
		Ours: strings.HasPrefix(t.ReservationID, idPrefix+namespace+"-"),
	}
}
