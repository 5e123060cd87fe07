package proctoru

import (
	"testing"
	"time"
)

// The rows of long pieces, too, show that a provider reads the time of day of an end:
// what starts after every midnight that it could have cut the end to.
func TestEnds_exact(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 7, 0, 0, time.UTC)
	day := func(n int) span { return span{noon.AddDate(0, 0, n), noon.AddDate(0, 0, n+3)} }
	every := func(from, to time.Time, step time.Duration) (starts []time.Time) {
		for at := from; at.Before(to); at = at.Add(step) {
			starts = append(starts, at)
		}
		return starts
	}
	midnight := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		piece  span
		starts []time.Time
		exact  bool
	}{
		"starts up to the end":        {day(0), every(noon, noon.AddDate(0, 0, 3), time.Minute), true},
		"a few that reach into it":    {day(0), every(noon.Add(-3*time.Hour), noon.AddDate(0, 0, 3), time.Minute), true},
		"none of the last day":        {day(0), every(noon, noon.AddDate(0, 0, 2), time.Minute), false},
		"none after midnight in Rome": {day(0), every(noon, midnight.AddDate(0, 0, 2).Add(22*time.Hour), time.Minute), false},
		"rows of a month":             {day(0), every(noon.AddDate(0, 0, -15), noon.AddDate(0, 0, 15), time.Minute), false},
		"rows without a start":        {day(0), make([]time.Time, 1000), false},
		"from midnight to midnight":   {span{midnight, midnight.AddDate(0, 0, 3)}, every(midnight, midnight.AddDate(0, 0, 3), time.Minute), false},
		"all there is, of no piece":   {span{}, every(noon, noon.AddDate(0, 0, 3), time.Minute), false},
	} {
		var e ends
		e.begin(tt.piece)
		for _, at := range tt.starts {
			e.saw(at)
		}
		if e.judge() {
			t.Errorf("%s: judged as rows of whole days, which is about pieces below a day", name)
		}
		want := wholeDay
		if tt.exact {
			want = 9 * time.Hour
		}
		if got := e.overlap(3 * wholeDay); e.exact != tt.exact || got != want {
			t.Errorf("%s: exact is %t, and three days overlap by %v; want %t and %v", name, e.exact, got, tt.exact, want)
		}
	}
}
