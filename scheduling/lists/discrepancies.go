package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/internal/report"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// DiscrepancyKind is how the store and the provider's report differ.
type DiscrepancyKind string

// The kinds.
const (
	DiscrepancyTheyHave       DiscrepancyKind = "they_have"        // active there; the booking holds another reservation, or has ended without it
	DiscrepancyWeHave         DiscrepancyKind = "we_have"          // a booking with a reservation that the report does not show
	DiscrepancyDiffer         DiscrepancyKind = "differ"           // both have it, and Differs names in what they differ
	DiscrepancyUnknownToStore DiscrepancyKind = "unknown_to_store" // active there under an id with this library's prefix that the store does not know
)

// Discrepancy is a reservation that the store and the provider's report have
// differently. It holds no personal data.
type Discrepancy struct {
	Kind DiscrepancyKind `json:"kind"` // how the two differ

	// Differs is for the kind differ: start, canceled, session (one took place that the
	// booking knows nothing of), end (it ended there, and is under way here).
	Differs []string `json:"differs,omitempty"`

	Booking scheduling.BookingID   `json:"booking"`           // of the kind unknown_to_store: the id that the reservation names, of which the store has no booking
	Ours    bool                   `json:"ours,omitempty"`    // of the kind unknown_to_store: the id has this store's namespace, so that the store has lost a booking
	Learner scheduling.LearnerID   `json:"learner,omitempty"` // "" of the kind unknown_to_store
	State   scheduling.State       `json:"state,omitempty"`   // of the booking; "" of the kind unknown_to_store
	Number  proctoru.ReservationNo `json:"number,omitempty"`  // the booking's; "" if it has none
	Start   time.Time              `json:"start,omitzero"`    // the booking's, UTC; zero if none is proven

	Theirs provider.Facts `json:"theirs,omitzero"` // what the report shows; zero for the kind we_have
}

// DiscrepancyQuery is what [Discrepancies] compares. All its fields are required.
type DiscrepancyQuery struct {
	// From and To are instants, cut to whole seconds: bookings that start from From on
	// and before To are compared with the report of that time, and what the report alone
	// shows is told if it starts then, or has no start. For whole days of a zone
	// give scheduling.Date.Start of the first day, and of the day after the last.
	From, To time.Time

	// QuietSince leaves bookings out for which something was sent or proven after it:
	// the report may not show that yet. Give the present time less the time that the
	// provider takes, which is the Scheduler's Tuning.EvidenceLag.
	QuietSince time.Time
}

// Discrepancies compares bookings with the provider's report, and yields what
// differs. Bookings with an open operation are left out, and reservations of other
// systems that use the same account are passed over. A reservation is known by the id in
// its notes, as Book writes it: where the report does not give the notes back, one that no
// booking has by its number is passed over as well. It changes nothing: Reconcile
// and Sweep act, each by its own proof. The report is read in steps of eight days, of
// which one is kept in memory, as are a few fields of each booking.
//
// A booking that can't be read comes as a [*scheduling.UnreadableError], and the others
// after it. Another error is the last thing that it yields:
// [*proctorbook.ValidationError] for a query that is not valid, errors of the provider,
// and those of the store.
func Discrepancies(ctx context.Context, store scheduling.Store, reporter provider.Reporter, q DiscrepancyQuery) iter.Seq2[Discrepancy, error] {
	return func(yield func(Discrepancy, error) bool) {
		c, err := newComparison(ctx, store, reporter, q)
		if err == nil {
			err = c.run(ctx, yield)
		}
		if err != nil {
			yield(Discrepancy{}, err)
		}
	}
}

// comparison is one reading of Discrepancies.
type comparison struct {
	store     scheduling.Store
	reader    *report.Reader
	quiet     time.Time
	from, to  time.Time
	namespace string
	bookings  map[proctoru.ReservationNo]booked // those of these days
	bad       []error                           // of bookings that can't be read, not yielded yet
	told      map[scheduling.BookingID]bool     // which ones those are, and were
}

