package ical_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Around every change of clocks, each entry's VTIMEZONE says for its start and
// end what the zone says; a time shown twice is written in UTC.
func TestWrite_zonesAroundEveryChange(t *testing.T) {
	t.Parallel()
	wall, utc := 0, 0
	for _, name := range []string{
		"Europe/Paris", "Europe/London", "Europe/Dublin", "America/New_York", "America/Santiago", "America/St_Johns", "America/Sao_Paulo",
		"Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Antarctica/Troll", "Africa/Casablanca", "Africa/Cairo", "Asia/Gaza",
		"Asia/Beirut", "Asia/Tehran", "Asia/Kathmandu", "Asia/Kolkata", "Atlantic/Azores", "America/Nuuk", "Asia/Almaty", "Etc/GMT+12", "Pacific/Kiritimati",
	} {
		zone := location(t, name)
		for _, change := range changes(zone, 2024, 2032) {
			for minutes := -200; minutes <= 100; minutes += 20 {
				inv := sample(t)
				inv.Zone, inv.Booking.Start = zone, change.Add(time.Duration(minutes)*time.Minute)
				text := write(t, inv)
				all := lines(t, text)
				for property, want := range map[string]time.Time{"DTSTART": inv.Booking.Start, "DTEND": inv.Booking.End()} {
					got := value(t, text, property)
					if at, err := time.Parse("20060102T150405Z", got); err == nil {
						utc++
						if !at.Equal(want) {
							t.Fatalf("%s in %s: %s, want %v", property, name, got, want)
						}
						continue
					}
					wall++
					if at := readWall(t, all, got); !at.Equal(want) {
						t.Fatalf("%s in %s: %s is read as %v, want %v\n%s", property, name, got, at, want, text.Data)
					}
				}
			}
		}
	}
	if wall < 1000 || utc < 100 {
		t.Errorf("%d times with a zone and %d in UTC: too few to show anything", wall, utc)
	}
}

// changes returns the instants at which the zone's offset changes, and one more.
func changes(zone *time.Location, from, to int) []time.Time {
	found := []time.Time{time.Date(from, 6, 1, 12, 0, 0, 0, time.UTC)}
	_, last := time.Date(from, 1, 1, 0, 0, 0, 0, zone).Zone()
	for at := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() <= to; at = at.Add(30 * time.Minute) {
		if _, offset := at.In(zone).Zone(); offset != last {
			found, last = append(found, at), offset
		}
	}
	return found
}

// readWall reads a wall-clock time by the VTIMEZONE alone, as RFC 5545 says: the
// observance with the last onset before it counts.
func readWall(t *testing.T, all []string, value string) time.Time {
	t.Helper()
	wall := parseWall(t, value)
	var onset, best time.Time
	var offset, previous time.Duration
	found := false
	for _, line := range all[:slices.Index(all, "BEGIN:VEVENT")] {
		name, v, _ := strings.Cut(line, ":")
		switch name {
		case "DTSTART":
			onset = parseWall(t, v)
		case "TZOFFSETFROM":
			previous = parseOffset(t, v)
		case "TZOFFSETTO":
			// In a gap and after, the clock shows the time after the change.
			to := parseOffset(t, v)
			if at := onset.Add(max(to-previous, 0)); !wall.Before(at) && !at.Before(best) {
				best, offset, found = at, to, true
			}
		}
	}
	if !found {
		t.Fatalf("no observance for %s in %q", value, all)
	}
	return wall.Add(-offset)
}

func parseWall(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("20060102T150405", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func parseOffset(t *testing.T, text string) time.Duration {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil || len(text) != 5 {
		t.Fatalf("offset %q: %v", text, err)
	}
	return time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
}
