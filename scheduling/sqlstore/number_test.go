package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// unnumbered counts the events without a number.
func unnumbered(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow(`SELECT COUNT(*) FROM proctorbook_events WHERE number IS NULL`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// several returns n events of the booking, told apart by Attempt.
func several(b scheduling.Booking, n int) []scheduling.Event {
	all := make([]scheduling.Event, n)
	for i := range all {
		all[i] = sent(b)
		all[i].Attempt = i + 1
	}
	return all
}

// readAll reads the events behind the cursor, in pages of that size.
func readAll(t *testing.T, s *sqlstore.Store, after scheduling.Cursor, size int) []scheduling.Event {
	t.Helper()
	var all []scheduling.Event
	for {
		page, err := s.Events(t.Context(), scheduling.EventQuery{After: after, Limit: size})
		if err != nil {
			t.Fatalf("Events error = %v, want none", err)
		}
		all = append(all, page...)
		if len(page) < size {
			return all
		}
		after = page[len(page)-1].Cursor
	}
}

// A read numbers a batch at most beyond what it was asked for; one of a booking numbers
// that booking's events alone; and where nothing is to be numbered, none writes.
func TestEventsAreNumberedInBatches(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, _ := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		s := m.on(t, db)
		many, few := sample("pb-many", "ada"), sample("pb-few", "bob")
		for i := range 5 {
			many.ID = scheduling.BookingID(fmt.Sprint("pb-many-", i))
			many.Learner = scheduling.LearnerID(fmt.Sprint("ada-", i))
			if _, err := s.Create(t.Context(), many, several(many, 500)...); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Create(t.Context(), few, several(few, 3)...); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			q                  scheduling.EventQuery
			read, left, writes int
		}{
			{scheduling.EventQuery{Booking: "pb-few", Limit: 2}, 2, 2500, 1},
			{scheduling.EventQuery{Booking: "pb-few", Limit: 9}, 3, 2500, 0},
			{scheduling.EventQuery{Limit: 10}, 10, 1500, 1},
			{scheduling.EventQuery{Limit: 10}, 10, 1500, 0},
			{scheduling.EventQuery{Limit: 1004}, 1004, 500, 1},
			{scheduling.EventQuery{Limit: 9999}, 2503, 0, 1},
			{scheduling.EventQuery{Limit: 9999}, 2503, 0, 0},
			{scheduling.EventQuery{Booking: "pb-none", Limit: 9}, 0, 0, 0},
		} {
			before := f.begun()
			page, err := s.Events(t.Context(), step.q)
			if left, writes := unnumbered(t, db), f.begun()-before; err != nil || len(page) != step.read || left != step.left || writes != step.writes {
				t.Errorf("Events by %+v = %d events, error %v, %d left without a number, in %d transactions; want %d, none, %d, %d",
					step.q, len(page), err, left, writes, step.read, step.left, step.writes)
			}
		}
		for i, e := range readAll(t, s, "", 1000) {
			if want := (i-3)%500 + 1; i >= 3 && e.Attempt != want || i < 3 && e.Attempt != i+1 {
				t.Fatalf("event %d is %s, %d; want each booking's events in their order", i, e.Booking, e.Attempt)
			}
		}
	})
}

// A reader whose numbering is not answered, or never carried out, reads each event once.
func TestLostCommitOfNumbers(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		db, f := m.faultyPool(t, dsn)
		watch, s := m.on(t, plain), m.on(t, db)
		written, after := 0, scheduling.Cursor("")
		for name, fault := range faults {
			b := sample(scheduling.BookingID("pb-"+name), scheduling.LearnerID(name))
			if _, err := watch.Create(t.Context(), b, several(b, 3)...); err != nil {
				t.Fatal(err)
			}
			f.next(fault...)
			page, err := s.Events(t.Context(), scheduling.EventQuery{After: after, Limit: 10})
			if err != nil || len(page) != 3 || page[0].Booking != b.ID {
				t.Fatalf("%s: Events = %d events, error %v; want the three that are new", name, len(page), err)
			}
			written, after = written+3, page[2].Cursor
		}
		f.next(slices.Repeat([]commitFault{commitNever}, 9)...)
		if _, err := watch.Create(t.Context(), sample("pb-last", "zoe"), sent(sample("pb-last", "zoe"))); err != nil {
			t.Fatal(err)
		}
		_, err := s.Events(t.Context(), scheduling.EventQuery{After: after, Limit: 10})
		if e, ok := errors.AsType[*sqlstore.Error](err); !ok || e.Op != "Events" || e.Unclear {
			t.Errorf("Events whose commits are never answered error = %v, want *Error that is not Unclear: nobody waits for it", err)
		}
		f.next()
		if all := readAll(t, watch, "", 2); len(all) != written+1 {
			t.Errorf("there are %d events, want %d", len(all), written+1)
		}
	})
}

