package cohort_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
)

// A row may go wrong in many ways that are known beforehand. The dry run finds
// them without a word to the provider, and the real run says the same.
func TestBookSaysBeforehandWhatItWillRefuse(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll("ada_l", 4211)
	there := w.booked(ada, nine)
	rows := []cohort.Row{
		{Learner: w.enroll("ready", 1), Start: ten},
		{Learner: ada, Start: nine},
		{Learner: w.enroll("too_late", 2), Start: w.exam.Window.End},
		{Learner: w.enroll("fraction", 3), Start: ten.Add(time.Millisecond)},
		{Learner: "unknown", Start: ten},
		{Learner: w.enroll("left", 4), Start: ten},
		{Learner: w.enroll("elsewhere", 5), Start: ten},
		{Start: ten},
	}
	w.platform.Enroll("left", w.exam.Course.String(), "verified", false)
	w.booked(rows[6].Learner, noon)
	rows = append(rows, cohort.Row{Learner: rows[0].Learner, Start: noon}) // once more
	want := map[string]int{
		"done": 1, "refused outside_window": 1, "refused invalid_request": 2, "refused profile_incomplete": 2,
		"refused enrollment_inactive": 1, "refused already_booked": 1,
	}

	before := w.provider.Counts().Requests
	dry := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, cohort.Options{DryRun: true}))
	want["ready"] = 1
	wantCodes(t, dry, want)
	if after := w.provider.Counts().Requests; fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the dry run asked the provider: %v, before it %v", after, before)
	}
	if dry[1].Booking.ID != there.ID {
		t.Errorf("the row that is done names booking %s, want %s", dry[1].Booking.ID, there.ID)
	}

	run := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime))
	delete(want, "ready")
	want["done"] = 2
	wantCodes(t, run, want)
	w.wantAgreement(run[0].Booking.ID)
	for i, r := range run {
		if i > 0 && (r.Code != dry[i].Code || r.Reason != dry[i].Reason) {
			t.Errorf("row %d: %s %s, the dry run had said %s %s", i, r.Code, r.Reason, dry[i].Code, dry[i].Reason)
		}
		if r.Code == cohort.CodeRefused && !errors.Is(r.Err, proctorbook.ErrNotDone) {
			t.Errorf("row %d is refused by %v, want an error that is ErrNotDone", i, r.Err)
		}
	}
}

func TestBookRescheduleAndCancel(t *testing.T) {
	w := newWorld(t)
	rows := w.rows(20)
	key := w.exam.Key()
	later := make([]cohort.Row, len(rows))
	for i, r := range rows {
		later[i] = cohort.Row{Learner: r.Learner, Start: r.Start.AddDate(0, 0, 1)}
	}
	cancel := scheduling.Request{Reason: "moved to the summer term", By: "exam office"}
	all := map[string]int{"done": 20}
	dry := cohort.Options{DryRun: true}
	steps := []struct {
		name     string
		run      func(cohort.Options) []cohort.Result
		endpoint string
		active   int
	}{
		{"book", func(o cohort.Options) []cohort.Result {
			return inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, o))
		}, "addAdHocProcess", 20},
		{"reschedule", func(o cohort.Options) []cohort.Result {
			return inOrder(t, later, cohort.Reschedule(t.Context(), w.Scheduler, key, later, o))
		}, "addAdHocProcess", 20},
		{"cancel", func(o cohort.Options) []cohort.Result {
			return inOrder(t, rows, cohort.Cancel(t.Context(), w.Scheduler, key, rows, cancel, o))
		}, "removeReservation", 0},
	}
	for _, step := range steps {
		sent := func() int { return w.provider.Counts().Requests[step.endpoint] }
		before := sent()
		wantCodes(t, step.run(dry), map[string]int{"ready": 20})
		if sent() != before {
			t.Errorf("%s: the dry run sent %d requests", step.name, sent()-before)
		}
		wantCodes(t, step.run(cohort.Options{}), all)
		if sent() != before+20 || w.provider.Counts().ActiveNow != step.active {
			t.Errorf("%s: %d requests, and %d active reservations; want 20 and %d", step.name, sent()-before, w.provider.Counts().ActiveNow, step.active)
		}
		wantCodes(t, step.run(dry), all)
		wantCodes(t, step.run(cohort.Options{}), all) // again: nothing is left to do
		if sent() != before+20 {
			t.Errorf("%s: the second run sent %d requests", step.name, sent()-before-20)
		}
	}
	gone := inOrder(t, later, cohort.Reschedule(t.Context(), w.Scheduler, key, later, cohort.Options{}))
	wantCodes(t, gone, map[string]int{"refused booking_ended": 20})
	never := []cohort.Row{{Learner: w.enroll("ada_l", 4211), Start: nine}}
	wantCodes(t, inOrder(t, never, cohort.Cancel(t.Context(), w.Scheduler, key, never, cancel, oneAtATime)), map[string]int{"refused no_booking": 1})
}

// A row without a learner changes no booking.
func TestRowWithoutALearner(t *testing.T) {
	w := newWorld(t)
	id := w.booked(w.enroll("ada_l", 4211), nine).ID
	rows := []cohort.Row{{Start: noon}}
	for _, o := range []cohort.Options{{DryRun: true}, {}} {
		wantCodes(t, inOrder(t, rows, cohort.Reschedule(t.Context(), w.Scheduler, w.exam.Key(), rows, o)), map[string]int{"refused no_booking": 1})
		wantCodes(t, inOrder(t, rows, cohort.Cancel(t.Context(), w.Scheduler, w.exam.Key(), rows, scheduling.Request{}, o)), map[string]int{"refused no_booking": 1})
	}
	w.wantAgreement(id)
}

// The outcome of a row whose answer was lost is not known yet. It is pending,
// and no other row suffers; once Reconcile has looked it is done.
func TestBookKeepsOpenOutcomesApart(t *testing.T) {
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	rows := w.rows(5)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	results := inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime))
	wantCodes(t, results, map[string]int{"done": 4, "pending": 1})
	open := w.pendingID(results[0].Err)
	wantCodes(t, inOrder(t, rows[:1], cohort.Book(t.Context(), w.Scheduler, w.exam, rows[:1], cohort.Options{DryRun: true})), map[string]int{"pending": 1})
	w.pass()
	w.wantAgreement(open)
	wantCodes(t, inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime)), map[string]int{"done": 5})
	if made := w.provider.Counts().ReservationsMade; made != 5 {
		t.Errorf("%d reservations were made, want 5", made)
	}
}

// A learner whose other exam is in the way is refused with the reason for it, in a
// dry run too.
func TestBookBesideAnotherExam(t *testing.T) {
	w := newWorld(t)
	rows := w.rows(3)
	resit := w.exam
	resit.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@resit")
	if _, err := w.Book(t.Context(), resit, rows[1].Learner, rows[1].Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	dry := oneAtATime
	dry.DryRun = true
	wantCodes(t, inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, dry)), map[string]int{"ready": 2, "refused own_booking": 1})
	wantCodes(t, inOrder(t, rows, cohort.Book(t.Context(), w.Scheduler, w.exam, rows, oneAtATime)), map[string]int{"done": 2, "refused own_booking": 1})
}
