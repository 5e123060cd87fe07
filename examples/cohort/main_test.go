package main

import (
	"context"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

// program builds the program and returns its path.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cohort")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// results counts the rows of the result file by result and reason.
func results(t *testing.T, dir string) map[string]int {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "results.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range records[1:] {
		counts[strings.TrimSpace(r[2]+" "+r[3])]++
		if (r[2] == "done") != (r[4] != "" && r[5] != "") {
			t.Errorf("row %v: want a booking and a number just where it is done", r)
		}
	}
	return counts
}

// The program is killed (SIGKILL) half-way, and started again: each learner has
// exactly one reservation. A third run finds nothing to do.
func TestKilledRunGoesOn(t *testing.T) {
	const n = 60
	f := newFakes()
	defer f.close()
	dir, path := t.TempDir(), program(t)
	if err := f.makeCohort(dir, n); err != nil {
		t.Fatal(err)
	}
	start := func() *exec.Cmd {
		cmd := exec.Command(path, "-exam", "exam.json", "-learners", "learners.csv")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), f.environment()...)
		return cmd
	}
	if err := f.killHalfWay(start(), n); err != nil {
		t.Fatal(err)
	}
	if made := f.provider.Counts().ReservationsMade; made < n/2 || made >= n {
		t.Fatalf("%d reservations were made before the kill: it was not half-way", made)
	}
	for range 2 {
		if out, err := start().CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := results(t, dir); got["done"] != n || len(got) != 1 {
			t.Errorf("results = %v, want %d done", got, n)
		}
		c := f.provider.Counts()
		if c.ActiveNow != n || c.ReservationsMade != n || c.MostActiveAtOnce != 1 {
			t.Errorf("%d active, %d made, %d at once of one learner; want %d, %d and 1", c.ActiveNow, c.ReservationsMade, c.MostActiveAtOnce, n, n)
		}
	}
}

// Without services the program brings its own, and may kill itself there.
func TestOffline(t *testing.T) {
	cmd := exec.Command(program(t), "-n", "20", "-kill")
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"checking: 20 ready", "killed after ", "at the provider: 20 reservations made, 20 active, at most 1 at once"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
}

// play runs the program in this process on the fakes, with a learners' file.
func play(t *testing.T, f *fakes, learners string, args ...string) (code int, dir, output string) {
	t.Helper()
	dir = t.TempDir()
	if err := f.makeCohort(dir, 2); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "mine.csv")
	if err := os.WriteFile(path, []byte(learners), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, pair := range f.environment() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	var out strings.Builder
	args = append([]string{"-exam", filepath.Join(dir, "exam.json"), "-learners", path, "-db", filepath.Join(dir, "bookings.db"), "-results", filepath.Join(dir, "results.csv")}, args...)
	code = run(context.Background(), args, func(name string) string { return env[name] }, &out, &out)
	return code, dir, out.String()
}

// Rows that can't be booked are told apart, and keep no other row from it.
func TestRowsThatCantBeBooked(t *testing.T) {
	f := newFakes()
	defer f.close()
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 8).Add(9 * time.Hour)
	good, late := start.Format(time.RFC3339), start.AddDate(0, 1, 0).Format(time.RFC3339)
	learners := "username,start,given_name,family_name,phone,country\n" +
		"learner_00000," + good + ",Ada,Example,+33100000000,FR\n" +
		"learner_00001," + late + ",Bob,Example,+33100000000,FR\n" +
		"nobody," + good + ",Eve,Example,+33100000000,FR\n"

	code, dir, out := play(t, f, learners, "-dry-run")
	if got := results(t, dir); code != command.Unfinished || got["ready"] != 1 || got["refused outside_window"] != 1 || got["failed"] != 1 || f.provider.Counts().CreatesSeen != 0 {
		t.Errorf("dry run: exit code %d, results %v, %d creates\n%s", code, got, f.provider.Counts().CreatesSeen, out)
	}
	code, dir, out = play(t, f, learners)
	if got := results(t, dir); code != command.Unfinished || got["done"] != 1 || got["refused outside_window"] != 1 || got["failed"] != 1 || f.provider.Counts().ActiveNow != 1 {
		t.Errorf("exit code %d, results %v, %d active\n%s", code, got, f.provider.Counts().ActiveNow, out)
	}
	if !strings.Contains(out, "line 4:") || strings.Contains(out, "Eve") {
		t.Errorf("want the line of the unknown learner, and no name:\n%s", out)
	}
}

func TestWrongInput(t *testing.T) {
	env := func(string) string { return "" }
	half := func(name string) string {
		return map[string]string{"PROCTORU_URL": "https://example.org/api"}[name]
	}
	for name, test := range map[string]struct {
		args []string
		env  func(string) string
		code int
	}{
		"help":              {[]string{"-h"}, env, command.Done},
		"unknown flag":      {[]string{"-x"}, env, command.WrongInput},
		"an argument":       {[]string{"x"}, env, command.WrongInput},
		"files, but fakes":  {[]string{"-exam", "e.json"}, env, command.WrongInput},
		"nobody":            {[]string{"-n", "0"}, env, command.WrongInput},
		"half the services": {nil, half, command.WrongInput},
	} {
		if code := run(t.Context(), test.args, test.env, &strings.Builder{}, &strings.Builder{}); code != test.code {
			t.Errorf("%s: exit code %d, want %d", name, code, test.code)
		}
	}
}