// On a server that has become read-only, what has its number can be read; where events
// have none, the error says that not all is there.
func TestEventsOfAReadOnlyServer(t *testing.T) {
	readOnly := map[string]string{"sqlite": `PRAGMA query_only = 1`, "postgres": `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`, "mariadb": `SET SESSION TRANSACTION READ ONLY`}
	onEach(t, func(t *testing.T, m medium) {
		dsn, plain := m.migrated(t)
		watch := m.on(t, plain)
		if _, err := watch.Create(t.Context(), sample("pb-1", "ada"), several(sample("pb-1", "ada"), 3)...); err != nil {
			t.Fatal(err)
		}
		readAll(t, watch, "", 10)
		db := m.connect(t, dsn)
		db.SetMaxOpenConns(1)
		s := m.on(t, db)
		if _, err := db.Exec(readOnly[m.name]); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, s, "", 10); len(got) != 3 {
			t.Errorf("Events = %d events, want 3: all have their numbers", len(got))
		}
		if _, err := watch.Create(t.Context(), sample("pb-2", "bob"), sent(sample("pb-2", "bob"))); err != nil {
			t.Fatal(err)
		}
		if page, err := s.Events(t.Context(), scheduling.EventQuery{Limit: 3}); err != nil || len(page) != 3 {
			t.Errorf("Events = %d events, error %v; want the 3 with numbers", len(page), err)
		}
		_, err := s.Events(t.Context(), scheduling.EventQuery{Limit: 4})
		if e, ok := errors.AsType[*sqlstore.Error](err); !ok || e.Op != "Events" {
			t.Errorf("Events with one to number error = %v, want *Error: a short page would say that there are no more", err)
		}
	})
}

// backup is what a backup of the store's events holds.
type backup struct {
	last    int64
	columns []string
	rows    [][]any
}

