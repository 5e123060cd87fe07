package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

func TestMigrationsOfAnUnknownDialect(t *testing.T) {
	t.Parallel()
	if _, err := sqlstore.Migrations("oracle"); err == nil {
		t.Error("Migrations of an unknown dialect returned no error")
	}
	if err := sqlstore.Migrate(t.Context(), nil, "oracle"); err == nil {
		t.Error("Migrate of an unknown dialect returned no error")
	}
	if _, err := sqlstore.Open(nil, "oracle"); err == nil {
		t.Error("Open of an unknown dialect returned no error")
	}
}

// Each dialect has the same migrations, so that a version means the same everywhere.
func TestMigrationsAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	var want []string
	for _, d := range []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL, sqlstore.MariaDB} {
		files, err := sqlstore.Migrations(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fs.Glob(files, "*.sql")
		if err != nil || len(got) != sqlstore.SchemaVersion {
			t.Errorf("%s has the migrations %v, %v; want %d, as SchemaVersion says", d, got, err, sqlstore.SchemaVersion)
		}
		if want == nil {
			want = got
		}
		if len(got) == len(want) {
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%s has %s, want %s as the others", d, got[i], want[i])
				}
			}
		}
	}
}

// The migrations go up and down, and up again: a second time finds what the first
// way down has left.
func TestMigrateUpAndDownTwice(t *testing.T) {
	dialects := map[string]goose.Dialect{"sqlite": goose.DialectSQLite3, "postgres": goose.DialectPostgres, "mariadb": goose.DialectMySQL}
	onEach(t, func(t *testing.T, m medium) {
		db := m.connect(t, m.untouched(t))
		files, err := sqlstore.Migrations(m.dialect)
		if err != nil {
			t.Fatal(err)
		}
		down, err := goose.NewProvider(dialects[m.name], db, files, goose.WithTableName("proctorbook_migrations"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			wantSchemaError(t, m, 0)
			for range 2 { // the second one has nothing to do
				if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
					t.Fatalf("Migrate error = %v, want none", err)
				}
			}
			s := m.on(t, db)
			if _, err := s.PutLearner(t.Context(), scheduling.Learner{ID: "4711"}); err != nil {
				t.Errorf("PutLearner after Migrate error = %v, want none", err)
			}
			if _, err := down.DownTo(t.Context(), 0); err != nil {
				t.Fatalf("down: %v", err)
			}
			_, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile())
			if e, ok := errors.AsType[*sqlstore.SchemaError](err); !ok || e.Have != 0 {
				t.Errorf("Open of a database without tables error = %v, want *SchemaError", err)
			}
		}
	})
}

func wantSchemaError(t *testing.T, m medium, have int) {
	t.Helper()
	db := m.connect(t, m.untouched(t))
	_, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile())
	if e, ok := errors.AsType[*sqlstore.SchemaError](err); !ok || e.Have != have {
		t.Errorf("Open of an empty database error = %v, want *SchemaError with version %d", err, have)
	}
}

// Several processes may start at once, each of which migrates.
func TestMigrateAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn := m.untouched(t)
		var all sync.WaitGroup
		names := make([]string, 4)
		for i := range names {
			db := m.connect(t, dsn)
			all.Go(func() {
				if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
					t.Errorf("Migrate error = %v, want none", err)
					return
				}
				s, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile())
				if err != nil {
					t.Errorf("Open error = %v, want none", err)
					return
				}
				names[i], _ = s.Namespace(t.Context())
			})
		}
		all.Wait()
		for _, name := range names {
			if name == "" || name != names[0] {
				t.Errorf("four processes found the namespaces %q, want one", names)
			}
		}
	})
}

// Records that were written before names had a table are found by them; damaged and
// erased ones stop nothing.
func TestMigrateFindsUsernames(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db, _ := m.at(t, 2)
		for _, row := range []struct {
			id       string
			version  int
			document any
		}{
			{"4711", 1, `{"id":"4711","version":1,"username":"former"}`}, {"4711", 2, `{"id":"4711","version":2,"username":"ada"}`},
			{"4712", 1, `{"id":"4712","version":1}`}, {"4713", 1, `["ada"]`}, {"4714", 1, `{"id":"4714","version":1,"username":"gone"}`}, {"4714", 2, nil},
		} {
			query := `INSERT INTO proctorbook_learners (id, version, token, document) VALUES (?, ?, 'old', ?)`
			if _, err := db.ExecContext(t.Context(), sqlstore.Query(m.dialect, query), row.id, row.version, row.document); err != nil {
				t.Fatal(err)
			}
		}
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		s := m.on(t, db)
		if l, err := s.LearnerByUsername(t.Context(), "ada"); err != nil || l.ID != "4711" || l.Version != 2 {
			t.Errorf("LearnerByUsername = %v, %v; want learner 4711", l, err)
		}
		for _, name := range []string{"former", "gone", ""} {
			if l, err := s.LearnerByUsername(t.Context(), name); !errors.Is(err, scheduling.ErrNotFound) {
				t.Errorf("LearnerByUsername(%q) = %v, %v; want ErrNotFound", name, l, err)
			}
		}
	})
}

// at returns a database with the tables of that version, and what migrates it.
func (m medium) at(t *testing.T, version int64) (*sql.DB, *goose.Provider) {
	t.Helper()
	db := m.connect(t, m.untouched(t))
	tool := m.tool(t, db)
	if _, err := tool.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db, tool
}

// tool returns what migrates the database to any version.
func (m medium) tool(t *testing.T, db *sql.DB) *goose.Provider {
	t.Helper()
	files, err := sqlstore.Migrations(m.dialect)
	if err != nil {
		t.Fatal(err)
	}
	dialect := map[string]goose.Dialect{"sqlite": goose.DialectSQLite3, "postgres": goose.DialectPostgres, "mariadb": goose.DialectMySQL}[m.name]
	tool, err := goose.NewProvider(dialect, db, files, goose.WithTableName("proctorbook_migrations"))
	if err != nil {
		t.Fatal(err)
	}
	return tool
}

// Whoever has made the tables with another tool is told so, and what to do: Migrate knows
// nothing of what that tool has done.
func TestMigrateOverAnotherTool(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for _, version := range []int64{1, 8, 10} {
			db := m.connect(t, m.untouched(t))
			files, err := sqlstore.Migrations(m.dialect)
			must(t, err)
			tool, err := goose.NewProvider(toolDialects[m.dialect], db, files, goose.WithDisableGlobalRegistry(true))
			must(t, err)
			_, err = tool.UpTo(t.Context(), version)
			must(t, err)
			for try := range 2 {
				err = sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile())
				if want := fmt.Sprintf("version %d, and another tool has made them", version); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("try %d of Migrate over version %d of another tool = %v, want %q", try, version, err, want)
				}
			}
		}
		db := m.connect(t, m.untouched(t))
		files, err := sqlstore.Migrations(m.dialect)
		must(t, err)
		tool, err := goose.NewProvider(toolDialects[m.dialect], db, files, goose.WithDisableGlobalRegistry(true), goose.WithTableName("proctorbook_migrations"))
		must(t, err)
		_, err = tool.UpTo(t.Context(), 8)
		must(t, err)
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Errorf("Migrate over another tool with our table's name = %v, want none", err)
		}
	})
}

var toolDialects = map[sqlstore.Dialect]goose.Dialect{sqlstore.SQLite: goose.DialectSQLite3, sqlstore.PostgreSQL: goose.DialectPostgres, sqlstore.MariaDB: goose.DialectMySQL}
