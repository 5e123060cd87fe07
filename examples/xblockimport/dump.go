package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// record is a row of an old table, by column.
type record map[string]string

// dump is the two old tables.
type dump struct{ exams, users []record }

func (c *config) readDump(ctx context.Context) (dump, error) {
	var d dump
	var err error
	if c.old != "" {
		d.exams, err = readTable(ctx, c.old, c.examTable)
		if err == nil {
			d.users, err = readTable(ctx, c.old, c.userTable)
		}
	} else {
		d.exams, err = readFile(c.examsCSV)
		if err == nil {
			d.users, err = readFile(c.usersCSV)
		}
	}
	if err != nil {
		return d, &command.InputError{Err: err}
	}
	return d, nil
}

func readFile(path string) ([]record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readCSV(file)
}

func readCSV(in io.Reader) ([]record, error) {
	file, err := lists.NewCSVReader(in)
	if err != nil {
		return nil, err
	}
	head, err := file.Read()
	if err != nil {
		return nil, fmt.Errorf("no head: %w", err)
	}
	var records []record
	for {
		values, err := file.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		r := record{}
		for i, name := range head {
			r[name] = values[i]
		}
		records = append(records, r)
	}
}

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// readTable reads a table of an SQLite file, and changes nothing there.
func readTable(ctx context.Context, path, table string) ([]record, error) {
	if !tableName.MatchString(table) {
		return nil, errors.New("the name of a table has letters, digits and _ only")
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var records []record
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		r := record{}
		for i, name := range names {
			r[name] = text(values[i])
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

// text is a value of a database as a CSV has it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// flag reads a boolean, as Django and databases write it.
func (r record) flag(column string) bool {
	set, err := strconv.ParseBool(strings.ToLower(r[column]))
	return err == nil && set
}

// layouts of instants in the old tables; those without a zone are UTC.
var layouts = []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", time.RFC3339Nano, "2006-01-02 15:04:05.999999Z07:00"}

// instant reads an instant; zero if there is none that can be read.
func (r record) instant(column string) time.Time {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, strings.TrimSpace(r[column])); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
