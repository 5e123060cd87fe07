package scheduling_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A day as a form sends it is the learner's own day, wherever the learner lives and the
// program runs: the day of Los Angeles begins 8 hours after that of UTC.
func TestSlotsOfADayFromAForm(t *testing.T) {
	t.Parallel()
	day, err := scheduling.ParseDate("2027-01-13")
	if err != nil {
		t.Fatal(err)
	}
	for zone, first := range map[string]string{
		"America/Los_Angeles": "2027-01-13T08:00", "Pacific/Pago_Pago": "2027-01-13T11:00", "UTC": "2027-01-13T00:00",
		"Europe/Paris": "2027-01-12T23:00", "Pacific/Kiritimati": "2027-01-12T10:00", "Antarctica/Casey": "2027-01-12T16:00",
	} {
		t.Run(strings.ReplaceAll(zone, "/", "_"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live(zone)
			w.quarterHours()
			got := startsOf(w.slots(scheduling.SlotQuery{From: day, To: day}))
			if len(got) != 96 || !got[0].Equal(utc(t, first)) {
				t.Errorf("%d slots, from %v on; want 96, from %s on", len(got), got[:min(len(got), 1)], first)
			}
		})
	}
}

// A day that no calendar has is refused, and nobody is asked.
func TestSlotsOfNoDay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		q     scheduling.SlotQuery
		field string
	}{
		"30 February": {scheduling.SlotQuery{From: scheduling.Date{Year: 2027, Month: 2, Day: 30}}, "SlotQuery.From"},
		"month 13":    {scheduling.SlotQuery{To: scheduling.Date{Year: 2027, Month: 13, Day: 1}}, "SlotQuery.To"},
		"no year":     {scheduling.SlotQuery{From: scheduling.Date{Month: 1, Day: 1}}, "SlotQuery.From"},
		"year 27":     {scheduling.SlotQuery{To: scheduling.Date{Year: 10027, Month: 1, Day: 1}}, "SlotQuery.To"},
	} {
		w := newWorld(t)
		_, err := w.slotsOrError(tt.q)
		if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != tt.field || bad.Op != "scheduling: Slots" {
			t.Errorf("%s: Slots = %v, want a ValidationError of %s", name, err, tt.field)
		}
		if n := w.slotCalls(); n != 0 {
			t.Errorf("%s: %d calls, want none", name, n)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]scheduling.Date{
		"2026-12-03": {Year: 2026, Month: time.December, Day: 3}, "2028-02-29": {Year: 2028, Month: 2, Day: 29}, "0001-01-01": {Year: 1, Month: 1, Day: 1},
	} {
		if got, err := scheduling.ParseDate(text); err != nil || got != want || got.String() != text || !got.Valid() {
			t.Errorf("ParseDate(%q) = %v, %v; want it", text, got, err)
		}
	}
	for _, text := range []string{
		"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-3", "20261203", "03.12.2026", "12/03/2026", "2026-12-03T00:00:00Z", "2026-12-03 ", "+2026-12-03",
		"0000-01-01", "-001-01-01", "12026-01-01", "today",
	} {
		got, err := scheduling.ParseDate(text)
		bad, ok := errors.AsType[*proctorbook.ValidationError](err)
		if !ok || bad.Op != "scheduling: ParseDate" || bad.Fields[0].Field != "date" || !got.IsZero() {
			t.Errorf("ParseDate(%q) = %v, %v; want a ValidationError of date", text, got, err)
		}
		if text != "" && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error quotes %q: %v", text, err)
		}
	}
}

// The same instant is on another day in another zone, in whichever zone it is given.
func TestDateOf(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{"UTC": "2026-12-03", "America/Los_Angeles": "2026-12-02", "Asia/Tokyo": "2026-12-03"} {
		loc := inZone(t, zone, "2026-12-03T00:00").Location()
		for _, at := range []time.Time{midnight, midnight.In(loc), midnight.In(paris(t))} {
			if got := scheduling.DateOf(at, loc).String(); got != want {
				t.Errorf("DateOf(%s, %s) = %s, want %s", at, zone, got, want)
			}
		}
	}
}

