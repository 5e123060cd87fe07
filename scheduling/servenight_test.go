package scheduling

import (
	"testing"
	"time"
)

// The night's hour is one of the zone's clocks, also when they change.
func TestNight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone      string
		hour      int
		now, want string // UTC
	}{
		{"UTC", 3, "2027-01-11T03:00:00Z", "2027-01-11T03:00:00Z"},
		{"UTC", 3, "2027-01-11T02:59:59Z", "2027-01-10T03:00:00Z"},
		{"UTC", 3, "2027-01-01T00:00:00Z", "2026-12-31T03:00:00Z"},
		{"UTC", 24, "2027-01-11T00:00:00Z", "2027-01-11T00:00:00Z"},
		{"UTC", 24, "2027-01-10T23:59:59Z", "2027-01-10T00:00:00Z"},
		{"Europe/Paris", 3, "2027-01-11T02:00:00Z", "2027-01-11T02:00:00Z"},
		{"Europe/Paris", 3, "2027-07-11T01:30:00Z", "2027-07-11T01:00:00Z"},
		{"Europe/Paris", 2, "2027-03-28T12:00:00Z", "2027-03-28T01:00:00Z"}, // 2 o'clock is skipped: 3 o'clock
		{"Pacific/Auckland", 3, "2027-01-10T13:59:59Z", "2027-01-09T14:00:00Z"},
		{"Pacific/Auckland", 3, "2027-01-10T14:00:00Z", "2027-01-10T14:00:00Z"},
		{"America/Los_Angeles", 23, "2027-01-11T06:59:59Z", "2027-01-10T07:00:00Z"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := (ServeOptions{ReportHour: tt.hour, ReportZone: zone}).night(now).Format(time.RFC3339); got != tt.want {
			t.Errorf("at %s, %d o'clock in %s: the last night is %s, want %s", tt.now, tt.hour, tt.zone, got, tt.want)
		}
	}
}

// An hour that comes twice, as the clocks go back, is one night.
func TestNightComesOnceADay(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []time.Time{time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC), time.Date(2027, 10, 30, 12, 0, 0, 0, time.UTC)} {
		o := ServeOptions{ReportHour: 2, ReportZone: paris}
		nights, last := 0, o.night(from)
		for at := from; at.Before(from.AddDate(0, 0, 3)); at = at.Add(time.Minute) {
			if night := o.night(at); !night.Equal(last) {
				nights, last = nights+1, night
			}
		}
		if nights != 3 {
			t.Errorf("from %v on there are %d nights in three days, want 3", from, nights)
		}
	}
}
