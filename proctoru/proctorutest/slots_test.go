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

func TestOnlyListedTimesWhereOthersAreRefused(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantUnofferedSlot, "unknown-text")
	if got := w.book("r-1", tuesday); got.String() != "1" {
		t.Errorf("a listed time = %v, want success", got)
	}
}
