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
	env := map[string]string{"PROCTORU_URL": s.provider.URL, "PROCTORU_TOKEN": s.provider.Token, "UNLOCK_KEY": strings.Repeat("no secret ", 4), "PROCTORU_FAKE": "yes"}
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
