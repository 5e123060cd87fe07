package scheduling_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// wantRefused wants the error to be NotAllowedError for exactly this reason, as
// Status said beforehand.
func (w *world) wantRefused(a scheduling.Action, before scheduling.Status, err error, code scheduling.ReasonCode) {
	w.t.Helper()
	no, ok := errors.AsType[*scheduling.NotAllowedError](err)
	if !ok || !slices.Equal(codesOf(no.Reasons), []scheduling.ReasonCode{code}) {
		w.t.Errorf("%s = %v, want it refused for %s", a, err, code)
	}
	if !slices.Equal(codesOf(before.Why[a]), []scheduling.ReasonCode{code}) {
		w.t.Errorf("Why(%s) = %v before, want %s", a, before.Why[a], code)
	}
}

// A booking may be moved so often. Refused moves don't count, nor does asking
// again for the move that is under way.
func TestMaxMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.exam.Policy.MaxMoves = 2
	id := w.settled(nine)
	left := func(want int) {
		t.Helper()
		if terms := w.status().Terms[reschedule]; !terms.Limited || terms.Left != want {
			t.Errorf("moves left = %d, %v; want %d", terms.Left, terms.Limited, want)
		}
	}
	left(2)
	if _, err := w.Reschedule(t.Context(), id, ten); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(15 * time.Minute)
	left(1)
	w.provider.BlockSlot(noon)
	if _, err := w.Reschedule(t.Context(), id, noon); !errors.Is(err, proctorbook.ErrNotDone) {
		t.Fatalf("move to a blocked slot = %v", err)
	}
	left(1)
	w.fault(proctorbooktest.LoseAnswer, create)
	if _, err := w.Reschedule(t.Context(), id, nine); w.pendingID(err) != id {
		t.Fatal(err)
	}
	left(0)
	if _, err := w.Reschedule(t.Context(), id, nine); errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("asked again for the open move = %v, want it not refused", err)
	}
	before := w.status()
	_, err := w.Reschedule(t.Context(), id, nine.Add(2*time.Hour))
	w.wantRefused(reschedule, before, err, scheduling.ReasonMovesUsedUp)
	w.pass()
	w.wantAgreement(id)
	before = w.status()
	_, err = w.Reschedule(t.Context(), id, nine.Add(2*time.Hour))
	w.wantRefused(reschedule, before, err, scheduling.ReasonMovesUsedUp)
	if b := w.booking(id); b.Moves != 2 {
		t.Errorf("Moves = %d, want 2", b.Moves)
	}
}

// The provider's own moves are not the learner's.
func TestMovesByTheProviderDontCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.MaxMoves = 1
	id := w.settled(nine)
	if _, err := w.provider.ProviderMoves(w.provider.Reservations()[0].Number, noon); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * time.Hour)
	w.pass()
	if b := w.booking(id); !b.Start.Equal(noon) || b.Moves != 0 {
		t.Fatalf("booking at %s with %d moves, want noon and none", b.Start, b.Moves)
	}
	if st := w.status(); !st.May(reschedule) || st.Terms[reschedule].Left != 1 {
		t.Errorf("May(reschedule) = %v, left %d; want true, 1", st.May(reschedule), st.Terms[reschedule].Left)
	}
}

// Policies are written by hand too.
func TestPolicyJSON(t *testing.T) {
	t.Parallel()
	exam := sampleExam()
	exam.Policy = scheduling.Policy{MaxMoves: 2, MaxBookings: 3, LateWithin: 24 * time.Hour, LateFee: "25.00", AutoFinish: true}
	text, err := json.Marshal(exam)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"max_moves":2`, `"max_bookings":3`, `"late_within":"24h0m0s"`, `"late_fee":"25.00"`, `"auto_finish":true`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("JSON lacks %s: %s", want, text)
		}
	}
	var got scheduling.Exam
	if err := json.Unmarshal(text, &got); err != nil || got.Policy != exam.Policy {
		t.Errorf("read back: %+v, %v; want %+v", got.Policy, err, exam.Policy)
	}
	for field, p := range map[string]scheduling.Policy{
		"Exam.Policy.MaxMoves": {MaxMoves: -1}, "Exam.Policy.MaxBookings": {MaxBookings: -1}, "Exam.Policy.LateWithin": {LateWithin: -1},
		"Exam.Policy.LateFee": {LateFee: "5 euros", LateWithin: time.Hour},
	} {
		exam.Policy = p
		if bad, ok := errors.AsType[*proctorbook.ValidationError](exam.Validate()); !ok || bad.Fields[0].Field != field {
			t.Errorf("%s: %v, want a problem of the field", field, exam.Validate())
		}
	}
	for _, p := range []scheduling.Policy{{LateFee: "5"}, {LateFee: "-5", LateWithin: time.Hour}} {
		if exam.Policy = p; exam.Validate() == nil {
			t.Errorf("%+v is taken, want it refused", p)
		}
	}
}

// The defaults of the policy hold where the office says nothing.
func TestPolicyDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	status, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || !status.StartableAt.Equal(nine.Add(-15*time.Minute)) {
		t.Errorf("StartableAt = %s, %v; want 15 minutes before", status.StartableAt, err)
	}
	w.clock.Set(nine.Add(-time.Second))
	if status, err = w.Status(t.Context(), w.exam, w.learner); err != nil || !status.May(reschedule) || !status.May(cancel) {
		t.Errorf("a second before the start: %q, %v; want moves and cancels allowed", status.Actions, err)
	}
	if !w.booking(id).Exam.Window.Start.Equal(day) {
		t.Error("the booking has no copy of its exam")
	}
}

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

// The page can show what an act costs before it is done, and the booking keeps
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
