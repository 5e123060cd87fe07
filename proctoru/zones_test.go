package proctoru

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestZoneName(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Europe/Paris": "Romance Standard Time", "Europe/Berlin": "W. Europe Standard Time", "Europe/London": "GMT Standard Time",
		"America/New_York": "Eastern Standard Time", "America/Los_Angeles": "Pacific Standard Time",
		"America/Tijuana": "Pacific Standard Time (Mexico)", "Asia/Kolkata": "India Standard Time", "Asia/Calcutta": "India Standard Time",
		"Europe/Kyiv": "FLE Standard Time", "Europe/Kiev": "FLE Standard Time", "Asia/Kathmandu": "Nepal Standard Time",
		"Asia/Ho_Chi_Minh": "SE Asia Standard Time", "America/Argentina/Buenos_Aires": "Argentina Standard Time",
		"UTC": "UTC", "Etc/UTC": "UTC", "Etc/GMT+12": "Dateline Standard Time", "Etc/GMT+2": "UTC-02", "Etc/GMT-12": "UTC+12",
		"US/Pacific": "Pacific Standard Time", "Asia/Kamchatka": "Russia Time Zone 11", "Australia/Sydney": "AUS Eastern Standard Time",
	}
	for iana, want := range tests {
		if got, err := ZoneName(iana); got != want || err != nil {
			t.Errorf("ZoneName(%q) = %q, %v, want %q", iana, got, err, want)
		}
	}
	for _, iana := range []string{"", "Europe/Atlantis", "europe/paris", "Romance Standard Time", "Local", "Factory", "Antarctica/Troll", "Europe/Paris\n"} {
		if got, err := ZoneName(iana); !errors.Is(err, ErrUnknownZone) {
			t.Errorf("ZoneName(%q) = %q, %v, want ErrUnknownZone", iana, got, err)
		}
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Romance Standard Time": "Europe/Paris", "ROMANCE STANDARD TIME": "Europe/Paris", "central standard time": "America/Chicago",
		"Central America Standard Time": "America/Guatemala", "India Standard Time": "Asia/Kolkata", "FLE Standard Time": "Europe/Kyiv",
		"Pacific Standard Time (Mexico)": "America/Tijuana", "E. Europe Standard Time": "Europe/Chisinau", "Russia Time Zone 3": "Europe/Samara",
		"UTC": "UTC", "utc": "UTC", "UTC+12": "Etc/GMT-12", "UTC-02": "Etc/GMT+2", "UTC-11": "Etc/GMT+11",
	}
	for id, want := range tests {
		loc, err := Location(id)
		if err != nil || loc.String() != want {
			t.Errorf("Location(%q) = %v, %v, want %s", id, loc, err, want)
		}
	}
	// Names that are real, or that Windows once had, but that CLDR does not list: they
	// can be sent, and no clock is guessed for them.
	for _, id := range []string{"", "Europe/Paris", "GMT", "42", "Australia Eastern Standard Time", "Kamchatka Standard Time", "Mid-Atlantic Standard Time", "Romance Standard Time "} {
		if loc, err := Location(id); !errors.Is(err, ErrUnknownZone) {
			t.Errorf("Location(%q) = %v, %v, want ErrUnknownZone", id, loc, err)
		}
	}
}

// Each Windows id leads to a zone whose name leads back to it.
func TestZones_roundTrip(t *testing.T) {
	t.Parallel()
	if len(windowsNames) < 139 || len(ianaNames) < 550 {
		t.Fatalf("the tables have %d and %d rows, want 139 and 550 at least", len(windowsNames), len(ianaNames))
	}
	for _, zone := range windowsNames {
		loc, err := Location(zone.id)
		if err != nil {
			t.Errorf("Location(%q): %v", zone.id, err)
			continue
		}
		for _, name := range []string{loc.String(), zone.iana, zone.legacy} {
			if name == "" {
				continue
			}
			if got, err := ZoneName(name); got != zone.id || err != nil {
				t.Errorf("ZoneName(%q) = %q, %v, want %q", name, got, err, zone.id)
			}
		}
	}
	for _, n := range ianaNames {
		if _, ok := windowsZone(n.id); !ok {
			t.Errorf("%q has the id %q, which is not in the table", n.iana, n.id)
		}
	}
}

