package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// Claim finds what is urgent, and what else is due, at the front of an index each, however
// many bookings are watched.
func TestClaimScansNoTable(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		m.on(t, db)
		crowd(t, m, db, 20000)
		// Most are watched: then a reading of the whole table is what a planner may prefer.
		if _, err := db.Exec(`UPDATE proctorbook_bookings SET due_at = start_at WHERE due_at IS NULL`); err != nil {
			t.Fatal(err)
		}
		analyze(t, m, db)
		queries := map[string]string{}
		queries["proctorbook_bookings_urgent"], queries["proctorbook_bookings_due"], queries["proctorbook_bookings_bulk"] = sqlstore.ClaimQueries(m.dialect)
		for index, query := range queries {
			plan := explained(t, m, db, query, []any{day(200).UnixMicro(), day(200).UnixMicro(), 1})
			if !strings.Contains(plan, index) || strings.Contains(strings.ToLower(plan), "sort") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\nis carried out without %s, or sorts:\n%s", query, index, plan)
			}
		}
	})
}
