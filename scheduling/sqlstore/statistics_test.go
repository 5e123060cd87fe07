package sqlstore_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// Preflight warns of bookings that PostgreSQL has never counted, as after a restore, until
// somebody does.
func TestPreflightOfStatistics(t *testing.T) {
	t.Parallel()
	m := media[1]
	if missing := m.missing(); missing != "" {
		t.Skip(missing)
	}
	db, _ := m.at(t, sqlstore.SchemaVersion)
	change := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	change(`ALTER TABLE proctorbook_bookings SET (autovacuum_enabled = off)`)
	wantStatistics(t, m, db, "an empty store", preflight.VerdictOK, "0")
	crowd(t, m, db, 1000)
	change(`DELETE FROM pg_statistic WHERE starelid = 'proctorbook_bookings'::regclass`)
	wantStatistics(t, m, db, "a restored store", preflight.VerdictWarning, "0")
	change(`ANALYZE proctorbook_bookings`)
	wantStatistics(t, m, db, "an analyzed store", preflight.VerdictOK, "")
	change(`DELETE FROM proctorbook_bookings WHERE id = '` + string(member(1).ID) + `'`)
	change(`DELETE FROM pg_statistic WHERE starelid = 'proctorbook_bookings'::regclass`)
	wantStatistics(t, m, db, "a store with few bookings", preflight.VerdictOK, "0")
}

func wantStatistics(t *testing.T, m medium, db *sql.DB, what string, want preflight.Verdict, columns string) {
	t.Helper()
	checks := m.on(t, db).Preflight(t.Context())
	c := checks[len(checks)-1]
	if c.Code != preflight.CodeStoreStatistics || c.Verdict != want || columns != "" && c.Data["columns"] != columns {
		t.Errorf("Preflight of %s = %+v, want %s, and %s columns", what, c, want, columns)
	}
	if want == preflight.VerdictWarning && !strings.Contains(c.Err.Error(), "ANALYZE") {
		t.Errorf("Preflight of %s error = %v, want one that says what to do", what, c.Err)
	}
}
