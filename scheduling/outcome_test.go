package scheduling_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var (
	clean   = proctorutest.Verdict{Authenticated: true, TestSubmitted: true}
	tainted = proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}
)

// sat books nine, lets the proctor end the session with the verdict, and reads it.
func (w *world) sat(v proctorutest.Verdict) scheduling.BookingID {
	w.t.Helper()
	id := w.settled(nine)
	w.clock.Set(nine)
	w.mustBegin(id)
	w.sit(w.numberOf(id), &v)
	w.outcome(id)
	return id
}

// bookedBy books start for another learner.
func (w *world) bookedBy(username string, id int64, start time.Time) scheduling.BookingID {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), w.exam, w.enroll(username, id), start)
	if err != nil {
		w.t.Fatal(err)
	}
	return b.ID
}

// sit lets the proctor start the session, and end it if there is a verdict.
func (w *world) sit(number int64, v *proctorutest.Verdict) {
	w.t.Helper()
	if err := w.provider.ProctorStarts(number); err != nil {
		w.t.Fatal(err)
	}
	if v == nil {
		return
	}
	w.clock.Advance(time.Hour)
	if err := w.provider.ProctorEnds(number, *v); err != nil {
		w.t.Fatal(err)
	}
}

// The five cases of the old back office: each of the four columns alone decides,
// each read from its own column.
func TestVerdictOfTheBackOffice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		verdict proctorutest.Verdict
		want    scheduling.Verdict
	}{
		"authenticated and submitted": {clean, scheduling.VerdictPassed},
		"escalated":                   {proctorutest.Verdict{Authenticated: true, TestSubmitted: true, Escalated: true}, scheduling.VerdictFailed},
		"an incident":                 {tainted, scheduling.VerdictFailed},
		"not authenticated":           {proctorutest.Verdict{TestSubmitted: true}, scheduling.VerdictFailed},
		"not submitted":               {proctorutest.Verdict{Authenticated: true}, scheduling.VerdictFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.booking(w.sat(tt.verdict))
			if s := b.Session; s.Verdict != tt.want || !s.VerdictAt.Equal(w.clock.Now()) || b.Outcome().Verdict != tt.want {
				t.Errorf("stored verdict %q at %s, want %s now", s.Verdict, s.VerdictAt, tt.want)
			}
		})
	}
}

// Where no sitting can follow there is nothing to judge, and nothing to wait for.
// Staff's verdict counts all the same.
func TestNoVerdictOfWhatWasNotSat(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"canceled", "failed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			id := standings[name].prepare(w)
			if o := w.booking(id).Outcome(); o.Verdict != "" || o.ByStaff || o.Booking != id {
				t.Errorf("Outcome = %+v, want no verdict", o)
			}
		})
	}
	w := newWorld(t, hasty)
	id := standings["canceled"].prepare(w)
	r := scheduling.Request{Reason: "sat on paper", By: "staff7"}
	if b, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictPassed, r); err != nil || b.Outcome().Verdict != scheduling.VerdictPassed || !b.Outcome().ByStaff {
		t.Errorf("overruled: %+v, %v; want passed by staff", b.Outcome(), err)
	}
	if b, err := w.Staff.WithdrawOverride(t.Context(), id, r); err != nil || b.Outcome().Verdict != "" {
		t.Errorf("taken back: %+v, %v; want no verdict", b.Outcome(), err)
	}
	if got, err := w.Outcome(t.Context(), id); err != nil || got.Verdict != "" {
		t.Errorf("the report read: %+v, %v; want no verdict", got, err)
	}
}

// While the provider is down the store answers, and says as of when.
func TestOutcomeWhileTheProviderIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(clean)
	read := w.clock.Now()
	w.clock.Advance(24 * time.Hour)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})

	got, err := w.Outcome(t.Context(), id)

	if err != nil || got.Verdict != scheduling.VerdictPassed || !got.ReadAt.Equal(read) || !errors.Is(got.Unread, proctoru.ErrServer) {
		t.Errorf("Outcome = %+v, %v; want passed as of %s, and why not newer", got, err, read)
	}
	if o := w.booking(id).Outcome(); o.Verdict != scheduling.VerdictPassed || o.Unread != nil {
		t.Errorf("Booking.Outcome = %+v, want passed without any call", o)
	}
}

// An incident that is reported days later changes the verdict.
func TestLaterReportChangesTheVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(clean)
	w.clock.Advance(72 * time.Hour)
	w.did(w.provider.ProctorRevises(w.numberOf(id), tainted))

	if o := w.outcome(id); o.Verdict != scheduling.VerdictFailed || !o.Facts.Incident {
		t.Errorf("Outcome = %+v, want failed by an incident", o)
	}
	if !w.booking(id).Session.VerdictAt.Equal(w.clock.Now()) {
		t.Errorf("the verdict is of %s, want now", w.booking(id).Session.VerdictAt)
	}
}

// Two readings at once: the one that began first is stored last, and changes nothing.
func TestOlderReadingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(clean)
	w.clock.Advance(time.Hour)
	slow := &slowActivity{ProctorU: provider.ProctorU{Client: w.client}, meanwhile: func() {
		w.clock.Advance(time.Minute)
		w.did(w.provider.ProctorRevises(w.numberOf(id), tainted))
		w.outcome(id)
	}}
	if got, err := w.with(slow).Outcome(t.Context(), id); err != nil || got.Verdict != scheduling.VerdictFailed || !got.ReadAt.Equal(w.clock.Now()) {
		t.Errorf("Outcome = %+v, %v; want failed, as of the later reading", got, err)
	}
}

