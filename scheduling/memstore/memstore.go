package memstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Store is a [scheduling.Store] that keeps everything in memory. Its methods are
// safe for use by many goroutines; what they promise is written at the interface.
type Store struct{ *state }

// state is behind a pointer, so that a copy of a Store is printed as the Store is.
type state struct {
	namespace string

	mu       sync.Mutex
	bookings map[scheduling.BookingID]scheduling.Booking
	active   map[string]scheduling.BookingID // by scheduling.ActiveKey
	learners map[scheduling.LearnerID][]scheduling.Learner
	erased   map[scheduling.LearnerID]int64 // versions that are given no more
	events   []scheduling.Event
	history  map[scheduling.BookingID][]int // indexes of events
	jobs     map[string]scheduling.Job
	consumed map[string]scheduling.Consumer
	held     map[string]map[scheduling.BookingID]scheduling.HeldEvent // by the consumer's name
	spoiled  spoiled
}

// Option sets a property of a [Store].
type Option func(*Store)

// WithNamespace sets the namespace, 8 characters of [a-z0-9]. The default is drawn
// at random. Tests set it so that booking ids are the same each time.
func WithNamespace(namespace string) Option {
	return func(m *Store) { m.namespace = namespace }
}

// New returns an empty store. It panics if an option is nil.
func New(opts ...Option) *Store {
	m := &Store{&state{
		bookings: map[scheduling.BookingID]scheduling.Booking{}, active: map[string]scheduling.BookingID{},
		learners: map[scheduling.LearnerID][]scheduling.Learner{}, erased: map[scheduling.LearnerID]int64{},
		history: map[scheduling.BookingID][]int{}, jobs: map[string]scheduling.Job{},
		consumed: map[string]scheduling.Consumer{}, held: map[string]map[scheduling.BookingID]scheduling.HeldEvent{},
	}}
	for _, opt := range opts {
		if opt == nil {
			panic("memstore: New: an option is nil")
		}
		opt(m)
	}
	if m.namespace == "" {
		m.namespace = strings.ToLower(rand.Text()[:8])
	}
	return m
}

var (
	_ scheduling.Store          = (*Store)(nil)
	_ scheduling.BookingCounter = (*Store)(nil)
)

// Format prints nothing of what the store holds, for every verb.
func (m Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "memstore.Store") }

// Check implements [scheduling.StoreChecker]: it always returns
// [scheduling.ErrNotDurable].
func (m *Store) Check(context.Context) error { return scheduling.ErrNotDurable }

// Create implements [scheduling.Store].
func (m *Store) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.bookings[b.ID]; taken {
		return scheduling.Booking{}, scheduling.ErrConflict
	}
	b.Version = 0
	return m.put(b, events)
}

// Update implements [scheduling.Store].
func (m *Store) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.bookings[b.ID]
	if !ok {
		return scheduling.Booking{}, scheduling.ErrNotFound
	}
	if old.Version != b.Version {
		return scheduling.Booking{}, scheduling.ErrConflict
	}
	if _, err := m.read(old); err != nil {
		return scheduling.Booking{}, err
	}
	return m.put(b, events)
}

// put stores b with the next version; the caller holds the lock.
func (m *Store) put(b scheduling.Booking, events []scheduling.Event) (scheduling.Booking, error) {
	b = b.Stored()
	key := scheduling.ActiveKey(m.namespace, b.Learner, b.Exam.Key())
	if holder, held := m.active[key]; b.State.Active() && held && holder != b.ID {
		return scheduling.Booking{}, scheduling.ErrAlreadyBooked
	}
	old := m.bookings[b.ID]
	if err := m.inTheWay(b, b.Asks(old)); err != nil {
		return scheduling.Booking{}, err
	}
	if old.State.Active() {
		delete(m.active, scheduling.ActiveKey(m.namespace, old.Learner, old.Exam.Key()))
	}
	if b.State.Active() {
		m.active[key] = b.ID
	}
	b.Version++
	m.bookings[b.ID] = b
	for _, e := range events {
		e = e.Stored()
		e.Cursor, e.Version = scheduling.Cursor(strconv.Itoa(len(m.events)+1)), b.Version
		m.history[e.Booking] = append(m.history[e.Booking], len(m.events))
		m.events = append(m.events, e)
	}
	return b.Stored(), nil
}

