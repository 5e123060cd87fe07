package sqlstore_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// crowd fills an empty store with n bookings as they lie there after some years:
// three a learner, fifty exams, most of them over, a few open or flagged. A test of a large
// crowd ends here under the race detector: one goroutine fills it and reads it again.
func crowd(t testing.TB, m medium, db *sql.DB, n int) {
	t.Helper()
	if less > 1 && n > 1000 {
		t.Skip("a crowd that one goroutine fills and reads: nothing for the race detector")
	}
	const atOnce = 250
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < n; from += atOnce {
		var rows []string
		var args []any
		for i := from; i < from+atOnce; i++ {
			b := member(i)
			document, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, string(b.ID), string(b.Learner), b.Exam.Course.String(), b.Exam.Usage.String(), string(b.State),
				truth(b.Intent != nil), truth(b.NeedsAttention != nil), truth(b.Urgent()), b.Start.UnixMicro(), b.WatchUntil().UnixMicro(),
				sql.NullInt64{Int64: b.DueAt.UnixMicro(), Valid: !b.DueAt.IsZero()}, string(document))
			rows = append(rows, `(?, 1, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, '', 0, 't', 'f', ?)`)
		}
		query := `INSERT INTO proctorbook_bookings (id, version, learner, course_key, usage_key, state, active_key, is_open, is_flagged, is_urgent,
			start_at, watch_until, due_at, lease_owner, lease_until, token, format, document) VALUES ` + strings.Join(rows, ", ")
		if _, err := tx.Exec(sqlstore.Query(m.dialect, query), args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	analyze(t, m, db)
}

// analyze lets the database count what its planner goes by.
func analyze(t testing.TB, m medium, db *sql.DB) {
	t.Helper()
	if _, err := db.Exec(map[string]string{"sqlite": `ANALYZE`, "postgres": `ANALYZE proctorbook_bookings`, "mariadb": `ANALYZE TABLE proctorbook_bookings`}[m.name]); err != nil {
		t.Fatal(err)
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// member is one booking of the crowd.
func member(i int) scheduling.Booking {
	b := sample(scheduling.BookingID(fmt.Sprintf("pb-abcdefgh-%020d", i)), scheduling.LearnerID(fmt.Sprint("learner-", i/3)))
	b.Exam.Usage = edx.MustUsageKey(fmt.Sprintf("block-v1:Uni+MATH+2027+type@sequential+block@%d", i%50))
	b.Start = day(1).Add(time.Duration(i) * 10 * time.Minute)
	b.Memory.StartsSent = append(b.Memory.StartsSent[:0], b.Start)
	b.State, b.DueAt = scheduling.StateFinished, time.Time{}
	switch i % 50 {
	case 0:
		b.State, b.DueAt = scheduling.StateScheduled, b.Start
	case 1, 2, 3, 4, 5:
		b.State = scheduling.StateCanceled
	case 6:
		b.State = scheduling.StateNoShow
	}
	if i%1000 != 0 {
		b.Intent = nil
	}
	if i%1000 == 1 {
		b.NeedsAttention = &scheduling.Attention{Since: b.Start, Reason: "late"}
	}
	return b.Stored()
}

// filters are one for each field, as pages and workers ask.
var filters = map[string]scheduling.Filter{
	"all":             {},
	"going on":        {After: member(500).ID},
	"learner":         {Learner: "learner-77"},
	"exam":            {Exam: member(7).Exam.Key()},
	"active":          {States: []scheduling.State{scheduling.StatePending, scheduling.StateScheduled}},
	"open":            {Open: true},
	"needs attention": {NeedsAttention: true},
	"a day of starts": {StartFrom: day(100), StartUntil: day(101)},
	"starts until":    {StartUntil: day(2)},
	"due":             {DueBy: day(3)},
	"due in bulk":     {DueBy: day(3), Bulk: true},
	"watched":         {WatchedAt: day(130)},
	"terminal ones of a learner and exam": {
		Learner: "learner-77", Exam: member(7).Exam.Key(), States: []scheduling.State{scheduling.StateFinished}, WatchedAt: day(1),
	},
}

// explained says how the database would carry out the query.
func explained(t *testing.T, m medium, db *sql.DB, query string, args []any) string {
	t.Helper()
	prefix := map[string]string{"sqlite": `EXPLAIN QUERY PLAN `, "postgres": `EXPLAIN `, "mariadb": `EXPLAIN `}[m.name]
	rows, err := db.Query(prefix+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var plan strings.Builder
	for rows.Next() {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			plan.WriteString(v.String + " ")
		}
		plan.WriteString("\n")
	}
	return plan.String()
}

// No filter makes a database read the whole table, and what is rare is found by
// its own index.
func TestNoFilterScansTheTable(t *testing.T) {
	full := map[string]string{"sqlite": "SCAN proctorbook_bookings", "postgres": "Seq Scan", "mariadb": "proctorbook_bookings ALL "}
	index := map[string]string{
		"learner": "bookings_learner", "exam": "bookings_exam", "open": "bookings_open", "needs attention": "bookings_flagged",
		"a day of starts": "bookings_start", "starts until": "bookings_start", "due": "bookings_due", "due in bulk": "bookings_bulk", "terminal ones of a learner and exam": "bookings_learner",
	}
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		crowd(t, m, db, 20000)
		for name, f := range filters {
			query, args := s.ListQuery(f)
			if strings.Contains(name, "starts") {
				query, args = s.StartsQuery(f)
			}
			plan := explained(t, m, db, query, args)
			if strings.Contains(plan, full[m.name]) || !strings.Contains(plan, index[name]) {
				t.Errorf("List by %s reads the whole table, or goes not by %q:\n%s", name, index[name], plan)
			}
		}
	})
}
