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
	const cancelled = "Reservation cancelled by Pat Proctor at  9:00am UTC on Mar 4, 2030; " +
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

func TestReportNotesAfternoon(t *testing.T) {
	t.Parallel()
	for hour, want := range map[int]string{0: " at 12:05am ", 12: " at 12:05pm ", 16: " at  4:05pm ", 23: " at 11:05pm "} {
		w := inProcess(t)
		w.clock.Set(time.Date(2030, 3, 25, hour, 5, 0, 0, time.UTC))
		w.book("r-1", tuesday.AddDate(0, 1, 0))
		if got := fmt.Sprint(w.report().rows()[0]["ProctorNotes"]); !strings.Contains(got, want) {
			t.Errorf("%d o'clock: notes = %q, want %q in it", hour, got, want)
		}
	}
}

func TestReportByDates(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantReportDuplicates, "none")
	for i := range 3 {
		w.book(fmt.Sprint("r-", i), tuesday.AddDate(0, 0, i), "student_id", fmt.Sprint("learner-", i))
	}
	for dates, want := range map[[2]string]string{
		{"2030-03-05", "2030-03-06"}:                               "learner-0 learner-1",
		{"2030-03-06T00:00:00", "2030-03-08T00:00:00"}:             "learner-1 learner-2",
		{"2030-03-05T10:00:00+01:00", "2030-03-05T10:00:00+01:00"}: "learner-0",
		{"2030-04-01", "2030-04-02"}:                               "",
	} {
		if got := w.report("student_id", "", "start_date", dates[0], "end_date", dates[1]).column("UniqueId"); got != want {
			t.Errorf("%v: got %q, want %q", dates, got, want)
		}
	}
}

func TestReportOfALearnerMayBeLong(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	if got := w.report("start_date", "2030-01-01", "end_date", "2030-12-31"); len(got.rows()) != 2 {
		t.Errorf("got %v with %d rows, want 2", got, len(got.rows()))
	}
}

func TestLagCanBeChosenFreely(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.SetListLag(10*time.Second, 1)
	w.fake.SetReportLag(time.Minute)
	w.book("r-1", tuesday)
	if got := len(w.list().rows()) + len(w.report().rows()); got != 0 {
		t.Errorf("%d rows at once, want 0", got)
	}
	w.clock.Advance(10 * time.Second)
	if list, report := len(w.list().rows()), len(w.report().rows()); list != 1 || report != 0 {
		t.Errorf("after 10 s list and report have %d and %d rows, want 1 and 0", list, report)
	}
	w.fake.SetListLag(0, 0)
	w.fake.SetReportLag(0)
	if list, report := len(w.list().rows()), len(w.report().rows()); list != 1 || report != 2 {
		t.Errorf("without lag list and report have %d and %d rows, want 1 and 2", list, report)
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
