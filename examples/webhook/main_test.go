package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
// provider's move until the next regular look, which is a day away.
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
			if err := w.scheduler.Delivered(t.Context(), string(booking.ID)); err != nil {
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
