package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/scheduling"
)

// table runs the importer over the sample, and returns its lines as text.
func (s *sample) table(t *testing.T, write, live bool) string {
	t.Helper()
	c := &config{url: s.provider.URL, token: s.provider.Token, secret: "32 characters that are no secret", write: write, live: live, fake: true}
	i, err := c.newImporter(s.store, s.exams, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.run(t.Context(), s.dump); !errors.Is(err, errRest) {
		t.Errorf("run = %v, want errRest: two rows can't be imported", err)
	}
	var text strings.Builder
	for n, l := range i.lines {
		fmt.Fprintf(&text, "%d %s|%s|%s\n", n+1, l.result, l.booking.State, strings.Join(l.not, " "))
	}
	return text.String()
}

func (s *sample) stored(t *testing.T) (bookings, events int) {
	t.Helper()
	for _, err := range s.store.List(t.Context(), scheduling.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		bookings++
	}
	all, err := s.store.Events(t.Context(), scheduling.EventQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return bookings, len(all)
}

// Rows as odd as the old tables have them: each is taken as the provider knows
// it, or refused with the reason. Dry first, then really, then again.
func TestImportOddRows(t *testing.T) {
	s, err := newSample()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	const want = `1 RESULT|finished|
2 AHEAD|scheduled|reservation_id start_date
3 AHEAD|scheduled|is_canceled
4 RESULT|canceled|is_canceled
5 RESULT|no_show|start_date
6 reservation_missing||
7 no exam of the map||
8 RESULT|finished|
`
	expect := func(step, got, result, ahead string, bookings int) {
		t.Helper()
		if want := strings.NewReplacer("RESULT", result, "AHEAD", ahead).Replace(want); got != want {
			t.Errorf("%s:\n%swant\n%s", step, got, want)
		}
		if b, e := s.stored(t); b != bookings || e != bookings {
			t.Errorf("%s: %d bookings and %d events are stored, want %d of each", step, b, e, bookings)
		}
	}
	const refused = "ahead: staff books anew, or -live"
	expect("dry", s.table(t, false, false), "would be imported", refused, 0)
	expect("dry, live", s.table(t, false, true), "would be imported", "would be imported", 0)
	expect("write", s.table(t, true, false), "imported", refused, 4)
	expect("write, live", s.table(t, true, true), "known", "imported", 6)
	expect("again", s.table(t, true, true), "known", "known", 6)

	if c := s.provider.Counts(); c.CreatesSeen+c.Changes+c.Removals != 0 {
		t.Errorf("the provider was changed: %+v", c)
	}
	for b, err := range s.store.List(t.Context(), scheduling.Filter{}) {
		wantRun := map[bool]string{true: "2027", false: "2026"}[b.State == scheduling.StateScheduled]
		if err != nil || b.Exam.Course.Run() != wantRun {
			t.Errorf("%s is of run %s, want %s (%v)", b.ID, b.Exam.Course.Run(), wantRun, err)
		}
	}
}

// Of a profile only what can be trusted is taken, and never over a newer one.
func TestProfiles(t *testing.T) {
	s, err := newSample()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	mine := scheduling.Learner{ID: "4211", Profile: scheduling.Profile{City: "Nantes"}}
	if _, err := s.store.PutLearner(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	s.dump.users[2]["phone_number"], s.dump.users[2]["time_zone"] = "call me", "Time zone is not found"
	s.table(t, true, false)
	for id, want := range map[scheduling.LearnerID]scheduling.Profile{
		"4211": {City: "Nantes"},
		"4212": {Phone: "+33100000000", Address: "1 Main Street", City: "Lyon", Zone: "Europe/Paris"},
		"4213": {Address: "1 Main Street", City: "Lyon"},
	} {
		if l, err := s.store.Learner(t.Context(), id, 0); err != nil || l.Profile != want || l.Version != 1 {
			t.Errorf("learner %s: another profile than wanted, version %d, %v", id, l.Version, err)
		}
	}
}

// The tables are read from SQLite and from CSV alike, and the whole program runs
// on files.
func TestFromFiles(t *testing.T) {
	s, err := newSample()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	db, err := sql.Open("sqlite", "file:"+in("old.sqlite3"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for table, rows := range map[string][]record{"edx_proctoru_proctoruexam": s.dump.exams, "edx_proctoru_proctoruuser": s.dump.users} {
		if err := fill(t.Context(), db, table, rows); err != nil {
			t.Fatal(err)
		}
	}
	read, err := (&config{old: in("old.sqlite3"), examTable: "edx_proctoru_proctoruexam", userTable: "edx_proctoru_proctoruuser"}).readDump(t.Context())
	if err != nil || len(read.exams) != len(s.dump.exams) {
		t.Fatalf("read %d rows, %v; want %d", len(read.exams), err, len(s.dump.exams))
	}
	for i, r := range read.exams {
		if !r.instant("start_date").Equal(s.dump.exams[i].instant("start_date")) || r["reservation_no"] != s.dump.exams[i]["reservation_no"] {
			t.Errorf("row %d came back as %v, want %v", i, r, s.dump.exams[i])
		}
	}

	exams, err := json.Marshal(s.exams)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("map.json"), exams, 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PROCTORU_URL": s.provider.URL, "PROCTORU_TOKEN": s.provider.Token, "UNLOCK_KEY": strings.Repeat("x", 32), "PROCTORU_FAKE": "yes"}
	var out strings.Builder
	args := []string{"-old", in("old.sqlite3"), "-map", in("map.json"), "-db", in("bookings.db"), "-write", "-live"}
	for _, want := range []string{" imported ", " known "} {
		out.Reset()
		code := run(t.Context(), args, func(name string) string { return env[name] }, &out, &out)
		if n := strings.Count(out.String(), want); code != command.Unfinished || n != 6 {
			t.Errorf("exit code %d, %d rows %q, want %d and 6\n%s", code, n, want, command.Unfinished, &out)
		}
	}
}

// fill makes a table as Django does, with times as times.
func fill(ctx context.Context, db *sql.DB, table string, rows []record) error {
	columns := map[string]bool{}
	for _, r := range rows {
		for name := range r {
			columns[name] = true
		}
	}
	var names, defs, marks []string
	for name := range maps.Keys(columns) {
		kind := "TEXT"
		if strings.HasSuffix(name, "_date") || strings.HasSuffix(name, "_time") {
			kind = "datetime"
		}
		names, defs, marks = append(names, name), append(defs, name+" "+kind), append(marks, "?")
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE "+table+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return err
	}
	for _, r := range rows {
		values := make([]any, len(names))
		for i, name := range names {
			if v, has := r[name]; has {
				values[i] = v
			}
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...); err != nil {
			return err
		}
	}
	return nil
}

func TestReadCSV(t *testing.T) {
	rows, err := readCSV(strings.NewReader("user_id,is_completed,end_time\n7,True,2026-01-11 10:00:00\n8,0,\n"))
	if err != nil || len(rows) != 2 || !rows[0].flag("is_completed") || rows[1].flag("is_completed") || !rows[1].instant("end_time").IsZero() ||
		!rows[0].instant("end_time").Equal(time.Date(2026, 1, 11, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("rows = %v, %v", rows, err)
	}
	if _, err := readCSV(strings.NewReader("")); err == nil {
		t.Error("no error for an empty file")
	}
}

func TestWrongInput(t *testing.T) {
	all := map[string]string{"PROCTORU_URL": "https://example.org/api", "PROCTORU_TOKEN": "t", "UNLOCK_KEY": "k"}
	for name, test := range map[string]struct {
		args []string
		env  map[string]string
		code int
	}{
		"help":                     {[]string{"-h"}, nil, command.Done},
		"unknown flag":             {[]string{"-x"}, nil, command.WrongInput},
		"an argument":              {[]string{"x"}, nil, command.WrongInput},
		"files without a provider": {[]string{"-old", "x"}, nil, command.WrongInput},
		"no map":                   {[]string{"-old", "x"}, all, command.WrongInput},
		"one CSV of two":           {[]string{"-exams", "x", "-map", "m"}, all, command.WrongInput},
		"no such file":             {[]string{"-old", "/nowhere/x", "-map", "m"}, all, command.WrongInput},
		"the sample":               {nil, nil, command.Unfinished},
	} {
		var out strings.Builder
		if code := run(t.Context(), test.args, func(n string) string { return test.env[n] }, &out, &out); code != test.code {
			t.Errorf("%s: exit code %d, want %d\n%s", name, code, test.code, &out)
		}
	}
}

// No text of an old table is too odd.
func FuzzRecord(f *testing.F) {
	for _, text := range []string{"2026-01-11 10:00:00.123456", "2026-01-11T10:00:00Z", "True", "", "00012.0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := record{"x": text}
		if at := r.instant("x"); at.Location() != time.UTC {
			t.Errorf("instant(%q) = %s, want UTC", text, at)
		}
		r.flag("x")
		profile(record{"phone_number": text, "time_zone": text, "address": text, "city": text})
	})
}