func takeBackup(t *testing.T, db *sql.DB) (b backup) {
	t.Helper()
	if err := db.QueryRow(`SELECT last_event FROM proctorbook_store`).Scan(&b.last); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(`SELECT * FROM proctorbook_events`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	b.columns, _ = rows.Columns()
	for rows.Next() {
		values, into := make([]sql.NullString, len(b.columns)), make([]any, len(b.columns))
		row := make([]any, len(b.columns))
		for i := range values {
			into[i], row[i] = &values[i], &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		b.rows = append(b.rows, row)
	}
	return b
}

func (b backup) restore(t *testing.T, m medium, db *sql.DB) {
	t.Helper()
	exec := func(query string, args ...any) {
		if _, err := db.Exec(sqlstore.Query(m.dialect, query), args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`DELETE FROM proctorbook_events`)
	for _, row := range b.rows {
		exec(`INSERT INTO proctorbook_events (`+strings.Join(b.columns, ", ")+`) VALUES (`+strings.TrimSuffix(strings.Repeat("?, ", len(row)), ", ")+`)`, row...)
	}
	exec(`UPDATE proctorbook_store SET last_event = ?`, b.last)
}

// A cursor that was handed out before a backup was taken goes on after its restore. One
// that was handed out since goes on, too, or is ErrCursor: it never hides an event, even if
// the restored events get their numbers in another order than they had.
func TestCursorsSurviveARestore(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		for seed := range uint64(20 / less) {
			_, db := m.migrated(t)
			s, dice := m.on(t, db), rand.New(rand.NewPCG(seed, 1))
			seen := map[scheduling.Cursor][]string{} // what a reader with that cursor has read
			write := func(id string) {
				b := sample(scheduling.BookingID(id), scheduling.LearnerID(id))
				if _, err := s.Create(t.Context(), b, several(b, 1+dice.IntN(3))...); err != nil {
					t.Fatal(err)
				}
			}
			read := func() {
				if dice.IntN(2) == 0 { // first, the events of one booking: they get the lower numbers
					id := scheduling.BookingID(fmt.Sprint("pb-", dice.IntN(9)))
					if _, err := s.Events(t.Context(), scheduling.EventQuery{Booking: id, Limit: 9}); err != nil {
						t.Fatal(err)
					}
				}
				var names []string
				for _, e := range readAll(t, s, "", 1+dice.IntN(9)) {
					names = append(names, fmt.Sprint(e.Booking, " ", e.Attempt))
					seen[e.Cursor] = slices.Clone(names)
				}
			}
			for i := range 3 {
				write(fmt.Sprint("pb-", i))
			}
			read()
			early := len(seen)
			for i := range 3 {
				write(fmt.Sprint("pb-", 3+i))
			}
			kept := takeBackup(t, db)
			read()
			write("pb-6")
			read()
			kept.restore(t, m, db)
			write("pb-7")
			wantRestored(t, s, seen, early)
		}
	})
}

// wantRestored fails if a cursor hides an event, or shows one again, or if fewer than so
// many are known.
func wantRestored(t *testing.T, s *sqlstore.Store, seen map[scheduling.Cursor][]string, early int) {
	t.Helper()
	all, known := readAll(t, s, "", 3), 0
	for cursor, before := range seen {
		_, err := s.Events(t.Context(), scheduling.EventQuery{After: cursor, Limit: 1})
		if errors.Is(err, sqlstore.ErrCursor) {
			continue
		}
		known++
		whole := map[string]int{}
		for _, name := range before {
			whole[name]++
		}
		for _, e := range readAll(t, s, cursor, 3) {
			whole[fmt.Sprint(e.Booking, " ", e.Attempt)]++
		}
		for _, e := range all {
			if n := whole[fmt.Sprint(e.Booking, " ", e.Attempt)]; n != 1 {
				t.Errorf("a reader that goes on at %s after the restore gets event %d of %s %d times, want once", cursor, e.Attempt, e.Booking, n)
			}
		}
	}
	if known < early {
		t.Errorf("%d cursors are known after the restore, want all %d from before the backup", known, early)
	}
}

// What is numbered, and what is read, is found by an index, however many events there are.
func TestEventsAreFoundByAnIndex(t *testing.T) {
	full := map[string]string{"sqlite": "SCAN proctorbook_events", "postgres": "Seq Scan on proctorbook_events", "mariadb": "proctorbook_events ALL"}
	onEach(t, func(t *testing.T, m medium) {
		if less > 1 {
			t.Skip("events that one goroutine writes and reads: nothing for the race detector")
		}
		_, db := m.migrated(t)
		s := m.on(t, db)
		for i := range 10 {
			b := sample(scheduling.BookingID(fmt.Sprint("pb-", i)), scheduling.LearnerID(fmt.Sprint("ada-", i)))
			if _, err := s.Create(t.Context(), b, several(b, 800)...); err != nil {
				t.Fatal(err)
			}
		}
		readAll(t, s, "", 1000)
		if _, err := db.Exec(map[string]string{"sqlite": `ANALYZE`, "postgres": `ANALYZE proctorbook_events`, "mariadb": `ANALYZE TABLE proctorbook_events`}[m.name]); err != nil {
			t.Fatal(err)
		}
		for _, q := range []scheduling.EventQuery{{Limit: 10}, {Booking: "pb-1", Limit: 10}} {
			query, args := s.EventQuery(q, 4000)
			if plan := explained(t, m, db, query, args); strings.Contains(plan, full[m.name]) {
				t.Errorf("Events by %+v reads the whole table:\n%s", q, plan)
			}
		}
	})
}

// A write takes the row that numbers events no more: who holds it keeps no writer waiting.
func TestWritersPassByTheNumbers(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		if m.name == "sqlite" {
			t.Skip("a file has one writer at a time")
		}
		_, db := m.migrated(t)
		s := m.on(t, db)
		tx, err := db.Begin()
		if err == nil {
			_, err = tx.Exec(`UPDATE proctorbook_store SET last_event = last_event WHERE id = 1`)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		b, err := s.Create(ctx, sample("pb-1", "ada"), sent(sample("pb-1", "ada")))
		if err == nil {
			_, err = s.Update(ctx, b, sent(b))
		}
		if err != nil {
			t.Errorf("Create and Update while somebody holds the numbers error = %v, want none", err)
		}
	})
}
