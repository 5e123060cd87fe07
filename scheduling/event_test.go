package scheduling_test

import (
	"context"
	"errors"
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

// allEvents reads every event after the cursor.
func (w *world) allEvents(after scheduling.Cursor) []scheduling.Event {
	w.t.Helper()
	var all []scheduling.Event
	for e, err := range w.Events(w.t.Context(), scheduling.EventQuery{After: after}) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// manyEvents makes more events than a page of the store holds.
func (w *world) manyEvents() {
	w.t.Helper()
	id := w.begun()
	for range 250 {
		if _, err := w.Begin(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
		w.clock.Advance(time.Second)
	}
}

// The events of 250 relaunches come page by page, in order, each once.
func TestEventsPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manyEvents()

	all := w.allEvents("")

	if len(all) < 250 {
		t.Fatalf("%d events, want more than 250", len(all))
	}
	seen := map[scheduling.Cursor]bool{}
	for i, e := range all {
		if seen[e.Cursor] || e.Cursor == "" {
			t.Fatalf("event %d has the cursor %q, which is empty or was there before", i, e.Cursor)
		}
		seen[e.Cursor] = true
		if i > 0 && (e.Version < all[i-1].Version || e.At.Before(all[i-1].At)) {
			t.Fatalf("event %d (version %d, %s) is older than the one before it (version %d, %s)", i, e.Version, e.At, all[i-1].Version, all[i-1].At)
		}
	}
}

// A history that was read can be read again.
func TestEventsTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	history := w.Events(t.Context(), scheduling.EventQuery{Booking: w.booked(nine).ID})
	count := func() (n int) {
		for _, err := range history {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if first, second := count(), count(); first == 0 || second != first {
		t.Errorf("%d events the first time, %d the second time; want the same", first, second)
	}
}

// A reader who keeps the cursor of the last event handled goes on there.
func TestEventsGoOnAtTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manyEvents()
	all := w.allEvents("")
	for _, i := range []int{0, 1, 98, 99, 100, 101, 199, 200, len(all) - 2, len(all) - 1} {
		rest := w.allEvents(all[i].Cursor)
		if !slices.Equal(rest, all[i+1:]) {
			t.Errorf("after event %d: %d events, want the other %d", i, len(rest), len(all)-i-1)
		}
	}
	for e, err := range w.Events(t.Context(), scheduling.EventQuery{}) {
		if err != nil || e != all[0] {
			t.Errorf("first = %+v, %v; want %+v", e, err, all[0])
		}
		break
	}
}

// Events written during a loop are read by the same loop or the next one.
func TestEventsWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manyEvents()
	learner := w.enroll("bob", 4300)
	read, last := 0, scheduling.Cursor("")
	for e, err := range w.Events(t.Context(), scheduling.EventQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read == 50 {
			if _, err := w.Book(t.Context(), w.exam, learner, ten); err != nil {
				t.Fatal(err)
			}
		}
		last = e.Cursor
	}
	read += len(w.allEvents(last))
	if want := len(w.allEvents("")); read != want {
		t.Errorf("read %d events, want %d", read, want)
	}
}

// An error ends the loop, and is the last thing yielded.
func TestEventsError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.booked(nine)
	broken := errors.New("disk on fire")
	w.store = &failingStore{Store: w.store, fail: map[string]error{"Events": broken}}
	for name, s := range map[string]*scheduling.Scheduler{"a failing store": w.replica(), "an unknown cursor": w.Scheduler} {
		yields := 0
		for _, err := range s.Events(t.Context(), scheduling.EventQuery{After: "no such cursor"}) {
			if yields++; err == nil {
				t.Errorf("%s: yields an event, want an error", name)
			}
		}
		if yields != 1 {
			t.Errorf("%s: yields %d times, want once", name, yields)
		}
	}
}

// Every state that a booking was ever in stands in its events: the last event of
// each version has the state of the stored row.
func TestEveryChangeOfStateHasAnEvent(t *testing.T) {
	t.Parallel()
	for name, at := range standings {
		if at.state == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			audit := &auditedStore{Store: w.store, states: map[int64]scheduling.State{}}
			w.store = audit
			w.restart(hasty)
			id := at.prepare(w)

			told := map[int64]scheduling.State{}
			for _, e := range w.allEvents("") {
				if e.Booking == id {
					told[e.Version] = e.State
				}
			}
			before := scheduling.State("")
			for v := int64(1); v <= w.booking(id).Version; v++ {
				now, written := audit.states[v]
				if !written {
					continue // a lease taken by Claim
				}
				if now != before && told[v] != now {
					t.Errorf("version %d turned %q into %q, its events say %q\n%s", v, before, now, told[v], w.history(id))
				}
				before = now
			}
			if before != at.state {
				t.Errorf("ended as %q, want %q", before, at.state)
			}
		})
	}
}

// auditedStore remembers the state of every version of the only booking.
type auditedStore struct {
	scheduling.Store
	states map[int64]scheduling.State
}

func (s *auditedStore) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return s.audit(s.Store.Create(ctx, b, events...))
}

func (s *auditedStore) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return s.audit(s.Store.Update(ctx, b, events...))
}

func (s *auditedStore) audit(b scheduling.Booking, err error) (scheduling.Booking, error) {
	if err == nil {
		s.states[b.Version] = b.State
	}
	return b, err
}

// The history tells the story of a booking to those who read it later.
func TestHistoryOfABooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{Reason: "ill", By: "ada_l"}); err != nil {
		t.Fatal(err)
	}
	want := []scheduling.EventType{
		scheduling.EventRequested, scheduling.EventSent, scheduling.EventAdopted,
		scheduling.EventMoveRequested, scheduling.EventSent, scheduling.EventMoved,
		scheduling.EventCancelRequested, scheduling.EventSent, scheduling.EventNumberRemoved, scheduling.EventCanceled,
	}
	if got := w.events(id); !slices.Equal(got, want) {
		t.Fatalf("events = %q\nwant %q", got, want)
	}
	all := w.allEvents("")
	if moved := all[5]; !moved.OldStart.Equal(nine) || !moved.Start.Equal(noon) {
		t.Errorf("moved from %s to %s, want from nine to noon", moved.OldStart, moved.Start)
	}
	if e := all[6]; e.Reason != "ill" || e.By != "ada_l" {
		t.Errorf("cancel_requested says %q by %q, want ill by ada_l", e.Reason, e.By)
	}
	if e := all[9]; e.State != scheduling.StateCanceled || e.Reason != "ill" {
		t.Errorf("canceled says %s, %q; want canceled, ill", e.State, e.Reason)
	}
}

// A booking canceled and one made after it are both in the history.
func TestHistoryKeepsCanceledBookings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.settled(nine)
	if _, err := w.Cancel(t.Context(), first, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	second := w.booked(ten).ID
	if len(w.events(first)) == 0 || len(w.events(second)) == 0 || first == second {
		t.Errorf("events of %s and %s: %d and %d, want both", first, second, len(w.events(first)), len(w.events(second)))
	}
	if b := w.booking(first); b.State != scheduling.StateCanceled {
		t.Errorf("the first booking is %s, want canceled", b.State)
	}
}

// A short story tells why a person was called, and that the cause is gone.
func TestCallsForAPersonAreNoSteps(t *testing.T) {
	t.Parallel()
	for _, typ := range []scheduling.EventType{scheduling.EventMissing, scheduling.EventNeedsAttention, scheduling.EventSeen} {
		if typ.Step() {
			t.Errorf("%s counts as a step: the short story hides it", typ)
		}
	}
}
