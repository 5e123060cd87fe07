package simulation

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// The tests of this file are schedules that random seeds hardly ever hit: each
// shows one rule of the protocol at work.

// stage is a quiet world with one booking at the first slot.
type stage struct {
	*world
	t  *testing.T
	p  *process
	id scheduling.BookingID
}

func newStage(t *testing.T, replicas int, change func(*dialect)) *stage {
	t.Helper()
	cfg := Config{Store: "memory", Open: func(_ testing.TB, seed uint64) scheduling.Store {
		return memstore.New(memstore.WithNamespace(fmt.Sprintf("s%07d", seed)))
	}}
	plan := quiet(change)
	plan.replicas = replicas
	w := build(t, &cfg, 1, plan, mask{}, counts{})
	w.trace.keep = true
	s := &stage{world: w, t: t, p: w.deployments[0].processes[0]}
	b, err := s.p.Book(t.Context(), w.exams[0], w.learners[0].ID, w.plan.slots[0])
	if err != nil {
		t.Fatal(err)
	}
	s.id = b.ID
	w.advance(15 * time.Minute)
	return s
}

func (s *stage) row() *scheduling.Booking { return &s.deployments[0].rows[s.id].row }

// number is the number that the booking has.
func (s *stage) number() int64 {
	n, err := strconv.ParseInt(string(s.row().Number), 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// upTo lets the task run alone until it, or a call of it, stands at the point.
func (s *stage) upTo(t *task, what string, ph phase) {
	s.t.Helper()
	for now := t; now.point != (point{what, ph}); now = s.turnOf(t) {
		if t.done {
			s.t.Fatalf("the call ended before it stood %s %s\n%s", ph, what, s.trace.text.String())
		}
		s.resume(now)
	}
}

// reconcile lets one process reconcile, with the booking due.
func (s *stage) reconcile(p *process) {
	s.t.Helper()
	if err := p.Wake(s.t.Context(), string(s.id)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := p.Reconcile(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// end plays the schedule to its end and wants no guarantee broken.
func (s *stage) end() {
	s.t.Helper()
	s.settle()
	s.finish()
	if len(s.violations) > 0 {
		s.t.Errorf("%v\n%s", s.violations, s.trace.text.String())
	}
}

func (s *stage) providerMovesTo(start time.Time) {
	s.t.Helper()
	if _, err := s.provider.ProviderMoves(s.number(), start); err != nil {
		s.t.Fatal(err)
	}
	s.observe(byProviderMove)
}

func newNumbers(d *dialect) {
	d.move = "new-number"
	d.set(proctorutest.VariantCreateWithNumber, "new-number")
	d.set(proctorutest.VariantMove, "new-number")
}

// A move's answer arrives after another replica has seen that the provider
// itself gave the reservation yet another number. The answer is about a number
// that is dead by now: it must not be adopted.
func TestAnswerOvertakenByTheProvider(t *testing.T) {
	t.Parallel()
	s := newStage(t, 2, newNumbers)
	move := s.start(s.p, "move", func(ctx context.Context) { _, _ = s.p.Reschedule(ctx, s.id, s.plan.slots[1]) })
	s.upTo(move, "addAdHocProcess", after)
	moved := s.truth.all[len(s.truth.all)-1]
	if moved.number == string(s.row().Number) {
		t.Fatal("the move gave no new number")
	}
	n, err := strconv.ParseInt(moved.number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.provider.ProviderMoves(n, s.plan.slots[2]); err != nil {
		t.Fatal(err)
	}
	s.observe(byProviderMove)
	s.advance(scheduling.DefaultTuning().Lease + time.Second)
	s.reconcile(s.deployments[0].processes[1])
	s.until(move, -1)
	s.end()
	if b := s.row(); string(b.Number) == moved.number {
		t.Errorf("the booking has number %s, which is dead\n%s", b.Number, s.trace.text.String())
	}
}

// Moved from A to B and asked back to A, while the list still shows A from
// before: the old row proves nothing, and the provider stands at B.
func TestStaleListProvesNoMove(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(d *dialect) { d.lag = 55 * time.Second })
	home, away := s.plan.slots[0], s.plan.slots[1]
	if _, err := s.p.Reschedule(t.Context(), s.id, away); err != nil {
		t.Fatal(err)
	}
	s.script = &script{at: 0, kind: proctorbooktest.LoseRequest}
	back := s.start(s.p, "move back", func(ctx context.Context) { _, _ = s.p.Reschedule(ctx, s.id, home) })
	s.upTo(back, "sleep", asleep)
	back.cancel()
	s.until(back, -1)
	s.reconcile(s.p)
	if b := s.row(); b.Intent == nil || !b.Start.Equal(away) {
		t.Fatalf("the booking is at %s with intent %+v: the old row was believed\n%s", clockText(b.Start), b.Intent, s.trace.text.String())
	}
	s.end()
	if b := s.row(); !b.Start.Equal(home) {
		t.Errorf("the booking is at %s, want %s\n%s", clockText(b.Start), clockText(home), s.trace.text.String())
	}
}

// The provider moves the reservation to another number. The list of canceled
// reservations shows the old number's death, and falsely empty lists hide the new
// one: without a wait after the newest death the booking would be canceled over a
// live reservation.
func TestWaitAfterTheNewestDeath(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(d *dialect) {
		newNumbers(d)
		d.canceledSrc = true
		d.set(proctorutest.VariantReportLag, "minutes")
	})
	s.providerMovesTo(s.plan.slots[1])
	s.advance(210 * time.Second)
	for range 3 {
		s.script = &script{at: 0, kind: proctorutest.ReadEmpty}
		s.reconcile(s.p)
		s.advance(61 * time.Second)
	}
	if len(s.row().Memory.Dead) != 1 || s.row().State != scheduling.StateScheduled {
		t.Fatalf("the booking is %s, with dead numbers %v; want scheduled, one dead\n%s", s.row().State, s.row().Memory.Dead, s.trace.text.String())
	}
	s.script = nil
	s.end()
	if b := s.row(); b.State != scheduling.StateScheduled || !b.Start.Equal(s.plan.slots[1]) {
		t.Errorf("the booking is %s at %s\n%s", b.State, clockText(b.Start), s.trace.text.String())
	}
}

// The number is known to be dead, the lists are falsely empty, and the evidence
// does not answer: absence needs both to have answered.
func TestAbsenceNeedsTheEvidenceToAnswer(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, newNumbers)
	s.providerMovesTo(s.plan.slots[1])
	for i := range 8 {
		s.script = &script{at: 1, kind: proctorutest.ReadError}
		if i == 0 {
			s.script = nil
		}
		s.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadEmpty, Endpoint: "getStudentReservationList"})
		s.reconcile(s.p)
		s.advance(2 * time.Minute)
	}
	if len(s.row().Memory.Dead) != 1 || s.row().State != scheduling.StateScheduled {
		t.Fatalf("the booking is %s, with dead numbers %v; want scheduled, one dead\n%s", s.row().State, s.row().Memory.Dead, s.trace.text.String())
	}
	s.script = nil
	s.end()
}

// A begin is a write without an intent. Until it is known that it did nothing, no
// move may start.
func TestNoMoveWhileABeginIsOnItsWay(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(*dialect) {})
	s.advanceTo(s.plan.slots[0].Add(-10 * time.Minute))
	beginning := s.start(s.p, "begin", func(ctx context.Context) { _, _ = s.p.Begin(ctx, s.id) })
	s.upTo(beginning, "beginReservation", before)
	_, err := s.p.Reschedule(t.Context(), s.id, s.plan.slots[1])
	if errorKind(err) != "not allowed" {
		t.Errorf("Reschedule: error = %v, want NotAllowedError", err)
	}
	s.until(beginning, -1)
	s.end()
	if s.row().State != scheduling.StateBegun {
		t.Errorf("the booking is %s, want begun", s.row().State)
	}
}