// inTheWay returns the error of the learner's first other booking that blocks what
// b asks for; of one that can't be read, if no other one does.
func (m *Store) inTheWay(b scheduling.Booking, asks []scheduling.Window) error {
	if len(asks) == 0 {
		return nil
	}
	var first scheduling.BookingID
	var blocked, unknown error
	for _, id := range m.active {
		other := m.bookings[id]
		if id == b.ID || other.Learner != b.Learner || first != "" && first < id {
			continue
		}
		if _, err := m.read(other); err != nil {
			unknown = err
		} else if err := other.Blocks(asks...); err != nil {
			first, blocked = id, err
		}
	}
	if blocked == nil {
		return unknown
	}
	return blocked
}

// Get implements [scheduling.Store].
func (m *Store) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.bookings[id]
	if !ok {
		return scheduling.Booking{}, scheduling.ErrNotFound
	}
	return whole(m.read(b))
}

// whole returns the booking, and an empty one if it can't be read.
func whole(b scheduling.Booking, err error) (scheduling.Booking, error) {
	if err != nil {
		return scheduling.Booking{}, err
	}
	return b, nil
}

// Active implements [scheduling.Store].
func (m *Store) Active(ctx context.Context, learner scheduling.LearnerID, exam scheduling.ExamKey) (scheduling.Booking, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.active[scheduling.ActiveKey(m.namespace, learner, exam)]
	if !ok {
		return scheduling.Booking{}, scheduling.ErrNotFound
	}
	return whole(m.read(m.bookings[id]))
}

// Claim implements [scheduling.Store].
func (m *Store) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []scheduling.Booking
	for _, b := range m.bookings {
		if at := q.DueAt(b); !at.IsZero() && !at.After(q.Now) && !b.Lease.Until.After(q.Now) {
			due = append(due, b)
		}
	}
	sort.Slice(due, func(i, j int) bool {
		if first, second := due[i].Urgent(), due[j].Urgent(); first != second {
			return first
		}
		return cmp.Or(q.DueAt(due[i]).Compare(q.DueAt(due[j])), strings.Compare(string(due[i].ID), string(due[j].ID))) < 0
	})
	due = due[:min(max(q.Limit, 0), len(due))]
	var claimed []scheduling.Booking
	var bad []error
	for _, b := range due {
		b.Lease = scheduling.Lease{Owner: q.Owner, Until: q.Until.UTC().Truncate(time.Microsecond)}
		b.Version++
		got, err := m.read(b)
		if err != nil {
			b.Lease.Owner = "" // it keeps the row from the next claims, and from nobody who can read it
			bad = append(bad, err)
		} else {
			claimed = append(claimed, got)
		}
		m.bookings[b.ID] = b
	}
	return claimed, errors.Join(bad...)
}

// List implements [scheduling.Store].
func (m *Store) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		for _, id := range m.matching(f) {
			if err := ctx.Err(); err != nil {
				yield(scheduling.Booking{}, err)
				return
			}
			b, matches, err := m.listed(id, f)
			if matches && !yield(b, err) {
				return
			}
		}
	}
}

