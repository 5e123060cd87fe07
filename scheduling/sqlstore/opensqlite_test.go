package sqlstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// A path may hold whatever a file's name may. What was stored is there when the file is
// opened again.
func TestOpenSQLite(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bookings.db", "exam day 100% #1?.db", "f%41?x=1&_pragma=synchronous(OFF).db", "büchung.db", "a:b.db"} {
		path := filepath.Join(t.TempDir(), name)
		for try := range int64(2) {
			store, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.WithNamespace("exam2027"))
			if err != nil {
				t.Fatalf("%q: %v", name, err)
			}
			learner, err := store.PutLearner(t.Context(), scheduling.Learner{ID: "4711", Name: "Ada Example", Version: try})
			if err != nil || learner.Version != try+1 {
				t.Errorf("%q: stored version %d, error = %v; want %d", name, learner.Version, err, try+1)
			}
			if err := store.Check(t.Context()); err != nil {
				t.Errorf("%q: Check = %v, want none", name, err)
			}
			if err := store.Close(); err != nil {
				t.Errorf("%q: Close = %v", name, err)
			}
			if _, err := store.Learner(t.Context(), "4711", 0); err == nil {
				t.Errorf("%q: the store can be read after Close", name)
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: file %v, error = %v; want it there, its owner's alone", name, info, err)
		}
	}
}

func TestOpenSQLiteNeedsAFile(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing", "bookings.db")
	for _, path := range []string{"", ":memory:", "file::memory:?cache=shared", "a\x00b", missing, t.TempDir()} {
		if store, err := sqlstore.OpenSQLite(t.Context(), path); err == nil {
			_ = store.Close()
			t.Errorf("OpenSQLite(%q) = no error", path)
		}
	}
	if _, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "b.db"), sqlstore.WithNamespace("NO")); err == nil {
		t.Error("a wrong option is taken")
	}
}

// Two slashes are one.
func TestOpenSQLiteWithTwoSlashes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bookings.db")
	store, err := sqlstore.OpenSQLite(t.Context(), "/"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file is not where the path says: %v", err)
	}
}

// The database is the caller's where the caller has opened it.
func TestCloseLeavesTheCallersDatabase(t *testing.T) {
	t.Parallel()
	store := media[0].open(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Check(t.Context()); err != scheduling.ErrNotDurable {
		t.Errorf("Check after Close = %v, want the database open", err)
	}
}

// What is wrong with the file is said in words, and the path is not.
func TestOpenSQLiteSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ path, want string }{
		"no folder": {filepath.Join(dir, "none", "x.db"), "can't open the file: does its folder exist"}, "a folder": {dir, "can't open the file"},
		"a text": {text, "the file is no SQLite database"},
	} {
		_, err := sqlstore.OpenSQLite(t.Context(), tt.path)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: OpenSQLite = %v, want %q, and no path", name, err, tt.want)
		}
	}
}
