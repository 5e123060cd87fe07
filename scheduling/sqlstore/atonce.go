package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
)

// This file writes a booking and its events in one statement, where the database can
// (PostgreSQL): one round trip instead of four. If the statement does not find all as it
// should be it writes nothing, and the transaction tells what is wrong.

// errLeft means that nothing was written at once.
var errLeft = errors.New("left to the transaction")

// statement writes a booking's row.
type statement struct {
	query string // with %FROM% where the turn is joined in
	args  []any
}

// writeBooking writes by one statement if that can do it, else by the transaction. If an
// answer is lost, the transaction finds out.
func (s *Store) writeBooking(ctx context.Context, op string, w writing, row statement, do change, taken verdict) error {
	return s.writeBy(ctx, op, func(ctx context.Context, unclear bool) (bool, error) {
		if s.dialect == PostgreSQL && s.upgraded() && !unclear {
			committing, err := s.writeAtOnce(ctx, w, row)
			if !errors.Is(err, errLeft) {
				return committing, err
			}
		}
		return s.attempt(ctx, func(ctx context.Context, tx *sql.Tx) error { return do(ctx, tx, unclear) })
	}, taken)
}

// writeAtOnce writes the row and the events. committing reports that they may have been
// written, whatever the error.
func (s *Store) writeAtOnce(ctx context.Context, w writing, row statement) (committing bool, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	var turn int64
	if len(w.asks) > 0 {
		if turn, err = s.lookAround(ctx, conn, w); err != nil {
			return false, err
		}
	}
	query, args, err := w.atOnce(row, turn)
	if err != nil {
		return false, err
	}
	result, err := s.exec(ctx, conn, query, args...)
	if err != nil {
		unsent := errors.Is(err, driver.ErrBadConn)
		return !unsent && (code(err) == "" || kind(err) == lost), err
	}
	if n, err := result.RowsAffected(); n > 0 || err != nil {
		return err != nil, err
	}
	return false, errLeft
}

// atOnce returns the statement for the row and the events. Its asks hold if it is still
// that turn: nobody else has asked since.
func (w writing) atOnce(row statement, turn int64) (query string, args []any, err error) {
	var with []string
	from := ``
	if len(w.asks) > 0 {
		from = ` FROM turn`
		with = append(with, `turn AS (UPDATE proctorbook_turns SET turn = turn + 1 WHERE id = ? AND turn = ? RETURNING id AS turned)`)
		args = append(args, turnOf(w.booking.Learner), turn)
	}
	query = strings.Replace(row.query, "%FROM%", from, 1)
	args = append(args, row.args...)
	if len(w.events) > 0 {
		with = append(with, `written AS (`+query+` RETURNING id AS written)`)
		values, err := w.eventValues()
		if err != nil {
			return "", nil, err
		}
		rows := make([]string, len(w.events))
		for i := range rows {
			rows[i] = `(CAST(? AS bigint), ?, ?, ?, CAST(? AS json))`
			args = append(append(args, i), values[i]...)
		}
		query = `INSERT INTO proctorbook_events (booking, learner, token, document) SELECT e.booking, e.learner, e.token, e.document
			FROM written, (VALUES ` + strings.Join(rows, ", ") + `) AS e (place, booking, learner, token, document) ORDER BY e.place`
	}
	if len(with) > 0 {
		query = `WITH ` + strings.Join(with, ", ") + ` ` + query
	}
	return query, args, nil
}

// lookAround looks at the learner's other bookings, and returns the turn at which it did.
// If one is in the way, or may be, it leaves the write to the transaction: something else
// may be wrong with it, and comes first.
func (s *Store) lookAround(ctx context.Context, conn *sql.Conn, w writing) (turn int64, err error) {
	query := `SELECT t.turn, COALESCE(b.id, ''), COALESCE(b.version, 0), COALESCE(b.learner, ''), COALESCE(b.lease_owner, ''), COALESCE(b.lease_until, 0), COALESCE(b.document, '{}')
		FROM proctorbook_turns t LEFT JOIN proctorbook_bookings b ON b.learner = ? AND b.active_key IS NOT NULL AND b.id <> ? WHERE t.id = ?`
	args := []any{string(w.booking.Learner), string(w.booking.ID), turnOf(w.booking.Learner)}
	free := true
	err = s.rows(ctx, conn, query, args, func(rows *sql.Rows) error {
		other, err := scanBooking(behind{rows, []any{&turn}})
		if err != nil && unreadable(err) == nil {
			return err
		}
		free = free && (other.ID == "" || err == nil && other.Blocks(w.asks...) == nil) // "" = the learner has no other one
		return nil
	})
	if err == nil && !free {
		err = errLeft
	}
	return turn, err
}

// behind scans a row whose first columns go elsewhere.
type behind struct {
	rows  *sql.Rows
	first []any
}

func (b behind) Scan(into ...any) error {
	return b.rows.Scan(append(slices.Clone(b.first), into...)...)
}
