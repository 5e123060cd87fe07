package proctorutest_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

func TestProvidersOwnActs(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	number, err := w.fake.ProviderMoves(900000501, tuesday.Add(time.Hour))
	if err != nil || number != 900000502 {
		t.Fatalf("ProviderMoves = %d, %v; want 900000502", number, err)
	}
	if _, err := w.fake.ProviderMoves(900000501, tuesday); err == nil {
		t.Error("the old number was moved")
	}
	if err := w.fake.ProviderCancels(900000501); err == nil {
		t.Error("the old number was cancelled twice")
	}
	w.clock.Set(tuesday.Add(time.Hour))
	w.begin("r-1")
	if err := w.fake.ProctorStarts(number); err != nil {
		t.Error(err)
	}
	w.clock.Advance(55 * time.Minute)
	if err := w.fake.ProctorEnds(number, proctorutest.Verdict{Authenticated: true, Escalated: true}); err != nil {
		t.Error(err)
	}
	if err := w.fake.ProctorEnds(number, proctorutest.Verdict{}); err == nil {
		t.Error("a session ended twice")
	}

	if counts := w.fake.Counts(); counts.Begins != 1 || counts.Changes != 1 || counts.ActiveNow != 0 {
		t.Errorf("counts = %+v, want one begin, one change, nobody expected any more", counts)
	}

	rows := w.report().rows()

	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4: two numbers, each twice", len(rows))
	}
	const cancelled = "Reservation cancelled created by Pat Proctor at  9:00am UTC on Mar 4, 2030; " +
		"Fulfillment created by Pat Proctor at  9:00am UTC on Mar 4, 2030; Reservation created by Ada Example at  9:00am UTC on Mar 4, 2030; "
	if got := rows[0]["ProctorNotes"]; got != cancelled {
		t.Errorf("notes of the old number = %q\nwant %q", got, cancelled)
	}
	want := map[string]any{
		"Student": "Example", "UniqueId": "learner-7", "Test": "Final exam", "exam_id": "",
		"StartDate": "2030-03-05T10:00:00Z", "EndDate": "2030-03-05T11:00:00Z", "ReservationNo": 900000502.0,
		"StudentNotes": nil, "SchoolNotes": "Closed book",
		"ProctorNotes": "Fulfillment ended by Pat Proctor at 10:55am UTC on Mar 5, 2030; " +
			"Fulfillment started by Pat Proctor at 10:00am UTC on Mar 5, 2030; " +
			"Fulfillment created by Pat Proctor at  9:00am UTC on Mar 4, 2030; " +
			"Reservation created by Ada Example at  9:00am UTC on Mar 4, 2030; ",
		"CheckID": true, "LoginVerified": true, "Authenticated": true, "TestSubmitted": false, "IncidentReport": false, "Escalated": true,
	}
	for _, row := range rows[2:] {
		if !reflect.DeepEqual(row, want) {
			t.Errorf("row = %v\nwant  %v", row, want)
		}
	}
	if row := w.list().rows()[0]; row["escalated"] != true {
		t.Errorf("list row = %v, want escalated", row)
	}
}

// A learner who waits has shown his papers, and no session has begun. The verdict
// of a session that has ended may be revised, and of no other.
func TestProctorChecksInAndRevises(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	if err := w.fake.ProctorChecksIn(900000501); err != nil {
		t.Fatal(err)
	}
	if row := w.report().rows()[0]; row["CheckID"] != true || row["Authenticated"] != false || strings.Contains(fmt.Sprint(row["ProctorNotes"]), "started") {
		t.Errorf("row = %v, want checked in, not authenticated, not started", row)
	}
	if err := w.fake.ProctorRevises(900000501, proctorutest.Verdict{}); err == nil {
		t.Error("the verdict of a session that has not ended was revised")
	}
	if err := w.fake.ProctorEnds(900000501, proctorutest.Verdict{}); err != nil {
		t.Fatal(err)
	}
	if err := w.fake.ProctorRevises(900000501, proctorutest.Verdict{IncidentReport: true}); err != nil {
		t.Fatal(err)
	}
	if row := w.report().rows()[0]; row["IncidentReport"] != true {
		t.Errorf("row = %v, want the incident", row)
	}
}
