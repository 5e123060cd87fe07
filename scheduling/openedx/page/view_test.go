package page_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// ref names the attempt as the platform does.
func (w *world) ref() backend.AttemptRef {
	w.t.Helper()
	s, err := w.p.Sitting(w.t.Context(), w.attempt)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Attempt.Ref()
}

// The days are the learner's, one a page, from the one that was asked for.
func TestDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.ready()
	for from, want := range map[string][]string{
		"":                 {"Monday, 11 January 2027", `href="?from=2027-01-12"`},
		"?from=2027-01-12": {"Tuesday, 12 January 2027", `href="?from=2027-01-13"`, `value="2027-01-12"`},
		"?from=2020-01-01": {"Monday, 11 January 2027"},
		"?from=soon":       {"Monday, 11 January 2027"},
		"?from=2027-03-01": {"There is no free time from 2027-03-01 on"},
	} {
		b.look(from)
		b.wants(http.StatusOK, want...)
	}
	for _, last := range []string{"?from=2027-01-15", "?from=2027-03-01"} {
		b.look(last)
		b.lacks("Later times")
	}
}

// What the exam's policy asks for is said before it is done.
func TestPolicyInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{
		Zone: time.UTC, Window: scheduling.Window{Start: monday}, Policy: scheduling.Policy{MaxMoves: 1, LateWithin: 24 * time.Hour, LateFee: "20.00"},
	})
	b := w.ready()
	b.press("book", "10:00 to 11:30", nil)
	b.wants(http.StatusOK, "Moving is free until Sunday, 10 January 2027, 10:00.", "Moving is possible so often still: 1.")
	w.clock.Set(monday.Add(-time.Hour))
	w.pass()
	b.look("")
	b.wants(http.StatusOK, "Canceling is late now, and costs 20.00.")
	b.press("move", "14:00 to 15:30", nil)
	b.wants(http.StatusOK, "Your sitting: Monday, 11 January 2027, 14:00")
	b.lacks("Move to another time")
}

// When no sitting fits any more the page says so.
func TestNothingToBook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.ready()
	w.clock.Set(monday.AddDate(0, 0, 6))
	b.look("")
	b.wants(http.StatusOK, "The exam can't be booked now.", "The exam's dates are over.")
	b.lacks("Choose a time")
}

// The style sheet is the only thing that a page loads.
func TestStyle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.open()
	b.wants(http.StatusOK, `href="style.css"`)
	b.look("style.css")
	b.wants(http.StatusOK, "font:")
}

// Whoever has booked an exam sits it, also when the platform has meanwhile taken it away.
func TestTheExamIsTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.ready()
	b.press("book", "10:00 to 11:30", nil)
	exam := w.exam
	exam.Proctored = false
	if _, err := w.lms.PublishExam(t.Context(), exam); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(monday.Add(9 * time.Hour))
	b.look("")
	b.wants(http.StatusOK, "Your sitting: Monday, 11 January 2027, 10:00")
	b.press("begin", "Begin", nil)
	b.wants(http.StatusOK, "Go to your proctor")
	b.press("unlock", "Unlock", url.Values{"code": {w.code()}})
	b.wants(http.StatusOK, "The exam is unlocked")
}

// Nobody is sent to an exam for which the time is over.
func TestTimeOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{})
	b := w.ready()
	b.press("book", "10:00 to 11:30", nil)
	w.clock.Set(monday.Add(9 * time.Hour))
	b.look("")
	b.press("begin", "Begin", nil)
	b.press("unlock", "Unlock", url.Values{"code": {w.code()}})
	w.clock.Advance(90 * time.Minute)
	b.look("")
	b.wants(http.StatusOK, "Your time is over. If you could not sit the exam, please tell your exam office.")
	b.lacks("Go to it on your course platform", "Time left")
}
