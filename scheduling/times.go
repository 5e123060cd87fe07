package scheduling

import "time"

// micro returns t as the store keeps it: in UTC, cut to whole microseconds.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// toMicro applies micro to each of the instants.
func toMicro(instants ...*time.Time) {
	for _, t := range instants {
		*t = micro(*t)
	}
}

// upToSecond returns the first whole second that is not before t.
func upToSecond(t time.Time) time.Time {
	if up := t.Truncate(time.Second); !up.Equal(t) {
		return up.Add(time.Second)
	}
	return t
}

// firstSet returns the first of the two instants that is not zero.
func firstSet(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// later returns the later one of two instants.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier returns the earlier one of two instants.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// midnight returns the first instant of t's day in its zone. Where a clock change
// skips midnight that is the instant of the change.
func midnight(t time.Time) time.Time {
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

// nextDay returns the midnight after t in its zone.
func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return midnight(time.Date(y, m, d+1, 12, 0, 0, 0, t.Location()))
}
