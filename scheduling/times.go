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
