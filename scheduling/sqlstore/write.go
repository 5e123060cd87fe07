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
	err = s.writeBooking(ctx, "Create", w, w.insertion(),
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
	err = s.writeBooking(ctx, "Update", w, w.replacement(format()),
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

// insertion is the row of a new booking.
func (w writing) insertion() statement {
	args := append([]any{string(w.booking.ID), w.booking.Version}, w.values...)
	return statement{`INSERT INTO proctorbook_bookings (id, version, ` + written + `) SELECT ` + marks(len(args)) + `%FROM%`, args}
}

// replacement is the next version of a booking whose version and format are those.
func (w writing) replacement(format string) statement {
	query := `UPDATE proctorbook_bookings SET version = ?, ` + strings.ReplaceAll(written, ",", " = ?,") + ` = ?%FROM% WHERE id = ? AND version = ? AND format = ?`
	args := append([]any{w.booking.Version}, w.values...)
	return statement{query, append(args, string(w.booking.ID), w.booking.Version-1, format)}
}

// put carries out the statement alone, and returns how many rows it has written.
func (s *Store) put(ctx context.Context, tx *sql.Tx, row statement) (int64, error) {
	result, err := s.exec(ctx, tx, strings.Replace(row.query, "%FROM%", "", 1), row.args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert stores a new booking.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, w writing) error {
	turned, err := s.turnFirst(ctx, tx, w)
	if err == nil {
		_, err = s.put(ctx, tx, w.insertion())
	}
	if err != nil {
		return err
	}
	return s.finish(ctx, tx, w, turned)
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
	turned, err := s.turnFirst(ctx, tx, w)
	if err != nil {
		return err
	}
	if done, err := s.swap(ctx, tx, w, format(), turned); done || err != nil {
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
	_, err = s.swap(ctx, tx, w, stored, turned)
	return err
}

// swap replaces the booking if its version and format are those, and reports
// whether it did.
func (s *Store) swap(ctx context.Context, tx *sql.Tx, w writing, format string, turned bool) (bool, error) {
	if n, err := s.put(ctx, tx, w.replacement(format)); n == 0 || err != nil {
		return false, err
	}
	return true, s.finish(ctx, tx, w, turned)
}

// turnFirst takes the turn of a write that asks for a time, unless older programs may run:
// they take theirs at the end. It reports whether it did.
func (s *Store) turnFirst(ctx context.Context, tx *sql.Tx, w writing) (bool, error) {
	if len(w.asks) == 0 || !s.upgraded() {
		return false, nil
	}
	return true, s.takeTurn(ctx, tx, w.booking.Learner)
}

// finish is the rest of a write whose row is in place: the events, and the look at
// the learner's other bookings.
func (s *Store) finish(ctx context.Context, tx *sql.Tx, w writing, turned bool) error {
	if err := s.append(ctx, tx, w); err != nil || len(w.asks) == 0 {
		return err
	}
	if !turned {
		if err := s.takeTurn(ctx, tx, w.booking.Learner); err != nil {
			return err
		}
	}
	return s.checkBusy(ctx, tx, w)
}

// eventValues returns the booking, the learner, the mark and the document of each event.
func (w writing) eventValues() (values [][]any, err error) {
	for _, e := range w.events {
		e = e.Stored()
		e.Cursor, e.Version = "", w.booking.Version // the cursor is made when it is read
		document, err := json.Marshal(e)
		if err != nil {
			return nil, &documentError{what: "an event of booking " + string(e.Booking), cause: err}
		}
		values = append(values, []any{string(e.Booking), string(e.Learner), w.token, string(document)})
	}
	return values, nil
}

// append stores the events. They get their numbers from whoever reads them, or here while
// programs of an older version may run. Their ids are drawn while the write has the
// booking's row: so a booking's events have ids in the order of its versions.
func (s *Store) append(ctx context.Context, tx *sql.Tx, w writing) error {
	values, err := w.eventValues()
	if err != nil || len(values) == 0 {
		return err
	}
	first, err := s.firstNumber(ctx, tx, len(values))
	if err != nil {
		return err
	}
	var args []any
	for i, v := range values {
		args = append(append(args, sql.NullInt64{Int64: first + int64(i), Valid: first > 0}), v...)
	}
	rows := strings.TrimSuffix(strings.Repeat(`(?, ?, ?, ?, ?), `, len(values)), ", ")
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
