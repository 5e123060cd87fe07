package proctoru

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

//go:generate go run ./internal/zonegen -cldr $CLDR -out zones_gen.go

// ErrUnknownZone means that the table of time zones does not hold a name.
var ErrUnknownZone = errors.New("proctoru: unknown time zone")

// windowsName is a Windows id and the IANA zone that stands for it.
type windowsName struct {
	id     string
	iana   string // its present name
	legacy string // its name in older copies of the IANA data, "" if it is the same
}

// ianaName is an IANA name, present or former, and the Windows id of its zone.
type ianaName struct{ iana, id string }

// ZoneName returns the Windows id, which the provider wants, for an IANA name or
// one of its aliases: "Romance Standard Time" for "Europe/Paris". Several zones
// may share one id. It returns [ErrUnknownZone] for a name that CLDR does not
// list.
func ZoneName(iana string) (string, error) {
	i, ok := slices.BinarySearchFunc(ianaNames[:], iana, func(n ianaName, want string) int { return cmp.Compare(n.iana, want) })
	if !ok {
		return "", fmt.Errorf("%w: not an IANA name with a Windows id, such as Europe/Paris", ErrUnknownZone)
	}
	return ianaNames[i].id, nil
}

// Location returns the zone for a Windows id, in any case. It returns
// [ErrUnknownZone] for an id that CLDR does not list (the provider knows some, such
// as Kamchatka Standard Time; which clocks it means is not known), and the error of
// [time.LoadLocation] where the machine has no time zone data: import
// time/tzdata in your program then.
func Location(windows string) (*time.Location, error) {
	zone, ok := windowsZone(windows)
	if !ok {
		return nil, fmt.Errorf("%w: not a Windows id, such as Romance Standard Time", ErrUnknownZone)
	}
	if zone.id == "UTC" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(zone.iana)
	if err != nil && zone.legacy != "" {
		loc, err = time.LoadLocation(zone.legacy)
	}
	if err != nil {
		return nil, fmt.Errorf("proctoru: Location: %w", err)
	}
	return loc, nil
}

// LoadZone returns the zone of an IANA name. Zone data of a machine may be older or
// leaner than the name: for one that they lack it returns the zone that stands for
// its Windows id, by the name that they have, such as Europe/Kiev for Europe/Kyiv. It
// returns [ErrUnknownZone] for a name that neither the machine nor CLDR knows, and
// the error of [time.LoadLocation] where nothing can stand for it: update the
// machine's data then, or import time/tzdata.
func LoadZone(iana string) (*time.Location, error) {
	if iana == "" || iana == "Local" { // names of LoadLocation that say where the program runs
		return nil, fmt.Errorf("%w: not an IANA name, such as Europe/Paris", ErrUnknownZone)
	}
	zone, err := time.LoadLocation(iana)
	if err == nil {
		return zone, nil
	}
	id, unknown := ZoneName(iana)
	if unknown != nil {
		return nil, unknown
	}
	if slices.Contains(ownClocks, iana) {
		return nil, fmt.Errorf("proctoru: LoadZone: %w", err)
	}
	return Location(id)
}

// ownClocks are zones whose clocks differ, now or lately, from those of the zone that
// stands for their Windows id.
var ownClocks = []string{"America/Coyhaique", "America/Scoresbysund", "Antarctica/Casey", "Antarctica/Vostok", "Asia/Almaty", "Asia/Qostanay"}

func windowsZone(id string) (windowsName, bool) {
	i, ok := slices.BinarySearchFunc(windowsNames[:], id, func(n windowsName, want string) int { return compareFold(n.id, want) })
	if !ok {
		return windowsName{}, false
	}
	return windowsNames[i], true
}

// compareFold compares as strings.ToLower on both would, for ASCII and without
// allocating.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// windowsID returns an id of the table in the table's spelling, and others as they
// are: the provider's list decides which ids there are.
func windowsID(id string) string {
	if zone, ok := windowsZone(id); ok {
		return zone.id
	}
	return id
}

// ErrClockGap means that a zone skips a wall-clock time, as clocks do in spring.
var ErrClockGap = errors.New("proctoru: the clocks skip this time")

// ErrNoSuchTime means that there is no such date or time of day, as on 30 February.
var ErrNoSuchTime = errors.New("proctoru: no such date or time of day")

// AmbiguousTimeError means that a zone has a wall-clock time twice, as in autumn.
type AmbiguousTimeError struct {
	First, Second time.Time // the two instants, in the zone
}

// Error shows both instants.
func (e *AmbiguousTimeError) Error() string {
	return fmt.Sprintf("proctoru: the clocks show this time twice: choose between %s and %s",
		e.First.Format(time.RFC3339), e.Second.Format(time.RFC3339))
}

// WallTime returns the instant at which clocks in loc show the date and time.
// It returns [ErrClockGap] if they never do, an [*AmbiguousTimeError] if they do
// twice, and [ErrNoSuchTime] for a date that no calendar has.
func WallTime(loc *time.Location, year int, month time.Month, day, hour, minute int) (time.Time, error) {
	if loc == nil {
		return time.Time{}, fmt.Errorf("%w: nil location", ErrUnknownZone)
	}
	wall := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	if y, m, d := wall.Date(); y != year || m != month || d != day || wall.Hour() != hour || wall.Minute() != minute {
		return time.Time{}, ErrNoSuchTime
	}
	switch found := instantsOf(wall, loc); len(found) {
	case 0:
		return time.Time{}, ErrClockGap
	case 1:
		return found[0], nil
	default:
		return time.Time{}, &AmbiguousTimeError{First: found[0], Second: found[1]}
	}
}

// instantsOf returns the instants at which clocks in loc show what wall shows in
// UTC, in order. It tries the offsets in force then, just before, and just after.
func instantsOf(wall time.Time, loc *time.Location) []time.Time {
	near := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, loc)
	from, to := near.ZoneBounds()
	tries := []time.Time{near}
	if !from.IsZero() {
		tries = append(tries, from.Add(-time.Second))
	}
	if !to.IsZero() {
		tries = append(tries, to)
	}
	var found []time.Time
	for _, t := range tries {
		_, offset := t.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(loc)
		_, there := at.Zone()
		if there == offset && !slices.ContainsFunc(found, at.Equal) {
			found = append(found, at)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}
