package scheduling

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"
)

// MemoryStore is a [Store] that keeps everything in memory. It is for tests and
// demonstrations: bookings are gone with the process, and with them all proof.
type MemoryStore struct {
	namespace string

	mu       sync.Mutex
	bookings map[BookingID]Booking
	active   map[string]BookingID // by ActiveKey
	learners map[LearnerID][]Learner
	erased   map[LearnerID]int64 // versions that are given no more
	events   []Event
	history  map[BookingID][]int // indexes of events
}

// MemoryOption sets a property of a [MemoryStore].
type MemoryOption func(*MemoryStore)

// WithNamespace sets the namespace, which is otherwise drawn at random.
func WithNamespace(namespace string) MemoryOption {
	return func(m *MemoryStore) { m.namespace = namespace }
}

// NewMemoryStore returns an empty store.
func NewMemoryStore(opts ...MemoryOption) *MemoryStore {
	m := &MemoryStore{
		bookings: map[BookingID]Booking{}, active: map[string]BookingID{}, learners: map[LearnerID][]Learner{}, erased: map[LearnerID]int64{},
		history: map[BookingID][]int{},
	}
	for _, opt := range opts {
		opt(m)
	}
	if m.namespace == "" {
		m.namespace = randomText(systemRandom, namespaceLength)
	}
	return m
}

var _ Store = (*MemoryStore)(nil)

// Check implements [StoreChecker]: it always returns [ErrNotDurable].
func (m *MemoryStore) Check(context.Context) error { return ErrNotDurable }

