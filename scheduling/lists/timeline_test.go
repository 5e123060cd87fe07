package lists_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// The story of a booking, cell by cell: who did what, why, and what it led to.
func TestTimelineCSV(t *testing.T) {
	t.Parallel()
	at := nine.Add(1500 * time.Microsecond)
	events := listOf(nil,
		scheduling.Event{At: at, Type: scheduling.EventRequested, State: scheduling.StatePending, Op: scheduling.OpReserve, Want: noon},
		scheduling.Event{At: at, Type: scheduling.EventAdopted, State: scheduling.StateScheduled, Number: "501", Start: noon, Code: scheduling.ReasonByAnswer},
		scheduling.Event{At: at, Type: scheduling.EventNoShow, State: scheduling.StateNoShow, Number: "501", Start: noon},
		scheduling.Event{At: at, Type: scheduling.EventNoShowUndone, State: scheduling.StateScheduled, Number: "501", Start: noon, Reason: "=late, the \"proctor\"", By: "staff7"},
		scheduling.Event{At: at, Type: scheduling.EventMovedByProviderOrLate, State: scheduling.StateScheduled, Number: "501", Start: noon.Add(time.Hour), OldStart: noon},
	)
	var out bytes.Buffer

	err := lists.WriteTimelineCSV(&out, events)

	want := `"at","event","actor","from","to","op","number","start","old_start","want","code","reason","by"
"2027-01-11T09:00:00.0015Z","requested","learner","","pending","reserve","","","","2027-01-11T12:00:00Z","","",""
"2027-01-11T09:00:00.0015Z","adopted","engine","pending","scheduled","","501","2027-01-11T12:00:00Z","","","by_answer","",""
"2027-01-11T09:00:00.0015Z","no_show","engine","scheduled","no_show","","501","2027-01-11T12:00:00Z","","","","",""
"2027-01-11T09:00:00.0015Z","no_show_undone","staff","no_show","scheduled","","501","2027-01-11T12:00:00Z","","","","'=late, the ""proctor""","staff7"
"2027-01-11T09:00:00.0015Z","moved_by_provider_or_late","provider","scheduled","scheduled","","501","2027-01-11T13:00:00Z","2027-01-11T12:00:00Z","","","",""
`
	if err != nil || out.String() != want {
		t.Errorf("timeline =\n%s%v\nwant\n%s", out.String(), err, want)
	}
}

// The states before and after are the same in a short story, for a step of the
// engine changes none.
func TestTimelineCSVOfARealBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.canceled(w.learner, nine)
	whole := w.Events(t.Context(), scheduling.EventQuery{Booking: id})
	short := func(yield func(scheduling.Event, error) bool) {
		for e, err := range whole {
			if !e.Type.Step() && !yield(e, err) {
				return
			}
		}
	}
	states := func(text string) [][]string {
		var all [][]string
		for _, row := range readCSV(t, text)[1:] {
			if !scheduling.EventType(row[1]).Step() {
				all = append(all, row)
			}
		}
		return all
	}
	var long, brief bytes.Buffer
	w.did(lists.WriteTimelineCSV(&long, whole))
	w.did(lists.WriteTimelineCSV(&brief, short))
	want, got := states(long.String()), readCSV(t, brief.String())[1:]
	if len(got) != 4 || len(rows(t, whole)) == 4 {
		t.Fatalf("%d rows in brief, %d in whole; want 4, and more", len(got), len(rows(t, whole)))
	}
	for i := range got {
		if g, w := got[i], want[i]; g[1] != w[1] || g[3] != w[3] || g[4] != w[4] {
			t.Errorf("row %d of the short story is %q, of the whole %q", i, g, w)
		}
	}
}

func TestTimelineCSVError(t *testing.T) {
	t.Parallel()
	broken := errors.New("half-way")
	if err := lists.WriteTimelineCSV(&bytes.Buffer{}, listOf(broken, scheduling.Event{})); !errors.Is(err, broken) {
		t.Errorf("error = %v, want the events'", err)
	}
}
