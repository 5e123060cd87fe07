package main

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

const notTested = "NOT TESTED ON POSTGRES: set " + dsnEnv + " to a URL such as postgres://postgres@127.0.0.1:5432/postgres"

// TestMain lets the test binary also be the worker: the program starts itself again.
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
// only a sweep can help: the program sees it, and fails.
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
