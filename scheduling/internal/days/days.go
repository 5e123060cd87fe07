// Package days tells where the days of a time zone begin and end.
package days

import "time"

// Start returns the first instant of t's day in its zone. Where a clock change
// skips midnight that is the instant of the change.
func Start(t time.Time) time.Time {
	y, m, d := t.Date()
	start := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	if start.Day() != d {
		// Midnight does not exist, and Date has returned an instant of the day before.
		_, before := start.Zone()
		_, after := start.Add(12 * time.Hour).Zone()
		start = start.Add(time.Duration(after-before) * time.Second)
	}
	return start
}

// Next returns the first instant of the day after t's in its zone.
func Next(t time.Time) time.Time {
	y, m, d := t.Date()
	return Start(time.Date(y, m, d+1, 12, 0, 0, 0, t.Location()))
}
