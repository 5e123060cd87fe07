package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The output is the same for each format of the notifications, and each time.
func TestOutput(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(filepath.Join("testdata", "output.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"-kind", "csv"}, {"-kind", "form"}} {
		var out, problems strings.Builder
		if code := run(t.Context(), args, &out, &problems); code != exitDone || problems.Len() > 0 {
			t.Errorf("run %q = %d, %s", args, code, &problems)
		}
		if out.String() != string(want) {
			t.Errorf("run %q prints\n%s\nwant\n%s", args, &out, want)
		}
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":           {[]string{"-h"}, exitDone, "-kind"},
		"unknown format": {[]string{"-kind", "xml"}, exitInput, "json, csv or form"},
		"unknown flag":   {[]string{"-x"}, exitInput, "-x"},
		"an argument":    {[]string{"now"}, exitInput, "no other argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var problems strings.Builder
			if code := run(t.Context(), tt.args, io.Discard, &problems); code != tt.code || !strings.Contains(problems.String(), tt.says) {
				t.Errorf("run = %d, %q, want %d and %q", code, &problems, tt.code, tt.says)
			}
		})
	}
}

// It is the notification that wakes: without it nothing is seen of the
// provider's move until the next look by itself, which is a day away.
func TestNothingIsSeenWithoutNotification(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	booking, err := w.scheduler.Book(t.Context(), w.exam, w.learners[0], w.tuesday)
	if err != nil {
		t.Fatal(err)
	}
	number, err := w.reservation(t.Context(), w.learners[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Provider.ProviderMoves(number, w.tuesday.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, woken := range []bool{false, true} {
		if woken {
			if err := w.scheduler.Wake(t.Context(), string(booking.ID)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		b, err := w.scheduler.Booking(t.Context(), booking.ID)
		if err != nil || b.Start.Equal(w.tuesday) == woken {
			t.Errorf("woken %t: the booking starts %v, %v", woken, b.Start, err)
		}
	}
}

// A process that dies between an event and its cursor tells the event again.
func TestFeedTellsAgainAfterACrash(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.scheduler.Book(t.Context(), w.exam, w.learners[0], w.tuesday); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dying := feed{s: w.scheduler, file: filepath.Join(dir, "missing", "cursor"), out: io.Discard, zone: w.exam.Zone}
	if n, err := dying.follow(t.Context()); n != 1 || err == nil {
		t.Fatalf("follow = %d, %v, want one event told and its cursor not kept", n, err)
	}
	var out strings.Builder
	again := feed{s: w.scheduler, file: filepath.Join(dir, "cursor"), out: &out, zone: w.exam.Zone}
	if n, err := again.follow(t.Context()); n != 3 || err != nil || !strings.Contains(out.String(), string(scheduling.EventRequested)) {
		t.Errorf("follow = %d, %v, want all three events, the told one again:\n%s", n, err, &out)
	}
	if n, err := again.follow(t.Context()); n != 0 || err != nil {
		t.Errorf("follow once more = %d, %v, want no event", n, err)
	}
}
