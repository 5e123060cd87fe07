package scheduling_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

const allowances = "GET /api/edx_proctoring/v1/proctored_exam/{course}/allowance"

// An answer of the platform serves many learners for half a minute, and no longer.
func TestAllowancesAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := func() (n int) {
		for endpoint, of := range w.platform.Counts().Requests {
			if strings.Contains(endpoint, "allowance") {
				n += of
			}
		}
		return n
	}
	for range 5 {
		if _, err := w.Status(t.Context(), w.exam, w.learner); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(5 * time.Second)
	}
	if got := asked(); got != 1 {
		t.Errorf("asked %d times in 25 seconds, want once", got)
	}
	w.grantOnPlatform("30")
	w.clock.Advance(5 * time.Second)
	if b := w.booked(nine); b.Duration != 120*time.Minute || asked() != 2 {
		t.Errorf("after half a minute: %s, asked %d times; want 2h0m0s, asked twice", b.Duration, asked())
	}
}

// The platform takes digits of every script, and numbers of every length, of which 24
// hours count.
func TestExtraTimeIsReadAsThePlatformReadsIt(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{"٣٠": 2 * time.Hour, "65536": 24 * time.Hour, "99999999999999999999": 24 * time.Hour} {
		w := newWorld(t)
		w.grantOnPlatform(value)
		status, err := w.Status(t.Context(), w.exam, w.learner)
		if err != nil || status.Duration != want {
			t.Errorf("extra time %q: %s, %v; want %s", value, status.Duration, err, want)
		}
	}
}

// A value that can't be read is not zero: its learner waits, and nobody else does.
func TestUnreadableExtraTimeStopsItsLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	other := w.enroll("bob", 4212)
	if _, err := w.Book(t.Context(), w.exam, other, ten); err != nil {
		t.Fatal(err)
	}
	w.grantOnPlatform("half an hour")
	w.clock.Advance(time.Minute)
	w.exam.Name = "Final"

	var got []scheduling.BookingID
	var bad error
	for a, err := range w.Staff.Affected(t.Context(), w.exam) {
		if err == nil {
			got = append(got, a.Booking.ID)
		}
		bad = errors.Join(bad, err)
	}
	if !errors.Is(bad, platform.ErrUnreadableTime) || len(got) != 1 || got[0] == id {
		t.Errorf("Affected: %v, and %v; want the other learner's booking, and the error", got, bad)
	}
	left, err := w.Staff.ApplyExam(t.Context(), w.exam, office)
	if !errors.Is(err, platform.ErrUnreadableTime) || len(left) != 1 || left[0].Booking.Learner != other {
		t.Errorf("ApplyExam: %v, %v; want the other learner's booking, and the error", left, err)
	}
	if b := w.booking(id); b.Exam.Name == w.exam.Name {
		t.Error("ApplyExam changed the booking whose duration nobody knows")
	}
	checks := w.Preflight(t.Context(), w.exam)
	i := slices.IndexFunc(checks, func(c preflight.Check) bool { return c.Code == preflight.CodePlatformAllowances })
	if c := checks[i]; c.Verdict != preflight.VerdictWarning || !errors.Is(c.Err, platform.ErrUnreadableTime) || c.Data["unreadable"] != "1" {
		t.Errorf("Preflight: %+v, want a warning", c)
	}
	if strings.Contains(w.log.String(), "half an hour") {
		t.Error("the log holds the value")
	}
}

// Grants are found by the account: a learner who was renamed on the platform since
// Learner read the name keeps the extra time.
func TestRenamedLearnerKeepsExtraTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.AddUser(edxtest.User{ID: 4211, Username: "ada_example", Name: "Ada Example"})
	id := w.platform.AddExam(edxtest.Exam{Course: w.exam.Course.String(), Content: w.exam.Usage.String(), Name: "Final", Minutes: 90, Proctored: true})
	w.platform.AddAllowance(edxtest.Allowance{ExamID: id, Username: "ada_example", Key: "additional_time_granted", Value: "45"})
	status, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || status.Duration != 135*time.Minute {
		t.Errorf("Status: %s, %v; want 2h15m0s", status.Duration, err)
	}
	booked := w.settled(nine)
	w.apply()
	if b := w.booking(booked); b.Duration != 135*time.Minute {
		t.Errorf("ApplyExam leaves %s, want 2h15m0s", b.Duration)
	}
}

// What can't be read is told from a platform that is down: somebody must put it right.
func TestUnreadableExtraTimeHasAReasonOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grantOnPlatform("half an hour")
	w.clock.Advance(time.Minute)
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	no, ok := errors.AsType[*scheduling.NotAllowedError](err)
	if !ok || !no.Has(scheduling.ReasonExtraTimeUnreadable) || no.Has(scheduling.ReasonPlatformUnavailable) || !errors.Is(err, platform.ErrUnreadableTime) {
		t.Errorf("Book = %v, want extra_time_unreadable", err)
	}
	status := w.status()
	if !slices.ContainsFunc(status.Reasons, func(r scheduling.Reason) bool { return r.Code == scheduling.ReasonExtraTimeUnreadable }) {
		t.Errorf("Status: %v, want extra_time_unreadable", status.Reasons)
	}
}
