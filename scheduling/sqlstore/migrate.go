package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// schemaVersion is the version of the tables that this program knows. The last
// statement of each migration writes it into proctorbook_store.
const schemaVersion = 10

//go:embed migrations
var migrations embed.FS

// Migrations returns the dialect's migrations: numbered SQL files in the form of goose, for
// those who bring them into their own tool. Files are never changed after a release. A store
// belongs to one way for good: Migrate and OpenSQLite don't know what another tool has done,
// and refuse its tables, unless it is goose with the table proctorbook_migrations.
func Migrations(d Dialect) (fs.FS, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(d))
	if err == nil {
		_, err = fs.Stat(files, ".")
	}
	if err != nil {
		return nil, fmt.Errorf("sqlstore: unknown dialect %q: use SQLite, PostgreSQL or MariaDB", d)
	}
	return files, nil
}

// Migrate makes the tables, or brings them up to date. It may be called by several
// processes at once, and again and again. It remembers in the table
// proctorbook_migrations what it has done; see the page on operating for when to
// call it in a rolling upgrade. SQLite's file, if it is a new one, becomes readable for
// its owner alone, and so do the files beside it.
//
// It refuses what Open would refuse, before it makes anything: of the options it
// heeds [WithVolatile]. Tables that another tool has made it refuses, see [Migrations]. It
// fails with [*SettingsError], with [*SchemaError] if the
// tables are newer than this program, and with [*Error].
func Migrate(ctx context.Context, db *sql.DB, d Dialect, opts ...Option) error {
	o, err := collect(opts)
	if err != nil {
		return err
	}
	if db == nil {
		return errNoDatabase
	}
	provider, err := newProvider(db, d)
	if err != nil {
		return err
	}
	if err := checkSettings(ctx, db, d, o.volatile); err != nil {
		return err
	}
	if d == SQLite {
		if err := ownNewFile(ctx, db); err != nil {
			return failed(ctx, "Migrate", err, false)
		}
	}
	if err := checkMaker(ctx, db); err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err := provider.Up(ctx)
		if err == nil {
			return checkSchema(ctx, db)
		}
		if !halfInitialized(err) && d != SQLite || try == mostRefused || ctx.Err() != nil {
			return failed(ctx, "Migrate", err, false)
		}
		// Another process may have migrated first. SQLite has no lock to wait for: try again.
		if err := waitForLock(ctx, db, d); err != nil {
			return failed(ctx, "Migrate", err, false)
		}
	}
}

// errOtherTool means that the tables were made by another tool than Migrate.
type errOtherTool struct{ have int }

func (e errOtherTool) Error() string {
	return fmt.Sprintf("sqlstore: Migrate: the tables have version %d, and another tool has made them: go on with that tool, and call Open alone; or let it keep its record in the table proctorbook_migrations", e.have)
}

// checkMaker fails if another tool has made the tables: it keeps its record elsewhere, so
// that Migrate would make them once more. MariaDB shows a migration of another process
// before its record.
func checkMaker(ctx context.Context, db *sql.DB) error {
	var have, recorded int
	err := db.QueryRowContext(ctx, `SELECT schema_version FROM proctorbook_store WHERE id = 1`).Scan(&have)
	if err == nil {
		err = db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM proctorbook_migrations WHERE is_applied`).Scan(&recorded)
		if err != nil && kind(err) == noTable {
			return errOtherTool{have}
		}
	}
	switch {
	case err != nil && kind(err) != noTable && !errors.Is(err, sql.ErrNoRows):
		return failed(ctx, "Migrate", err, false)
	case err == nil && recorded < have-1:
		return errOtherTool{have}
	}
	return nil
}

// halfInitialized reports whether the tool found its own table without its first row.
// It looks before it takes the lock, and MariaDB commits a new table at once: so it
// sees what another process is in the middle of.
func halfInitialized(err error) bool {
	return strings.Contains(err.Error(), "missing zero version migration")
}

// waitForLock waits until no other process migrates.
func waitForLock(ctx context.Context, db *sql.DB, d Dialect) (err error) {
	locker, ok := lockers[d]
	if !ok {
		return nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return err
	}
	// The connection goes back to the pool: it must not keep the lock if ctx ends here.
	return locker.SessionUnlock(context.WithoutCancel(ctx), conn)
}

func newProvider(db *sql.DB, d Dialect) (*goose.Provider, error) {
	files, err := Migrations(d)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithTableName("proctorbook_migrations"), goose.WithDisableGlobalRegistry(true)}
	if locker, ok := lockers[d]; ok {
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(gooseDialects[d], db, files, options...)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: Migrate: %w", err)
	}
	return provider, nil
}

var gooseDialects = map[Dialect]goose.Dialect{SQLite: goose.DialectSQLite3, PostgreSQL: goose.DialectPostgres, MariaDB: goose.DialectMySQL}

// lockers keep two processes from migrating at once. They wait in the database.
var lockers = map[Dialect]lock.SessionLocker{
	PostgreSQL: locker{
		`SELECT pg_advisory_lock(hashtext('proctorbook_migrations'), hashtext(current_schema()))`,
		`SELECT pg_advisory_unlock(hashtext('proctorbook_migrations'), hashtext(current_schema()))`,
	},
	MariaDB: locker{
		`SELECT GET_LOCK(CONCAT('proctorbook_', MD5(DATABASE())), 3600)`,
		`SELECT RELEASE_LOCK(CONCAT('proctorbook_', MD5(DATABASE())))`,
	},
}

type locker struct{ lock, unlock string }

// SessionLock implements lock.SessionLocker.
func (l locker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, l.lock)
	return err
}

// SessionUnlock implements lock.SessionLocker.
func (l locker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, l.unlock)
	return err
}