// The attempt is committed before it is sent. The process dies between the two:
// from then on the intent counts as sent, and a refusal proves nothing.
func TestDeathBetweenCommitAndSend(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(*dialect) {})
	move := s.start(s.p, "move", func(ctx context.Context) { _, _ = s.p.Reschedule(ctx, s.id, s.plan.slots[1]) })
	s.upTo(move, "addAdHocProcess", before)
	s.crash(s.p, move.point)
	if b := s.row(); b.Intent == nil || b.Intent.Attempt != 1 || b.Memory.LastMade.IsZero() {
		t.Fatalf("intent %+v, want one attempt committed", b.Intent)
	}
	s.provider.BlockSlot(s.plan.slots[1])
	s.advance(scheduling.DefaultTuning().Lease + time.Second)
	s.reconcile(s.p)
	if b := s.row(); b.Intent == nil || !b.Intent.Flags.Refused {
		t.Fatalf("intent %+v, want it open, and refused: an earlier send may have acted\n%s", b.Intent, s.trace.text.String())
	}
	s.end()
	if b := s.row(); b.State != scheduling.StateScheduled || !b.Start.Equal(s.plan.slots[0]) {
		t.Errorf("the booking is %s at %s, want scheduled at the old start", b.State, clockText(b.Start))
	}
}

