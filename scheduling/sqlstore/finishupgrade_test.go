package sqlstore_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

// unfinished makes the store one on which programs of the version before may run.
func unfinished(t *testing.T, db *sql.DB) {
	t.Helper()
	if _, err := db.Exec(`UPDATE proctorbook_store SET numbering = 0`); err != nil {
		t.Fatal(err)
	}
}

// Until an upgrade is finished the store keeps all its promises, as it does after that.
func TestStoreBeforeTheUpgradeIsFinished(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		if less > 1 && m.name != "postgres" {
			t.Skip("under the race detector on PostgreSQL alone: TestStore runs the same code")
		}
		storetest.RunShared(t, func(t *testing.T) (a, b scheduling.Store) {
			dsn, db := m.migrated(t)
			unfinished(t, db)
			return m.on(t, db), m.on(t, m.connect(t, dsn))
		})
	})
}

// FinishUpgrade takes effect in processes that opened the store before: they number with
// their writes until then, and not with one that began later.
func TestFinishUpgrade(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, db := m.migrated(t)
		unfinished(t, db)
		before := m.on(t, m.connect(t, dsn))
		write := func(s *sqlstore.Store, id string) {
			b := sample(scheduling.BookingID(id), scheduling.LearnerID(id))
			b, err := s.Create(t.Context(), b, several(b, 2)...)
			if err == nil {
				_, err = s.Update(t.Context(), b, sent(b))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		write(before, "pb-1")
		if n := unnumbered(t, db); n != 0 {
			t.Errorf("before FinishUpgrade %d events have no number, want none", n)
		}
		for range 2 {
			if err := sqlstore.FinishUpgrade(t.Context(), db, m.dialect); err != nil {
				t.Fatalf("FinishUpgrade error = %v, want none", err)
			}
		}
		write(before, "pb-2")
		write(m.on(t, db), "pb-3")
		if n := unnumbered(t, db); n != 6 {
			t.Errorf("after FinishUpgrade %d events have no number, want the 6 that were written since", n)
		}
		if all := readAll(t, before, "", 4); len(all) != 9 {
			t.Errorf("there are %d events, want 9", len(all))
		}
	})
}

func TestFinishUpgradeOfAnotherVersion(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db, _ := m.at(t, 6)
		err := sqlstore.FinishUpgrade(t.Context(), db, m.dialect)
		if e, ok := errors.AsType[*sqlstore.SchemaError](err); !ok || e.Have != 6 {
			t.Errorf("FinishUpgrade of older tables error = %v, want *SchemaError", err)
		}
		if err := sqlstore.FinishUpgrade(t.Context(), nil, m.dialect); err == nil {
			t.Error("FinishUpgrade without a database is no error")
		}
	})
}
