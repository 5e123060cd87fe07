package proctoru

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

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
