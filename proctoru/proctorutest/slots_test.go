package proctorutest_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestSlotsOfADay(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.BlockSlot(tuesday)
	w.fake.SetSlotCapacity(tuesday.Add(time.Hour), 1)

	// Paris, the whole Tuesday: 96 quarter hours less the three that are gone and the one that is blocked.
	rows := w.slots(time.Date(2030, 3, 4, 23, 0, 0, 0, time.UTC)).rows()
	if got := len(rows); got != 92 {
		t.Errorf("%d slots, want 92", got)
	}
	want := map[string]any{
		"start_date": "2030-03-04T23:00:00Z", "local_start_date": "2030-03-05T00:00:00+01:00", "fee": 30.0, "fee_premium": 5.0, "fee_discount": 0.0,
	}
	if !reflect.DeepEqual(rows[0], want) {
		t.Errorf("row = %v, want %v", rows[0], want)
	}
	if got := w.book("r-1", tuesday).text(); got != "OVERLAP" {
		t.Errorf("booking a blocked slot = %q, want OVERLAP", got)
	}
	w.fake.FreeSlot(tuesday)
	number := w.book("r-2", tuesday.Add(time.Hour)).number()
	if got := len(w.slots(tuesday.Add(-10 * time.Hour)).rows()); got != 92 {
		t.Errorf("%d slots, want 92: one was freed, one is full now", got)
	}
	if got := len(w.slots(tuesday.Add(-10*time.Hour), "reservation_no", number).rows()); got != 93 {
		t.Errorf("%d slots, want 93: the learner's own counts as free to him", got)
	}
	if got := w.book("r-3", tuesday.Add(time.Hour), "student_id", "learner-8").text(); got != "OVERLAP" {
		t.Errorf("booking a full slot = %q, want OVERLAP", got)
	}
	w.remove(number)
	if got := w.book("r-4", tuesday.Add(time.Hour), "student_id", "learner-8"); got.String() != "1" {
		t.Errorf("booking a slot that was given back = %v, want success", got)
	}
}

func TestSlotsFollowTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.SetSlots(func(day time.Time) []time.Time {
		return []time.Time{day, day.Add(12 * time.Hour), day.Add(22*time.Hour + 30*time.Minute)}
	})

	// On the last Sunday of March 2030 Paris goes from +01:00 to +02:00: its day ends at 22:00 UTC.
	got := w.slots(time.Date(2030, 3, 30, 23, 0, 0, 0, time.UTC))

	if got, want := got.column("local_start_date"), "2030-03-31T01:00:00+01:00 2030-03-31T14:00:00+02:00"; got != want {
		t.Errorf("slots = %q, want %q", got, want)
	}
}

// Where the clocks go forward at 00:00 a day has no midnight; the last hour of the day
// before is there all the same.
func TestTheDayBeforeADayWithoutMidnight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, from, last, next string }{
		{"Cuba Standard Time", "2030-03-09T00:00:00-05:00", "2030-03-09T23:45:00-05:00", "2030-03-10T01:00:00-04:00"},
		{"Pacific SA Standard Time", "2030-09-07T00:00:00-04:00", "2030-09-07T23:30:00-04:00", "2030-09-08T01:00:00-03:00"},
		{"Azores Standard Time", "2030-03-30T00:00:00-01:00", "2030-03-30T23:45:00-01:00", "2030-03-31T01:00:00Z"},
		{"Cuba Standard Time", "2030-11-02T00:00:00-04:00", "2030-11-02T23:30:00-04:00", "2030-11-03T00:00:00-04:00"},
		{"Pacific SA Standard Time", "2030-04-06T00:00:00-03:00", "2030-04-06T23:30:00-04:00", "2030-04-07T00:00:00-04:00"},
	} {
		w := inProcess(t)
		day := w.slots(tuesday, "time_zone_id", tt.zone, "start_date", tt.from).rows()
		if got := day[len(day)-1]["local_start_date"]; got != tt.last {
			t.Errorf("%s from %s: the last slot is %v, want %s", tt.zone, tt.from, got, tt.last)
		}
		next := w.slots(tuesday, "time_zone_id", tt.zone, "start_date", tt.next[:len("2006-01-02")]).rows()
		if got := next[0]["local_start_date"]; got != tt.next {
			t.Errorf("%s on %s: the first slot is %v", tt.zone, tt.next, got)
		}
	}
}

func TestOnlyListedTimesWhereOthersAreRefused(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantUnofferedSlot, "unknown-text")
	if got := w.book("r-1", tuesday); got.String() != "1" {
		t.Errorf("a listed time = %v, want success", got)
	}
}
