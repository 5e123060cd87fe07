package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// olderStore does what a program from before migration 7 does: it numbers events as it
// writes them, under the row with the last number. The methods that are not here are not
// used.
type olderStore struct {
	scheduling.Store
	m  medium
	db *sql.DB
}

func (s olderStore) query(text string) string { return sqlstore.Query(s.m.dialect, text) }

// Get reads the booking.
func (s olderStore) Get(ctx context.Context, id scheduling.BookingID) (b scheduling.Booking, err error) {
	var document []byte
	var version int64
	err = s.db.QueryRowContext(ctx, s.query(`SELECT version, document FROM proctorbook_bookings WHERE id = ?`), string(id)).Scan(&version, &document)
	if err == nil {
		err = json.Unmarshal(document, &b)
	}
	b.Version = version
	return b, err
}

// Update writes the next version, and tries again what the database refuses.
func (s olderStore) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	for {
		err := s.update(ctx, b, events)
		if !sqlstore.IsRefused(err) {
			return b, err
		}
	}
}

func (s olderStore) update(ctx context.Context, b scheduling.Booking, events []scheduling.Event) error {
	opts := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	if s.m.dialect == sqlstore.SQLite {
		opts = nil
	}
	tx, err := s.db.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	b.Version++
	document, err := json.Marshal(b)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, s.query(`UPDATE proctorbook_bookings SET version = ?, document = ? WHERE id = ? AND version = ?`), b.Version, string(document), string(b.ID), b.Version-1)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		return orConflict(err)
	}
	if err := s.append(ctx, tx, b, events); err != nil {
		return err
	}
	return tx.Commit()
}

func orConflict(err error) error {
	if err == nil {
		err = scheduling.ErrConflict
	}
	return err
}

func (s olderStore) append(ctx context.Context, tx *sql.Tx, b scheduling.Booking, events []scheduling.Event) error {
	var last int64
	if s.m.dialect == sqlstore.MariaDB {
		result, err := tx.ExecContext(ctx, `UPDATE proctorbook_store SET last_event = LAST_INSERT_ID(last_event + ?) WHERE id = 1`, len(events))
		if err != nil {
			return err
		}
		last, _ = result.LastInsertId()
	} else {
		query := s.query(`UPDATE proctorbook_store SET last_event = last_event + ? WHERE id = 1 RETURNING last_event`)
		if err := tx.QueryRowContext(ctx, query, len(events)).Scan(&last); err != nil {
			return err
		}
	}
	for i, e := range events {
		e.Version = b.Version
		document, err := json.Marshal(e)
		if err != nil {
			return err
		}
		query := s.query(`INSERT INTO proctorbook_events (number, booking, learner, token, document) VALUES (?, ?, ?, ?, ?)`)
		if _, err := tx.ExecContext(ctx, query, last-int64(len(events))+int64(i)+1, string(e.Booking), string(e.Learner), fmt.Sprint("old", last), string(document)); err != nil {
			return err
		}
	}
	return nil
}

// Events reads those that have a number.
func (s olderStore) Events(ctx context.Context, q scheduling.EventQuery) (page []scheduling.Event, err error) {
	var after int64
	if q.After != "" {
		text, token, _ := strings.Cut(string(q.After), "-")
		var known string
		if err := s.db.QueryRowContext(ctx, s.query(`SELECT number, token FROM proctorbook_events WHERE number = ?`), text).Scan(&after, &known); err != nil || known != token {
			return nil, fmt.Errorf("unknown cursor %s: %w", q.After, err)
		}
	}
	rows, err := s.db.QueryContext(ctx, s.query(`SELECT number, token, booking, learner, document FROM proctorbook_events WHERE number > ? ORDER BY number LIMIT ?`), after, q.Limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var token, booking, learner string
		var document []byte
		if err := rows.Scan(&number, &token, &booking, &learner, &document); err != nil {
			return nil, err
		}
		var e scheduling.Event
		if err := json.Unmarshal(document, &e); err != nil {
			return nil, err
		}
		e.Cursor = scheduling.Cursor(fmt.Sprint(number, "-", token))
		page = append(page, e)
	}
	return page, rows.Err()
}

// beginOld stores the shared bookings as an older program does.
func beginOld(t *testing.T, s olderStore) {
	t.Helper()
	for i := range sharedBookings {
		b := sample(scheduling.BookingID(fmt.Sprint("pb-", i)), scheduling.LearnerID(fmt.Sprint("ada-", i)))
		b.Version = 1
		older := olderProgram{s.m, s.db}
		older.create(t, b)
		tx, err := s.db.Begin()
		if err == nil {
			err = s.append(t.Context(), tx, b, several(b, 2))
		}
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
