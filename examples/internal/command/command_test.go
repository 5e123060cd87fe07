package command_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string // in the error; "" for none
	}{
		"a flag":       {[]string{"-n", "7"}, ""},
		"unknown flag": {[]string{"-x"}, "not defined: -x"},
		"an argument":  {[]string{"-n", "7", "more"}, "unexpected argument"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr strings.Builder
			flags := flag.NewFlagSet("program", flag.ContinueOnError)
			n := flags.Int("n", 1, "a number")
			err := command.Parse(flags, tt.args, "usage\n", &stderr)
			if tt.want == "" {
				if err != nil || *n != 7 {
					t.Errorf("Parse = %v, n = %d; want nil and 7", err, *n)
				}
				return
			}
			if _, ok := errors.AsType[*command.InputError](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse = %v, want an *InputError with %q", err, tt.want)
			}
			if stderr.String() != "" {
				t.Errorf("Parse printed %q: End prints errors", &stderr)
			}
		})
	}
}

func TestParseHelp(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	flags := flag.NewFlagSet("program", flag.ContinueOnError)
	flags.Int("n", 1, "a number")
	err := command.Parse(flags, []string{"-h"}, "usage of it\n", &stderr)
	if got, want := stderr.String(), "usage of it\n  -n int\n    \ta number (default 1)\n"; !errors.Is(err, flag.ErrHelp) || got != want {
		t.Errorf("Parse = %v and printed %q, want flag.ErrHelp and %q", err, got, want)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set     map[string]string
		want    map[string]string
		missing string
	}{
		"none": {nil, nil, ""},
		"all":  {map[string]string{"A": "1", "B": "2", "C": "3"}, map[string]string{"A": "1", "B": "2", "C": "3"}, ""},
		"some": {map[string]string{"B": "2"}, nil, "set A, C too"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := command.Environment(func(name string) string { return tt.set[name] }, "A", "B", "C")
			if !maps.Equal(got, tt.want) || (got == nil) != (tt.want == nil) {
				t.Errorf("Environment = %v, want %v", got, tt.want)
			}
			_, wrong := errors.AsType[*command.InputError](err)
			if wrong != (tt.missing != "") || wrong && !strings.Contains(err.Error(), tt.missing) {
				t.Errorf("Environment = %v, want an *InputError with %q", err, tt.missing)
			}
		})
	}
}

func TestReadJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"a value":        {`{"name": "x"}`, ""},
		"unknown member": {`{"nam": "private"}`, `-file: json: unknown field "nam"`},
		"a number":       {`{"name": 7}`, `-file: the member "Name" must not be a number`},
		"no JSON":        {`{"name": private`, "-file: the file is not JSON"},
		"cut off":        {`{"name": "private"`, "-file: the file is not JSON"},
		"empty":          {"", "-file: the file is not JSON"},
		"two values":     {`{} {}`, "-file: the file holds more than one JSON value"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "file.json")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var got struct{ Name string }
			err := command.ReadJSON("-file", file, &got)
			if tt.want == "" {
				if err != nil || got.Name != "x" {
					t.Errorf("ReadJSON = %v with %q, want nil with x", err, got.Name)
				}
				return
			}
			if _, wrong := errors.AsType[*command.InputError](err); !wrong || err.Error() != tt.want {
				t.Errorf("ReadJSON = %v, want an *InputError: %s", err, tt.want)
			}
		})
	}
	if err := command.ReadJSON("-file", "no such file", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadJSON = %v, want fs.ErrNotExist", err)
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	errRest := errors.New("some are left")
	tests := map[string]struct {
		err, unfinished error
		want            int
		wantText        string
	}{
		"done":            {nil, errRest, command.Done, ""},
		"help":            {flag.ErrHelp, errRest, command.Done, ""},
		"failed":          {errors.New("no"), errRest, command.Failed, "program: no\n"},
		"wrong input":     {fmt.Errorf("file: %w", command.Wrong("row %d", 3)), errRest, command.WrongInput, "program: file: row 3\n"},
		"unfinished":      {fmt.Errorf("rows: %w", errRest), errRest, command.Unfinished, "program: rows: some are left\n"},
		"none unfinished": {errRest, nil, command.Failed, "program: some are left\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr strings.Builder
			if got := command.End("program", tt.err, tt.unfinished, &stderr); got != tt.want || stderr.String() != tt.wantText {
				t.Errorf("End = %d and printed %q, want %d and %q", got, &stderr, tt.want, tt.wantText)
			}
		})
	}
}