// Create implements [Store].
func (m *MemoryStore) Create(ctx context.Context, b Booking, events ...Event) (Booking, error) {
	if err := ctx.Err(); err != nil {
		return Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.bookings[b.ID]; taken {
		return Booking{}, ErrConflict
	}
	b.Version = 0
	return m.put(b, events)
}

// Update implements [Store].
func (m *MemoryStore) Update(ctx context.Context, b Booking, events ...Event) (Booking, error) {
	if err := ctx.Err(); err != nil {
		return Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.bookings[b.ID]
	if !ok {
		return Booking{}, ErrNotFound
	}
	if old.Version != b.Version {
		return Booking{}, ErrConflict
	}
	return m.put(b, events)
}

// put stores b with the next version; the caller holds the lock.
func (m *MemoryStore) put(b Booking, events []Event) (Booking, error) {
	b = stored(b)
	key := ActiveKey(m.namespace, b.Learner, b.Exam.Key())
	if holder, held := m.active[key]; b.State.Active() && held && holder != b.ID {
		return Booking{}, ErrAlreadyBooked
	}
	if old := m.bookings[b.ID]; old.State.Active() {
		delete(m.active, ActiveKey(m.namespace, old.Learner, old.Exam.Key()))
	}
	if b.State.Active() {
		m.active[key] = b.ID
	}
	b.Version++
	m.bookings[b.ID] = b
	for _, e := range events {
		e = e.Stored()
		e.Cursor, e.Version = Cursor(strconv.Itoa(len(m.events)+1)), b.Version
		m.history[e.Booking] = append(m.history[e.Booking], len(m.events))
		m.events = append(m.events, e)
	}
	return b.clone(), nil
}

// Get implements [Store].
func (m *MemoryStore) Get(ctx context.Context, id BookingID) (Booking, error) {
	if err := ctx.Err(); err != nil {
		return Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.bookings[id]
	if !ok {
		return Booking{}, ErrNotFound
	}
	return b.clone(), nil
}

// Active implements [Store].
func (m *MemoryStore) Active(ctx context.Context, learner LearnerID, exam ExamKey) (Booking, error) {
	if err := ctx.Err(); err != nil {
		return Booking{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.active[ActiveKey(m.namespace, learner, exam)]
	if !ok {
		return Booking{}, ErrNotFound
	}
	return m.bookings[id].clone(), nil
}

// Claim implements [Store].
func (m *MemoryStore) Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]Booking, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []Booking
	for _, b := range m.bookings {
		if !b.DueAt.IsZero() && !b.DueAt.After(now) && !b.Lease.Until.After(now) {
			due = append(due, b)
		}
	}
	sort.Slice(due, func(i, j int) bool {
		if !due[i].DueAt.Equal(due[j].DueAt) {
			return due[i].DueAt.Before(due[j].DueAt)
		}
		return due[i].ID < due[j].ID
	})
	due = due[:min(max(limit, 0), len(due))]
	for i := range due {
		due[i].Lease = Lease{Owner: owner, Until: micro(until)}
		due[i].Version++
		m.bookings[due[i].ID] = due[i]
		due[i] = due[i].clone()
	}
	return due, nil
}

// List implements [Store].
func (m *MemoryStore) List(ctx context.Context, f Filter) iter.Seq2[Booking, error] {
	return func(yield func(Booking, error) bool) {
		for _, id := range m.matching(f) {
			if err := ctx.Err(); err != nil {
				yield(Booking{}, err)
				return
			}
			b, err := m.Get(ctx, id)
			if err != nil {
				yield(Booking{}, err)
				return
			}
			if f.Matches(b) && !yield(b, nil) {
				return
			}
		}
	}
}

func (m *MemoryStore) matching(f Filter) []BookingID {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []BookingID
	for id, b := range m.bookings {
		if f.Matches(b) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Events implements [Store].
func (m *MemoryStore) Events(ctx context.Context, q EventQuery) ([]Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from := 0
	if q.After != "" {
		n, err := strconv.Atoi(string(q.After))
		if err != nil || n < 1 || n > len(m.events) {
			return nil, fmt.Errorf("scheduling: unknown event cursor")
		}
		from = n
	}
	if q.Booking == "" {
		return slices.Clone(m.events[from : from+min(max(q.Limit, 0), len(m.events)-from)]), nil
	}
	var page []Event
	for _, i := range m.history[q.Booking] {
		if i >= from && len(page) < q.Limit {
			page = append(page, m.events[i])
		}
	}
	return page, nil
}

// PutLearner implements [Store].
func (m *MemoryStore) PutLearner(ctx context.Context, l Learner) (Learner, error) {
	if err := ctx.Err(); err != nil {
		return Learner{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	versions, newest := m.learners[l.ID], int64(0)
	if n := len(versions); n > 0 {
		newest = versions[n-1].Version
	}
	if l.Version != newest {
		return Learner{}, ErrConflict
	}
	l = l.Stored()
	l.Version = m.erased[l.ID] + int64(len(versions)) + 1
	m.learners[l.ID] = append(versions, l)
	return l.Stored(), nil
}

// Learner implements [Store].
func (m *MemoryStore) Learner(ctx context.Context, id LearnerID, version int64) (Learner, error) {
	if err := ctx.Err(); err != nil {
		return Learner{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := m.learners[id]
	if n := len(versions); version == 0 && n > 0 {
		return versions[n-1].Stored(), nil
	}
	version -= m.erased[id]
	if version < 1 || version > int64(len(versions)) {
		return Learner{}, ErrNotFound
	}
	return versions[version-1].Stored(), nil
}

// Erase implements [Store].
func (m *MemoryStore) Erase(ctx context.Context, id LearnerID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
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

// Namespace implements [Store].
func (m *MemoryStore) Namespace(ctx context.Context) (string, error) { return m.namespace, ctx.Err() }

// stored returns b as a store gives it back: instants in UTC, whole microseconds.
func stored(b Booking) Booking {
	b = b.clone()
	for _, t := range b.instants() {
		*t = micro(*t)
	}
	return b
}

func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// instants returns all instants of the booking.
func (b *Booking) instants() []*time.Time {
	all := []*time.Time{
		&b.CreatedAt, &b.UpdatedAt, &b.Window.Start, &b.Window.End, &b.Exam.Window.Start, &b.Exam.Window.End, &b.Start,
		&b.LastSent, &b.LastMade, &b.ProvenAt, &b.DeadAt, &b.MoveNotYet, &b.NegativeAt, &b.OtherSince,
		&b.SeenActive, &b.BeginSent, &b.BegunAt, &b.UnlockedAt, &b.FinishedAt, &b.Code.SpentAt, &b.Lease.Until, &b.DueAt,
	}
	all = append(all, b.Session.instants()...)
	if i := b.Intent; i != nil {
		all = append(all, &i.Want, &i.Requested, &i.Deadline, &i.Flags.RemovalStillSeen)
	}
	if w := b.Wish; w != nil {
		all = append(all, &w.Want, &w.Requested)
	}
	if a := b.NeedsAttention; a != nil {
		all = append(all, &a.Since)
	}
	for i := range b.Extras {
		all = append(all, &b.Extras[i].Since)
	}
	for i := range b.StartsSent {
		all = append(all, &b.StartsSent[i])
	}
	return all
}
