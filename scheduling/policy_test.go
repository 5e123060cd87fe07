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
