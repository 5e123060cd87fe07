package sqlstore_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// olderProgram writes as a program does that knows no bulk claims and no Data of jobs,
// and that goes on while the tables get them.
type olderProgram struct {
	m  medium
	db *sql.DB
}

func (o olderProgram) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := o.db.ExecContext(t.Context(), sqlstore.Query(o.m.dialect, query), args...); err != nil {
		t.Fatal(err)
	}
}

// document is the booking's, as an older program writes it.
func (o olderProgram) document(t *testing.T, b scheduling.Booking) string {
	t.Helper()
	b.RoutineAt = time.Time{}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (o olderProgram) create(t *testing.T, b scheduling.Booking) {
	t.Helper()
	o.exec(t, `INSERT INTO proctorbook_bookings (id, version, learner, course_key, usage_key, state, active_key, is_open, is_flagged, is_urgent,
		start_at, watch_until, due_at, lease_owner, lease_until, token, format, document) VALUES (?, 1, ?, ?, ?, ?, NULL, 0, 0, 0, ?, ?, ?, '', 0, 't', 'older', ?)`,
		string(b.ID), string(b.Learner), b.Exam.Course.String(), b.Exam.Usage.String(), string(b.State),
		b.Start.UnixMicro(), b.WatchUntil().UnixMicro(), nullable(b.DueAt), o.document(t, b))
}

func (o olderProgram) update(t *testing.T, b scheduling.Booking) {
	t.Helper()
	b.Version++
	o.exec(t, `UPDATE proctorbook_bookings SET version = ?, due_at = ?, format = 'older', document = ? WHERE id = ? AND version = ?`,
		b.Version, nullable(b.DueAt), o.document(t, b), string(b.ID), b.Version-1)
}

func nullable(at time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: at.UnixMicro(), Valid: !at.IsZero()}
}

// quietly returns a scheduled booking that starts on the 20th, of a learner of its own.
func quietly(id scheduling.BookingID, due time.Time) scheduling.Booking {
	b := sample(id, "learner-of-"+scheduling.LearnerID(id))
	b.Version, b.State, b.Intent, b.Start, b.DueAt = 1, scheduling.StateScheduled, nil, day(20), due
	return b
}

// What older programs have written, before the migration and in a rolling upgrade, is
// due in bulk when they say that it is due: nothing hides it.
func TestBulkClaimSeesRowsOfOlderPrograms(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		db, _ := m.at(t, 5)
		old := olderProgram{m, db}
		old.create(t, quietly("pb-1", day(9)))
		old.create(t, quietly("pb-2", day(19)))
		old.create(t, quietly("pb-3", time.Time{}))
		old.exec(t, `INSERT INTO proctorbook_jobs (name, version, lease_owner, token) VALUES ('report', 1, '', 't')`)
		if err := sqlstore.Migrate(t.Context(), db, m.dialect, sqlstore.WithVolatile()); err != nil {
			t.Fatal(err)
		}
		s := m.on(t, db)
		wantBulk(t, s, day(9), "pb-1")
		wantBulk(t, s, day(18))

		old.update(t, quietly("pb-2", day(10)))
		old.update(t, quietly("pb-3", day(10)))
		old.create(t, quietly("pb-4", day(10)))
		for _, b := range []scheduling.Booking{quietly("pb-5", day(19)), quietly("pb-6", time.Time{})} { // of the new program, without a routine watch
			stored, err := s.Create(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			stored.DueAt = day(11)
			old.update(t, stored)
		}
		wantBulk(t, s, day(10), "pb-2", "pb-3", "pb-4")
		wantBulk(t, s, day(11), "pb-5", "pb-6")

		b, err := s.Get(t.Context(), "pb-5") // and what the new program writes over them counts
		if err != nil {
			t.Fatal(err)
		}
		b.DueAt, b.RoutineAt, b.Lease = day(12), day(12), scheduling.Lease{}
		if b, err = s.Update(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		wantBulk(t, s, day(13))
		b.DueAt = day(13)
		if _, err := s.Update(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		wantBulk(t, s, day(13), "pb-5")

		j, err := s.Job(t.Context(), "report")
		if err != nil || j.Version != 1 || j.Data != "" {
			t.Fatalf("Job = %+v, %v; want version 1 without Data", j, err)
		}
		j.Data = "read"
		if j, err = s.PutJob(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		old.exec(t, `UPDATE proctorbook_jobs SET version = 3, lease_owner = 'old', token = 'u' WHERE name = 'report' AND version = 2`)
		if j, err = s.Job(t.Context(), "report"); err != nil || j.Version != 3 || j.Data != "read" {
			t.Errorf("Job after an older program's write = %+v, %v; want version 3 with its Data", j, err)
		}
	})
}

// A booking that is passed over in bulk has a member in its document that an older
// program does not know: it refuses to write it (TestNewerDocuments), and so sets no
// DueAt that quiet_until would hide. Whatever else an older program may write has none.
func TestQuietRowsAreNotForOlderPrograms(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		for id, routine := range map[scheduling.BookingID]time.Time{"pb-quiet": day(9), "pb-asked": day(8), "pb-older": {}} {
			b := quietly(id, day(9))
			b.RoutineAt = routine
			if _, err := s.Create(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		quiet := dumpText(t, db, `SELECT id, document FROM proctorbook_bookings WHERE quiet_until IS NOT NULL`)
		if strings.Count(quiet, `"pb-`) != 1 || !strings.Contains(quiet, `"id":"pb-quiet"`) || !strings.Contains(quiet, `"routine_at":`) {
			t.Errorf("passed over in bulk is %s, want pb-quiet alone, with routine_at", quiet)
		}
	})
}

func wantBulk(t *testing.T, s *sqlstore.Store, now time.Time, want ...scheduling.BookingID) {
	t.Helper()
	claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "w", Now: now, Until: day(30), Limit: 9, Bulk: true})
	var got []scheduling.BookingID
	for _, b := range claimed {
		got = append(got, b.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Claim in bulk on the %d. = %v, %v; want %v", now.Day(), got, err, want)
	}
}

// Data that some databases would refuse, or cut, is refused by all.
func TestJobDataIsText(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		_, db := m.migrated(t)
		s := m.on(t, db)
		for _, data := range []string{"\x00", "a\xffb", "\xed\xa0\x80"} {
			if _, err := s.PutJob(t.Context(), scheduling.Job{Name: "report", Data: data}); err == nil || !strings.Contains(err.Error(), "UTF-8") {
				t.Errorf("PutJob of Data %q error = %v, want one that says what is allowed", data, err)
			}
		}
		if j, err := s.Job(t.Context(), "report"); err != nil || j.Version != 0 {
			t.Errorf("Job = %+v, %v; want one that was never put", j, err)
		}
	})
}
