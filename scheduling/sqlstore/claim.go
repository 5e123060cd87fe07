package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Claim implements [scheduling.Store].
func (s *Store) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	if q.Limit <= 0 {
		return nil, ctx.Err()
	}
	token, err := s.dice.token()
	if err != nil {
		return nil, err
	}
	c := claim{owner: q.Owner, token: token, now: micros(q.Now), until: micros(q.Until), limit: q.Limit, bulk: q.Bulk}
	if some, err := s.anyDue(ctx, c); err != nil || !some {
		return nil, err
	}
	var found []row
	err = s.write(ctx, "Claim", func(ctx context.Context, tx *sql.Tx, unclear bool) error {
		found = nil
		if unclear {
			var err error
			if found, err = s.claimedBy(ctx, tx, c); err != nil || len(found) > 0 {
				return err
			}
		}
		var err error
		if found, err = s.leaseAll(ctx, tx, c); err == nil {
			err = s.disown(ctx, tx, found)
		}
		return err
	}, nil)
	if err != nil {
		return nil, err
	}
	claimed, err := parted(found)
	slices.SortFunc(claimed, func(a, b scheduling.Booking) int {
		return cmp.Or(flag(b.Urgent())-flag(a.Urgent()), q.DueAt(a).Compare(q.DueAt(b)), strings.Compare(string(a.ID), string(b.ID)))
	})
	return claimed, err
}

// anyDue looks whether there is anything to claim. Most claims find nothing: they must not
// make others wait for a transaction that writes, of which SQLite has one at a time.
func (s *Store) anyDue(ctx context.Context, c claim) (bool, error) {
	const ids = `SELECT id FROM proctorbook_bookings WHERE `
	query := `SELECT COUNT(*) FROM (SELECT id FROM (` + ids + urgentDue + `) AS urgent UNION ALL SELECT id FROM (` + ids + due(c.bulk) + `) AS routine) AS some_due`
	var n int
	err := s.read(ctx, "Claim", func(ctx context.Context) error {
		return s.row(ctx, s.db, query, c.now, c.now, 1, c.now, c.now, 1).Scan(&n)
	})
	return n > 0, err
}

// parted returns the bookings that can be read, and the errors of the others, joined.
func parted(found []row) (readable []scheduling.Booking, err error) {
	var bad []error
	for _, r := range found {
		if r.err != nil {
			bad = append(bad, r.err)
		} else {
			readable = append(readable, r.Booking)
		}
	}
	return readable, errors.Join(bad...)
}

// disown takes the owner out of the leases of rows that can't be read: what is left
// keeps them from the next claims, and from nobody who can read them.
func (s *Store) disown(ctx context.Context, tx *sql.Tx, found []row) error {
	var ids []any
	for _, r := range found {
		if r.err != nil {
			ids = append(ids, string(r.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := s.exec(ctx, tx, `UPDATE proctorbook_bookings SET lease_owner = '' WHERE id IN (`+marks(len(ids))+`)`, ids...)
	return err
}

type claim struct {
	owner, token string
	now, until   int64
	limit        int
	bulk         bool
}

const (
	setLease  = `lease_owner = ?, lease_until = ?, version = version + 1, token = ?`
	urgentDue = `is_urgent = 1 AND due_at <= ? AND lease_until <= ? ORDER BY due_at, id LIMIT ?` // in bulk, too: no urgent look is passed over
)

// dueColumn names the column of DueAt, in bulk of BulkDueAt.
func dueColumn(bulk bool) string {
	if bulk {
		return `bulk_due_at`
	}
	return `due_at`
}

func due(bulk bool) string {
	at := dueColumn(bulk)
	return at + ` <= ? AND lease_until <= ? ORDER BY ` + at + `, id LIMIT ?`
}

// leaseAll leases what is urgent, and as much else as the limit leaves room for: one
// statement for each, so that both find their rows at the front of an index.
func (s *Store) leaseAll(ctx context.Context, tx *sql.Tx, c claim) ([]row, error) {
	lease := s.lease
	if s.dialect == MariaDB {
		lease = s.lockAndLease
	}
	found, err := lease(ctx, tx, c, urgentDue)
	if c.limit -= len(found); err != nil || c.limit == 0 {
		return found, err
	}
	more, err := lease(ctx, tx, c, due(c.bulk))
	return append(found, more...), err
}

// lease claims in one statement. PostgreSQL passes over rows that others are just
// writing; SQLite has one writer at a time.
func (s *Store) lease(ctx context.Context, tx *sql.Tx, c claim, which string) ([]row, error) {
	query := `WITH due AS MATERIALIZED (SELECT id FROM proctorbook_bookings WHERE ` + which + ` FOR UPDATE SKIP LOCKED)
		UPDATE proctorbook_bookings SET ` + setLease + ` WHERE id IN (SELECT id FROM due) RETURNING ` + selected
	args := []any{c.now, c.now, c.limit, c.owner, c.until, c.token}
	return s.bookings(ctx, tx, query, args...)
}

// lockAndLease claims in two statements, for databases whose UPDATE returns no rows.
func (s *Store) lockAndLease(ctx context.Context, tx *sql.Tx, c claim, which string) ([]row, error) {
	query := `SELECT ` + selected + ` FROM proctorbook_bookings WHERE ` + which + ` FOR UPDATE SKIP LOCKED`
	found, err := s.bookings(ctx, tx, query, c.now, c.now, c.limit)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	args := []any{c.owner, c.until, c.token}
	for i := range found {
		args = append(args, string(found[i].ID))
		found[i].Lease = scheduling.Lease{Owner: c.owner, Until: instant(c.until)}
		found[i].Version++
	}
	_, err = s.exec(ctx, tx, `UPDATE proctorbook_bookings SET `+setLease+` WHERE id IN (`+marks(len(found))+`)`, args...)
	return found, err
}

// claimedBy returns what an earlier try of the claim, whose answer was lost,
// has leased already.
func (s *Store) claimedBy(ctx context.Context, tx *sql.Tx, c claim) ([]row, error) {
	query := `SELECT ` + selected + ` FROM proctorbook_bookings WHERE ` + dueColumn(c.bulk) + ` <= ? AND token = ? FOR UPDATE`
	return s.bookings(ctx, tx, query, c.now, c.token)
}
