package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

func TestCalendar(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	day := func(text string) scheduling.Date {
		d, err := scheduling.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if got := nextChange(day("2027-01-12"), paris); got.String() != "2027-03-28" {
		t.Errorf("the clocks change on %s, want 2027-03-28", got)
	}
	all := weeks(day("2027-03-24"), day("2027-04-02"), day("2027-03-28"), paris, nil)
	var line strings.Builder
	for _, week := range all {
		for _, d := range week {
			switch {
			case d.Chosen:
				line.WriteByte('*')
			case d.Open:
				line.WriteByte('o')
			default:
				line.WriteByte('.')
			}
			if d.Changes != (d.Date.String() == "2027-03-28") {
				t.Errorf("%s: the clocks change = %t", d.Date, d.Changes)
			}
			if d.At.In(paris).Hour() != 0 {
				t.Errorf("%s begins at %s", d.Date, d.At)
			}
		}
		line.WriteByte('\n')
	}
	if got, want := line.String(), "..oooo*\nooooo..\n"; got != want {
		t.Errorf("weeks from Monday on:\n%swant\n%s", got, want)
	}
	if got := len(weeks(day("2027-01-01"), day("2030-01-01"), day("2027-01-01"), paris, nil)); got != maxWeeks {
		t.Errorf("%d weeks of a long window, want %d", got, maxWeeks)
	}
}

// The day of a clock change is marked, times have their offset, and other exams of
// the learner stand in the calendar and are in the way.
func TestSlotsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	change := nextChange(scheduling.DateOf(s.world.clock.Now(), s.world.exams[2].Exam.Zone), s.world.exams[2].Exam.Zone)
	b.get("/exams/history/slots?day="+change.String()).wants(t, http.StatusOK, "The clocks change on this day.", "UTC&#43;02:00", "UTC&#43;01:00")
	start := b.get("/exams/algorithms/slots").wants(t, http.StatusOK, `aria-current="date"`).starts(t)[6]
	b.post("/exams/statistics/book", "start", start).wants(t, http.StatusOK, "It is booked")
	b.get("/exams/algorithms/slots").wants(t, http.StatusOK, "your other exam", "On this day you also have:", "<small>exam</small>")
	b.get("/exams/algorithms/slots?day=nonsense").wants(t, http.StatusOK, "free starts")
	b.get("/exams/nothing/slots").wants(t, http.StatusNotFound)
}
