package openedx_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Every state of a booking, every verdict on it and every reason, in all combinations:
// what the table says, and nothing passes but what a proctor let in and found clean.
func TestDefaultReview(t *testing.T) {
	t.Parallel()
	states := []scheduling.State{
		"", scheduling.StatePending, scheduling.StateScheduled, scheduling.StateBegun, scheduling.StateUnlocked, scheduling.StateFinished,
		scheduling.StateCanceled, scheduling.StateNoShow, scheduling.StateFailed, scheduling.StateVoid,
	}
	outcomes := map[string]struct {
		outcome scheduling.Outcome
		want    edx.Verdict
		why     string
	}{
		"none":              {scheduling.Outcome{}, "", ""},
		"pending":           {scheduling.Outcome{Verdict: scheduling.VerdictPending}, "", ""},
		"passed":            {scheduling.Outcome{Verdict: scheduling.VerdictPassed}, edx.VerdictPassed, ""},
		"passed by staff":   {scheduling.Outcome{Verdict: scheduling.VerdictPassed, ByStaff: true, Facts: provider.Facts{Incident: true}}, edx.VerdictPassed, ""},
		"failed by staff":   {scheduling.Outcome{Verdict: scheduling.VerdictFailed, ByStaff: true}, edx.VerdictViolation, "staff"},
		"incident":          {scheduling.Outcome{Verdict: scheduling.VerdictFailed, Facts: provider.Facts{Incident: true, Escalated: true}}, edx.VerdictViolation, "incident"},
		"escalated":         {scheduling.Outcome{Verdict: scheduling.VerdictFailed, Facts: provider.Facts{Escalated: true, Authenticated: true}}, edx.VerdictViolation, "escalated"},
		"not authenticated": {scheduling.Outcome{Verdict: scheduling.VerdictFailed, Facts: provider.Facts{TestSubmitted: true}}, edx.VerdictSuspicious, "not_authenticated"},
		"not submitted":     {scheduling.Outcome{Verdict: scheduling.VerdictFailed, Facts: provider.Facts{Authenticated: true}}, edx.VerdictSuspicious, "not_submitted"},
	}
	for _, state := range states {
		for name, o := range outcomes {
			for _, unlocked := range []bool{false, true} {
				for _, submitted := range []bool{false, true} {
					want, why := o.want, o.why
					switch {
					case state == scheduling.StateVoid:
						want, why = edx.VerdictNotReviewed, ""
					case !unlocked && submitted:
						want, why = edx.VerdictSuspicious, "without_code"
					case !unlocked:
						want, why = "", ""
					}
					f := openedx.Finding{Booking: scheduling.Booking{State: state}, Outcome: o.outcome, Unlocked: unlocked}
					if submitted {
						f.Attempt.Submitted = time.Now()
					}
					got, ok := openedx.DefaultReview(f)
					comment := ""
					if len(got.Comments) > 0 {
						comment = got.Comments[0].Text
					}
					if ok != (want != "") || ok && (got.Verdict != want || comment != why) {
						t.Errorf("%q, %s, unlocked %t, submitted %t: %s (%s), %t; want %q (%s)", state, name, unlocked, submitted, got.Verdict, comment, ok, want, why)
					}
				}
			}
		}
	}
}

// What the proctors report is what the platform makes of the attempt.
func TestVerdictsReachThePlatform(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		found proctorutest.Verdict
		want  string
	}{
		"clean":             {clean, "verified"},
		"incident":          {proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}, "second_review_required"},
		"escalated":         {proctorutest.Verdict{Authenticated: true, TestSubmitted: true, Escalated: true}, "second_review_required"},
		"not authenticated": {proctorutest.Verdict{TestSubmitted: true}, "second_review_required"},
		"not submitted":     {proctorutest.Verdict{Authenticated: true}, "second_review_required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, "submitted", nil)
			w.end(x.b, tt.found)
			w.pass()
			if sitting, _ := w.north.lms.Sitting(x.n); sitting.Status != tt.want || len(sitting.Reviewed) != 1 {
				t.Errorf("the attempt is %s after %d reviews, want %s after 1", sitting.Status, len(sitting.Reviewed), tt.want)
			}
		})
	}
}

// Facts that change while the booking's verdict stays the same reach the platform within a
// day; two weeks after the session nobody looks at it any more.
func TestLaterFactsReachThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "submitted", nil)
	w.end(x.b, proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true})
	w.pass()
	number, err := strconv.ParseInt(string(x.b.Number), 10, 64)
	w.do(err)
	w.do(w.proctors.ProctorRevises(number, proctorutest.Verdict{TestSubmitted: true}))
	w.clock.Advance(25 * time.Hour)
	if o, err := w.s.Outcome(t.Context(), x.b.ID); err != nil || o.Verdict != scheduling.VerdictFailed {
		t.Fatalf("the outcome is %s, %v; want failed as before", o.Verdict, err)
	}
	w.pass()
	sitting, _ := w.north.lms.Sitting(x.n)
	if n := len(sitting.Reviewed); n != 2 || sitting.Reviewed[1].Said != "suspicious" {
		t.Errorf("the platform was told %+v, want suspicious at last", sitting.Reviewed)
	}
	for range 16 {
		w.clock.Advance(24 * time.Hour)
		w.pass()
	}
	if a := w.kept(x.id); !a.DueAt.IsZero() {
		t.Errorf("after two weeks the attempt is due at %s, want never", a.DueAt)
	}
}

