package testserver_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

func TestStartOfDay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, day, want string }{
		{"Europe/Paris", "2030-03-31", "2030-03-31T00:00:00+01:00"},
		{"Europe/Paris", "2030-02-29", "2030-03-01T00:00:00+01:00"},
		{"America/Havana", "2030-03-10", "2030-03-10T01:00:00-04:00"},   // forward at 00:00
		{"America/Havana", "2030-11-03", "2030-11-03T00:00:00-04:00"},   // back at 01:00: two midnights
		{"America/Santiago", "2030-09-08", "2030-09-08T01:00:00-03:00"}, // forward at 00:00
		{"America/Santiago", "2030-04-07", "2030-04-07T00:00:00-04:00"}, // back at 24:00
		{"Atlantic/Azores", "2030-03-31", "2030-03-31T01:00:00Z"},       // forward at 00:00
		{"Africa/Cairo", "2030-04-26", "2030-04-26T01:00:00+03:00"},     // forward at 00:00
		{"Asia/Beirut", "2030-03-31", "2030-03-31T01:00:00+03:00"},      // forward at 00:00
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"},     // after a day that was left out
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"},
		{"Pacific/Kiritimati", "2030-01-01", "2030-01-01T00:00:00+14:00"},
		{"Etc/UTC", "2030-01-01", "2030-01-01T00:00:00Z"},
		{"Australia/Lord_Howe", "2030-10-06", "2030-10-06T00:00:00+10:30"},
	} {
		zone := testserver.LoadZone(tt.zone)
		var year, day int
		var month time.Month
		if tt.day == "2030-02-29" { // days of the calendar are normalized, as time.Date does
			year, month, day = 2030, time.February, 29
		} else {
			d, err := time.Parse(time.DateOnly, tt.day)
			if err != nil {
				t.Fatal(err)
			}
			year, month, day = d.Date()
		}
		if got := testserver.StartOfDay(year, month, day, zone).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s in %s: got %s, want %s", tt.day, tt.zone, got, tt.want)
		}
	}
}

// In every zone each day begins where the one before ends: the instant before is
// another day.
func TestDaysFollowEachOther(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/Havana", "America/Santiago", "Atlantic/Azores", "America/Asuncion", "Africa/Cairo", "Asia/Beirut", "Europe/Paris", "America/Nuuk", "Australia/Lord_Howe"} {
		zone := testserver.LoadZone(name)
		for day := 1; day <= 2*366; day++ {
			start := testserver.StartOfDay(2029, time.January, day, zone)
			want := time.Date(2029, time.January, day, 12, 0, 0, 0, zone)
			before := start.Add(-time.Nanosecond)
			if start.Day() != want.Day() || before.Day() == want.Day() {
				t.Errorf("%s: day %v begins at %v", name, want.Format(time.DateOnly), start)
			}
		}
	}
}
