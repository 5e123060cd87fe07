package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// With -db the provider knows at the next start what it knew before, and the file has
// no token.
func TestJournal(t *testing.T) {
	t.Parallel()
	c := &config{db: filepath.Join(t.TempDir(), "bookings.db"), learners: 12}
	var before []proctorutest.Reservation
	for run := range 3 {
		d, closeAll, err := newDemo(t.Context(), c, "", os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		now := d.world.provider.Reservations()
		for i := range now {
			now[i].Active, now[i].Made = false, time.Time{} // they depend on when one looks
		}
		closeAll()
		if run > 0 && !slices.Equal(now, before) {
			t.Errorf("run %d: the provider has\n%v\nwant\n%v", run, now, before)
		}
		if before = now; len(now) < 9 {
			t.Fatalf("%d reservations: the sample is too small to tell", len(now))
		}
		data, err := os.ReadFile(c.db + ".provider")
		if err != nil || strings.Contains(string(data), d.world.provider.Token) {
			t.Errorf("the file has the token, or can't be read: %v", err)
		}
		// As a program leaves it that was killed while it wrote.
		if err := os.WriteFile(c.db+".provider", append(data, `{"At":"20`...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(c.db+".provider", []byte("no journal"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := newDemo(t.Context(), c, "", os.Stderr); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a file that is no journal: %v, want what to do", err)
	}
}
