package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// uncounting is a store that does not count: lists read each booking.
type uncounting struct{ scheduling.Store }

// wantCounted fails unless the database counts as a reading of each booking does.
func wantCounted(t *testing.T, what string, s scheduling.Store, f scheduling.Filter) {
	t.Helper()
	got, gotErr := lists.Counts(t.Context(), s, f)
	want, wantErr := lists.Counts(t.Context(), uncounting{s}, f)
	if g, w := countsText(got), countsText(want); g != w || lines(gotErr) != lines(wantErr) {
		t.Errorf("%s: Counts = %s, %v\nwant what a reading gives: %s, %v", what, g, gotErr, w, wantErr)
	}
}

func countsText(all []lists.ExamCounts) string {
	var text strings.Builder
	for _, c := range all {
		fmt.Fprintf(&text, "%+v\n", c)
	}
	return text.String()
}

// lines are the lines of an error's text, in an order of their own.
func lines(err error) string {
	if err == nil {
		return ""
	}
	all := strings.Split(err.Error(), "\n")
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// The counts of a crowd come out of an index alone, and what is read beside is found by
// indexes.
func TestCountsScanNoTable(t *testing.T) {
	covering := map[string]string{"sqlite": "USING INDEX proctorbook_bookings_standing", "postgres": "Index Only Scan using proctorbook_bookings_standing", "mariadb": "proctorbook_bookings_standing"}
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		crowd(t, m, db, 20000)
		if m.dialect == sqlstore.PostgreSQL {
			if _, err := db.Exec(`VACUUM ANALYZE proctorbook_bookings`); err != nil {
				t.Fatal(err)
			}
		}
		for name, f := range map[string]scheduling.Filter{"all": {}, "an exam": {Exam: member(7).Exam.Key()}} {
			query, args := s.CountQuery(f)
			plan := explained(t, m, db, query, args)
			indexes := []string{"proctorbook_bookings_uncounted", covering[m.name]}
			if m.dialect == sqlstore.PostgreSQL && name == "all" {
				indexes = indexes[:1] // documents as short as these are hardly longer than what the index has
				plan = strings.Replace(plan, "Seq Scan", "", 1)
			}
			if wantPlan(t, query, plan, indexes...); m.dialect == sqlstore.MariaDB && !strings.Contains(plan, "Using index") {
				t.Errorf("Counts of %s read the rows:\n%s", name, plan)
			}
			wantCounted(t, name, s, f)
		}
		for name, f := range longLists {
			wantCounted(t, name, s, f)
		}
	})
}

// Documents that the database can take nothing out of, or wrong things, are read: they are
// told as a reading of all bookings tells them, or counted.
func TestCountsOfOddDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		closed := func(id scheduling.BookingID) scheduling.Booking {
			b := quietly(id, day(9))
			b.Number, b.Session.Facts.Number, b.Session.Verdict = "4711", "4711", scheduling.VerdictPassed
			return b
		}
		for _, id := range []scheduling.BookingID{"pb-1", "pb-2", "pb-3", "pb-4"} {
			b := closed(id)
			if id == "pb-4" {
				b.Exam.Description = "a zero byte \x00, and \\u0000"
			}
			if _, err := s.Create(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		wantCounted(t, "whole documents", s, scheduling.Filter{})
		document := strings.TrimSpace(dumpText(t, db, `SELECT document FROM proctorbook_bookings WHERE id = 'pb-1'`))
		for what, damaged := range map[string]string{
			"another record's": strings.Replace(document, `"pb-1"`, `"pb-9"`, 1), "another learner's": strings.Replace(document, `learner-of-`, `learner-by-`, 1),
			"a list": `["NameW"]`, "null": `null`, "an unknown verdict": strings.Replace(document, `"passed"`, `"perhaps"`, 1),
			"an unknown code": strings.Replace(document, `"zone":`, `"code":"song","zone":`, 1), "an unknown setting": strings.Replace(document, `"state":`, `"outdated":["smell"],"state":`, 1),
			"a separator": strings.Replace(document, `"passed"`, `"passed|failed"`, 1), "another document's number": strings.Replace(document, `"4711"`, `"4712"`, 1),
			"a newer member": strings.Replace(document, `"state":`, `"mood":"calm","state":`, 1), "half a document": document[:len(document)/2], "nothing": "",
		} {
			_, err := db.Exec(sqlstore.Query(m.dialect, `UPDATE proctorbook_bookings SET document = ? WHERE id = 'pb-1'`), damaged)
			if err != nil && m.dialect == sqlstore.PostgreSQL {
				continue // it takes valid JSON alone
			}
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			wantCounted(t, what, s, scheduling.Filter{})
			wantCounted(t, what+", of others", s, scheduling.Filter{After: "pb-1"})
		}
		if _, err := db.Exec(`UPDATE proctorbook_bookings SET state = 'lost' WHERE id = 'pb-2'`); err != nil {
			t.Fatal(err)
		}
		if _, err := lists.Counts(t.Context(), s, scheduling.Filter{After: "pb-2"}); err != nil {
			t.Errorf("Counts beside odd documents error = %v, want none", err)
		}
	})
}

// What programs write that know nothing of the counts is counted as it stands, before the
// migration and beside it: nothing that they would have to keep stands in their way.
func TestCountsOfOlderPrograms(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db, _ := m.at(t, 8)
		old := olderProgram{m, db}
		passed := func(id scheduling.BookingID, verdict scheduling.Verdict) scheduling.Booking {
			b := quietly(id, day(9))
			b.Number, b.Session.Facts.Number, b.Session.Verdict = "4711", "4711", verdict
			return b
		}
		old.create(t, passed("pb-1", scheduling.VerdictPassed))
		old.create(t, passed("pb-2", scheduling.VerdictPassed))
		old.exec(t, `UPDATE proctorbook_bookings SET document = '["NameW"]' WHERE id = 'pb-2'`)
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		s := m.on(t, db)
		old.create(t, passed("pb-3", scheduling.VerdictPassed))
		wantVerdicts(t, s, scheduling.VerdictPassed, 2)
		old.update(t, passed("pb-1", scheduling.VerdictFailed))
		wantVerdicts(t, s, scheduling.VerdictFailed, 1)
		b, err := s.Get(t.Context(), "pb-3")
		if err != nil {
			t.Fatal(err)
		}
		b.Session.Verdict = scheduling.VerdictFailed
		if _, err := s.Update(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		wantVerdicts(t, s, scheduling.VerdictFailed, 2)
	})
}

// wantVerdicts fails unless so many have the verdict, and one booking can't be read.
func wantVerdicts(t *testing.T, s *sqlstore.Store, v scheduling.Verdict, want int) {
	t.Helper()
	all, err := lists.Counts(t.Context(), s, scheduling.Filter{})
	e, ok := errors.AsType[*scheduling.UnreadableError](err)
	if !ok || e.Booking != "pb-2" || len(all) != 1 || all[0].Bookings != 2 || all[0].Verdicts[v] != want {
		t.Errorf("Counts = %s, %v; want %d %s, and pb-2 as unreadable", countsText(all), err, want, v)
	}
}

// Counts take one statement.
func TestCountsAreOneStatement(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		crowd(t, m, plain, 1000)
		c := &counted{Connector: connector{dsn, m.connect(t, dsn).Driver()}}
		db := sql.OpenDB(c)
		t.Cleanup(func() { _ = db.Close() })
		s := m.on(t, db)
		c.take()
		_, err := lists.Counts(t.Context(), s, scheduling.Filter{})
		wantSent(t, "Counts", c.take(), err, 1)
	})
}
