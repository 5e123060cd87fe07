package proctorutest_test

import (
	"fmt"
	"testing"
	"time"
)

// The learner chooses a time on the provider's site; the institution cancels by exam.
func TestLifeOfABlueBirdExam(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	if _, err := w.fake.LearnerSchedules("learner-7", "e-9", tuesday); err == nil {
		t.Error("a time was chosen for an exam that nobody registered")
	}
	w.blueBird("e-9", "active_date", "2030-03-01T08:00:00")
	for _, start := range []time.Time{monday.Add(-time.Hour), monday.AddDate(0, 0, 7), tuesday.Add(time.Minute)} {
		if _, err := w.fake.LearnerSchedules("learner-7", "e-9", start); err == nil {
			t.Errorf("the learner chose %v", start)
		}
	}
	number, err := w.fake.LearnerSchedules("learner-7", "e-9", tuesday)
	if err != nil || number != 900000501 {
		t.Fatalf("LearnerSchedules = %d, %v", number, err)
	}
	if got, want := w.list().column("exam_id"), "e-9"; got != want {
		t.Errorf("listed exams = %q, want %q", got, want)
	}
	report := w.post("bluebirdclientActivityReport", "student_id", "learner-7")
	if got, want := report.column("exam_id"), "e-9 e-9"; got != want || report.rows()[0]["SchoolNotes"] != "Closed book" {
		t.Errorf("BlueBird report = %s, want two equal rows of %s", report.body, want)
	}
	if n := len(w.report().rows()); n != 0 {
		t.Errorf("the other report has %d rows, want 0", n)
	}
	if got := fmt.Sprint(w.fake.Registrations()); got != "map[learner-7:[e-9]]" {
		t.Errorf("registrations = %s", got)
	}
	removed := w.send("POST", "removeReservation?student_id=learner-7&exam_id=e-9&time_sent=2030-03-04T09:00:00Z", nil)
	if removed.String() != "1" || !w.fake.Reservations()[0].Canceled || w.fake.Reservations()[0].ExamID != "e-9" {
		t.Errorf("removal by exam = %v, reservations = %+v", removed, w.fake.Reservations())
	}
}
