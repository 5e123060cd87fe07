package scheduling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// An id that exists was made once; it may be gone again.
func TestExistsIsNoProofThatItIsStillThere(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
		t.Fatal(err)
	}
	w.pass()
	b := w.booking(id)
	if b.State != scheduling.StateCanceled || b.EndReason != scheduling.ReasonCanceledByProvider {
		t.Fatalf("booking is %s (%s), want canceled (by provider)\n%s", b.State, b.EndReason, w.history(id))
	}
}

// Absence never decides alone: a list that is falsely empty changes nothing.
func TestFalselyEmptyListsProveNothing(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	for range 30 {
		w.fault(proctorutest.ReadEmpty, "getStudentReservationList")
		w.fault(proctorutest.ReadNull, "getStudentReservationList")
		w.fault(proctorutest.ReadError, "getStudentReservationList")
	}
	for range 3 {
		w.clock.Advance(time.Hour)
		w.pass()
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("booking is %s, want scheduled\n%s", b.State, w.history(id))
	}
	w.provider.ClearFaults()
	w.clock.Advance(time.Hour)
	w.pass()
	w.wantAgreement(id)
	if b := w.booking(id); b.NeedsAttention != nil {
		t.Errorf("needs attention: %+v, want that the good read cleared it", b.NeedsAttention)
	}
}

// Refused and absent: it ends as failed, but not before it is quiet, and not
// after one look.
func TestAbsenceIsProvenNotAssumed(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.provider.BlockSlot(nine)
	w.clock.Advance(time.Minute)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := w.booking(id).Memory.LastMade
	var failedAt time.Time
	for range 40 {
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w.booking(id).State == scheduling.StateFailed {
			failedAt = w.clock.Now()
			break
		}
		w.clock.Advance(20 * time.Second)
	}
	bounds := scheduling.DefaultTuning()
	if after := failedAt.Sub(sent); after < bounds.InFlight+bounds.ListLag {
		t.Errorf("failed %s after the last create, want at least %s\n%s", after, bounds.InFlight+bounds.ListLag, w.history(id))
	}
}

func TestProviderCancels(t *testing.T) {
	for name, tt := range map[string]struct {
		as    provider.ProctorU
		state scheduling.State
		flag  scheduling.ReasonCode
	}{
		"seen in the report":           {state: scheduling.StateCanceled},
		"seen in the list of canceled": {as: provider.ProctorU{EvidenceSource: provider.EvidenceCanceledList}, state: scheduling.StateCanceled},
		"without evidence merely gone": {as: provider.ProctorU{EvidenceSource: provider.EvidenceNone}, state: scheduling.StateScheduled, flag: scheduling.ReasonMissing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.as)
			id := w.settled(nine)
			if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
			w.pass()
			b := w.booking(id)
			if b.State != tt.state {
				t.Fatalf("booking is %s, want %s\n%s", b.State, tt.state, w.history(id))
			}
			if got := flagOf(b); got != tt.flag {
				t.Errorf("needs attention for %q, want %q", got, tt.flag)
			}
		})
	}
}

func TestProviderMoves(t *testing.T) {
	for _, numbers := range []string{"same-number", "new-number"} {
		t.Run(numbers, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play(proctorutest.VariantMove, numbers)
			id := w.settled(nine)
			if _, err := w.provider.ProviderMoves(w.active(id)[0].Number, noon); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
			w.wantAgreement(id)
			if b := w.booking(id); !b.Start.Equal(noon) {
				t.Errorf("booking starts at %s, want the provider's %s", b.Start, noon)
			}
			w.wantMoveTold(id, nine, noon, numbers == "new-number")
		})
	}
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
	w.wantMoveTold(id, nine, ten, true)
}

// wantMoveTold wants the history to tell of the provider's move by the event that
// is for it, and of the other number, if there is one, by its own, in one transaction.
func (w *world) wantMoveTold(id scheduling.BookingID, from, to time.Time, otherNumber bool) {
	w.t.Helper()
	var moved, changed []scheduling.Event
	for e, err := range w.Events(w.t.Context(), scheduling.EventQuery{Booking: id}) {
		switch {
		case err != nil:
			w.t.Fatal(err)
		case e.Type == scheduling.EventMovedByProviderOrLate:
			moved = append(moved, e)
		case e.Type == scheduling.EventNumberChanged:
			changed = append(changed, e)
		}
	}
	if len(moved) != 1 || !moved[0].OldStart.Equal(from) || !moved[0].Start.Equal(to) {
		w.t.Fatalf("told of moves %+v, want one from %s to %s\n%s", moved, from, to, w.history(id))
	}
	if !otherNumber && len(changed) != 0 || otherNumber && (len(changed) != 1 || changed[0].Version != moved[0].Version || changed[0].Number != moved[0].Number) {
		w.t.Errorf("told of numbers %+v, want one = %t, in the transaction of the move\n%s", changed, otherNumber, w.history(id))
	}
}

// Only the number changes: nobody is told of a move.
func TestProviderChangesTheNumberAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantMove, "new-number")
	id := w.settled(nine)
	first := w.booking(id).Number
	if _, err := w.provider.ProviderMoves(w.active(id)[0].Number, nine); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * time.Hour)
	w.pass()
	w.wantAgreement(id)
	if events := w.events(id); w.booking(id).Number == first || !slices.Contains(events, scheduling.EventNumberChanged) || slices.Contains(events, scheduling.EventMovedByProviderOrLate) {
		t.Errorf("number %s was %s; want another one, told by number_changed alone\n%s", w.booking(id).Number, first, w.history(id))
	}
}

// The learner cancels what the provider has moved to another number meanwhile:
// the dead number says "cancelled", and the live one goes too.
func TestCancelAfterProviderMoved(t *testing.T) {
	w := newWorld(t)
	w.play(proctorutest.VariantMove, "new-number")
	id := w.settled(nine)
	if _, err := w.provider.ProviderMoves(w.active(id)[0].Number, noon); err != nil {
		t.Fatal(err)
	}
	_, err := w.Cancel(t.Context(), id, scheduling.Request{})
	if err != nil {
		w.pendingID(err)
	}
	w.pass()
	w.pass()
	w.wantCanceled(id)
	w.wantMoveTold(id, nine, noon, true)
}

// A read from before a send says nothing of what the send made: it takes two reads
// after it, once all is quiet, to prove that nothing is there. Here the second create
// acts as late as any can, and the list does not show it yet.
func TestAbsenceIsProvenByReadsAfterTheLastSend(t *testing.T) {
	w := newWorld(t, hasty)
	tuning := scheduling.DefaultTuning()
	w.fault("lose-request", "addAdHocProcess")
	id := w.pendingID(errOf(w.Book(t.Context(), w.exam, w.learner, nine)))
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: "addAdHocProcess", Delay: tuning.InFlight})
	w.clock.Advance(tuning.InFlight)
	w.lookOnce() // nothing is there: sent again
	w.provider.SetListLag(tuning.ListLag-time.Second, 0)
	w.play("report-lag", "minutes")
	w.clock.Advance(tuning.InFlight + time.Second)
	w.lookOnce() // the deadline is past
	if b := w.booking(id); b.State != scheduling.StatePending {
		t.Fatalf("state = %s (%s) after one read since the send: %s", b.State, b.EndReason, w.history(id))
	}
	w.clock.Advance(2 * tuning.ListLag)
	w.lookOnce()
	w.clock.Advance(tuning.EvidenceLag)
	w.lookOnce()
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Errorf("state = %s (%s), want scheduled: %s", b.State, b.EndReason, w.history(id))
	}
}
