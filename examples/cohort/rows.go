package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// row is a line of the learners' file.
type row struct {
	line     int
	username string
	start    time.Time
	profile  *scheduling.Profile // nil if the file has none
	result   cohort.Result
}

// columns sets what each column of the learners' file holds.
var columns = map[string]func(r *row, value string) error{
	"username": func(r *row, v string) error {
		if v == "" {
			return errors.New("is empty")
		}
		r.username = v
		return nil
	},
	"start": func(r *row, v string) error {
		at, err := time.Parse(time.RFC3339, v)
		if err != nil || at.IsZero() {
			return errors.New("must look like 2027-01-11T09:00:00+01:00")
		}
		r.start = at
		return nil
	},
	"given_name":  profileColumn(func(p *scheduling.Profile) *string { return &p.GivenName }),
	"family_name": profileColumn(func(p *scheduling.Profile) *string { return &p.FamilyName }),
	"phone":       profileColumn(func(p *scheduling.Profile) *string { return &p.Phone }),
	"country":     profileColumn(func(p *scheduling.Profile) *string { return &p.Country }),
	"address":     profileColumn(func(p *scheduling.Profile) *string { return &p.Address }),
	"city":        profileColumn(func(p *scheduling.Profile) *string { return &p.City }),
	"state":       profileColumn(func(p *scheduling.Profile) *string { return &p.State }),
	"postal_code": profileColumn(func(p *scheduling.Profile) *string { return &p.PostalCode }),
	"zone":        profileColumn(func(p *scheduling.Profile) *string { return &p.Zone }),
}

func profileColumn(field func(*scheduling.Profile) *string) func(*row, string) error {
	return func(r *row, v string) error {
		if r.profile == nil {
			r.profile = &scheduling.Profile{}
		}
		*field(r.profile) = v
		return nil
	}
}

// readRows reads the learners' file. Its error names everything that is wrong,
// by line and column, and repeats no value: values are personal data.
func readRows(in io.Reader) ([]*row, error) {
	file, err := lists.NewCSVReader(in)
	if err != nil {
		return nil, command.Wrong("learners: %w", err)
	}
	head, err := file.Read()
	if err != nil {
		return nil, command.Wrong("learners: no head: %w", err)
	}
	for _, name := range head {
		if columns[name] == nil {
			return nil, command.Wrong("learners: column %q is not known, see -h", name)
		}
	}
	if !slices.Contains(head, "username") || !slices.Contains(head, "start") {
		return nil, command.Wrong("learners: the columns username and start are required")
	}
	var rows []*row
	var wrong []error
	for {
		record, err := file.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, command.Wrong("learners: %w", err)
		}
		line, _ := file.FieldPos(0)
		r := &row{line: line}
		for i, value := range record {
			if err := columns[head[i]](r, value); err != nil {
				wrong = append(wrong, fmt.Errorf("learners: line %d: %s %w", line, head[i], err))
			}
		}
		rows = append(rows, r)
	}
	if len(wrong) > 0 {
		return nil, &command.InputError{Err: errors.Join(wrong...)}
	}
	return rows, nil
}

// writeResults writes what became of each row to a new file, and then renames
// it, so that nobody reads half a file.
func writeResults(path string, rows []*row) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".results-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	out := lists.NewCSVWriter(tmp) // user names come from people, and nobody shall make a formula of one
	err = out.Write("username", "start", "result", "reason", "booking", "reservation_no")
	for _, r := range rows {
		b := r.result.Booking
		err = errors.Join(err, out.Write(r.username, r.start.Format(time.RFC3339), string(r.result.Code), string(r.result.Reason), string(b.ID), string(b.Number)))
	}
	if err := errors.Join(err, out.Flush(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
