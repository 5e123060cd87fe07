package sqlstore_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// dump returns all that stands in the tables of the connection's database.
func dump(t *testing.T, m medium, db *sql.DB) string {
	t.Helper()
	var text strings.Builder
	for _, table := range strings.Fields(dumpText(t, db, tablesOf[m.name])) {
		text.WriteString(table + "\n" + dumpText(t, db, `SELECT * FROM `+table))
	}
	return text.String()
}

// tablesOf lists all tables, whatever their names.
var tablesOf = map[string]string{
	"sqlite":   `SELECT name FROM sqlite_master WHERE type = 'table'`,
	"postgres": `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`,
	"mariadb":  `SHOW TABLES`,
}

func dumpText(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for rows.Next() {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			text.WriteString(v.String + "\t")
		}
		text.WriteString("\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// personal are the words of and about a person that the test stores.
var personal = []string{"GivenW", "FamilyW", "NameW", "mail@w", "+33122223333", "StreetW", "CityW", "StateW", "PostW", "UserW", "ReasonW", "ByW", "WishW", "EventW", "Pacific/Chatham"}

func wordy(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	l := scheduling.Learner{
		ID: "ada", UpdatedAt: day(1), Username: "UserW", Name: "NameW", Email: "mail@w", Zone: "Pacific/Chatham",
		Profile: scheduling.Profile{
			GivenName: "GivenW", FamilyName: "FamilyW", Phone: "+33122223333", Country: "FR", Address: "StreetW", City: "CityW", State: "StateW", PostalCode: "PostW",
		},
	}
	for range 2 {
		var err error
		if l, err = s.PutLearner(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		b := sample(scheduling.BookingID(fmt.Sprint("pb-", i)), "ada")
		if i > 0 {
			b.State = scheduling.StateCanceled
		}
		b.Intent.Reason, b.Intent.By = "ReasonW", "ByW"
		b.Wish = &scheduling.Wish{Op: scheduling.OpCancel, Requested: day(1), Reason: "WishW " + strings.Repeat("WishW", 2000), By: "ByW"} // also on overflow pages
		e := sent(b)
		e.Reason, e.By = "EventW", "ByW"
		b, err := s.Create(t.Context(), b, e)
		if err == nil {
			b.Generation++
			_, err = s.Update(t.Context(), b, e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// After Erase no table holds a word of the learner, in any column.
func TestEraseLeavesNoWord(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		wordy(t, s)
		before := dump(t, m, db)
		for _, word := range personal {
			if !strings.Contains(before, word) {
				t.Fatalf("the test's own learner lacks %q", word)
			}
		}

		if err := s.Erase(t.Context(), "ada"); err != nil {
			t.Fatalf("Erase error = %v, want none", err)
		}

		after := dump(t, m, db)
		for _, word := range personal {
			if strings.Contains(after, word) {
				t.Errorf("%q is in the tables after Erase", word)
			}
		}
		if strings.Count(after, "pb-0") == 0 || strings.Count(after, "\n") < 15 {
			t.Errorf("Erase has removed more than words:\n%s", after)
		}
	})
}

// With the settings that Open asks for, the words are not in the bytes of SQLite's
// files either.
func TestEraseLeavesNoWordInTheFile(t *testing.T) {
	t.Parallel()
	m := media[0]
	dsn := m.untouched(t)
	db := m.connect(t, dsn)
	if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	s := m.on(t, db)
	wordy(t, s)
	if err := s.Erase(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range personal {
			if bytes.Contains(content, []byte(word)) {
				t.Errorf("%q is in the bytes of %s after Erase", word, path+end)
			}
		}
	}
}

// What a newer program has written may be words that this one does not know.
func TestEraseRefusesNewerDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for name, statement := range map[string]string{
			"booking": `UPDATE proctorbook_bookings SET document = ?`,
			"event":   `UPDATE proctorbook_events SET document = ?`,
		} {
			_, db := m.migrated(t)
			s := m.on(t, db)
			wordy(t, s)
			table := strings.Fields(statement)[1]
			for _, line := range strings.Split(strings.TrimSpace(dumpText(t, db, `SELECT document FROM `+table)), "\n")[:1] {
				newer := strings.Replace(strings.TrimSpace(line), "{", `{"diary":"dear","`+"x"+`":1,`, 1)
				if _, err := db.Exec(sqlstore.Query(m.dialect, statement), newer); err != nil {
					t.Fatal(err)
				}
			}
			before := dump(t, m, db)
			wantNewer(t, "Erase of a newer "+name, s.Erase(t.Context(), "ada"), "diary", "x")
			if after := dump(t, m, db); after != before {
				t.Errorf("Erase of a newer %s was refused, and has changed the tables", name)
			}
		}
	})
}

// Older programs kept presences and verdicts in an event's code: Erase rewrites such an
// event too, and keeps what it tells.
func TestEraseOfOlderEvents(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for typ, code := range map[scheduling.EventType]string{
			scheduling.EventAttendance: "late", scheduling.EventAttendanceSet: "present",
			scheduling.EventVerdict: "failed", scheduling.EventOverridden: "passed",
		} {
			_, db := m.migrated(t)
			s := m.on(t, db)
			event := scheduling.Event{Booking: "pb-1", Learner: "ada", At: day(1), Type: typ, Code: "some_code", Reason: "ill", By: "carla"}
			if _, err := s.Create(t.Context(), sample("pb-1", "ada"), event); err != nil {
				t.Fatal(err)
			}
			document := strings.TrimSpace(dumpText(t, db, `SELECT document FROM proctorbook_events`))
			older := strings.Replace(document, `some_code`, code, 1)
			if older == document {
				t.Fatalf("the test changes nothing in %s", document)
			}
			if _, err := db.Exec(sqlstore.Query(m.dialect, `UPDATE proctorbook_events SET document = ?`), older); err != nil {
				t.Fatal(err)
			}
			if err := s.Erase(t.Context(), "ada"); err != nil {
				t.Errorf("Erase of an older event of type %s error = %v, want none", typ, err)
			}
			events, err := s.Events(t.Context(), scheduling.EventQuery{Limit: 1})
			if err != nil || len(events) != 1 {
				t.Fatalf("Events = %v, %v, want one", events, err)
			}
			if e := events[0]; e.Reason != "" || e.By != "" || string(e.Presence)+string(e.Verdict) != code {
				t.Errorf("after Erase the event of type %s is %+v, want its %q without words", typ, e, code)
			}
		}
	})
}