func TestZones_sorted(t *testing.T) {
	t.Parallel()
	ids := slices.IsSortedFunc(windowsNames[:], func(a, b windowsName) int { return strings.Compare(strings.ToLower(a.id), strings.ToLower(b.id)) })
	names := slices.IsSortedFunc(ianaNames[:], func(a, b ianaName) int { return strings.Compare(a.iana, b.iana) })
	if !ids || !names {
		t.Errorf("the tables are sorted: %t, %t, want both, or look-ups fail", ids, names)
	}
}

func TestWallTime(t *testing.T) {
	t.Parallel()
	type wall struct {
		y         int
		m         time.Month
		d, h, min int
	}
	tests := map[string]struct {
		zone string
		wall wall
		want string // UTC
		err  error
	}{
		"an ordinary time":               {"Europe/Paris", wall{2026, 9, 1, 14, 0}, "2026-09-01T12:00:00Z", nil},
		"in UTC":                         {"UTC", wall{2026, 9, 1, 14, 0}, "2026-09-01T14:00:00Z", nil},
		"skipped in spring":              {"Europe/Paris", wall{2026, 3, 29, 2, 30}, "", ErrClockGap},
		"the first minute skipped":       {"Europe/Paris", wall{2026, 3, 29, 2, 0}, "", ErrClockGap},
		"the last minute before the gap": {"Europe/Paris", wall{2026, 3, 29, 1, 59}, "2026-03-29T00:59:00Z", nil},
		"the first minute after the gap": {"Europe/Paris", wall{2026, 3, 29, 3, 0}, "2026-03-29T01:00:00Z", nil},
		"before the repeated hour":       {"Europe/Paris", wall{2026, 10, 25, 1, 59}, "2026-10-24T23:59:00Z", nil},
		"after the repeated hour":        {"Europe/Paris", wall{2026, 10, 25, 3, 0}, "2026-10-25T02:00:00Z", nil},
		"half an hour skipped":           {"Australia/Lord_Howe", wall{2026, 10, 4, 2, 15}, "", ErrClockGap},
		"a day skipped":                  {"Pacific/Apia", wall{2011, 12, 30, 12, 0}, "", ErrClockGap},
		"the day after the skipped one":  {"Pacific/Apia", wall{2011, 12, 31, 12, 0}, "2011-12-30T22:00:00Z", nil},
		"midnight skipped":               {"America/Santiago", wall{2026, 9, 6, 0, 30}, "", ErrClockGap},
		"the leap day":                   {"Europe/Paris", wall{2028, 2, 29, 12, 0}, "2028-02-29T11:00:00Z", nil},
		"no leap day":                    {"Europe/Paris", wall{2026, 2, 29, 12, 0}, "", ErrNoSuchTime},
		"a month too many":               {"Europe/Paris", wall{2026, 13, 1, 12, 0}, "", ErrNoSuchTime},
		"an hour too many":               {"Europe/Paris", wall{2026, 9, 1, 24, 0}, "", ErrNoSuchTime},
		"a minute too many":              {"Europe/Paris", wall{2026, 9, 1, 12, 60}, "", ErrNoSuchTime},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := WallTime(loc, tt.wall.y, tt.wall.m, tt.wall.d, tt.wall.h, tt.wall.min)
			if !errors.Is(err, tt.err) {
				t.Fatalf("WallTime error = %v, want %v", err, tt.err)
			}
			if err == nil && got.UTC().Format(time.RFC3339) != tt.want {
				t.Errorf("WallTime = %s, want %s", got.UTC().Format(time.RFC3339), tt.want)
			}
		})
	}
	if _, err := WallTime(nil, 2026, 1, 1, 0, 0); !errors.Is(err, ErrUnknownZone) {
		t.Errorf("WallTime(nil) = %v, want ErrUnknownZone", err)
	}
}

func TestWallTime_ambiguous(t *testing.T) {
	t.Parallel()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	_, err = WallTime(loc, 2026, time.October, 25, 2, 30)
	twice, ok := errors.AsType[*AmbiguousTimeError](err)
	if !ok {
		t.Fatalf("WallTime error = %v, want *AmbiguousTimeError", err)
	}
	if a, b := twice.First.Format(time.RFC3339), twice.Second.Format(time.RFC3339); a != "2026-10-25T02:30:00+02:00" || b != "2026-10-25T02:30:00+01:00" {
		t.Errorf("WallTime = %s or %s", a, b)
	}
}

// The years that the grid covers.
var (
	gridStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	gridEnd   = time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
)

