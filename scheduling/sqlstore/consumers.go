package sqlstore

import (
	"context"
	"database/sql"
	"math"

	"github.com/proctorbook/proctorbook/scheduling"
)

// This file keeps the consumers of events, and what they hold.

var _ scheduling.ConsumerKeeper = (*Store)(nil)

const consumerColumns = `name, version, lease_owner, lease_until, began_at, after_event`

// scanConsumer reads a row of consumerColumns.
func scanConsumer(row scanner) (c scheduling.Consumer, err error) {
	var until, began sql.NullInt64
	err = row.Scan(&c.Name, &c.Version, &c.Lease.Owner, &until, &began, &c.Cursor)
	c.Lease.Until, c.Began = orZero(until), orZero(began)
	return c, err
}

// Consumer implements [scheduling.ConsumerKeeper].
func (s *Store) Consumer(ctx context.Context, name string) (c scheduling.Consumer, err error) {
	if !storable(name) {
		return scheduling.Consumer{Name: name}, ctx.Err()
	}
	err = s.read(ctx, "Consumer", func(ctx context.Context) error {
		c, err = scanConsumer(s.row(ctx, s.db, `SELECT `+consumerColumns+` FROM proctorbook_consumers WHERE name = ?`, name))
		return err
	})
	switch {
	case isNoRows(err):
		return scheduling.Consumer{Name: name}, nil
	case err != nil:
		return scheduling.Consumer{}, err
	}
	return c, nil
}

// Consumers implements [scheduling.ConsumerKeeper].
func (s *Store) Consumers(ctx context.Context) (all []scheduling.Consumer, err error) {
	query := `SELECT ` + consumerColumns + ` FROM proctorbook_consumers WHERE began_at IS NOT NULL ORDER BY name`
	err = s.read(ctx, "Consumers", func(ctx context.Context) error {
		all = nil
		return s.rows(ctx, s.db, query, nil, func(rows *sql.Rows) error {
			c, err := scanConsumer(rows)
			all = append(all, c)
			return err
		})
	})
	return all, err
}

// PutConsumer implements [scheduling.ConsumerKeeper].
func (s *Store) PutConsumer(ctx context.Context, c scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	token, err := s.dice.token()
	if err != nil {
		return scheduling.Consumer{}, err
	}
	until, began := orNull(c.Lease.Until), orNull(c.Began)
	c.Version++
	c.Lease.Until, c.Began = orZero(until), orZero(began)
	args := []any{c.Version, c.Lease.Owner, until, began, string(c.Cursor), token, c.Name}
	err = s.write(ctx, "PutConsumer",
		func(ctx context.Context, tx *sql.Tx, unclear bool) error {
			if c.Version == 1 {
				query := `INSERT INTO proctorbook_consumers (version, lease_owner, lease_until, began_at, after_event, token, name) VALUES (` + marks(len(args)) + `)`
				if _, err := s.exec(ctx, tx, query, args...); err != nil {
					return err
				}
				return s.changeHeld(ctx, tx, c.Name, change)
			}
			query := `UPDATE proctorbook_consumers SET version = ?, lease_owner = ?, lease_until = ?, began_at = ?, after_event = ?, token = ?
				WHERE name = ? AND version = ?`
			result, err := s.exec(ctx, tx, query, append(args, c.Version-1)...)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				return s.whoPutConsumer(ctx, tx, c, token, unclear)
			}
			return s.changeHeld(ctx, tx, c.Name, change)
		},
		func(ctx context.Context, unclear bool) error { return s.whoPutConsumer(ctx, s.db, c, token, unclear) })
	if err != nil {
		return scheduling.Consumer{}, err
	}
	return c, nil
}

// whoPutConsumer returns nil if the version was taken by an earlier try of this write, whose
// answer was lost, and ErrConflict if another writer took it. What is held was changed with
// the version, or not at all.
func (s *Store) whoPutConsumer(ctx context.Context, q querier, c scheduling.Consumer, token string, unclear bool) error {
	var version int64
	var last string
	err := s.row(ctx, q, `SELECT version, token FROM proctorbook_consumers WHERE name = ?`, c.Name).Scan(&version, &last)
	switch {
	case isNoRows(err):
		return scheduling.ErrConflict
	case err != nil:
		return err
	case version == c.Version && last == token:
		return nil
	case unclear && version > c.Version:
		return errOverwritten
	}
	return scheduling.ErrConflict
}

