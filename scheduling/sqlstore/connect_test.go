package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// starting makes connections to a file whose journal another process is setting: some are
// refused.
type starting struct {
	driver driver.Driver
	dsn    string
	refuse atomic.Int64 // so many, from now on
}

func (s *starting) Driver() driver.Driver { return s.driver }

func (s *starting) Connect(context.Context) (driver.Conn, error) {
	if s.refuse.Add(-1) >= 0 {
		return nil, liteError{5, "database is locked"}
	}
	return s.driver.Open(s.dsn)
}

// A process that starts while another one sets the journal of the new file waits, and not
// for ever.
func TestConnectingWaitsForAnotherProcess(t *testing.T) {
	t.Parallel()
	db, err := sql.Open(sqliteDriver, sqliteDSN(filepath.Join(t.TempDir(), "bookings.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &starting{driver: db.Driver(), dsn: sqliteDSN(filepath.Join(t.TempDir(), "bookings.db"))}
	refusing := sql.OpenDB(s)
	defer refusing.Close()
	s.refuse.Store(5)
	if err := Migrate(t.Context(), refusing, SQLite); err != nil {
		t.Errorf("Migrate with five connections refused = %v, want nil", err)
	}
	s.refuse.Store(1 << 30)
	refusing.SetMaxIdleConns(0)
	_, err = Open(refusing, SQLite)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != "5" {
		t.Errorf("Open with all refused = %v, want the refusal", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := Migrate(ctx, refusing, SQLite); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Migrate with all refused = %v, want the end of its context", err)
	}
}
