package sqlstore

import (
	"context"
	"errors"
	"strconv"

	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// fewRows is how many bookings PostgreSQL finds fast enough without statistics.
const fewRows = 1000

var errNoStatistics = errors.New("sqlstore: PostgreSQL has no statistics of the bookings, as after a restore, and may read all of them to find one: run ANALYZE")

// checkStatistics warns if PostgreSQL has bookings and has never counted what is in their
// columns. A restore brings no statistics; autovacuum makes some, but some time later.
// MariaDB makes its own as rows are written, and SQLite goes by the indexes without any.
func (s *Store) checkStatistics(ctx context.Context) preflight.Check {
	c := preflight.Check{Code: preflight.CodeStoreStatistics, Verdict: preflight.VerdictOK}
	var rows, columns int
	query := `SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM proctorbook_bookings LIMIT ?) AS some_bookings),
		(SELECT COUNT(*) FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'proctorbook_bookings')`
	err := s.read(ctx, "Preflight", func(ctx context.Context) error {
		return s.row(ctx, s.db, query, fewRows).Scan(&rows, &columns)
	})
	if err != nil {
		c.Verdict, c.Err = preflight.VerdictSkipped, err
		return c
	}
	c.Data = map[string]string{"columns": strconv.Itoa(columns)}
	if rows == fewRows && columns == 0 {
		c.Verdict, c.Err = preflight.VerdictWarning, errNoStatistics
	}
	return c
}
