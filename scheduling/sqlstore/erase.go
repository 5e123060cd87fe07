package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Erase implements [scheduling.Store]. Of the learner's record its id and its
// last version stay, without a document, so that no version is given twice, and
// a record read before Erase is recognized as old. In SQLite it also clears the
// write-ahead log, unless another connection is reading.
//
// Erase fails with [*scheduling.NewerDocumentError] if a newer program has written into
// the learner's bookings what this one does not know, and with
// [*scheduling.UnreadableError] if one of them can't be read: that might be personal.
func (s *Store) Erase(ctx context.Context, id scheduling.LearnerID) error {
	for {
		newest, erased, err := s.newest(ctx, id)
		if err != nil {
			return err
		}
		mark := newest + 1
		if newest == 0 || erased {
			mark = 0
		}
		err = s.write(ctx, "Erase",
			func(ctx context.Context, tx *sql.Tx, _ bool) error { return s.erase(ctx, tx, id, mark) },
			func(context.Context, bool) error { return scheduling.ErrConflict })
		if errors.Is(err, scheduling.ErrConflict) {
			continue // a record came in between
		}
		if err == nil && s.dialect == SQLite {
			_, _ = s.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`) // a reader may prevent it: see the page on operating
		}
		return err
	}
}

// erase takes out everything in one transaction; mark is the version that stays, 0 for none.
func (s *Store) erase(ctx context.Context, tx *sql.Tx, id scheduling.LearnerID, mark int64) error {
	token, err := s.dice.token()
	if err != nil {
		return err
	}
	if _, err := s.exec(ctx, tx, `UPDATE proctorbook_learners SET token = token WHERE id = ?`, string(id)); err != nil {
		return err // a write first, whatever there is
	}
	if mark > 0 {
		if err := s.insertLearner(ctx, tx, scheduling.Learner{ID: id, Version: mark}, token, sql.NullString{}); err != nil {
			return err
		}
		if _, err := s.exec(ctx, tx, `DELETE FROM proctorbook_learners WHERE id = ? AND document IS NOT NULL`, string(id)); err != nil {
			return err
		}
	}
	if _, err := s.exec(ctx, tx, `DELETE FROM proctorbook_usernames WHERE id = ?`, string(id)); err != nil {
		return err
	}
	if err := s.eraseBookings(ctx, tx, id, token); err != nil {
		return err
	}
	return s.eraseEvents(ctx, tx, id)
}

// kept is a row whose document Erase has to look into.
type kept struct {
	id       string
	event    int64 // the id of an event's row, which may have no number yet
	document []byte
}

func (s *Store) eraseBookings(ctx context.Context, tx *sql.Tx, id scheduling.LearnerID, token string) error {
	var all []kept
	query := `SELECT id, document FROM proctorbook_bookings WHERE learner = ? ORDER BY id FOR UPDATE`
	err := s.rows(ctx, tx, query, []any{string(id)}, func(rows *sql.Rows) error {
		var k kept
		err := rows.Scan(&k.id, &k.document)
		all = append(all, k)
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range all {
		var b scheduling.Booking
		if err := refuseNewer(scheduling.BookingID(k.id), k.document, &b); err != nil {
			return err
		}
		if string(b.ID) != k.id {
			return &scheduling.UnreadableError{Booking: scheduling.BookingID(k.id), Learner: id, Err: errForeign}
		}
		if err := s.rewrite(ctx, tx, k, b, b.WithoutWords(), `UPDATE proctorbook_bookings SET document = ?, version = version + 1, token = ? WHERE id = ?`, token, k.id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) eraseEvents(ctx context.Context, tx *sql.Tx, id scheduling.LearnerID) error {
	var all []kept
	query := `SELECT booking, id, document FROM proctorbook_events WHERE learner = ? ORDER BY id`
	err := s.rows(ctx, tx, query, []any{string(id)}, func(rows *sql.Rows) error {
		var k kept
		err := rows.Scan(&k.id, &k.event, &k.document)
		all = append(all, k)
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range all {
		var e scheduling.Event
		if err := refuseNewer(scheduling.BookingID(k.id), k.document, &e); err != nil {
			return err
		}
		if string(e.Booking) != k.id {
			return &scheduling.UnreadableError{Booking: scheduling.BookingID(k.id), Learner: id, Err: errForeign}
		}
		if err := s.rewrite(ctx, tx, k, e, e.WithoutWords(), `UPDATE proctorbook_events SET document = ? WHERE id = ?`, k.event); err != nil {
			return err
		}
	}
	return nil
}

// rewrite stores the document without its words, if it has any.
func (s *Store) rewrite(ctx context.Context, tx *sql.Tx, k kept, with, without any, update string, args ...any) error {
	before, err := json.Marshal(with)
	if err != nil {
		return &documentError{what: "booking " + k.id, cause: err}
	}
	after, err := json.Marshal(without)
	if err != nil || string(before) == string(after) {
		return err
	}
	_, err = s.exec(ctx, tx, update, append([]any{string(after)}, args...)...)
	return err
}
