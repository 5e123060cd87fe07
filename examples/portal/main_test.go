package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

// TestMain lets the test binary also be the portal: the first process starts itself
// again.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr))
	}
	code := m.Run()
	if os.Getenv(chromiumEnv) == "" {
		fmt.Println("portal: " + notInBrowser)
	}
	if os.Getenv(postgresEnv) == "" {
		fmt.Println("portal: " + notOnPostgreSQL)
	}
	os.Exit(code)
}

func TestInput(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	real := func(string) string { return "a value of at least thirty-two signs" }
	for name, tt := range map[string]struct {
		args   []string
		getenv func(string) string
		code   int
		says   string
	}{
		"help":             {[]string{"-h"}, none, command.Done, "-db"},
		"an argument":      {[]string{"now"}, none, command.WrongInput, "unexpected argument"},
		"many learners":    {[]string{"-learners", "501"}, none, command.WrongInput, "-learners"},
		"an exam of fakes": {[]string{"-exam", "x.json"}, none, command.WrongInput, "real services"},
		"real, no file":    {nil, real, command.WrongInput, "-exam FILE"},
		"real, wrong file": {[]string{"-exam", "no such file", "-people", "p", "-db", "d"}, real, command.WrongInput, "-exam"},
		"a server, fakes":  {[]string{"-db", "postgres://user@127.0.0.1/x"}, none, command.WrongInput, "PostgreSQL"},
		"a platform, fakes": {nil, func(name string) string {
			return map[string]string{"PROVIDER_CLIENT_ID": "x", "PROVIDER_CLIENT_SECRET": "x", "PUBLIC_URL": "x", "LINK_KEY": "x"}[name]
		}, command.WrongInput, "LINK_KEY"},
		"half a platform": {nil, func(name string) string { return map[string]string{"LINK_KEY": "x"}[name] }, command.WrongInput, "PUBLIC_URL"},
		"no address":      {[]string{"-listen", "nowhere"}, none, command.Failed, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var problems strings.Builder
			code := run(t.Context(), tt.args, tt.getenv, io.Discard, &problems)
			if code != tt.code || !strings.Contains(problems.String(), tt.says) {
				t.Errorf("run = %d, %q, want %d and %q", code, &problems, tt.code, tt.says)
			}
		})
	}
}

// What is neither a test nor the demonstration stays small enough to be read.
func TestSize(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "panel") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(data), "\n")
	}
	if lines < 1000 || lines >= 2500 {
		t.Errorf("the portal's own code has %d lines, want less than 2500; what only the demonstration needs is in files that begin with panel", lines)
	}
}

// The program says where it is, and ends in order when it is interrupted.
func TestRunsAndEnds(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	said, out := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0", "-learners", "0", "-db", t.TempDir() + "/bookings.db"}, func(string) string { return "" }, out, os.Stderr)
	}()
	var text strings.Builder
	buffer := make([]byte, 1024)
	for !strings.Contains(text.String(), "Ctrl-C") {
		n, err := said.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(buffer[:n])
	}
	stop()
	if code := <-ended; code != command.Done {
		t.Errorf("exit code %d, want 0; it said %q", code, &text)
	}
	for _, want := range []string{"http://127.0.0.1:", "/panel", "bookings.db"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it said %q, want %q in it", &text, want)
		}
	}
}