// Two verdicts lead to the same status on the platform: that it has the first one is no sign
// that the second one, whose request was lost, has arrived.
func TestASecondVerdictIsNotTakenForTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "submitted", nil)
	w.end(x.b, proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true})
	w.pass()
	number, err := strconv.ParseInt(string(x.b.Number), 10, 64)
	w.do(err)
	w.do(w.proctors.ProctorRevises(number, proctorutest.Verdict{TestSubmitted: true}))
	w.clock.Advance(25 * time.Hour)
	if _, err := w.s.Outcome(t.Context(), x.b.ID); err != nil {
		t.Fatal(err)
	}
	w.north.down = true
	w.pass()
	if r := w.kept(x.id).Review; r.Verdict != edx.VerdictSuspicious || r.Sent.IsZero() || !r.Done.IsZero() {
		t.Fatalf("the second verdict is kept as %+v, want sent and not done", r)
	}
	w.north.down = false
	w.clock.Advance(11 * time.Minute)
	w.pass()
	if sitting, _ := w.north.lms.Sitting(x.n); len(sitting.Reviewed) != 2 || sitting.Reviewed[1].Said != "suspicious" {
		t.Errorf("the platform was told %+v, want the second verdict, too", sitting.Reviewed)
	}
}

// An operator's own table is asked, and its reviewer counts on the platform.
func TestAnOwnReview(t *testing.T) {
	t.Parallel()
	own := func(f openedx.Finding) (edx.Review, bool) {
		r, ok := openedx.DefaultReview(f)
		r.ReviewedBy = "grace@personal.example"
		return r, ok
	}
	w := newWorld(t, openedx.WithReview(own))
	w.north.lms.AddUser(edxtest.User{Username: "grace", Email: "grace@personal.example", Staff: true, MayRetire: true})
	x := w.play(w.north, "submitted", nil)
	w.end(x.b, proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true})
	w.pass()
	if sitting, _ := w.north.lms.Sitting(x.n); sitting.Status != "rejected" {
		t.Errorf("the attempt is %s, want rejected", sitting.Status)
	}
}

// The platform takes a verdict long after we have given up waiting for its answer, and
// after a later one: the later one is sent once more.
func TestAVerdictThatArrivesLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "submitted", nil)
	var late *http.Request
	w.north.fails = func(r *http.Request) error {
		if !strings.HasSuffix(r.URL.Path, "/reviewed") {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		w.do(err)
		late = r.Clone(t.Context())
		late.Body = io.NopCloser(bytes.NewReader(body))
		return errDead
	}
	number, err := strconv.ParseInt(string(x.b.Number), 10, 64)
	w.do(err)
	w.do(w.proctors.ProctorEnds(number, clean))
	w.clock.Advance(10 * time.Minute)
	if o, err := w.s.Outcome(t.Context(), x.b.ID); err != nil || o.Verdict != scheduling.VerdictPassed {
		t.Fatalf("Outcome = %+v, %v", o, err)
	}
	if w.pass(); late == nil {
		t.Fatal("no verdict was sent")
	}
	w.north.fails = nil
	_, err = w.s.Staff.OverrideOutcome(t.Context(), x.b.ID, scheduling.VerdictFailed, scheduling.Request{Reason: "a recording", By: "grace"})
	w.do(err)
	w.pass()
	resp, err := proctorbooktest.InProcess(w.north.lms).RoundTrip(late)
	w.do(err)
	w.do(resp.Body.Close())
	if sitting, _ := w.north.lms.Sitting(x.n); sitting.Status != "verified" {
		t.Fatalf("after the late verdict the attempt is %s", sitting.Status)
	}
	for range 3 {
		w.pass()
	}
	sitting, _ := w.north.lms.Sitting(x.n)
	if a := w.kept(x.id); sitting.Status != "second_review_required" || a.Review.Done.IsZero() || a.Trouble != "" {
		t.Errorf("in the end the attempt is %s, here %+v", sitting.Status, a)
	}
}

// A process stands still while it sends a verdict, and another one sends a later one: the
// platform has that in the end.
func TestAVerdictOfAProcessThatStoodStill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "submitted", nil)
	number, err := strconv.ParseInt(string(x.b.Number), 10, 64)
	w.do(err)
	w.do(w.proctors.ProctorEnds(number, clean))
	w.clock.Advance(10 * time.Minute)
	_, err = w.s.Outcome(t.Context(), x.b.ID)
	w.do(err)
	stood := false
	w.north.fails = func(r *http.Request) error {
		if stood || !strings.HasSuffix(r.URL.Path, "/reviewed") {
			return nil
		}
		stood = true
		w.restart()
		_, err := w.s.Staff.OverrideOutcome(t.Context(), x.b.ID, scheduling.VerdictFailed, scheduling.Request{Reason: "a recording", By: "grace"})
		w.do(err)
		w.clock.Advance(3 * time.Minute)
		_, err = w.p.Work(t.Context())
		w.do(err)
		return nil
	}
	for range 3 {
		w.pass()
	}
	sitting, _ := w.north.lms.Sitting(x.n)
	if a := w.kept(x.id); !stood || sitting.Status != "second_review_required" || a.Review.Done.IsZero() || a.Trouble != "" {
		t.Errorf("stood still: %t; in the end the attempt is %s, here %+v", stood, sitting.Status, a)
	}
}
