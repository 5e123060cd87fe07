package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Create implements [scheduling.Store].
func (s *Store) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	w, err := s.prepare(b, 1, events)
	if err != nil {
		return scheduling.Booking{}, err
	}
	w.asks = w.booking.Asks(scheduling.Booking{})
	err = s.write(ctx, "Create",
		func(ctx context.Context, tx *sql.Tx, _ bool) error { return s.insert(ctx, tx, w) },
		func(ctx context.Context, unclear bool) error { return s.whoHas(ctx, w, unclear) })
	return w.result(err)
}

// Update implements [scheduling.Store].
func (s *Store) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	w, err := s.prepare(b, b.Version+1, events)
	if err == nil {
		w.asks, err = s.asksAnew(ctx, w.booking)
	}
	if err != nil {
		return scheduling.Booking{}, err
	}
	err = s.write(ctx, "Update",
		func(ctx context.Context, tx *sql.Tx, unclear bool) error { return s.replace(ctx, tx, w, unclear) },
		func(context.Context, bool) error { return scheduling.ErrAlreadyBooked }) // the id stays: only the active key can be taken
	return w.result(err)
}

// writing is one booking on its way into the store, with its events.
type writing struct {
	booking scheduling.Booking // as it will be stored
	token   string             // by which the store recognizes this write
	values  []any              // of the written columns
	events  []scheduling.Event
	asks    []scheduling.Window // what the learner's other bookings may block
}

func (s *Store) prepare(b scheduling.Booking, version int64, events []scheduling.Event) (writing, error) {
	token, err := s.dice.token()
	if err != nil {
		return writing{}, err
	}
	b = b.Stored()
	b.Version = version
	values, err := s.values(b, token)
	return writing{booking: b, token: token, values: values, events: events}, err
}

func (w writing) result(err error) (scheduling.Booking, error) {
	if err != nil {
		return scheduling.Booking{}, err
	}
	return w.booking, nil
}

// insert stores a new booking.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, w writing) error {
	args := append([]any{string(w.booking.ID), w.booking.Version}, w.values...)
	query := `INSERT INTO proctorbook_bookings (id, version, ` + written + `) VALUES (` + marks(len(args)) + `)`
	if _, err := s.exec(ctx, tx, query, args...); err != nil {
		return err
	}
	return s.finish(ctx, tx, w)
}

// whoHas finds out what has the key that an insert needs: its own earlier try,
// whose answer was lost; another booking with this id; or another active one.
func (s *Store) whoHas(ctx context.Context, w writing, unclear bool) error {
	var token string
	err := s.row(ctx, s.db, `SELECT token FROM proctorbook_bookings WHERE id = ?`, string(w.booking.ID)).Scan(&token)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return scheduling.ErrAlreadyBooked
	case err != nil || token == w.token:
		return err
	case unclear:
		return errOverwritten
	}
	return scheduling.ErrConflict
}

// replace stores the next version of a booking.
func (s *Store) replace(ctx context.Context, tx *sql.Tx, w writing, unclear bool) error {
	done, err := s.swap(ctx, tx, w, format())
	if done || err != nil {
		return err
	}
	var (
		version       int64
		token, stored string
		document      []byte
		query         = `SELECT version, token, format, document FROM proctorbook_bookings WHERE id = ? FOR UPDATE`
	)
	err = s.row(ctx, tx, query, string(w.booking.ID)).Scan(&version, &token, &stored, &document)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return scheduling.ErrNotFound
	case err != nil:
		return err
	case unclear && version == w.booking.Version && token == w.token:
		return nil // the earlier try was committed
	case unclear && version > w.booking.Version:
		return errOverwritten
	case version != w.booking.Version-1:
		return scheduling.ErrConflict
	}
	// Another format: it was written by a program that knows other fields.
	if err := refuseNewer(w.booking.ID, document, &scheduling.Booking{}); err != nil {
		return err
	}
	_, err = s.swap(ctx, tx, w, stored)
	return err
}

// swap replaces the booking if its version and format are those, and reports
// whether it did.
func (s *Store) swap(ctx context.Context, tx *sql.Tx, w writing, format string) (bool, error) {
	query := `UPDATE proctorbook_bookings SET version = ?, ` + strings.ReplaceAll(written, ",", " = ?,") + ` = ? WHERE id = ? AND version = ? AND format = ?`
	args := append([]any{w.booking.Version}, w.values...)
	result, err := s.exec(ctx, tx, query, append(args, string(w.booking.ID), w.booking.Version-1, format)...)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		return false, err
	}
	return true, s.finish(ctx, tx, w)
}

// finish is the rest of a write whose row is in place: the events, and the look at
// the learner's other bookings.
func (s *Store) finish(ctx context.Context, tx *sql.Tx, w writing) error {
	if err := s.append(ctx, tx, w); err != nil || len(w.asks) == 0 {
		return err
	}
	if err := s.takeTurn(ctx, tx, w.booking.Learner); err != nil {
		return err
	}
	return s.checkBusy(ctx, tx, w)
}

// append stores the events. They get their numbers from whoever reads them, or here while
// programs of an older version may run. Their ids are drawn while the write has the
// booking's row: so a booking's events have ids in the order of its versions.
func (s *Store) append(ctx context.Context, tx *sql.Tx, w writing) error {
	if len(w.events) == 0 {
		return nil
	}
	first, err := s.firstNumber(ctx, tx, len(w.events))
	if err != nil {
		return err
	}
	var args []any
	for i, e := range w.events {
		e = e.Stored()
		e.Cursor, e.Version = "", w.booking.Version // the cursor is made when it is read
		document, err := json.Marshal(e)
		if err != nil {
			return &documentError{what: "an event of booking " + string(e.Booking), cause: err}
		}
		number := sql.NullInt64{Int64: first + int64(i), Valid: first > 0}
		args = append(args, number, string(e.Booking), string(e.Learner), w.token, string(document))
	}
	rows := strings.TrimSuffix(strings.Repeat(`(?, ?, ?, ?, ?), `, len(w.events)), ", ")
	_, err = s.exec(ctx, tx, `INSERT INTO proctorbook_events (number, booking, learner, token, document) VALUES `+rows, args...)
	return err
}

// firstNumber returns the number of the first of n events, or 0 if readers number them.
func (s *Store) firstNumber(ctx context.Context, tx *sql.Tx, n int) (int64, error) {
	if s.upgraded() {
		return 0, nil
	}
	last, err := s.count(ctx, tx, n)
	if err != nil || s.upgraded() {
		return 0, err
	}
	return last - int64(n) + 1, nil
}