// TestWallTime_grid compares WallTime, for each zone that has a name, with a
// clock that is watched minute by minute: 3 hours around every change of the
// years 2024 to 2032, and one time every 49 hours between them.
// PROCTORBOOK_FULL=1 takes every half hour of those years, too, of all zones
// whose clocks differ.
func TestWallTime_grid(t *testing.T) {
	t.Parallel()
	full := os.Getenv("PROCTORBOOK_FULL") != ""
	zones, done := gridZones(t), map[string]bool{}
	var seen grid
	for _, name := range slices.Sorted(maps.Keys(zones)) {
		loc := zones[name]
		changes := zoneChanges(loc)
		for _, change := range changes {
			near, shown := asUTC(change.In(loc)), watch(loc, change.Add(-6*time.Hour), change.Add(6*time.Hour), time.Minute)
			seen.compare(t, name, loc, shown, near.Add(-3*time.Hour), near.Add(3*time.Hour), time.Minute)
		}
		for at := gridStart; at.Before(gridEnd); at = at.Add(49 * time.Hour) {
			wall := asUTC(at.In(loc))
			if seen.times++; !slices.ContainsFunc(wallInstants(loc, wall), at.Equal) {
				t.Fatalf("%s: WallTime of %v = %v, want %v among them", name, wall, wallInstants(loc, wall), at)
			}
		}
		if clocks := describe(loc, changes); full && !done[clocks] {
			done[clocks] = true
			shown := watch(loc, gridStart.Add(-26*time.Hour), gridEnd.Add(26*time.Hour), 30*time.Minute)
			seen.compare(t, name, loc, shown, gridStart.Add(quarter(loc)), gridEnd, 30*time.Minute)
		}
	}
	t.Logf("%d names (%d zones in full), %d times, of which %d are skipped and %d repeated: 0 mismatches",
		len(zones), len(done), seen.times, seen.skipped, seen.repeated)
	if RaceEnabled {
		return // few zones
	}
	if len(zones) < 550 || seen.times < 1_000_000 || seen.skipped < 1000 || seen.repeated < 1000 {
		t.Error("too little was compared to show anything")
	}
}

// grid counts the times that were compared.
type grid struct{ times, skipped, repeated int }

// compare asks WallTime for each time from one to the other, and wants the
// instants at which the clock was seen to show it.
func (g *grid) compare(t *testing.T, name string, loc *time.Location, shown map[int64][]time.Time, from, to time.Time, step time.Duration) {
	t.Helper()
	for wall := from; wall.Before(to); wall = wall.Add(step) {
		want := shown[wall.Unix()]
		if got := wallInstants(loc, wall); !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("%s: WallTime of %v = %v, want %v", name, wall, got, want)
		}
		g.times++
		switch len(want) {
		case 0:
			g.skipped++
		case 2:
			g.repeated++
		}
	}
}

// wallInstants returns what WallTime says of the time that wall shows: no
// instant for a gap, two for a time that comes twice.
func wallInstants(loc *time.Location, wall time.Time) []time.Time {
	at, err := WallTime(loc, wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute())
	if twice, ok := errors.AsType[*AmbiguousTimeError](err); ok {
		return []time.Time{twice.First, twice.Second}
	}
	if errors.Is(err, ErrClockGap) {
		return nil
	}
	if err != nil {
		return []time.Time{{}} // no answer to a time that every clock shows
	}
	return []time.Time{at}
}

// watch looks at a clock of the zone again and again. It returns the instants at
// which it showed each time, by that time's Unix seconds if it were UTC.
func watch(loc *time.Location, from, to time.Time, step time.Duration) map[int64][]time.Time {
	shown := make(map[int64][]time.Time, to.Sub(from)/step)
	for at := from; at.Before(to); at = at.Add(step) {
		wall := asUTC(at.In(loc)).Unix()
		shown[wall] = append(shown[wall], at)
	}
	return shown
}

