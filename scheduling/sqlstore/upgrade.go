package sqlstore

import (
	"context"
	"database/sql"
)

// FinishUpgrade tells the store in db that no program of an older version runs on it any
// more, and none will. Call it once, after the last process of a rolling upgrade was
// replaced; to call it again changes nothing, and a store that was made by this version
// needs no call. It takes effect at once, in all processes.
//
// Until then writers that add events take turns at one row, as programs before migration 7
// do: so a booking's events stay in their order whichever program writes them. From then
// on writers go side by side, and readers number the events.
//
// Where an older program is left after all, no event is lost and none comes twice, but the
// events that it adds may come before earlier ones of the booking, it can't erase a
// learner while one of the learner's events has no number, and of two overlapping exams
// that a learner asks for at the same moment, in an old and in a new program, both may be
// stored.
//
// It fails with [*SchemaError] if the tables are not those of this version, and with [*Error].
func FinishUpgrade(ctx context.Context, db *sql.DB, d Dialect) error {
	if db == nil {
		return errNoDatabase
	}
	if err := checkSchema(ctx, db); err != nil {
		return err
	}
	s := &Store{db: db, dialect: d}
	// It waits for those who are numbering with their writes.
	return s.write(ctx, "FinishUpgrade", func(ctx context.Context, tx *sql.Tx, _ bool) error {
		_, err := s.exec(ctx, tx, `UPDATE proctorbook_store SET numbering = 1 WHERE id = 1`)
		return err
	}, nil)
}

// upgraded reports whether the upgrade is known to be finished. It never begins again.
func (s *Store) upgraded() bool { return s.finished.Load() }

// count raises the number of the last event by n and returns it, while older programs may
// run. It locks the row until the commit, so that it also sees whether the upgrade was
// finished meanwhile: then the numbers are left out.
func (s *Store) count(ctx context.Context, tx *sql.Tx, n int) (last int64, err error) {
	var numbering int
	if s.dialect == MariaDB {
		if _, err := s.exec(ctx, tx, `UPDATE proctorbook_store SET last_event = last_event + ? WHERE id = 1`, n); err != nil {
			return 0, err
		}
		err = s.row(ctx, tx, `SELECT last_event, numbering FROM proctorbook_store WHERE id = 1`).Scan(&last, &numbering)
	} else {
		query := `UPDATE proctorbook_store SET last_event = last_event + ? WHERE id = 1 RETURNING last_event, numbering`
		err = s.row(ctx, tx, query, n).Scan(&last, &numbering)
	}
	if err == nil && numbering == 1 {
		s.finished.Store(true)
	}
	return last, err
}
