package scheduling_test

import (
	"context"
	"errors"
	"testing"
	"time"

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

// Staff's verdict counts whatever is reported later; once it is withdrawn, what
// was reported meanwhile counts.
func TestOverrideOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(tainted)

	b, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictPassed, byStaff)
	if o := b.Outcome(); err != nil || o.Verdict != scheduling.VerdictPassed || !o.ByStaff || !o.Facts.Incident {
		t.Fatalf("OverrideOutcome = %+v, %v; want passed by staff, with the incident in evidence", o, err)
	}
	w.clock.Advance(time.Hour)
	w.did(w.provider.ProctorRevises(w.numberOf(id), proctorutest.Verdict{Authenticated: true}))
	if o := w.outcome(id); o.Verdict != scheduling.VerdictPassed || !o.ByStaff || o.Facts.TestSubmitted {
		t.Errorf("after another report: %+v, want passed by staff, and the new facts", o)
	}
	w.did(w.provider.ProctorRevises(w.numberOf(id), clean))
	w.outcome(id)
	if _, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictFailed, byStaff); err != nil {
		t.Fatal(err)
	}
	b, err = w.Staff.WithdrawOverride(t.Context(), id, byStaff)
	if o := b.Outcome(); err != nil || o.Verdict != scheduling.VerdictPassed || o.ByStaff || !b.Session.OverriddenAt.IsZero() {
		t.Errorf("WithdrawOverride = %+v, %v; want passed by the facts", o, err)
	}
	if _, err := w.Staff.WithdrawOverride(t.Context(), id, byStaff); !isNotAllowed(err, scheduling.ReasonNotOverruled) {
		t.Errorf("a second WithdrawOverride = %v, want not_overruled", err)
	}
	w.wantWords(id, scheduling.EventOverridden, 2)
	w.wantWords(id, scheduling.EventOverrideWithdrawn, 1)
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

// A webhook wakes a booking that no clock makes due; the reconciler then reads
// what was reported, once, and sleeps again.
func TestWakeReadsTheOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unlocked()
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.sit(w.numberOf(id), &clean)
	w.wake(id)
	b := w.booking(id)
	if b.Session.Verdict != scheduling.VerdictPassed || b.State != scheduling.StateFinished || !b.DueAt.IsZero() {
		t.Errorf("booking is %s, verdict %q, due %s; want finished, passed, never\n%s", b.State, b.Session.Verdict, b.DueAt, w.history(id))
	}
}

// ... but if the report can't be read it tries again.
func TestWakeTriesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.unlocked()
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})
	w.wake(id)
	if b := w.booking(id); !b.DueAt.After(w.clock.Now()) {
		t.Fatalf("due %s, want later", b.DueAt)
	}
	w.provider.ClearFaults()
	w.sit(w.numberOf(id), &clean)
	w.clock.Advance(2 * time.Hour)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); b.Session.Verdict != scheduling.VerdictPassed {
		t.Errorf("verdict %q, want passed\n%s", b.Session.Verdict, w.history(id))
	}
}
