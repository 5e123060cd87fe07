package main

import (
	"crypto/md5"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// A fleet is many bookings of ten exams, three a learner: 90 days of starts, of which the
// first 54 are over. It is written past the store, as it would lie there: to book a
// million would take hours.

const (
	fleetExams = 10
	fleetDays  = 90
)

var (
	fleetBegin = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	fleetNow   = fleetBegin.AddDate(0, 0, 54)
)

// fleetKinds are how bookings stand, and what share of a hundred of each there is.
var fleetKinds = []struct {
	state   scheduling.State
	verdict scheduling.Verdict
	from    int // of a hundred
}{
	{scheduling.StateScheduled, "", 0}, {scheduling.StateFinished, scheduling.VerdictPassed, 40}, {scheduling.StateFinished, scheduling.VerdictFailed, 85},
	{scheduling.StateCanceled, "", 90}, {scheduling.StateNoShow, "", 98}, {scheduling.StateFailed, "", 99},
}

// Marks stand in a document for what differs from one booking to the next.
const (
	idMark, learnerMark, examMark, numberMark = "pb-benchmrk-IDIDIDIDIDIDIDIDIDID", "LEARNERMARK", "EXAMMARK", "4711471147"
)

var startMark = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

func fleetExam(n string) scheduling.Exam {
	return scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2030"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2030+type@sequential+block@" + n),
		Name: "Final exam", Window: scheduling.Window{Start: fleetBegin, End: fleetBegin.AddDate(0, 0, fleetDays)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}

// fleetDocument is the document of a kind, with marks.
func fleetDocument(kind int) (string, error) {
	k := fleetKinds[kind]
	exam := fleetExam(examMark)
	b := scheduling.Booking{
		ID: idMark, Version: 3, Learner: learnerMark, Profile: 1, CreatedAt: fleetBegin, UpdatedAt: fleetBegin, Exam: exam, Window: exam.Window,
		Duration: exam.Duration, State: k.state, Number: numberMark, Start: startMark, Generation: 2, SeenActive: fleetBegin,
		Memory: scheduling.ProtocolMemory{LastSent: fleetBegin, LastMade: fleetBegin, ProvenAt: fleetBegin, StartsSent: []time.Time{startMark}},
		Code:   scheduling.Code{KeyID: "k1", Generation: 1},
	}
	if k.verdict != "" {
		b.Session = scheduling.Session{ReadAt: fleetNow, Verdict: k.verdict, VerdictAt: fleetNow, Facts: provider.Facts{Number: numberMark, Ended: true, CheckID: true}}
	}
	document, err := json.Marshal(b)
	return string(document), err
}

// fill writes bookings until there are n.
func (d *database) fill(n int) error {
	begun, err := d.countRows()
	if err != nil {
		return err
	}
	if d.dialect == sqlstore.PostgreSQL {
		err = d.withoutIndexes(func() error { return d.generate(begun, n) })
	} else {
		err = d.insert(begun, n)
	}
	if err != nil {
		return err
	}
	return d.run(map[sqlstore.Dialect][]string{
		sqlstore.SQLite: {`ANALYZE`, `PRAGMA wal_checkpoint(TRUNCATE)`}, sqlstore.PostgreSQL: {`VACUUM ANALYZE proctorbook_bookings`},
		sqlstore.MariaDB: {`ANALYZE TABLE proctorbook_bookings`},
	}[d.dialect])
}

func (d *database) countRows() (n int, err error) {
	err = d.db.QueryRow(`SELECT COUNT(*) FROM proctorbook_bookings`).Scan(&n)
	return n, err
}

const fleetColumns = `id, version, learner, course_key, usage_key, state, active_key, is_open, is_flagged, is_urgent, start_at, watch_until, due_at,
	lease_owner, lease_until, token, format, document`

// withoutIndexes makes PostgreSQL's indexes anew behind what do writes: a million rows one
// by one into each of them take half an hour.
func (d *database) withoutIndexes(do func() error) error {
	var again []string
	rows, err := d.db.Query(`SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'proctorbook_bookings' AND indexdef NOT LIKE 'CREATE UNIQUE%'`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var drop []string
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return err
		}
		drop, again = append(drop, `DROP INDEX `+name), append(again, definition)
	}
	if err := errors.Join(rows.Err(), d.run(drop)); err != nil {
		return err
	}
	return errors.Join(do(), d.run(again))
}