// slowActivity lets something happen between the provider's answer and its use.
type slowActivity struct {
	provider.ProctorU
	meanwhile func()
}

func (p *slowActivity) Activity(ctx context.Context, learner string) ([]provider.Activity, error) {
	rows, err := p.ProctorU.Activity(ctx, learner)
	p.meanwhile()
	return rows, err
}

// A verdict on a reservation that was replaced does not count for its successor.
func TestOutcomeIsOfTheCountedReservation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(tainted)
	b := w.booking(id)
	b.Number = "999999"
	b, err := w.store.Update(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if o := b.Outcome(); o.Verdict != scheduling.VerdictPending || o.Reported {
		t.Errorf("Outcome = %+v, want pending and not reported", o)
	}
	w.outcome(id) // the report knows the old number only
	if s := w.booking(id).Session; s.Facts != (provider.Facts{}) || s.Verdict != scheduling.VerdictPending {
		t.Errorf("after another reading: %+v, want no facts, and pending", s)
	}
}

// The verdict comes from the proctor's facts on the booking's own reservation.
func TestOutcome(t *testing.T) {
	t.Parallel()
	passed := proctorutest.Verdict{Authenticated: true, TestSubmitted: true}
	for name, tt := range map[string]struct {
		verdict *proctorutest.Verdict // nil = the session is not over
		started bool
		want    scheduling.Verdict
	}{
		"not started":       {want: scheduling.VerdictPending},
		"under way":         {started: true, want: scheduling.VerdictPending},
		"passed":            {&passed, true, scheduling.VerdictPassed},
		"an incident":       {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}, true, scheduling.VerdictFailed},
		"escalated":         {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true, Escalated: true}, true, scheduling.VerdictFailed},
		"not authenticated": {&proctorutest.Verdict{TestSubmitted: true}, true, scheduling.VerdictFailed},
		"not submitted":     {&proctorutest.Verdict{Authenticated: true}, true, scheduling.VerdictFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(nine)
			number := w.active(id)[0].Number
			w.clock.Set(nine)
			w.mustBegin(id)
			if tt.started {
				w.sit(number, tt.verdict)
			}

			got, err := w.Outcome(t.Context(), id)

			if err != nil || got.Verdict != tt.want || got.Booking != id || !got.Reported || got.Facts.Started != tt.started || got.Facts.Ended != (tt.verdict != nil) {
				t.Fatalf("Outcome = %+v, %v; want %s", got, err, tt.want)
			}
			if v := tt.verdict; v != nil && (got.Facts.Authenticated != v.Authenticated || got.Facts.TestSubmitted != v.TestSubmitted || got.Facts.Incident != v.IncidentReport || got.Facts.Escalated != v.Escalated) {
				t.Errorf("Outcome = %+v, want the proctor's %+v", got, *v)
			}
		})
	}
}

// An incident in another exam of the learner is no incident here, and a pass
// there is no pass here.
func TestOutcomeIgnoresOtherReservations(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		other, own *proctorutest.Verdict
		want       scheduling.Verdict
	}{
		"an incident elsewhere": {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}, &proctorutest.Verdict{Authenticated: true, TestSubmitted: true}, scheduling.VerdictPassed},
		"a pass elsewhere":      {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true}, nil, scheduling.VerdictPending},
	} {
		w := newWorld(t)
		other := w.exam
		other.Course, other.Usage = rerun(w.exam)
		w.platform.AddCourse(edxtest.Course{Key: other.Course.String(), Name: "Logic"})
		w.platform.Enroll("ada_l", other.Course.String(), "verified", true)
		elsewhere, err := w.Book(t.Context(), other, w.learner, nine)
		if err != nil {
			t.Fatal(err)
		}
		id := w.settled(noon)
		w.clock.Set(nine)
		w.sit(w.active(elsewhere.ID)[0].Number, tt.other)
		w.clock.Set(noon)
		w.mustBegin(id)
		w.sit(w.active(id)[0].Number, tt.own)
		if got, err := w.Outcome(t.Context(), id); err != nil || got.Verdict != tt.want {
			t.Errorf("%s: Outcome = %+v, %v; want %s", name, got, err, tt.want)
		}
	}
}

// Before the provider reports anything the verdict is pending; without a
// reservation there can be none; a failing report is an error.
func TestOutcomeWithoutAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.provider.SetReportLag(time.Hour)
	id := w.settled(nine)
	if got, err := w.Outcome(t.Context(), id); err != nil || got.Verdict != scheduling.VerdictPending || got.Reported {
		t.Errorf("Outcome before the report has it = %+v, %v; want pending, not reported", got, err)
	}
	id2 := w.bookedBy("eve", 4400, ten)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})
	if got, err := w.Outcome(t.Context(), id2); !errors.Is(err, proctoru.ErrServer) || got.Verdict != "" {
		t.Errorf("Outcome that was never read, with a failing report = %+v, %v; want ErrServer and no verdict", got, err)
	}
	w.provider.ClearFaults()
	w.learner = w.enroll("bob", 4300)
	w.fault(proctorbooktest.Status500, create)
	_, err := w.Book(t.Context(), w.exam, w.learner, ten)
	_, err = w.Outcome(t.Context(), w.pendingID(err))
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonNoBooking) {
		t.Errorf("Outcome of a pending booking = %v, want no_booking", err)
	}
}
