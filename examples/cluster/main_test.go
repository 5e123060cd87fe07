package main

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
)

const notTested = "NOT TESTED ON POSTGRES: set " + dsnEnv + " to a URL such as postgres://postgres@127.0.0.1:5432/postgres"

// TestMain lets the test binary be the worker, too: the program starts itself again.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr))
	}
	code := m.Run()
	if os.Getenv(dsnEnv) == "" {
		fmt.Println("cluster: " + notTested)
	}
	os.Exit(code)
}

// cluster runs the program with three processes, and returns what it prints.
func runCluster(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	if os.Getenv(dsnEnv) == "" {
		t.Skip(notTested)
	}
	var stdout, stderr strings.Builder
	code = run(t.Context(), append([]string{"-learners", "30", "-faults", "0.4"}, args...), os.Getenv, &stdout, &stderr)
	t.Logf("exit code %d\n%s\n%s", code, &stderr, &stdout)
	return code, stdout.String()
}

func TestOneReservationEach(t *testing.T) {
	t.Parallel()
	code, out := runCluster(t)
	if code != exitDone {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"process 2", "killed at", "most active reservations of a learner    1\n", "One reservation for each of 30 learners."} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary does not say %q", want)
		}
	}
	if left := schemas(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// Where the provider makes a second reservation of a request that comes twice,
// nobody but a sweep can help: the program sees it, and fails.
func TestASecondReservationIsSeen(t *testing.T) {
	code, out := runCluster(t, "-seed", "1", "-variant", "repeated-id=creates", "-variant", "overlap-rule=none")
	if code != exitFailed || !strings.Contains(out, "WRONG: ") || strings.Contains(out, "One reservation for each") {
		t.Errorf("exit code %d, want %d and what is wrong", code, exitFailed)
	}
}

// schemas returns those that runs of this process have left.
func schemas(t *testing.T) (names []string) {
	t.Helper()
	db, err := sql.Open("pgx", os.Getenv(dsnEnv))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	pattern := fmt.Sprintf("proctorbook_cluster_%d_%%", os.Getpid())
	rows, err := db.QueryContext(t.Context(), `SELECT nspname::text FROM pg_namespace WHERE nspname LIKE $1`, pattern)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestCompare(t *testing.T) {
	t.Parallel()
	start := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	rows := []cohort.Row{{Learner: "1", Start: start}}
	booking := scheduling.Booking{ID: "pb-1", Learner: "1", State: scheduling.StateScheduled, Number: "900000501", Start: start}
	there := proctorutest.Reservation{Number: 900000501, ID: "pb-1", StudentID: "1", Start: start, Active: true}
	for name, tt := range map[string]struct {
		spoil func(b *scheduling.Booking, r *proctorutest.Reservation)
		more  []proctorutest.Reservation
		want  string
	}{
		"right":                    {func(*scheduling.Booking, *proctorutest.Reservation) {}, nil, ""},
		"a canceled one besides":   {func(*scheduling.Booking, *proctorutest.Reservation) {}, []proctorutest.Reservation{{StudentID: "1"}}, ""},
		"two reservations":         {func(*scheduling.Booking, *proctorutest.Reservation) {}, []proctorutest.Reservation{there}, "1 bookings and 2 active"},
		"no reservation":           {func(_ *scheduling.Booking, r *proctorutest.Reservation) { r.Active = false }, nil, "1 bookings and 0 active"},
		"no booking":               {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Learner = "2" }, nil, "0 bookings and 1 active"},
		"still open":               {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Intent = &scheduling.Intent{} }, nil, "the booking is"},
		"failed":                   {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.State = scheduling.StateFailed }, nil, "the booking is failed"},
		"another number":           {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Number = "900000502" }, nil, "not the booking's"},
		"another id":               {func(_ *scheduling.Booking, r *proctorutest.Reservation) { r.ID = "pb-2" }, nil, "not the booking's"},
		"another start there":      {func(_ *scheduling.Booking, r *proctorutest.Reservation) { r.Start = start.Add(time.Hour) }, nil, "not the booking's"},
		"another start than asked": {func(b *scheduling.Booking, _ *proctorutest.Reservation) { b.Start = start.Add(time.Hour) }, nil, "the booking is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, r := booking, there
			tt.spoil(&b, &r)
			got := compare(rows, []scheduling.Booking{b}, slices.Concat([]proctorutest.Reservation{r}, tt.more))
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("compare = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":            {[]string{"-h"}, exitDone, "-learners"},
		"no database":     {nil, exitInput, dsnEnv},
		"no URL":          {[]string{"-dsn", "host=/tmp password=hunter2"}, exitFailed, "must be a URL"},
		"few learners":    {[]string{"-dsn", "x", "-learners", "1"}, exitInput, "-learners"},
		"all goes wrong":  {[]string{"-dsn", "x", "-faults", "1"}, exitInput, "-faults"},
		"no time":         {[]string{"-dsn", "x", "-timeout", "0s"}, exitInput, "-timeout"},
		"no pace":         {[]string{"-dsn", "x", "-pace", "0"}, exitInput, "-pace"},
		"unknown variant": {[]string{"-dsn", "x", "-variant", "a=b"}, exitInput, "variant"},
		"an argument":     {[]string{"-dsn", "x", "now"}, exitInput, "unexpected argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var problems strings.Builder
			code := run(t.Context(), tt.args, func(string) string { return "" }, io.Discard, &problems)
			if code != tt.code || !strings.Contains(problems.String(), tt.says) || strings.Contains(problems.String(), "hunter2") {
				t.Errorf("run = %d, %q, want %d and %q", code, &problems, tt.code, tt.says)
			}
		})
	}
}
