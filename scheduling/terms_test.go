package scheduling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Status says until when, and what is lost for good.
func TestTerms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.Notice, w.exam.Policy.MoveUntil, w.exam.Policy.CancelUntil = 12*time.Hour, 3*time.Hour, 2*time.Hour
	if until := w.status().Terms[book].Until; !until.Equal(w.exam.Window.End.Add(-90*time.Minute - 12*time.Hour)) {
		t.Errorf("book until %s, want 13h30m before the window's end", until)
	}
	last := w.exam.Window.End.Add(-90 * time.Minute)
	w.settled(last)
	st := w.status()
	if m, c := st.Terms[reschedule], st.Terms[cancel]; !m.Until.Equal(last.Add(-3*time.Hour)) || !c.Until.Equal(last.Add(-2*time.Hour)) || m.Late || !m.FreeUntil.IsZero() || m.Limited {
		t.Errorf("move until %s, cancel until %s; want 3 and 2 hours before", m.Until, c.Until)
	}
	if l := st.Terms[scheduling.ActionFinish].Loses; !slices.Equal(l, []scheduling.Loss{scheduling.LossAttempt}) {
		t.Errorf("finish loses %v, want the attempt", l)
	}
	if l := st.Terms[begin].Loses; !slices.Equal(l, []scheduling.Loss{scheduling.LossChanges}) {
		t.Errorf("begin loses %v, want moves and cancels", l)
	}
	if slices.Contains(st.Terms[cancel].Loses, scheduling.LossChance) {
		t.Error("days before: a cancel loses the exam, want another chance")
	}
	w.clock.Set(last.Add(-12*time.Hour + time.Second))
	if l := w.status().Terms[cancel].Loses; !slices.Contains(l, scheduling.LossChance) {
		t.Errorf("when no start is left: a cancel loses %v, want the exam", l)
	}
}

// The page can say what an act costs before it is done, and the booking keeps
// what fell due: to the second.
func TestLateCancel(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before time.Duration // the start
		late   bool
	}{
		"a second before it is late": {24*time.Hour + time.Second, false},
		"late to the second":         {24 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exam.Policy.LateWithin, w.exam.Policy.LateFee, w.exam.Policy.MaxBookings = 24*time.Hour, "25.00", 2
			id := w.settled(nine)
			w.clock.Set(nine.Add(-tt.before))

			terms := w.status().Terms[cancel]
			b, err := w.Cancel(t.Context(), id, scheduling.Request{})

			if err != nil || b.LateCancel != tt.late || terms.Late != tt.late {
				t.Errorf("Cancel: late %v, %v, and the terms said %v; want %v", b.LateCancel, err, terms.Late, tt.late)
			}
			if !terms.FreeUntil.Equal(nine.Add(-24 * time.Hour)) {
				t.Errorf("FreeUntil = %s, want a day before the start", terms.FreeUntil)
			}
			fee, loses := "", []scheduling.Loss{scheduling.LossSlot}
			if tt.late {
				fee, loses = "25.00", []scheduling.Loss{scheduling.LossSlot, scheduling.LossFee, scheduling.LossBooking}
			}
			if string(terms.Fee) != fee || !slices.Equal(terms.Loses, loses) {
				t.Errorf("terms: fee %q, loses %v; want %q, %v", terms.Fee, terms.Loses, fee, loses)
			}
			asked := false
			for e := range w.historyOf(id) {
				asked = asked || e.Type == scheduling.EventCancelRequested && (e.Code == scheduling.ReasonLate) == tt.late
			}
			if !asked {
				t.Error("the request's event does not say whether it was late")
			}
		})
	}
}

func TestLateMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.LateWithin, w.exam.Policy.LateFee, w.exam.Policy.MaxMoves = 24*time.Hour, "10", 5
	id := w.settled(nine)
	w.clock.Set(nine.Add(-24*time.Hour - time.Hour))
	if _, err := w.Reschedule(t.Context(), id, ten); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(ten.Add(-24 * time.Hour))
	terms := w.status().Terms[reschedule]
	if !terms.Late || terms.Fee != "10" || !slices.Contains(terms.Loses, scheduling.LossMove) || !slices.Contains(terms.Loses, scheduling.LossFee) {
		t.Errorf("terms = %+v, want late for 10, and a move lost", terms)
	}
	b, err := w.Reschedule(t.Context(), id, noon.AddDate(0, 0, 2))
	if err != nil || b.Moves != 2 || b.LateMoves != 1 {
		t.Errorf("moves %d, late %d, %v; want 2, 1", b.Moves, b.LateMoves, err)
	}
}

// Lateness is judged when the learner asks: a cancel that waits behind a move is
// no later for that, and a wish keeps what was judged.
func TestLateIsJudgedWhenAsked(t *testing.T) {
	t.Parallel()
	for _, early := range []time.Duration{0, time.Second} {
		w := newWorld(t, hasty)
		w.exam.Policy.LateWithin = 24 * time.Hour
		id := w.settled(noon)
		w.clock.Set(noon.Add(-24*time.Hour - early - time.Second))
		w.fault(proctorbooktest.Status500, create)
		_, err := w.Reschedule(t.Context(), id, noon.Add(time.Hour))
		w.pendingID(err)
		w.clock.Set(noon.Add(-24*time.Hour - early))
		_, err = w.Cancel(t.Context(), id, scheduling.Request{})
		w.pendingID(err)
		w.pass()
		w.pass()
		w.wantCanceled(id)
		if b := w.booking(id); b.LateCancel != (early == 0) {
			t.Errorf("asked %s before it was late: LateCancel = %v", early, b.LateCancel)
		}
	}
}

// The last booking that the policy allows is the last chance, once it is late.
func TestCancelOfTheLastBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.MaxBookings, w.exam.Policy.LateWithin = 1, 24*time.Hour
	w.settled(nine)
	if l := w.status().Terms[cancel].Loses; slices.Contains(l, scheduling.LossChance) {
		t.Errorf("in time: loses %v, want another chance", l)
	}
	w.clock.Set(nine.Add(-time.Hour))
	if l := w.status().Terms[cancel].Loses; !slices.Contains(l, scheduling.LossChance) {
		t.Errorf("late: loses %v, want the exam", l)
	}
}
