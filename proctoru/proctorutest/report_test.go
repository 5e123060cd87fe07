package proctorutest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

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

// Where the activity report by dates lists past sessions alone, the pending report is the
// one that lists those ahead. What is in its rows nobody shows.
func TestPendingReportListsWhatIsAhead(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(proctorutest.VariantReportSessions, "past-only")
	w.mustPlay(proctorutest.VariantReportDuplicates, "none")
	w.book("r-1", tuesday)
	w.book("r-2", tuesday.AddDate(0, 0, 3))
	w.clock.Set(tuesday.Add(2 * time.Hour))
	if got := w.reportedBetween("2030-03-04", "2030-03-20"); got != "501" {
		t.Errorf("the activity report lists %q, want the past session, 501", got)
	}
	if got := w.post("pendingExamReport", "start_date", "2030-03-04", "end_date", "2030-03-20").column("reservation_id"); got != "r-2" {
		t.Errorf("the pending report lists %q, want the one ahead, r-2", got)
	}
}

func TestPendingReport(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	w.book("r-2", tuesday.Add(4*time.Hour), "student_id", "learner-8")
	w.remove(w.book("r-3", tuesday.Add(2*time.Hour)).number())
	got := w.post("pendingExamReport", "student_id", "learner-7").body
	want := `"data":[{"student_id":"learner-7","reservation_no":900000501,"reservation_id":"r-1","exam_id":null,"description":"Final exam",` +
		`"start_date":"2030-03-05T09:00:00Z","end_time":"2030-03-05T10:00:00Z"}]}`
	if !strings.HasSuffix(got, want) {
		t.Errorf("body = %s\nwant it to end in %s", got, want)
	}
	if got, want := w.post("pendingExamReport").column("reservation_id"), "r-1 r-2"; got != want {
		t.Errorf("everybody's = %q, want %q", got, want)
	}
	w.clock.Set(tuesday.Add(time.Hour))
	if got, want := w.post("pendingExamReport").column("reservation_id"), "r-2"; got != want {
		t.Errorf("after the first session = %q, want %q", got, want)
	}
}
