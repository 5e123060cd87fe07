package scheduling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The story of a booking, without the engine's steps: who did what, and what it led to.
func TestActorsAndSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.missed()
	if _, err := w.Staff.UndoNoShow(t.Context(), id, byStaff); err != nil {
		t.Fatal(err)
	}
	type step struct {
		typ   scheduling.EventType
		actor scheduling.Actor
		to    scheduling.State
	}
	var got []step
	from, left := scheduling.State(""), 0
	for e, err := range w.Events(t.Context(), scheduling.EventQuery{Booking: id}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type.Step() {
			if left++; e.State != from {
				t.Errorf("%s is a step, and changed the state from %s to %s", e.Type, from, e.State)
			}
		} else {
			got = append(got, step{e.Type, e.Type.Actor(), e.State})
		}
		from = e.State
	}
	want := []step{
		{scheduling.EventRequested, scheduling.ActorLearner, scheduling.StatePending},
		{scheduling.EventAdopted, scheduling.ActorEngine, scheduling.StateScheduled},
		{scheduling.EventNoShow, scheduling.ActorEngine, scheduling.StateNoShow},
		{scheduling.EventAttendance, scheduling.ActorProvider, scheduling.StateNoShow},
		{scheduling.EventNoShowUndone, scheduling.ActorStaff, scheduling.StateScheduled},
		{scheduling.EventAttendance, scheduling.ActorProvider, scheduling.StateScheduled},
	}
	if !slices.Equal(got, want) || left == 0 {
		t.Errorf("the story =\n%v, and %d steps\nwant\n%v, and some", got, left, want)
	}
}

// What a session is, its events tell too: replaying them gives the row.
func TestSessionReplays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.missed()
	w.sit(w.numberOf(id), &clean)
	w.outcome(id)
	ctx := t.Context()
	for _, act := range []func() error{
		func() error {
			_, err := w.Staff.OverrideOutcome(ctx, id, scheduling.VerdictFailed, byStaff)
			return err
		},
		func() error {
			_, err := w.Staff.SetAttendance(ctx, id, scheduling.PresenceCheckedIn, byStaff)
			return err
		},
		func() error { w.clock.Advance(time.Hour); return w.provider.ProctorRevises(w.numberOf(id), tainted) },
		func() error { _, err := w.Outcome(ctx, id); return err },
		func() error { _, err := w.Staff.UndoNoShow(ctx, id, byStaff); return err },
		func() error {
			_, err := w.Staff.SetAttendance(ctx, id, scheduling.PresenceUnknown, byStaff)
			return err
		},
		func() error { _, err := w.Staff.WithdrawOverride(ctx, id, byStaff); return err },
		func() error { _, err := w.Staff.Reopen(ctx, id, byStaff); return err },
	} {
		w.did(act())
		type told struct {
			State             scheduling.State
			Presence          scheduling.Presence
			Verdict, Override scheduling.Verdict
		}
		var got told
		for _, e := range w.allEvents("") {
			got.State = e.State
			switch e.Type {
			case scheduling.EventAttendance, scheduling.EventAttendanceSet:
				got.Presence = e.Presence
			case scheduling.EventVerdict:
				got.Verdict = e.Verdict
			case scheduling.EventOverridden, scheduling.EventOverrideWithdrawn:
				got.Override = e.Verdict
			}
		}
		b := w.booking(id)
		if want := (told{b.State, b.Session.Attendance.Presence, b.Session.Verdict, b.Session.Overridden}); got != want {
			t.Fatalf("events tell %+v, the row says %+v\n%s", got, want, w.history(id))
		}
	}
}
