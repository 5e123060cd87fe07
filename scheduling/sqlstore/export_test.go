package sqlstore

import "github.com/proctorbook/proctorbook/scheduling"

// ListQuery is what List sends for one page, for the tests of its plan.
func (s *Store) ListQuery(f scheduling.Filter) (query string, args []any) {
	query, args = s.listQuery(f, s.pageSize)
	return s.dialect.query(query), args
}

// StartsQuery is how List looks a range of starts up, for the tests of its plan.
func (s *Store) StartsQuery(f scheduling.Filter) (query string, args []any) {
	query, args = s.startsQuery(f, `id`, s.mostIDs+1)
	return s.dialect.query(query), args
}

// KeepIDs sets how many ids of a range of starts List keeps.
func (s *Store) KeepIDs(most int) { s.mostIDs = most }

// CountQuery is what CountBookings sends, for the tests of its plan.
func (s *Store) CountQuery(f scheduling.Filter) (query string, args []any) {
	query, args = s.countQuery(f)
	return s.dialect.query(query), args
}

// EventQuery is what Events sends for one page, for the tests of its plan.
func (s *Store) EventQuery(q scheduling.EventQuery, after int64) (query string, args []any) {
	query, args = s.eventQuery(q, after)
	return s.dialect.query(query), args
}

// ClaimQueries are how Claim looks for what is urgent, for what is due, and for what is
// due in bulk, for the tests of their plans.
func ClaimQueries(d Dialect) (urgent, routine, bulk string) {
	const query = `SELECT id FROM proctorbook_bookings WHERE `
	return d.query(query + urgentDue), d.query(query + due(false)), d.query(query + due(true))
}

// Query puts the dialect's placeholders into a query.
func Query(d Dialect, query string) string { return d.query(query) }

// SchemaVersion is the version of the tables that this program knows.
const SchemaVersion = schemaVersion

// MariaVersion reports whether a version of MariaDB or MySQL is recent enough.
func MariaVersion(version string) bool { return mariaVersion(version) }

// IsHere reports whether a connection from there needs no TLS.
func IsHere(from string) bool { return isHere(from) }

// IsRefused reports whether the database may take it at another try.
func IsRefused(err error) bool { return err != nil && kind(err) == refused }
