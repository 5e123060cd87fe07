package sqlstore_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// access returns the store's first check; PostgreSQL has another one.
func access(t *testing.T, s *sqlstore.Store) preflight.Check {
	t.Helper()
	checks := s.Preflight(t.Context())
	if len(checks) == 0 || len(checks) > 2 || checks[0].Code != preflight.CodeStoreAccess {
		t.Fatalf("Preflight = %v, want one check of the access", checks)
	}
	return checks[0]
}

// Servers on this machine need no TLS, and a file of this machine is its owner's.
func TestPreflightOfAStore(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		if c := access(t, m.open(t)); c.Verdict != preflight.VerdictOK {
			t.Errorf("Preflight = %v, %v, %v; want ok", c.Verdict, c.Data, c.Err)
		}
	})
}

// A new file, and each one beside it, can be read by its owner alone.
func TestNewFileIsItsOwners(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes here")
	}
	path := filepath.Join(t.TempDir(), "bookings.db")
	db, err := sql.Open("sqlite", fileDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := sqlstore.Migrate(t.Context(), db, sqlstore.SQLite, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(db, sqlstore.SQLite, sqlstore.WithVolatile())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 3 {
		t.Fatalf("the files are %v, %v; want the database, its log and the index of that", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, %v; want -rw-------", file, info.Mode(), err)
		}
	}

	// A file that somebody has opened to others stays so, and is a warning.
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := sqlstore.Migrate(t.Context(), db, sqlstore.SQLite, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	c := access(t, store)
	if c.Verdict != preflight.VerdictWarning || c.Data["file"] != "bookings.db" || c.Data["mode"] != "-rw-r-----" || !strings.Contains(c.Err.Error(), "chmod 600") {
		t.Errorf("Preflight = %v, %v, %v; want a warning that names the file", c.Verdict, c.Data, c.Err)
	}
}

// Where a connection comes from decides whether it has to be encrypted.
func TestIsHere(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]bool{
		"": true, "localhost": true, "127.0.0.1": true, "127.8.8.8": true, "::1": true, "::ffff:127.0.0.1": true,
		"10.0.0.7": false, "db.example.org": false, "localhost.example.org": false, "2001:db8::1": false,
	} {
		if got := sqlstore.IsHere(from); got != want {
			t.Errorf("IsHere(%q) = %t, want %t", from, got, want)
		}
	}
}
