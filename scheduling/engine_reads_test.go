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
			want := scheduling.EventMovedByProviderOrLate
			if numbers == "new-number" {
				want = scheduling.EventNumberChanged
			}
			if !slices.Contains(w.events(id), want) {
				t.Errorf("no event %s\n%s", want, w.history(id))
			}
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
	if got := w.events(id); !slices.Contains(got, scheduling.EventNumberChanged) {
		t.Errorf("events = %v, want number_changed among them", got)
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
}
