package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

func TestReadRows(t *testing.T) {
	rows, err := readRows(strings.NewReader("start,username,phone\n2027-01-11T09:00:00+01:00,ada_l,+33 1\n2027-01-11T10:00:00Z,bob,\n"))
	if err != nil || len(rows) != 2 || rows[0].username != "ada_l" || rows[0].start.UTC().Hour() != 8 || rows[0].profile.Phone != "+33 1" || rows[1].line != 3 {
		t.Errorf("rows = %+v, %v", rows, err)
	}
	if rows, err := readRows(strings.NewReader("username,start\nada_l,2027-01-11T09:00:00Z\n")); err != nil || rows[0].profile != nil {
		t.Errorf("without profiles: %v, want none", err)
	}
	for name, test := range map[string]struct{ text, says string }{
		"empty":          {"", "no head"},
		"unknown column": {"username,start,colour\n", `column "colour"`},
		"no start":       {"username\nada_l\n", "required"},
		"both wrong":     {"username,start\n,monday\n", "line 2: start must look like"},
		"too few":        {"username,start\nada_l\n", "wrong number of fields"},
	} {
		_, err := readRows(strings.NewReader(test.text))
		var input *command.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want an input error that says %q", name, err, test.says)
		}
	}
}

// No file is too odd to be refused or read.
func FuzzReadRows(f *testing.F) {
	f.Add("username,start\nada_l,2027-01-11T09:00:00Z\n")
	f.Add("username,start,zone\n\"a\nb\",,\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := readRows(strings.NewReader(text))
		for _, r := range rows {
			if r.username == "" || r.start.IsZero() && err == nil {
				t.Errorf("a row without user name or start: %+v", r)
			}
		}
	})
}
