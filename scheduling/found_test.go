package scheduling_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// The tests of this file are schedules that the simulation found, by hand.

// numberOf is the number under which the provider has the booking.
func (w *world) numberOf(id scheduling.BookingID) int64 {
	w.t.Helper()
	n, err := strconv.ParseInt(string(w.booking(id).Number), 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// While a move is open the provider itself moves the reservation. The row
// follows, and the history must say so.
func TestMoveThatFollowsTheProviderIsInTheHistory(t *testing.T) {
	w := newWorld(t, hasty)
	id := w.settled(nine)
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	_, err := w.Reschedule(t.Context(), id, noon)
	w.pendingID(err)
	if _, err := w.provider.ProviderMoves(w.numberOf(id), ten); err != nil {
		t.Fatal(err)
	}
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	w.clock.Advance(5 * time.Minute)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}

	if b := w.booking(id); !b.Start.Equal(ten) || b.Intent == nil {
		t.Fatalf("stands at %s with intent %+v, want %s and the move open", b.Start, b.Intent, ten)
	}
	if got := w.events(id); !slices.Contains(got, scheduling.EventNumberChanged) {
		t.Errorf("events = %v, want number_changed among them", got)
	}
}

// A cancel that comes while the begin is on its way goes before the begin's answer.
func TestCancelWhileTheBeginIsOnItsWay(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine.Add(-5 * time.Minute))
	w.store = &between{Store: w.store, do: func() {
		w.fault(proctorbooktest.LoseRequest, "removeReservation")
		_, err := w.replica(hasty).Cancel(t.Context(), id, scheduling.Request{})
		w.pendingID(err)
	}}
	w.restart()

	_, err := w.Begin(t.Context(), id)

	if !isNotAllowed(err, scheduling.ReasonUnsettled) {
		t.Errorf("Begin: error = %v, want NotAllowedError with unsettled", err)
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled || b.Intent == nil || b.Intent.Op != scheduling.OpCancel || b.BeginSent.IsZero() {
		t.Errorf("booking is %s with intent %+v, begun %s; want scheduled, the cancel open, and the begin noted", b.State, b.Intent, b.BeginSent)
	}
}

// The provider moves the reservation to a later start, and nobody looks before
// the grace of the old one is over. The learner is expected: he is no no-show.
func TestNoShowLooksForALaterStart(t *testing.T) {
	w := newWorld(t)
	if err := w.provider.Play(proctorutest.VariantMove, "same-number"); err != nil {
		t.Fatal(err)
	}
	id := w.settled(nine)
	late := day.AddDate(0, 0, 1)
	if _, err := w.provider.ProviderMoves(w.numberOf(id), late); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(90*time.Minute + 5*time.Hour))
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled || !b.Start.Equal(late) {
		t.Errorf("booking is %s at %s, want scheduled at %s\n%s", b.State, b.Start, late, w.history(id))
	}
}

// The same, and the list is falsely empty when the grace is over: the report, too,
// knows the later start.
func TestNoShowAsksTheReportForALaterStart(t *testing.T) {
	w := newWorld(t)
	w.play(proctorutest.VariantMove, "same-number")
	id := w.settled(nine)
	late := day.AddDate(0, 0, 1)
	if _, err := w.provider.ProviderMoves(w.numberOf(id), late); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(90*time.Minute + 5*time.Hour))
	w.fault(proctorutest.ReadEmpty, "getStudentReservationList")
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("booking is %s, want scheduled\n%s", b.State, w.history(id))
	}
	w.clock.Advance(time.Hour)
	w.pass()
	w.wantAgreement(id)
}

// between lets something happen after the first write, once: the begin is noted,
// and its request is not yet out.
type between struct {
	scheduling.Store
	writes int
	do     func()
}

func (s *between) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	stored, err := s.Store.Update(ctx, b, events...)
	if s.writes++; s.writes == 1 && err == nil {
		s.do()
	}
	return stored, err
}

func isNotAllowed(err error, code scheduling.ReasonCode) bool {
	refused, ok := errors.AsType[*scheduling.NotAllowedError](err)
	return ok && refused.Has(code)
}
