package memstore

import (
	"errors"
	"strconv"

	"github.com/proctorbook/proctorbook/scheduling"
)

// errSpoiled is why a spoiled record can't be read.
var errSpoiled = errors.New("memstore: the record was spoiled")

// spoiled holds the records that can't be read.
type spoiled struct {
	bookings map[scheduling.BookingID]bool
	events   map[int]bool // by index
	learners map[scheduling.LearnerID]bool
}

// SpoilBooking makes the booking unreadable until repair is called, as damage or a newer
// program can make a row of a database: for tests of what goes on beside it.
func (m *Store) SpoilBooking(id scheduling.BookingID) (repair func()) {
	return spoil(m, &m.spoiled.bookings, id)
}

// SpoilEvent makes the event with that cursor unreadable until repair is called.
func (m *Store) SpoilEvent(c scheduling.Cursor) (repair func()) {
	n, _ := strconv.Atoi(string(c))
	return spoil(m, &m.spoiled.events, n-1)
}

// SpoilLearner makes the learner's record unreadable, in every version, until repair is
// called.
func (m *Store) SpoilLearner(id scheduling.LearnerID) (repair func()) {
	return spoil(m, &m.spoiled.learners, id)
}

func spoil[K comparable](m *Store, set *map[K]bool, key K) (repair func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if *set == nil {
		*set = map[K]bool{}
	}
	(*set)[key] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(*set, key)
	}
}

// read returns a stored booking as it can be read; the caller holds the lock.
func (m *Store) read(b scheduling.Booking) (scheduling.Booking, error) {
	if m.spoiled.bookings[b.ID] {
		return scheduling.Booking{ID: b.ID, Learner: b.Learner}, &scheduling.UnreadableError{Booking: b.ID, Learner: b.Learner, Err: errSpoiled}
	}
	return b.Stored(), nil
}

// readEvent returns the event with that index as it can be read; the caller holds the lock.
func (m *Store) readEvent(i int) (scheduling.Event, error) {
	e := m.events[i]
	if m.spoiled.events[i] {
		bad := &scheduling.UnreadableError{Booking: e.Booking, Learner: e.Learner, Cursor: e.Cursor, Err: errSpoiled}
		return scheduling.Event{Cursor: e.Cursor, Booking: e.Booking, Learner: e.Learner}, bad
	}
	return e, nil
}

// unreadableOf returns the error of the learner's first booking or event that can't be
// read, which Erase would have to look into; the caller holds the lock.
func (m *Store) unreadableOf(id scheduling.LearnerID) error {
	for bid := range m.spoiled.bookings {
		if b := m.bookings[bid]; b.Learner == id {
			_, err := m.read(b)
			return err
		}
	}
	for i := range m.spoiled.events {
		if i >= 0 && i < len(m.events) && m.events[i].Learner == id {
			_, err := m.readEvent(i)
			return err
		}
	}
	return nil
}
