package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// sqliteDriver is the name under which modernc.org/sqlite registers itself.
const sqliteDriver = "sqlite"

var (
	errNoDriver = errors.New(`sqlstore: OpenSQLite: no driver is registered as "sqlite": import _ "modernc.org/sqlite"`)
	errNoPath   = errors.New("sqlstore: OpenSQLite: the path must name a file: use scheduling/memstore to keep bookings in memory")
)

// OpenSQLite returns the store in the file with that path, with the settings that
// bookings need. The file and its tables are made if they are missing, and brought up to
// date if they are older: back up before the first process of a newer version opens it.
// It is [sql.Open], [Migrate] and [Open] in one, for the driver modernc.org/sqlite, which
// the program must import. Several processes of one machine may open the file. Call Close
// after the last use.
//
// Errors: those of Migrate and Open, and one that says so if the driver is missing.
func OpenSQLite(ctx context.Context, path string, opts ...Option) (*Store, error) {
	switch {
	case path == "" || strings.Contains(path, ":memory:") || strings.ContainsRune(path, 0):
		return nil, errNoPath
	case !slices.Contains(sql.Drivers(), sqliteDriver):
		return nil, errNoDriver
	}
	db, err := sql.Open(sqliteDriver, sqliteDSN(path))
	if err != nil {
		return nil, failed(ctx, "Open", err, false)
	}
	if err = Migrate(ctx, db, SQLite, opts...); err == nil {
		var store *Store
		if store, err = Open(db, SQLite, opts...); err == nil {
			store.owned = true
			return store, nil
		}
	}
	return nil, errors.Join(err, db.Close())
}

// sqliteDSN is the DSN of the file: a path may hold what means something in a URI, and
// two slashes at its front would begin a host.
func sqliteDSN(path string) string {
	_, settings, _ := strings.Cut(DSN(SQLite), "?")
	return "file:" + (&url.URL{Path: filepath.ToSlash(filepath.Clean(path))}).EscapedPath() + "?" + settings
}

// Close closes the database of a store that [OpenSQLite] has returned. One that [Open]
// has returned it leaves open: it is the caller's.
func (s *Store) Close() error {
	if !s.owned {
		return nil
	}
	return failed(context.Background(), "Close", s.db.Close(), false)
}
