package proctorbooktest_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// worker does a round every ten minutes, until its context ends.
func worker(ctx context.Context, clock *proctorbooktest.ManualClock, round func()) error {
	for {
		round()
		if err := clock.Sleep(ctx, 10*time.Minute); err != nil {
			return err
		}
	}
}

func TestWorker(t *testing.T) {
	monday := time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)
	clock := proctorbooktest.NewManualClock(monday)
	rounds := 0
	go worker(t.Context(), clock, func() { rounds++ }) // a round every ten minutes

	if err := clock.AdvanceTo(t.Context(), monday.Add(time.Hour), 1); err != nil {
		t.Fatal(err)
	}

	if rounds != 7 { // at 9:00, 9:10, ... 10:00
		t.Errorf("%d rounds in an hour, want 7", rounds)
	}
}

// The package page shows TestWorker, word for word.
func TestThePackagePageShowsATestThatRuns(t *testing.T) {
	t.Parallel()
	page, test := function(t, "doc.go", "//\t"), function(t, "doc_test.go", "")
	if page != test || page == "" {
		t.Errorf("the page shows\n%s\nthe test is\n%s", page, test)
	}
}

// function returns the text of TestWorker in a file, without what stands before each line.
func function(t *testing.T, file, before string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), before+"func TestWorker(")
	body, _, _ := strings.Cut(rest, "\n"+before+"}\n")
	return strings.ReplaceAll(strings.ReplaceAll(body, "\n"+before, "\n"), "\n//\n", "\n\n")
}