// booked is what is kept in memory of a booking.
type booked struct {
	id      scheduling.BookingID
	learner scheduling.LearnerID
	state   scheduling.State
	number  proctoru.ReservationNo
	start   time.Time
	quiet   bool // no operation is open, and none was just under way
}

func newComparison(ctx context.Context, store scheduling.Store, reporter provider.Reporter, q DiscrepancyQuery) (*comparison, error) {
	const op = "lists: Discrepancies"
	if q.QuietSince.IsZero() {
		return nil, &proctorbook.ValidationError{Op: op, Fields: []proctorbook.FieldError{{Field: "QuietSince", Problem: "is missing: give the present time less the time that the report lags"}}}
	}
	c := &comparison{store: store, quiet: q.QuietSince, from: q.From.Truncate(time.Second), to: q.To.Truncate(time.Second), bookings: map[proctoru.ReservationNo]booked{}, told: map[scheduling.BookingID]bool{}}
	var err error
	c.reader, err = report.New(op, reporter, q.From, q.To, func(n proctoru.ReservationNo) bool {
		_, wanted := c.bookings[n]
		return wanted
	})
	if err != nil {
		return nil, err
	}
	if c.namespace, err = store.Namespace(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	for b, err := range store.List(ctx, scheduling.Filter{StartFrom: q.From, StartUntil: q.To}) {
		if err != nil && !goesOn(err) {
			return nil, fmt.Errorf("%s: %w", op, err)
		}
		if err != nil {
			c.unread(b.ID, fmt.Errorf("%s: %w", op, err))
		} else if b.Number != "" {
			c.bookings[b.Number] = c.booked(b)
		}
	}
	return c, nil
}

func (c *comparison) booked(b scheduling.Booking) booked {
	return booked{
		id: b.ID, learner: b.Learner, state: b.State, number: b.Number, start: b.Start,
		quiet: b.Intent == nil && !b.Memory.LastSent.After(c.quiet) && !b.Memory.ProvenAt.After(c.quiet),
	}
}

// unread keeps the error of a booking that can't be read, once.
func (c *comparison) unread(id scheduling.BookingID, err error) {
	if !c.told[id] {
		c.told[id] = true
		c.bad = append(c.bad, err)
	}
}

// tellBad yields what is kept of bookings that can't be read, and reports whether the
// caller wants more.
func (c *comparison) tellBad(yield func(Discrepancy, error) bool) bool {
	bad := c.bad
	c.bad = nil
	for _, err := range bad {
		if !yield(Discrepancy{}, err) {
			return false
		}
	}
	return true
}

// run reads the report, and then goes through the bookings that it did not show. It
// ends without an error when the caller has enough.
func (c *comparison) run(ctx context.Context, yield func(Discrepancy, error) bool) error {
	if !c.tellBad(yield) {
		return nil
	}
	for step := range c.reader.Steps() {
		tallies, err := c.reader.Read(ctx, step)
		if err != nil {
			return fmt.Errorf("lists: Discrepancies: %w", err)
		}
		for _, t := range tallies {
			d, err := c.compare(ctx, t)
			if err != nil {
				err = fmt.Errorf("lists: Discrepancies: booking %s: %w", shown.ID(t.ReservationID), err)
				if !goesOn(err) {
					return err
				}
				c.unread(scheduling.BookingID(t.ReservationID), err)
			}
			if !c.tellBad(yield) || d.Kind != "" && c.within(d) && !yield(d, nil) {
				return nil
			}
		}
	}
	for _, n := range slices.SortedFunc(maps.Keys(c.bookings), proctoru.ReservationNo.Compare) {
		b := c.bookings[n]
		if !c.reader.Seen(n) && !b.gone() && b.quiet && !yield(b.discrepancy(DiscrepancyWeHave, provider.Facts{}), nil) {
			return nil
		}
	}
	return nil
}

// compare finds the booking of what the report shows of one number, and compares the
// two. It returns a zero Discrepancy if nothing is to be told.
func (c *comparison) compare(ctx context.Context, t *provider.Tally) (Discrepancy, error) {
	b, known := c.bookings[t.Facts.Number]
	if !known {
		stored, err := c.store.Get(ctx, scheduling.BookingID(t.ReservationID))
		if errors.Is(err, scheduling.ErrNotFound) {
			return c.unknown(t), nil
		}
		if err != nil {
			return Discrepancy{}, err
		}
		b = c.booked(stored)
	}
	if !b.quiet {
		return Discrepancy{}, nil
	}
	return b.compare(t.Facts), nil
}

// within reports whether it is about the time that was asked for: the report is read a
// day beyond.
func (c *comparison) within(d Discrepancy) bool {
	in := func(t time.Time) bool { return !t.Before(c.from) && t.Before(c.to) }
	return d.Theirs.StartsAt.IsZero() || in(d.Theirs.StartsAt) || d.Kind == DiscrepancyDiffer && in(d.Start)
}

// unknown is about a reservation whose id the store does not know.
func (c *comparison) unknown(t *provider.Tally) Discrepancy {
	if t.Facts.Canceled {
		return Discrepancy{}
	}
	id := scheduling.BookingID(t.ReservationID)
	return Discrepancy{Kind: DiscrepancyUnknownToStore, Booking: id, Theirs: t.Facts, Ours: id.Namespace() == c.namespace}
}

// gone reports whether the booking ended without a reservation.
func (b booked) gone() bool {
	return b.state == scheduling.StateCanceled || b.state == scheduling.StateFailed
}

func (b booked) discrepancy(kind DiscrepancyKind, f provider.Facts, differs ...string) Discrepancy {
	return Discrepancy{
		Kind: kind, Differs: differs, Booking: b.id, Learner: b.learner, State: b.state, Number: b.number, Start: b.start, Theirs: f,
	}
}

// compare returns how the booking differs from the facts; a zero Discrepancy if it
// does not.
func (b booked) compare(f provider.Facts) Discrepancy {
	if b.number != f.Number || b.gone() {
		if f.Canceled {
			return Discrepancy{}
		}
		return b.discrepancy(DiscrepancyTheyHave, f)
	}
	var differs []string
	for _, c := range []struct {
		what    string
		differs bool
	}{
		{"start", !f.StartsAt.IsZero() && !f.StartsAt.Equal(b.start)},
		{"canceled", f.Canceled && b.state.Active()},
		{"session", f.Present() && (b.state == scheduling.StateScheduled || b.state == scheduling.StateNoShow)},
		{"end", f.Ended && (b.state == scheduling.StateBegun || b.state == scheduling.StateUnlocked)},
	} {
		if c.differs {
			differs = append(differs, c.what)
		}
	}
	if len(differs) == 0 {
		return Discrepancy{}
	}
	return b.discrepancy(DiscrepancyDiffer, f, differs...)
}

var discrepancyColumns = []column[Discrepancy]{
	{"kind", func(d Discrepancy) string { return string(d.Kind) }},
	{"differs", func(d Discrepancy) string { return strings.Join(d.Differs, " ") }},
	{"booking", func(d Discrepancy) string { return string(d.Booking) }},
	{"learner", func(d Discrepancy) string { return string(d.Learner) }},
	{"state", func(d Discrepancy) string { return string(d.State) }},
	{"number", func(d Discrepancy) string { return string(d.Number) }},
	{"start", func(d Discrepancy) string { return cellTime(d.Start) }},
	{"their_number", func(d Discrepancy) string { return string(d.Theirs.Number) }},
	{"their_start", func(d Discrepancy) string { return cellTime(d.Theirs.StartsAt) }},
	{"their_canceled", func(d Discrepancy) string { return cellBool(d.Theirs.Canceled) }},
	{"their_started", func(d Discrepancy) string { return cellBool(d.Theirs.Started) }},
	{"their_ended", func(d Discrepancy) string { return cellBool(d.Theirs.Ended) }},
}

// WriteDiscrepanciesCSV writes the rows of [Discrepancies] as they come. Errors are
// those of [WriteSessionsCSV].
func WriteDiscrepanciesCSV(w io.Writer, rows iter.Seq2[Discrepancy, error], opts ...CSVOption) error {
	return writeCSV(w, discrepancyColumns, rows, opts)
}