// A day begins where its zone's clocks say so, also where they skip midnight.
func TestDateStart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, day, start string
		hours            int
	}{
		{"America/Los_Angeles", "2026-12-03", "2026-12-03T08:00", 24},
		{"America/Havana", "2027-03-14", "2027-03-14T05:00", 23},   // midnight is skipped
		{"America/Havana", "2027-11-07", "2027-11-07T04:00", 25},   // midnight comes twice
		{"America/Santiago", "2027-09-05", "2027-09-05T04:00", 23}, // midnight is skipped
		{"Atlantic/Azores", "2027-03-28", "2027-03-28T01:00", 23},  // midnight is skipped
		{"Atlantic/Azores", "2027-10-31", "2027-10-31T00:00", 25},  // midnight comes twice
	} {
		loc := inZone(t, tt.zone, "2027-01-01T12:00").Location()
		day, err := scheduling.ParseDate(tt.day)
		if err != nil {
			t.Fatal(err)
		}
		start, end := day.Start(loc), day.AddDays(1).Start(loc)
		if !start.Equal(utc(t, tt.start)) || end.Sub(start) != time.Duration(tt.hours)*time.Hour {
			t.Errorf("%s in %s begins at %s and has %s; want %s, and %d hours", day, tt.zone, start.UTC(), end.Sub(start), tt.start, tt.hours)
		}
		if scheduling.DateOf(start, loc) != day || scheduling.DateOf(start.Add(-time.Second), loc) != day.AddDays(-1) {
			t.Errorf("%s in %s: its first instant is not its first", day, tt.zone)
		}
	}
}

func TestDateOrder(t *testing.T) {
	t.Parallel()
	d := scheduling.Date{Year: 2027, Month: 12, Day: 31}
	if next := d.AddDays(1); next.String() != "2028-01-01" || next.AddDays(-1) != d || d.Compare(next) != -1 || next.Compare(d) != 1 || d.Compare(d) != 0 {
		t.Errorf("the day after %s is %s, want New Year, and later", d, next)
	}
	if d.AddDays(60).String() != "2028-02-29" {
		t.Errorf("60 days later is %s, want the leap day", d.AddDays(60))
	}
}

func TestDateInJSON(t *testing.T) {
	t.Parallel()
	type form struct {
		Day  scheduling.Date `json:"day"`
		None scheduling.Date `json:"none,omitzero"`
	}
	text, err := json.Marshal(form{Day: scheduling.Date{Year: 2026, Month: 12, Day: 3}})
	if err != nil || string(text) != `{"day":"2026-12-03"}` {
		t.Errorf("Marshal = %s, %v", text, err)
	}
	var got form
	if err := json.Unmarshal([]byte(`{"day":"2026-12-03","none":""}`), &got); err != nil || got.Day.String() != "2026-12-03" || !got.None.IsZero() {
		t.Errorf("Unmarshal = %+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"day":"2026-12-03T10:00:00Z"}`), &got); err == nil || got.Day.String() != "2026-12-03" {
		t.Errorf("Unmarshal of an instant = %+v, %v; want an error, and the day untouched", got, err)
	}
	if text, err := json.Marshal(scheduling.Date{Year: 2027, Month: 2, Day: 30}); err == nil {
		t.Errorf("Marshal of 30 February = %s, want an error", text)
	}
}

// What is a day is written as it was read, and begins on itself in every zone.
func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-12-03", "2028-02-29", "2027-02-30", "0000-01-01", "2026-12-03T00:00:00Z", "9999-12-31", ""} {
		f.Add(seed)
	}
	zone, err := time.LoadLocation("America/Havana")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := scheduling.ParseDate(text)
		if err != nil {
			if !d.IsZero() {
				t.Errorf("ParseDate(%q) = %v beside an error", text, d)
			}
			return
		}
		if d.String() != text || !d.Valid() || scheduling.DateOf(d.Start(zone), zone) != d {
			t.Errorf("ParseDate(%q) is %s, valid %v, and begins on %s", text, d, d.Valid(), scheduling.DateOf(d.Start(zone), zone))
		}
		var again scheduling.Date
		if b, err := d.MarshalText(); err != nil || again.UnmarshalText(b) != nil || again != d {
			t.Errorf("%s is written as %s and read as %s, %v", d, b, again, err)
		}
	})
}