// CountBookings implements [scheduling.BookingCounter]. It looks at each booking.
func (m *Store) CountBookings(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.BookingCount, error] {
	return func(yield func(scheduling.BookingCount, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(scheduling.BookingCount{}, err)
			return
		}
		counts, bad := m.counts(f)
		for _, err := range bad {
			if !yield(scheduling.BookingCount{}, err) {
				return
			}
		}
		for _, c := range counts {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// counts counts under one lock, and returns the errors of bookings that can't be read.
func (m *Store) counts(f scheduling.Filter) (all []scheduling.BookingCount, bad []error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kinds := map[scheduling.BookingCount]int{} // how many of a kind
	for _, stored := range m.bookings {
		if !f.Matches(stored) {
			continue
		}
		if _, err := m.read(stored); err != nil {
			bad = append(bad, err)
			continue
		}
		kinds[scheduling.CountOf(stored)]++
	}
	for c, n := range kinds {
		c.Bookings = n
		all = append(all, c)
	}
	return all, bad
}

// listed returns the booking as it is now, and whether it still matches.
func (m *Store) listed(id scheduling.BookingID, f scheduling.Filter) (scheduling.Booking, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.bookings[id]
	b, err := m.read(stored)
	return b, f.Matches(stored), err
}

func (m *Store) matching(f scheduling.Filter) []scheduling.BookingID {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []scheduling.BookingID
	for id, b := range m.bookings {
		if f.Matches(b) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Events implements [scheduling.Store].
func (m *Store) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from := 0
	if q.After != "" {
		n, err := strconv.Atoi(string(q.After))
		if err != nil || n < 1 || n > len(m.events) {
			return nil, fmt.Errorf("memstore: %w", scheduling.ErrUnknownCursor)
		}
		from = n
	}
	return m.page(q, from)
}

// page returns the events that the query chooses among those from that index on; the
// caller holds the lock.
func (m *Store) page(q scheduling.EventQuery, from int) ([]scheduling.Event, error) {
	var page []scheduling.Event
	var bad []error
	add := func(i int) {
		e, err := m.readEvent(i)
		page = append(page, e)
		if err != nil {
			bad = append(bad, err)
		}
	}
	if q.Booking == "" {
		for i := from; i < len(m.events) && len(page) < q.Limit; i++ {
			add(i)
		}
		return page, errors.Join(bad...)
	}
	for _, i := range m.history[q.Booking] {
		if i >= from && len(page) < q.Limit {
			add(i)
		}
	}
	return page, errors.Join(bad...)
}

// PutLearner implements [scheduling.Store].
func (m *Store) PutLearner(ctx context.Context, l scheduling.Learner) (scheduling.Learner, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Learner{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	versions, newest := m.learners[l.ID], int64(0)
	if n := len(versions); n > 0 {
		newest = versions[n-1].Version
	}
	if l.Version != newest {
		return scheduling.Learner{}, scheduling.ErrConflict
	}
	l = l.Stored()
	l.Version = m.erased[l.ID] + int64(len(versions)) + 1
	m.learners[l.ID] = append(versions, l)
	return l.Stored(), nil
}

// Learner implements [scheduling.Store].
func (m *Store) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Learner{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := m.learners[id]
	if m.spoiled.learners[id] && len(versions) > 0 {
		return scheduling.Learner{}, &scheduling.UnreadableError{Learner: id, Err: errSpoiled}
	}
	if n := len(versions); version == 0 && n > 0 {
		return versions[n-1].Stored(), nil
	}
	version -= m.erased[id]
	if version < 1 || version > int64(len(versions)) {
		return scheduling.Learner{}, scheduling.ErrNotFound
	}
	return versions[version-1].Stored(), nil
}

// LearnerByUsername implements [scheduling.UsernameFinder].
func (m *Store) LearnerByUsername(ctx context.Context, username string) (scheduling.Learner, error) {
	m.mu.Lock()
	var found []scheduling.LearnerID
	for id, versions := range m.learners {
		if n := len(versions); username != "" && n > 0 && versions[n-1].Username == username {
			found = append(found, id)
		}
	}
	m.mu.Unlock()
	if len(found) != 1 {
		return scheduling.Learner{}, cmp.Or(ctx.Err(), scheduling.ErrNotFound)
	}
	return m.Learner(ctx, found[0], 0)
}

// Erase implements [scheduling.Store].
func (m *Store) Erase(ctx context.Context, id scheduling.LearnerID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.unreadableOf(id); err != nil {
		return err
	}
	m.erased[id] += int64(len(m.learners[id]))
	delete(m.learners, id)
	for i := range m.events {
		if m.events[i].Learner == id {
			m.events[i] = m.events[i].WithoutWords()
		}
	}
	for bid, b := range m.bookings {
		if b.Learner != id {
			continue
		}
		b = b.WithoutWords()
		b.Version++
		m.bookings[bid] = b
	}
	return nil
}

// Namespace implements [scheduling.Store]. It is the one of [WithNamespace], or drawn.
func (m *Store) Namespace(ctx context.Context) (string, error) { return m.namespace, ctx.Err() }