func (d *database) run(statements []string) error {
	for _, statement := range statements {
		if _, err := d.db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// generate lets PostgreSQL write the bookings from that number on.
func (d *database) generate(from, n int) error {
	for kind, k := range fleetKinds {
		to := 100
		if kind+1 < len(fleetKinds) {
			to = fleetKinds[kind+1].from
		}
		document, err := fleetDocument(kind)
		if err != nil {
			return err
		}
		query := `INSERT INTO proctorbook_bookings (` + fleetColumns + `)
			SELECT id, 3, learner, $1, exam, $2, NULL, 0, CASE WHEN n % 1000 = 7 THEN 1 ELSE 0 END, 0, start, start, NULL, '', 0, 't', 'f',
			CAST(replace(replace(replace(replace(replace($3, $4, id), $5, learner), $6, n % 10 || ''), $7, (1000000000 + n) || ''), $8,
				to_char(to_timestamp(start / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS json)
			FROM (SELECT n, 'pb-benchmrk-' || left(md5(n || ''), 20) AS id, 'learner-' || n / 3 AS learner, $9 || n % 10 AS exam,
				($10::bigint + ((n::bigint * 7919) % ($11::bigint * 1440)) * 60) * 1000000 AS start
				FROM generate_series($12::int, $13::int) AS n WHERE (n / 10) % 100 >= $14 AND (n / 10) % 100 < $15) AS made`
		exam := fleetExam("0")
		_, err = d.db.Exec(query, exam.Course.String(), string(k.state), document, idMark, learnerMark, examMark, numberMark, startMark.Format(time.RFC3339),
			strings.TrimSuffix(exam.Usage.String(), "0"), fleetBegin.Unix(), fleetDays, from, n-1, k.from, to)
		if err != nil {
			return err
		}
	}
	return nil
}

// insert writes the same bookings one by one.
func (d *database) insert(from, n int) (err error) {
	documents := make([]string, len(fleetKinds))
	for kind := range fleetKinds {
		if documents[kind], err = fleetDocument(kind); err != nil {
			return err
		}
	}
	tx, err := d.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.Prepare(`INSERT INTO proctorbook_bookings (` + fleetColumns + `) VALUES (` + strings.TrimSuffix(strings.Repeat("?, ", 18), ", ") + `)`)
	if err != nil {
		return err
	}
	for i := from; i < n; i++ {
		if err := insertOne(insert, documents, i); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func insertOne(insert *sql.Stmt, documents []string, i int) error {
	kind := 0
	for kind+1 < len(fleetKinds) && fleetKinds[kind+1].from <= (i/10)%100 {
		kind++
	}
	id := fmt.Sprintf("pb-benchmrk-%.20s", fmt.Sprintf("%x", md5.Sum(fmt.Append(nil, i))))
	learner, exam := fmt.Sprint("learner-", i/3), fleetExam(fmt.Sprint(i%fleetExams))
	start := fleetBegin.Add(time.Duration(i*7919%(fleetDays*1440)) * time.Minute)
	document := strings.NewReplacer(idMark, id, learnerMark, learner, examMark, fmt.Sprint(i%10), numberMark, fmt.Sprint(1000000000+i), startMark.Format(time.RFC3339), start.Format(time.RFC3339)).
		Replace(documents[kind])
	flagged := 0
	if i%1000 == 7 {
		flagged = 1
	}
	_, err := insert.Exec(id, 3, learner, exam.Course.String(), exam.Usage.String(), string(fleetKinds[kind].state), nil, 0, flagged, 0,
		start.UnixMicro(), start.UnixMicro(), nil, "", 0, "t", "f", document)
	return err
}
