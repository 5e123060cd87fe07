package memstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

var _ scheduling.ConsumerKeeper = (*Store)(nil)

// Consumer implements [scheduling.ConsumerKeeper].
func (m *Store) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Consumer{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.consumed[name]; ok {
		return c, nil
	}
	return scheduling.Consumer{Name: name}, nil
}

// Consumers implements [scheduling.ConsumerKeeper].
func (m *Store) Consumers(ctx context.Context) ([]scheduling.Consumer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []scheduling.Consumer
	for _, c := range m.consumed {
		if !c.Began.IsZero() {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b scheduling.Consumer) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// PutConsumer implements [scheduling.ConsumerKeeper].
func (m *Store) PutConsumer(ctx context.Context, c scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	if err := ctx.Err(); err != nil {
		return scheduling.Consumer{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.consumed[c.Name].Version != c.Version {
		return scheduling.Consumer{}, scheduling.ErrConflict
	}
	c.Version++
	c.Lease.Until, c.Began = stored(c.Lease.Until), stored(c.Began)
	m.consumed[c.Name] = c
	if m.held[c.Name] == nil || change.DropAll {
		m.held[c.Name] = map[scheduling.BookingID]scheduling.HeldEvent{}
	}
	for _, id := range change.Drop {
		delete(m.held[c.Name], id)
	}
	for _, h := range change.Put {
		h.At, h.Since, h.NextTry = stored(h.At), stored(h.Since), stored(h.NextTry)
		m.held[c.Name][h.Booking] = h
	}
	return c, nil
}

// stored returns the instant as stores keep it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Held implements [scheduling.ConsumerKeeper].
func (m *Store) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []scheduling.HeldEvent
	for _, h := range m.held[q.Consumer] {
		of := len(q.Bookings) == 0 || slices.Contains(q.Bookings, h.Booking)
		if of && (q.DueBy.IsZero() || !h.NextTry.After(q.DueBy)) && (q.After == "" || h.Booking > q.After) {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b scheduling.HeldEvent) int {
		byTry := 0
		if !q.DueBy.IsZero() {
			byTry = a.NextTry.Compare(b.NextTry)
		}
		return cmp.Or(byTry, cmp.Compare(a.Booking, b.Booking))
	})
	return found[:min(max(q.Limit, 0), len(found))], nil
}

// CountHeld implements [scheduling.ConsumerKeeper].
func (m *Store) CountHeld(ctx context.Context, name string) (n scheduling.HeldCount, err error) {
	if err := ctx.Err(); err != nil {
		return n, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range m.held[name] {
		n.Held++
		if h.Stuck() {
			n.Stuck++
		}
		if n.Oldest.IsZero() || h.At.Before(n.Oldest) {
			n.Oldest = h.At
		}
	}
	return n, nil
}

// LastEvent implements [scheduling.ConsumerKeeper].
func (m *Store) LastEvent(ctx context.Context) (scheduling.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return "", nil
	}
	return scheduling.Cursor(strconv.Itoa(len(m.events))), nil
}
