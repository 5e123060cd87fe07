package proctoru

import (
	"errors"
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
	// Names that others send, or that Windows once had, but that CLDR does not list.
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
