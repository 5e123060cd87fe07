package scheduling_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// status reads where the learner stands.
func (w *world) status() scheduling.Status {
	w.t.Helper()
	st, err := w.Status(w.t.Context(), w.exam, w.learner)
	if err != nil {
		w.t.Fatalf("Status: %v", err)
	}
	return st
}

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

// What counts as a booking: see Policy.MaxBookings.
func TestMaxBookings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(w *world) // makes and ends a booking
		used bool
	}{
		"canceled in time": {func(w *world) { w.cancelAt(nine, nine.Add(-24*time.Hour-time.Second)) }, false},
		"canceled late":    {func(w *world) { w.cancelAt(nine, nine.Add(-24*time.Hour)) }, true},
		"missed": {func(w *world) {
			id := w.settled(nine)
			w.clock.Set(nine.Add(w.exam.Duration + 4*time.Hour))
			w.wake(id)
		}, true},
		"the slot was taken": {func(w *world) { standings["failed"].prepare(w) }, false},
		"canceled by the provider": {func(w *world) {
			id := w.settled(nine)
			if err := w.provider.ProviderCancels(w.provider.Reservations()[0].Number); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
			w.wantCanceled(id)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.exam.Policy.MaxBookings, w.exam.Policy.LateWithin = 1, 24*time.Hour
			tt.end(w)
			before := w.status()

			_, err := w.Book(t.Context(), w.exam, w.learner, noon.AddDate(0, 0, 2))

			if !tt.used {
				if err != nil || before.Terms[book].Left != 1 {
					t.Errorf("Book = %v, left %d before; want it to go, 1 left", err, before.Terms[book].Left)
				}
				return
			}
			w.wantRefused(book, before, err, scheduling.ReasonBookingsUsedUp)
			if terms := before.Terms[book]; !terms.Limited || terms.Left != 0 {
				t.Errorf("Terms(book) = %+v, want none left", terms)
			}
		})
	}
}

// cancelAt books start, and cancels at the instant.
func (w *world) cancelAt(start, at time.Time) {
	w.t.Helper()
	id := w.settled(start)
	w.clock.Set(at)
	if _, err := w.Cancel(w.t.Context(), id, scheduling.Request{}); err != nil {
		w.pendingID(err)
		w.pass()
	}
	w.wantCanceled(id)
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

// choosy is a provider that refuses learners, on demand.
type choosy struct {
	provider.ProctorU
	refuse bool
}

func (p *choosy) Reserve(ctx context.Context, c provider.Call) provider.Answer {
	if p.refuse {
		return provider.Answer{Kind: provider.AnswerRefused, Refusal: provider.RefusalLearner}
	}
	return p.ProctorU.Reserve(ctx, c)
}

// A provider that refuses a learner's data is not asked again with the same.
func TestProviderRefusesTheLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := &choosy{ProctorU: provider.ProctorU{Client: w.client}}
	s, err := scheduling.New(p, platform.OpenEdX{Client: w.edx}, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	refuse := func() {
		t.Helper()
		p.refuse = true
		_, err := w.Book(t.Context(), w.exam, w.learner, nine)
		if no, ok := errors.AsType[*scheduling.RefusedError](err); !ok || no.Reason != scheduling.ReasonProviderRefuses {
			t.Fatalf("Book = %v, want RefusedError with provider_refuses", err)
		}
		p.refuse = false
	}
	refuse()
	w.accommodate(scheduling.Accommodation{Factor: 1.5}) // the provider hears nothing of it
	before := w.status()
	calls := w.providerRequests()
	_, err = w.Book(t.Context(), w.exam, w.learner, ten)
	w.wantRefused(book, before, err, scheduling.ReasonProviderRefuses)
	if n := w.providerRequests() - calls; n != 0 {
		t.Errorf("%d requests, want none", n)
	}
	w.clock.Advance(24 * time.Hour)
	if !w.status().May(book) {
		t.Errorf("a day later: %v, want another try", w.status().Reasons)
	}
	refuse()
	better := profile
	better.GivenName = "Augusta"
	if err := w.SaveProfile(t.Context(), w.learner, better); err != nil {
		t.Fatal(err)
	}
	if !w.status().May(book) {
		t.Errorf("with other data: %v, want another try", w.status().Reasons)
	}
}

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

// By policy alone, Reconcile ends an exam whose time is over, and no sooner.
func TestAutoFinish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.AutoFinish = true
	id := w.unlocked()
	over := w.booking(id).TimeOverAt()
	if x, err := w.Staff.Explain(t.Context(), id); err != nil || x.Next != scheduling.NextFinish || !x.LookAt.Equal(over) {
		t.Errorf("Explain: next %s at %s, %v; want finish at %s", x.Next, x.LookAt, err, over)
	}
	w.clock.Set(over.Add(-time.Second))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateUnlocked || !b.DueAt.Equal(over) {
		t.Errorf("a second before: %s, due %s; want unlocked, due at %s", b.State, b.DueAt, over)
	}
	reads := w.providerRequests()
	w.clock.Set(over)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := w.booking(id)
	if b.State != scheduling.StateFinished || !b.FinishedAt.Equal(over) || !b.DueAt.IsZero() {
		t.Errorf("%s at %s, due %s; want finished at %s, due never", b.State, b.FinishedAt, b.DueAt, over)
	}
	events := slices.Collect(w.historyOf(id))
	if e := events[len(events)-1]; e.Type != scheduling.EventFinished || e.Code != scheduling.ReasonTimeOver {
		t.Errorf("last event = %s %s, want finished, time_over", e.Type, e.Code)
	}
	if n := w.providerRequests() - reads; n != 0 {
		t.Errorf("%d requests to the provider, want none", n)
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
