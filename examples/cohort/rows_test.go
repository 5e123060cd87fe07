package main

import (
	"errors"
	"os"
	"path/filepath"
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
	for name, text := range map[string]string{
		"semicolons and a mark": "\ufeffusername;start\r\nada_l;2027-01-11T09:00:00Z\r\n",
		"tabs":                  "username\tstart\nada_l\t2027-01-11T09:00:00Z\n",
	} {
		if rows, err := readRows(strings.NewReader(text)); err != nil || len(rows) != 1 || rows[0].username != "ada_l" {
			t.Errorf("%s: %+v, %v; want one row of ada_l", name, rows, err)
		}
	}
	for name, test := range map[string]struct{ text, says string }{
		"UTF-16":         {"\xff\xfeu\x00", "UTF-16"},
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

// A user name of the platform may look like a formula.
func TestResultsHoldNoFormula(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.csv")
	if err := writeResults(path, []*row{{username: "x;=1+1"}, {username: "@SUM(A1)"}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "\n\"x;'=1+1\",") || !strings.Contains(string(text), "\n\"'@SUM(A1)\",") {
		t.Errorf("the file is %v\n%s", err, text)
	}
}
