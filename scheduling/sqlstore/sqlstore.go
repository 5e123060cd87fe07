package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Store is a [scheduling.Store] in an SQL database. It is safe for use by many
// goroutines, and many processes may open one database.
type Store struct {
	db        *sql.DB
	dialect   Dialect
	namespace string
	dice      dice
	gate      chan struct{} // SQLite: one writer of this process at a time; others would poll
	pageSize  int           // of List
	mostIDs   int           // see mostIDs
	volatile  bool          // commits may be lost with the machine
	owned     bool          // the store has opened db itself
	finished  atomic.Bool   // no program of an older version is left: see FinishUpgrade
}

var (
	_ scheduling.Store          = (*Store)(nil)
	_ scheduling.StoreChecker   = (*Store)(nil)
	_ scheduling.JobKeeper      = (*Store)(nil)
	_ scheduling.BookingCounter = (*Store)(nil)
)

// openTime is how long Open may take.
const openTime = 30 * time.Second

// Open returns the store in db, whose tables [Migrate] has made. It takes no
// ownership: close db yourself, after the last use of the store. The first Open of
// a new store draws its namespace.
//
// It fails with [*SchemaError] if the tables are missing, older or newer, with
// [*SettingsError] if the database or the connections are set so that bookings
// would be lost or mixed up, and with [*NamespaceError].
func Open(db *sql.DB, d Dialect, opts ...Option) (*Store, error) {
	o, err := collect(opts)
	if err != nil {
		return nil, err
	}
	if db == nil {
		return nil, errNoDatabase
	}
	s := &Store{db: db, dialect: d, dice: dice{source: o.random}, pageSize: o.pageSize, mostIDs: mostIDs, volatile: o.volatile}
	if d == SQLite {
		s.gate = make(chan struct{}, 1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	if err := s.name(ctx, o.namespace); err != nil {
		return nil, err
	}
	return s, nil
}

// look reads the database's settings and the version of its tables.
func (s *Store) look(ctx context.Context) error {
	if err := checkSettings(ctx, s.db, s.dialect, s.volatile); err != nil {
		return err
	}
	return checkSchema(ctx, s.db)
}

// Check implements [scheduling.StoreChecker]: it repeats the checks of Open,
// and compares the namespace, which shows whether this is still the same store.
// It returns [scheduling.ErrNotDurable] for one that was opened WithVolatile.
//
// Errors: [*SettingsError], [*SchemaError], [*NamespaceError], and [*Error].
func (s *Store) Check(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	var now string
	if err := s.row(ctx, s.db, `SELECT namespace FROM proctorbook_store WHERE id = 1`).Scan(&now); err != nil {
		return failed(ctx, "Check", err, false)
	}
	switch {
	case now != s.namespace:
		return &NamespaceError{Have: now, Want: s.namespace}
	case s.volatile:
		return scheduling.ErrNotDurable
	}
	return nil
}

// name finds the store's namespace, or gives it one.
func (s *Store) name(ctx context.Context, wanted string) error {
	const query = `SELECT namespace FROM proctorbook_store WHERE id = 1`
	var numbering int
	err := s.db.QueryRowContext(ctx, `SELECT namespace, numbering FROM proctorbook_store WHERE id = 1`).Scan(&s.namespace, &numbering)
	if err != nil {
		return failed(ctx, "Open", err, false)
	}
	s.finished.Store(numbering == 1)
	if s.namespace == "" {
		if err := s.baptize(ctx, wanted); err != nil {
			return err
		}
		if err := s.db.QueryRowContext(ctx, query).Scan(&s.namespace); err != nil {
			return failed(ctx, "Open", err, false)
		}
	}
	if wanted != "" && s.namespace != wanted {
		return &NamespaceError{Have: s.namespace, Want: wanted}
	}
	return nil
}

// baptize names a new store; of several callers the first one wins.
func (s *Store) baptize(ctx context.Context, name string) error {
	if name == "" {
		var err error
		if name, err = s.dice.namespace(); err != nil {
			return err
		}
	}
	return s.write(ctx, "Open", func(ctx context.Context, tx *sql.Tx, _ bool) error {
		_, err := s.exec(ctx, tx, `UPDATE proctorbook_store SET namespace = ? WHERE id = 1 AND namespace = ''`, name)
		return err
	}, nil)
}

// checkSchema compares the version of the tables with this program's.
func checkSchema(ctx context.Context, db *sql.DB) error {
	var have int
	err := db.QueryRowContext(ctx, `SELECT schema_version FROM proctorbook_store WHERE id = 1`).Scan(&have)
	if err != nil && kind(err) != noTable && !errors.Is(err, sql.ErrNoRows) {
		return failed(ctx, "Open", err, false)
	}
	if have != schemaVersion {
		return &SchemaError{Have: have, Want: schemaVersion}
	}
	return nil
}

// Namespace implements [scheduling.Store].
func (s *Store) Namespace(ctx context.Context) (string, error) { return s.namespace, ctx.Err() }

// String names the store, for logs.
func (s *Store) String() string { return fmt.Sprintf("sqlstore %s %s", s.dialect, s.namespace) }
