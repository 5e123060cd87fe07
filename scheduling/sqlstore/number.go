package sqlstore

import (
	"context"
	"database/sql"

	"github.com/proctorbook/proctorbook/scheduling"
)

// This file gives events their numbers, after the commits that have brought them. A
// writer that numbered its own events would have to keep all other writers waiting until
// its commit: else a reader could see the number of a faster one, and go on behind it.
// Numbers that readers give are in order by themselves: each batch is of committed events
// alone, greater than all numbers before it, and committed as a whole before the next one
// begins.

// batch is how many events are numbered in one transaction.
const batch = 1000

// number numbers events that have none, of the booking if it is not "", the oldest first:
// until the most of them or more have their numbers, or all have that were committed before.
func (s *Store) number(ctx context.Context, booking scheduling.BookingID, most int) error {
	for most > 0 {
		var n int
		// Whether an earlier try was committed does not matter: this one numbers what is left.
		err := s.read(ctx, "Events", func(ctx context.Context) (err error) {
			n, err = s.numberBatch(ctx, booking)
			return err
		})
		if err != nil || n < batch {
			return err
		}
		most -= n
	}
	return nil
}

// numberBatch numbers up to a batch of events in one transaction, and returns how many.
func (s *Store) numberBatch(ctx context.Context, booking scheduling.BookingID) (n int, err error) {
	token, err := s.dice.token()
	if err != nil {
		return 0, err
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	_, err = s.attempt(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		n, err = s.giveNumbers(ctx, tx, booking, token)
		return err
	})
	return n, err
}

// giveNumbers holds the row with the last number until the commit, as programs of an older
// version do that number with the write. It looks for events when it has the row, with a
// view of its own: an older view would show events without a number that have one by now.
//
// The token becomes a part of the cursors. After a backup was restored the same number may
// go to another event; its token is another one, even if both came with one write.
func (s *Store) giveNumbers(ctx context.Context, tx *sql.Tx, booking scheduling.BookingID, token string) (n int, err error) {
	var last int64
	if err := s.row(ctx, tx, `SELECT last_event FROM proctorbook_store WHERE id = 1 FOR UPDATE`).Scan(&last); err != nil {
		return 0, err
	}
	which, args := `number IS NULL`, []any{}
	if booking != "" {
		which, args = which+` AND booking = ?`, append(args, string(booking))
	}
	places := `(SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM
		(SELECT id FROM proctorbook_events WHERE ` + which + ` ORDER BY id LIMIT ?) AS oldest) AS p`
	args = append(args, batch)
	query := `UPDATE proctorbook_events SET number = ? + p.place, token = ? FROM ` + places + ` WHERE proctorbook_events.id = p.id`
	if s.dialect == MariaDB {
		query = `UPDATE proctorbook_events JOIN ` + places + ` ON p.id = proctorbook_events.id SET number = ? + p.place, token = ?`
		args = append(args, last, token)
	} else {
		args = append([]any{last, token}, args...)
	}
	result, err := s.exec(ctx, tx, query, args...)
	if err != nil {
		return 0, err
	}
	given, err := result.RowsAffected()
	if err != nil || given == 0 {
		return 0, err
	}
	_, err = s.exec(ctx, tx, `UPDATE proctorbook_store SET last_event = ? WHERE id = 1`, last+given)
	return int(given), err
}
