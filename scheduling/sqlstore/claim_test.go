package sqlstore_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
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

// A claim in bulk reads none of the bookings that it passes over, however many there are.
func TestClaimInBulkReadsNoQuietRows(t *testing.T) {
	ranged := map[string]string{"sqlite": "(bulk_due_at<?)", "postgres": "Index Cond: (bulk_due_at <= ", "mariadb": " range "}
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		each := 20000 / less
		crowd(t, m, db, each)
		now := day(1000)
		quiet := fmt.Sprintf(`UPDATE proctorbook_bookings SET is_urgent = 0, is_open = 0, due_at = start_at, quiet_until = %d`, now.AddDate(1, 0, 0).UnixMicro())
		if _, err := db.Exec(quiet); err != nil {
			t.Fatal(err)
		}
		for copies := range 4 { // a hundred thousand
			if _, err := db.Exec(fmt.Sprintf(copied, copies, member(each).ID)); err != nil {
				t.Fatal(err)
			}
		}
		seen := fmt.Sprintf(`UPDATE proctorbook_bookings SET quiet_until = NULL WHERE id IN ('%s', '%s', '%s')`, member(3).ID, member(1303).ID, member(70).ID)
		if _, err := db.Exec(seen); err != nil {
			t.Fatal(err)
		}
		if n := strings.TrimSpace(dumpText(t, db, `SELECT CAST(COUNT(*) AS CHAR(9)) FROM proctorbook_bookings WHERE due_at < bulk_due_at`)); n != strconv.Itoa(5*each-3) {
			t.Fatalf("the test has %s quiet bookings, want %d", n, 5*each-3)
		}
		analyze(t, m, db)
		_, _, query := sqlstore.ClaimQueries(m.dialect)
		plan := explained(t, m, db, query, []any{now.UnixMicro(), now.UnixMicro(), 1000})
		if !strings.Contains(plan, "proctorbook_bookings_bulk") || !strings.Contains(plan, ranged[m.name]) ||
			strings.Contains(strings.ToLower(plan), "sort") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nis carried out without a range of its index, or sorts:\n%s", query, plan)
		}

		q := scheduling.ClaimQuery{Owner: "w", Now: now, Until: now.AddDate(0, 0, 1), Limit: 2, Bulk: true}
		for _, want := range []string{fmt.Sprint([]scheduling.BookingID{member(3).ID, member(70).ID}), fmt.Sprint([]scheduling.BookingID{member(1303).ID}), "[]"} {
			claimed, err := s.Claim(t.Context(), q)
			got := []scheduling.BookingID{}
			for _, b := range claimed {
				got = append(got, b.ID)
			}
			if err != nil || fmt.Sprint(got) != want {
				t.Errorf("Claim in bulk = %v, %v; want %s", got, err, want)
			}
		}
	})
}

// copied puts each booking of the crowd there once more.
const copied = `INSERT INTO proctorbook_bookings (id, version, learner, course_key, usage_key, state, is_open, is_flagged, is_urgent,
	start_at, watch_until, due_at, quiet_until, lease_owner, lease_until, token, format, document)
	SELECT REPLACE(id, 'abcdefgh', 'abcdefg%d'), version, learner, course_key, usage_key, state, is_open, is_flagged, is_urgent,
	start_at, watch_until, due_at, quiet_until, lease_owner, lease_until, token, format, document
	FROM proctorbook_bookings WHERE id LIKE 'pb-abcdefgh-%%' AND id < '%s'`
