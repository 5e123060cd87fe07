package testserver

import "time"

// StartOfDay returns the first instant of the day in the zone; days beyond the month
// are normalized, as time.Date does. The start is not always a midnight: where the
// clocks go forward at 00:00 the day begins at 01:00, and where they go back over
// midnight there are two.
func StartOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	first := time.Date(year, month, day, 12, 0, 0, 0, zone) // noon is there everywhere
	year, month, day = first.Date()
	digits := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	// From noon back, through the spans between two changes of the clocks.
	for at := first; first.Sub(at) < 24*time.Hour; {
		since, _ := at.ZoneBounds()
		_, offset := at.Zone()
		midnight := digits.Add(-time.Duration(offset) * time.Second)
		if midnight.Before(since) {
			midnight = since // the day goes on before, or begins with the change
		}
		if midnight = midnight.In(zone); midnight.Day() == day && midnight.Before(first) {
			first = midnight
		}
		if since.IsZero() {
			break
		}
		at = since.Add(-time.Nanosecond)
	}
	return first
}