// A move was sent, and the process died before an answer came. Meanwhile the
// provider itself put the reservation where it was to go, so that the list shows
// the move done. The request may still act: a later move waits until it can't.
func TestMoveFoundAfterADeathMayStillBeOnItsWay(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(*dialect) {})
	move := s.start(s.p, "move", func(ctx context.Context) { _, _ = s.p.Reschedule(ctx, s.id, s.plan.slots[1]) })
	s.upTo(move, "addAdHocProcess", before)
	s.crash(s.p, move.point)
	s.providerMovesTo(s.plan.slots[1])
	s.advance(scheduling.DefaultTuning().Lease + time.Second)
	s.reconcile(s.p)
	b := s.row()
	if b.Intent != nil || !b.Start.Equal(s.plan.slots[1]) {
		t.Fatalf("intent %+v, start %s; want it found where it was to go\n%s", b.Intent, clockText(b.Start), s.trace.text.String())
	}
	if quiet := b.Memory.LastMade.Add(scheduling.DefaultTuning().InFlight); b.Memory.MoveNotYet.Before(quiet) {
		t.Errorf("the next move may be sent at %s, want not before %s", clockText(b.Memory.MoveNotYet), clockText(quiet))
	}
}

// A move is open, the provider has canceled its number, and an older number of
// the id is still active since each move of this provider makes a second
// reservation. The older one is removed first: as long as it is there, absence
// can't be proven.
func TestCondemnedNumberIsRemovedUnderAnOpenMove(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(d *dialect) {
		d.repeat, d.move = "creates", "ignored"
		d.set(proctorutest.VariantRepeatedID, "creates")
		d.set(proctorutest.VariantCreateWithNumber, "ignored")
	})
	if _, err := s.p.Reschedule(t.Context(), s.id, s.plan.slots[1]); err != nil {
		t.Fatal(err)
	}
	s.advance(15 * time.Minute)
	s.script = &script{at: 0, kind: proctorbooktest.LoseRequest}
	again := s.start(s.p, "move", func(ctx context.Context) { _, _ = s.p.Reschedule(ctx, s.id, s.plan.slots[2]) })
	s.upTo(again, "sleep", asleep)
	again.cancel()
	s.until(again, -1)
	if err := s.provider.ProviderCancels(s.number()); err != nil {
		t.Fatal(err)
	}
	s.observe(byProviderCancel)
	s.script = nil
	s.end()
	if b := s.row(); b.State != scheduling.StateCanceled {
		t.Errorf("the booking is %s, want canceled by the provider\n%s", b.State, s.trace.text.String())
	}
}

// As before, but there is no look until the older number's start is past, and
// the list hides what is past. It can't be removed any more, and must not keep
// the booking from ending for ever.
func TestCondemnedNumberWhoseStartIsPastProvesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, 1, func(d *dialect) {
		d.repeat, d.move = "creates", "ignored"
		d.set(proctorutest.VariantRepeatedID, "creates")
		d.set(proctorutest.VariantCreateWithNumber, "ignored")
		d.set(proctorutest.VariantPastRows, "hidden-at-start")
	})
	if _, err := s.p.Reschedule(t.Context(), s.id, s.plan.slots[1]); err != nil {
		t.Fatal(err)
	}
	if err := s.provider.ProviderCancels(s.number()); err != nil {
		t.Fatal(err)
	}
	s.observe(byProviderCancel)
	s.advanceTo(s.plan.slots[0].Add(10 * time.Minute))
	s.end()
	if b := s.row(); b.State != scheduling.StateCanceled {
		t.Errorf("the booking is %s, want canceled by the provider\n%s", b.State, s.trace.text.String())
	}
}
