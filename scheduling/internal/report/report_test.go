package report_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/report"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var day = time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC)

// days is a report that notes what it is asked for, and yields the same rows each time.
type days struct {
	rows  []provider.Activity
	fails error
	asked []time.Time
}

func (d *days) Report(_ context.Context, from, to time.Time) iter.Seq2[provider.Activity, error] {
	d.asked = append(d.asked, from, to)
	return func(yield func(provider.Activity, error) bool) {
		for _, a := range d.rows {
			if !yield(a, nil) {
				return
			}
		}
		if d.fails != nil {
			yield(provider.Activity{}, d.fails)
		}
	}
}

func all(proctoru.ReservationNo) bool  { return true }
func none(proctoru.ReservationNo) bool { return false }

// read reads all steps, and returns the numbers of each.
func read(t *testing.T, r *report.Reader) [][]proctoru.ReservationNo {
	t.Helper()
	var steps [][]proctoru.ReservationNo
	for step := range r.Steps() {
		tallies, err := r.Read(t.Context(), step)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []proctoru.ReservationNo
		for _, tally := range tallies {
			numbers = append(numbers, tally.Facts.Number)
		}
		steps = append(steps, numbers)
	}
	return steps
}

// Steps of eight days cover the interval without a gap, and each asks for a day more
// on both sides.
func TestSteps(t *testing.T) {
	t.Parallel()
	d := &days{}
	r, err := report.New("test", d, day, day.AddDate(0, 0, 20).Add(1500*time.Millisecond), all)
	if err != nil {
		t.Fatal(err)
	}
	read(t, r)
	end := day.AddDate(0, 0, 20).Add(time.Second)
	want := []time.Time{
		day.AddDate(0, 0, -1), day.AddDate(0, 0, 9), day.AddDate(0, 0, 7), day.AddDate(0, 0, 17), day.AddDate(0, 0, 15), end.AddDate(0, 0, 1),
	}
	if !slices.Equal(d.asked, want) {
		t.Errorf("asked for %v, want %v", d.asked, want)
	}
}

// Each row counts in one step, wherever it comes: by its start, and without a start
// in the first one. What lies beyond the ends belongs to the first and last step.
func TestRowsCountOnce(t *testing.T) {
	t.Parallel()
	d := &days{rows: []provider.Activity{
		{Number: "1000", Start: day}, {Number: "999", Start: day.AddDate(0, 0, -1)}, {Number: "30", Start: day.AddDate(0, 0, 8)},
		{Number: "4", Start: day.AddDate(0, 0, 8).Add(-time.Second)}, {Number: "5", Start: day.AddDate(0, 0, 17)}, {Number: "6"}, {Start: day},
	}}
	r, err := report.New("test", d, day, day.AddDate(0, 0, 16), all)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, r)
	if len(got) != 2 || !slices.Equal(got[0], []proctoru.ReservationNo{"4", "6", "999", "1000"}) || !slices.Equal(got[1], []proctoru.ReservationNo{"5", "30"}) {
		t.Errorf("numbers = %v, want 4 6 999 1000, then 5 30", got)
	}
	if !r.Seen("30") || r.Seen("31") {
		t.Error("Seen does not tell what the steps showed")
	}
}

// Rows of a number are added up. Rows of other systems, which nobody asked for and
// which name no reservation id, are passed over.
func TestRowsAddUp(t *testing.T) {
	t.Parallel()
	d := &days{rows: []provider.Activity{
		{Number: "1", Start: day, ReservationID: "pb-a", Incident: true}, {Number: "2", Start: day}, {Number: "1", Start: day, ReservationID: "pb-a", Ended: true, Entries: 2},
	}}
	r, err := report.New("test", d, day, day.AddDate(0, 0, 1), none)
	if err != nil {
		t.Fatal(err)
	}
	for step := range r.Steps() {
		got, err := r.Read(t.Context(), step)
		if err != nil || len(got) != 1 || got[0].ReservationID != "pb-a" || !got[0].Facts.Incident || !got[0].Facts.Ended {
			t.Errorf("tallies = %+v, %v; want one of pb-a with an incident and an end", got, err)
		}
	}
}

// A step that fails gives nothing, and has shown nothing.
func TestFailedStep(t *testing.T) {
	t.Parallel()
	d := &days{rows: []provider.Activity{{Number: "1", Start: day}}, fails: errors.New("half-way")}
	r, err := report.New("test", d, day, day.AddDate(0, 0, 1), all)
	if err != nil {
		t.Fatal(err)
	}
	for step := range r.Steps() {
		if got, err := r.Read(t.Context(), step); !errors.Is(err, d.fails) || got != nil || r.Seen("1") {
			t.Errorf("Read = %v, %v, seen %v; want the error alone", got, err, r.Seen("1"))
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string][2]time.Time{"no from": {{}, day}, "no to": {day, {}}, "backwards": {day, day.Add(-time.Hour)}, "less than a second": {day, day.Add(time.Millisecond)}} {
		_, err := report.New("test: New", &days{}, ends[0], ends[1], all)
		if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Op != "test: New" {
			t.Errorf("%s: %v, want a ValidationError of the caller's", name, err)
		}
	}
}
