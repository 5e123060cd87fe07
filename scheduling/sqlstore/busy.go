package sqlstore

import (
	"context"
	"database/sql"
	"hash/fnv"

	"github.com/proctorbook/proctorbook/scheduling"
)

// asksAnew returns what the next version of the booking asks for and the stored
// one does not. It is read before the transaction, which begins with a write: what
// a version holds does not change, and if another one is read, the write fails.
func (s *Store) asksAnew(ctx context.Context, b scheduling.Booking) ([]scheduling.Window, error) {
	asks := b.Asks(scheduling.Booking{})
	if len(asks) == 0 {
		return nil, nil // as in most writes: they tell what the provider did
	}
	var stored scheduling.Booking
	err := s.read(ctx, "Update", func(ctx context.Context) (err error) {
		stored, err = scanBooking(s.row(ctx, s.db, `SELECT `+selected+` FROM proctorbook_bookings WHERE id = ?`, string(b.ID)))
		return err
	})
	if isNoRows(err) || (err == nil || unreadable(err) != nil) && stored.Version != b.Version-1 {
		return asks, nil
	}
	return b.Asks(stored), err
}

// turnRows is how many rows there are at which to take turns.
const turnRows = 1024

// takeTurn waits until nobody else who asks for a time of the learner is between this and
// the commit: so of two that ask at once, the second one looks when the first one's booking
// can be seen. While programs of an older version may run, all take turns at one row, as
// those do.
func (s *Store) takeTurn(ctx context.Context, tx *sql.Tx, learner scheduling.LearnerID) error {
	if !s.upgraded() {
		if _, err := s.count(ctx, tx, 0); err != nil || !s.upgraded() {
			return err
		}
	}
	_, err := s.exec(ctx, tx, `UPDATE proctorbook_turns SET turn = turn + 1 WHERE id = ?`, turnOf(learner))
	return err
}

// turnOf returns the id of the row at which those take turns who ask for the learner.
func turnOf(learner scheduling.LearnerID) int64 {
	hash := fnv.New32a()
	hash.Write([]byte(learner))
	return int64(hash.Sum32() % turnRows)
}

// checkBusy returns a [*scheduling.LearnerBusyError] if another booking of the
// learner is in the way, and a [*scheduling.UnreadableError] if one may be.
func (s *Store) checkBusy(ctx context.Context, tx *sql.Tx, w writing) error {
	query := `SELECT ` + selected + ` FROM proctorbook_bookings WHERE learner = ? AND active_key IS NOT NULL AND id <> ? ORDER BY id`
	others, err := s.bookings(ctx, tx, query, string(w.booking.Learner), string(w.booking.ID))
	if err != nil {
		return err
	}
	var unknown error // at what time an active booking is that can't be read
	for _, other := range others {
		if other.err != nil {
			unknown = other.err
		} else if blocked := other.Blocks(w.asks...); blocked != nil {
			return blocked
		}
	}
	return unknown
}