// changeHeld changes what the consumer holds. The transaction has the consumer's row.
func (s *Store) changeHeld(ctx context.Context, tx *sql.Tx, name string, change scheduling.HeldChange) error {
	if change.DropAll {
		if _, err := s.exec(ctx, tx, `DELETE FROM proctorbook_held WHERE consumer = ?`, name); err != nil {
			return err
		}
	}
	drop := change.Drop
	for _, h := range change.Put {
		drop = append(drop[:len(drop):len(drop)], h.Booking)
	}
	for _, id := range drop {
		if _, err := s.exec(ctx, tx, `DELETE FROM proctorbook_held WHERE consumer = ? AND booking = ?`, name, string(id)); err != nil {
			return err
		}
	}
	for _, h := range change.Put {
		args := []any{name, string(h.Booking), string(h.Event), string(h.After), micros(h.At), orNull(h.Since), h.Attempts, micros(h.NextTry), string(h.Code)}
		query := `INSERT INTO proctorbook_held (consumer, ` + heldColumns + `) VALUES (` + marks(len(args)) + `)`
		if _, err := s.exec(ctx, tx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

const heldColumns = `booking, event, after_event, happened_at, since, attempts, next_try, code`

// scanHeld reads a row of heldColumns.
func scanHeld(row scanner) (h scheduling.HeldEvent, err error) {
	var at, next int64
	var since sql.NullInt64
	err = row.Scan(&h.Booking, &h.Event, &h.After, &at, &since, &h.Attempts, &next, &h.Code)
	h.At, h.Since, h.NextTry = instant(at), orZero(since), instant(next)
	return h, err
}

// Held implements [scheduling.ConsumerKeeper].
func (s *Store) Held(ctx context.Context, q scheduling.HeldQuery) (found []scheduling.HeldEvent, err error) {
	if q.Limit <= 0 || !storable(q.Consumer) || !storable(q.After) {
		return nil, ctx.Err()
	}
	query, args := heldQuery(q)
	err = s.read(ctx, "Held", func(ctx context.Context) error {
		found = nil
		return s.rows(ctx, s.db, query, args, func(rows *sql.Rows) error {
			h, err := scanHeld(rows)
			found = append(found, h)
			return err
		})
	})
	return found, err
}

// heldQuery returns the query for what is chosen. Each of its orders has an index.
func heldQuery(q scheduling.HeldQuery) (query string, args []any) {
	query, args = `SELECT `+heldColumns+` FROM proctorbook_held WHERE consumer = ?`, []any{q.Consumer}
	if len(q.Bookings) > 0 {
		query += ` AND booking IN (` + marks(len(q.Bookings)) + `)`
		for _, id := range q.Bookings {
			args = append(args, string(id))
		}
	}
	if q.After != "" {
		query, args = query+` AND booking > ?`, append(args, string(q.After))
	}
	order := ` ORDER BY booking`
	if !q.DueBy.IsZero() {
		query, args = query+` AND next_try <= ?`, append(args, micros(q.DueBy))
		order = ` ORDER BY next_try, booking`
	}
	return query + order + ` LIMIT ?`, append(args, q.Limit)
}

// CountHeld implements [scheduling.ConsumerKeeper].
func (s *Store) CountHeld(ctx context.Context, name string) (n scheduling.HeldCount, err error) {
	if !storable(name) {
		return n, ctx.Err()
	}
	var oldest sql.NullInt64
	query := `SELECT COUNT(*), COALESCE(SUM(CASE WHEN attempts >= ? THEN 1 ELSE 0 END), 0), MIN(happened_at) FROM proctorbook_held WHERE consumer = ?`
	err = s.read(ctx, "CountHeld", func(ctx context.Context) error {
		return s.row(ctx, s.db, query, scheduling.StuckAttempts, name).Scan(&n.Held, &n.Stuck, &oldest)
	})
	n.Oldest = orZero(oldest)
	return n, err
}

// LastEvent implements [scheduling.ConsumerKeeper]. It numbers events first that have no
// number, as Events does.
func (s *Store) LastEvent(ctx context.Context) (scheduling.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := s.number(ctx, "", math.MaxInt); err != nil {
		return "", err
	}
	var last int64
	var token string
	err := s.read(ctx, "LastEvent", func(ctx context.Context) error {
		query := `SELECT number, token FROM proctorbook_events WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1`
		return s.row(ctx, s.db, query).Scan(&last, &token)
	})
	if isNoRows(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return cursor(last, token), nil
}