// asUTC returns the instant at which a clock in UTC shows what t shows.
func asUTC(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// zoneChanges returns the minutes at which the zone's offset changes. It looks
// at the clock every six hours, and more closely where it has changed.
func zoneChanges(loc *time.Location) []time.Time {
	offset := func(at time.Time) int { _, o := at.In(loc).Zone(); return o }
	var changes []time.Time
	const step = 6 * time.Hour
	after := offset(gridStart)
	for at := gridStart; at.Before(gridEnd); at = at.Add(step) {
		before := after
		if after = offset(at.Add(step)); after == before {
			continue
		}
		for minute := at; minute.Before(at.Add(step)); minute = minute.Add(time.Minute) {
			if offset(minute) != offset(minute.Add(time.Minute)) {
				changes = append(changes, minute.Add(time.Minute))
			}
		}
	}
	return changes
}

// The way that WallTime replaces reads the zone's offset at the same digits taken
// as UTC, and glues it on. It is the baseline: how many hours of a year it gets
// wrong, and how many that come never or twice it takes for ordinary ones. Those
// of WallTime are 0, by TestWallTime_grid.
func TestWallTime_baseline(t *testing.T) {
	t.Parallel()
	const span = 15 * time.Hour // an offset is less: farther from a change the old way is right
	for _, name := range []string{
		"America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Santiago", "Europe/London", "Europe/Paris", "Africa/Cairo",
		"Africa/Casablanca", "Asia/Beirut", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
	} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var wrong, silent time.Duration
		for _, at := range zoneChanges(loc) {
			near, shown := asUTC(at.In(loc)), watch(loc, at.Add(-span-6*time.Hour), at.Add(span+6*time.Hour), time.Minute)
			for wall := near.Add(-span); wall.Before(near.Add(span)); wall = wall.Add(time.Minute) {
				_, offset := wall.In(loc).Zone()
				old := wall.Add(-time.Duration(offset) * time.Second)
				if right := shown[wall.Unix()]; len(right) != 1 {
					silent += time.Minute
				} else if !right[0].Equal(old) {
					wrong += time.Minute
				}
			}
		}
		t.Logf("%-20s the old way: %4.1f hours a year wrong, %.1f skipped or repeated and not told", name, wrong.Hours()/9, silent.Hours()/9)
		if wrong+silent == 0 {
			t.Errorf("%s: the old way is right: nothing was compared", name)
		}
	}
}

// Every IANA name leads to a Windows id, and that to a zone. Several zones share
// an id, so that the provider may think of other clocks than the learner's: what
// is sent are instants for that reason. How many do is printed.
func TestZones_everyNameAndBack(t *testing.T) {
	t.Parallel()
	var other []string
	clocks := map[string]string{} // of Windows ids
	for _, n := range ianaNames {
		id, err := ZoneName(n.iana)
		if err != nil {
			t.Fatalf("ZoneName(%q): %v", n.iana, err)
		}
		there, err := Location(id)
		if err != nil {
			t.Fatalf("Location(%q), for %s: %v", id, n.iana, err)
		}
		if back, err := ZoneName(there.String()); back != id || err != nil {
			t.Errorf("%s is %q, that is %s, and that is %q, %v", n.iana, id, there, back, err)
		}
		if clocks[id] == "" {
			clocks[id] = describe(there, zoneChanges(there))
		}
		here, err := time.LoadLocation(n.iana)
		if err == nil && describe(here, zoneChanges(here)) != clocks[id] {
			other = append(other, n.iana)
		}
	}
	for _, name := range other {
		if !slices.Contains(ownClocks, name) {
			t.Errorf("%s has clocks of its own: LoadZone must not take the zone of its id for it", name)
		}
	}
	t.Logf("%d of %d names have, in 2024 to 2032, other clocks than the zone that stands for their id: %v", len(other), len(ianaNames), other)
}

// describe returns what tells the zone's clocks from others in the grid's years.
func describe(loc *time.Location, changes []time.Time) string {
	var b strings.Builder
	for _, at := range append([]time.Time{gridStart}, changes...) {
		_, offset := at.In(loc).Zone()
		fmt.Fprintln(&b, at.Unix(), offset)
	}
	return b.String()
}

// quarter is how far a clock watched every half hour of UTC is from full half hours.
func quarter(loc *time.Location) time.Duration {
	_, offset := gridStart.In(loc).Zone()
	return time.Duration(offset) * time.Second % (30 * time.Minute)
}

// gridZones returns every zone by each of its names, of either kind.
func gridZones(t *testing.T) map[string]*time.Location {
	t.Helper()
	zones := map[string]*time.Location{}
	for _, zone := range windowsNames {
		loc, err := Location(zone.id)
		if err != nil {
			t.Fatal(err)
		}
		zones[zone.id] = loc
	}
	for _, n := range ianaNames {
		loc, err := time.LoadLocation(n.iana)
		if err != nil {
			t.Logf("this machine's data lack %s", n.iana)
			continue
		}
		zones[n.iana] = loc
	}
	if RaceEnabled { // it takes long, and has no concurrency
		few := 0
		maps.DeleteFunc(zones, func(string, *time.Location) bool { few++; return few%20 != 0 })
	}
	return zones
}
