package sqlstore_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

// childEnv tells a process that another test has started it.
const childEnv = "PROCTORBOOK_TEST_CHILD"

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		storetest.Run(t, func(t *testing.T) scheduling.Store {
			_, db := m.migrated(t)
			return spoilable{m.on(t, db), t, m, db}
		})
	})
}

// spoilable damages documents: it is a [storetest.Spoiler].
type spoilable struct {
	*sqlstore.Store
	t  *testing.T
	m  medium
	db *sql.DB
}

func (s spoilable) SpoilBooking(id scheduling.BookingID) func() {
	return s.spoil("proctorbook_bookings", "id", string(id))
}

func (s spoilable) SpoilEvent(c scheduling.Cursor) func() {
	number, _, _ := strings.Cut(string(c), "-")
	return s.spoil("proctorbook_events", "number", number)
}

func (s spoilable) SpoilLearner(id scheduling.LearnerID) func() {
	return s.spoil("proctorbook_learners", "id", string(id))
}

// spoil puts a value into the documents that none of them has.
func (s spoilable) spoil(table, key, value string) func() {
	s.t.Helper()
	var document string
	query := func(text string) string { return sqlstore.Query(s.m.dialect, text) }
	if err := s.db.QueryRow(query(`SELECT document FROM `+table+` WHERE `+key+` = ?`), value).Scan(&document); err != nil {
		s.t.Fatal(err)
	}
	put := func(document string) {
		if _, err := s.db.Exec(query(`UPDATE `+table+` SET document = ? WHERE `+key+` = ?`), document, value); err != nil {
			s.t.Error(err)
		}
	}
	put(`["NameW"]`)
	return func() { put(document) }
}

// Two processes on one database are one store.
func TestStoreShared(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		storetest.RunShared(t, func(t *testing.T) (a, b scheduling.Store) {
			dsn, db := m.migrated(t)
			return m.on(t, db), m.on(t, m.connect(t, dsn))
		})
	})
}

// An older program does not touch the tables of a newer one.
func TestNewerSchemaIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db := m.connect(t, m.untouched(t))
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`UPDATE proctorbook_store SET schema_version = 99`); err != nil {
			t.Fatal(err)
		}
		_, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile())
		if e, ok := errors.AsType[*sqlstore.SchemaError](err); !ok || e.Have != 99 || !strings.Contains(err.Error(), "newer") {
			t.Errorf("Open error = %v, want *SchemaError with version 99", err)
		}
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err == nil {
			t.Error("Migrate of a newer schema returned no error")
		}
	})
}

// Check sees what has happened to the database since it was opened.
func TestCheck(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db := m.connect(t, m.untouched(t))
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		store := m.on(t, db)
		if err := store.Check(t.Context()); !errors.Is(err, scheduling.ErrNotDurable) {
			t.Errorf("Check of a store opened WithVolatile = %v, want ErrNotDurable", err)
		}
		for _, tt := range []struct {
			change string
			is     func(error) bool
		}{
			{`UPDATE proctorbook_store SET namespace = 'another1'`, func(err error) bool {
				_, ok := errors.AsType[*sqlstore.NamespaceError](err)
				return ok
			}},
			{`UPDATE proctorbook_store SET schema_version = 99`, func(err error) bool {
				_, ok := errors.AsType[*sqlstore.SchemaError](err)
				return ok
			}},
		} {
			if _, err := db.Exec(tt.change); err != nil {
				t.Fatal(err)
			}
			if err := store.Check(t.Context()); !tt.is(err) {
				t.Errorf("after %q: Check = %v, want its own kind of error", tt.change, err)
			}
		}
	})
}

func TestNamespaceIsDrawnOnce(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		first, err := m.on(t, db).Namespace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := m.on(t, db, sqlstore.WithNamespace(first)).Namespace(t.Context()); again != first {
			t.Errorf("the namespace is %q, then %q", first, again)
		}
		_, err = sqlstore.Open(db, m.dialect, sqlstore.WithVolatile(), sqlstore.WithNamespace("another1"))
		if e, ok := errors.AsType[*sqlstore.NamespaceError](err); !ok || e.Have != first {
			t.Errorf("Open with another namespace error = %v, want *NamespaceError", err)
		}
		if _, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile(), sqlstore.WithNamespace("Too Long A Name")); err == nil {
			t.Error("Open with an impossible namespace returned no error")
		}
		_, err = sqlstore.Open(db, m.dialect, sqlstore.WithVolatile(), sqlstore.WithRandom(strings.NewReader("")))
		if err != nil {
			t.Errorf("Open of a store that has its name error = %v, want none: nothing is drawn", err)
		}
	})
}

// Without randomness nothing is written: a write that can't be marked could not be
// found again after a lost answer.
func TestNoRandomness(t *testing.T) {
	t.Parallel()
	m := media[0]
	_, db := m.migrated(t)
	if _, err := sqlstore.Open(db, m.dialect, sqlstore.WithVolatile(), sqlstore.WithRandom(strings.NewReader(""))); err == nil {
		t.Error("Open of a new store returned no error, and can't have drawn a namespace")
	}
	s := m.on(t, db, sqlstore.WithNamespace("abcdefgh"), sqlstore.WithRandom(strings.NewReader("")))
	b := sample("pb-1", "ada")
	for name, call := range map[string]func() error{
		"Create": func() error { _, err := s.Create(t.Context(), b); return err },
		"Update": func() error { _, err := s.Update(t.Context(), b); return err },
		"Claim": func() error {
			_, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "w", Now: day(1), Until: day(2), Limit: 1})
			return err
		},
		"PutLearner": func() error { _, err := s.PutLearner(t.Context(), scheduling.Learner{ID: "ada"}); return err },
		"PutJob":     func() error { _, err := s.PutJob(t.Context(), scheduling.Job{Name: "sweep"}); return err },
		"Erase":      func() error { return s.Erase(t.Context(), "ada") },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "randomness") {
			t.Errorf("%s error = %v, want that of the source of randomness", name, err)
		}
	}
}
