package scheduling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// The removal of an extra that has begun is answered "not found" for ever: the
// others are still removed.
func TestStuckExtraDoesNotBlockTheOthers(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	w.play(proctorutest.VariantOverlapRule, "none")
	id := w.settled(nine)
	stuck := w.double(id, nine.Add(-15*time.Minute))
	w.double(id, noon)
	w.clock.Set(nine.Add(-20 * time.Minute))
	if _, err := w.client.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: string(w.learner), ID: string(id), Number: stuck}); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		w.sweep()
		w.clock.Advance(scheduling.DefaultTuning().EvidenceLag)
	}
	b := w.booking(id)
	if !slices.Contains(b.Memory.Stuck, stuck) {
		t.Errorf("stuck = %v, want %s in it\n%s", b.Memory.Stuck, stuck, w.history(id))
	}
	for _, r := range w.active(id) {
		if r.Start.Equal(noon) {
			t.Errorf("the other extra is still there\n%s", w.history(id))
		}
	}
}

// A create that arrives after the cancel brings the id to life again where the
// provider refuses only active ids. Canceled bookings stay watched until every
// start sent under them is past.
func TestSweepRemovesWhatComesAliveAfterTheCancel(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	id := w.settled(nine)
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	w.double(id, nine)
	got := w.sweep()
	if len(got.Surplus) != 1 || !got.Surplus[0].Removed || got.Surplus[0].State != scheduling.StateCanceled {
		t.Fatalf("sweep = %+v, want the zombie removed\n%s", got, w.history(id))
	}
	w.wantCanceled(id)
}
