package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The time runs from the unlock, whole, and no further than the window.
func TestRemainingTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	if st := w.status(); st.Remaining != 0 || st.TimeOver || !st.TimeOverAt.IsZero() {
		t.Errorf("before the unlock: %s, over %v at %s; want nothing", st.Remaining, st.TimeOver, st.TimeOverAt)
	}
	w.clock.Set(nine.Add(20 * time.Minute))
	if _, err := w.Unlock(t.Context(), id, w.code(id)); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(30 * time.Minute)
	if st := w.status(); st.Remaining != time.Hour || st.TimeOver || !st.TimeOverAt.Equal(nine.Add(110*time.Minute)) {
		t.Errorf("after half an hour: %s, over at %s; want 1h0m0s, 10:50", st.Remaining, st.TimeOverAt)
	}
	w.clock.Advance(time.Hour - time.Second)
	if st := w.status(); st.Remaining != time.Second || st.TimeOver {
		t.Errorf("a second before: %s, over %v", st.Remaining, st.TimeOver)
	}
	w.clock.Advance(time.Second)
	if st := w.status(); st.Remaining != 0 || !st.TimeOver || !st.May(finish) || st.State != scheduling.StateUnlocked {
		t.Errorf("when it is over: %s, over %v, %s; want 0, true, and still unlocked", st.Remaining, st.TimeOver, st.State)
	}
	w.clock.Advance(24 * time.Hour)
	if _, err := w.Reconcile(t.Context()); err != nil || w.booking(id).State != scheduling.StateUnlocked {
		t.Errorf("a day later: %s, %v; want nothing finished by itself", w.booking(id).State, err)
	}
}

func TestRemainingTimeEndsWithTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Window.End = nine.Add(90 * time.Minute)
	id := w.begun()
	w.clock.Set(nine.Add(20 * time.Minute))
	if _, err := w.Unlock(t.Context(), id, w.code(id)); err != nil {
		t.Fatal(err)
	}
	if st := w.status(); st.Remaining != 70*time.Minute {
		t.Errorf("Remaining = %s, want the 70 minutes up to the window's end", st.Remaining)
	}
}

// A booking keeps the exam as it was booked: later changes of the settings don't
// reach it.
func TestBookingKeepsItsExam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.exam.Policy.StartLead, w.exam.Duration, w.exam.Name = time.Minute, time.Hour, "Other"
	w.exam.Modes = append(w.exam.Modes, "audit")
	w.clock.Set(nine.Add(-15 * time.Minute))
	launch, err := w.Begin(t.Context(), id)
	if err != nil || launch.Booking.Duration != 90*time.Minute || launch.Booking.Exam.Name != "Final exam" {
		t.Errorf("Begin = %+v, %v; want the booked rules", launch.Booking.Exam, err)
	}
}

// A routine watch is passed over in bulk until two hours before the start, and after it
// until the booking is a no-show; a look that
// somebody asked for, and whatever may be under way, is not.
func TestBulkDueAt(t *testing.T) {
	t.Parallel()
	due, start := nine.AddDate(0, 0, -5), nine
	single, noShow := start.Add(-2*time.Hour), start.Add(90*time.Minute+3*time.Hour)
	for name, tt := range map[string]struct {
		change func(*scheduling.Booking)
		want   time.Time
	}{
		"a routine watch": {func(*scheduling.Booking) {}, single},
		"a routine watch in another zone": {func(b *scheduling.Booking) {
			b.RoutineAt = b.RoutineAt.In(time.FixedZone("there", 3600))
		}, single},
		"a routine watch two hours before": {func(b *scheduling.Booking) { b.DueAt, b.RoutineAt = single, single }, single},
		"a routine watch within two hours": {func(b *scheduling.Booking) { b.DueAt = single.Add(time.Second); b.RoutineAt = b.DueAt }, single.Add(time.Second)},
		"a routine watch at the start":     {func(b *scheduling.Booking) { b.DueAt, b.RoutineAt = start, start }, noShow},
		"a routine watch after the start, extended by the provider": {func(b *scheduling.Booking) {
			b.DueAt, b.RoutineAt, b.Session.GraceFrom = start, start, start.Add(10*time.Hour)
		}, start.Add(13 * time.Hour)},
		"a routine watch when it is a no-show":  {func(b *scheduling.Booking) { b.DueAt, b.RoutineAt = noShow.Add(time.Hour), noShow.Add(time.Hour) }, noShow.Add(time.Hour)},
		"a person should look":                  {func(b *scheduling.Booking) { b.NeedsAttention = &scheduling.Attention{Since: due} }, due},
		"an earlier look was asked for":         {func(b *scheduling.Booking) { b.DueAt = due.Add(-time.Hour) }, due.Add(-time.Hour)},
		"a later look was asked for":            {func(b *scheduling.Booking) { b.DueAt = due.Add(time.Hour) }, due.Add(time.Hour)},
		"a look by a program without RoutineAt": {func(b *scheduling.Booking) { b.RoutineAt = time.Time{} }, due},
		"never due":                             {func(b *scheduling.Booking) { b.DueAt = time.Time{} }, time.Time{}},
		"never due, nor a routine watch":        {func(b *scheduling.Booking) { b.DueAt, b.RoutineAt = time.Time{}, time.Time{} }, time.Time{}},
		"an open intent":                        {func(b *scheduling.Booking) { b.Intent = &scheduling.Intent{Op: scheduling.OpCancel} }, due},
		"woken":                                 {func(b *scheduling.Booking) { b.Woken = true }, due},
		"a begin without an answer":             {func(b *scheduling.Booking) { b.BeginSent = due }, due},
		"no proven start":                       {func(b *scheduling.Booking) { b.Start = time.Time{} }, due},
		"pending":                               {func(b *scheduling.Booking) { b.State = scheduling.StatePending }, due},
		"begun":                                 {func(b *scheduling.Booking) { b.State = scheduling.StateBegun }, due},
		"unlocked":                              {func(b *scheduling.Booking) { b.State = scheduling.StateUnlocked }, due},
		"finished":                              {func(b *scheduling.Booking) { b.State = scheduling.StateFinished }, due},
		"canceled, and an extra may still be there": {func(b *scheduling.Booking) { b.State = scheduling.StateCanceled }, due},
	} {
		b := scheduling.Booking{State: scheduling.StateScheduled, Start: start, Duration: 90 * time.Minute, DueAt: due, RoutineAt: due}
		b.Exam.Policy.NoShowAfter = 3 * time.Hour
		tt.change(&b)
		if got := b.BulkDueAt(); !got.Equal(tt.want) {
			t.Errorf("%s: BulkDueAt = %s, want %s", name, got, tt.want)
		}
	}
}
