package days

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Around every change of clocks of the years 2024 to 2032, in every zone of the
// IANA data: a day starts at the first minute at which a clock shows its date,
// and the next one at the first minute after it. That holds on days of 23 and 25
// hours, and where midnight does not exist or comes twice.
func TestDaysOfEveryZone(t *testing.T) {
	t.Parallel()
	days, short, noMidnight, twoMidnights := 0, 0, 0, 0
	for _, name := range zoneNames(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, change := range clockChanges(loc) {
			minutes := watchDates(loc, change.Add(-50*time.Hour), change.Add(50*time.Hour))
			for i := 1; i+2 < len(minutes); i++ {
				start, next := minutes[i], minutes[i+1]
				days++
				if next.Sub(start) != 24*time.Hour {
					short++
				}
				if start.In(loc).Hour() != 0 {
					noMidnight++
				}
				if m := start.Add(time.Hour).In(loc); m.Hour() == 0 && m.Minute() == 0 && start.In(loc).Hour() == 0 {
					twoMidnights++
				}
				for at := start; at.Before(next); at = at.Add(37 * time.Minute) {
					if got := Start(at.In(loc)); !got.Equal(start) {
						t.Fatalf("%s: Start(%v) = %v, want %v", name, at.In(loc), got, start.In(loc))
					}
				}
				if got := Next(start.In(loc)); !got.Equal(next) {
					t.Fatalf("%s: Next(%v) = %v, want %v", name, start.In(loc), got, next.In(loc))
				}
			}
		}
	}
	t.Logf("%d days, %d of them not of 24 hours, %d without a midnight, %d with two", days, short, noMidnight, twoMidnights)
	if days < 5000 || short < 3000 || noMidnight < 50 || twoMidnights < 10 {
		t.Error("too few to show anything")
	}
}

// watchDates looks at a clock minute by minute, and returns the instants at which
// the date changed.
func watchDates(loc *time.Location, from, to time.Time) []time.Time {
	var starts []time.Time
	last := 0
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		if day := at.In(loc).Day(); day != last {
			starts, last = append(starts, at), day
		}
	}
	return starts
}

// clockChanges returns the hours, of 2024 to 2032, before which the zone's clocks change.
func clockChanges(loc *time.Location) []time.Time {
	var changes []time.Time
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	_, last := start.In(loc).Zone()
	for at := start; at.Year() < 2033; at = at.Add(6 * time.Hour) {
		if _, offset := at.In(loc).Zone(); offset != last {
			changes, last = append(changes, at), offset
		}
	}
	return changes
}

// zoneNames returns the names of all zones in the data that come with Go.
func zoneNames(t *testing.T) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	data, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	var names []string
	for _, f := range data.File {
		if !strings.HasSuffix(f.Name, "/") && f.Name != "Factory" {
			names = append(names, f.Name)
		}
	}
	if len(names) < 400 {
		t.Fatalf("%d zones, want 400 at least", len(names))
	}
	slices.Sort(names)
	return names
}
