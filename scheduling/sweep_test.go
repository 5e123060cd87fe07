package scheduling_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// double makes a second reservation of the booking at start, as a provider does
// that creates again when the network delivers a request twice.
func (w *world) double(id scheduling.BookingID, start time.Time) proctoru.ReservationNo {
	w.t.Helper()
	w.play(proctorutest.VariantRepeatedID, "creates")
	r, err := w.client.Reservations.Create(w.t.Context(), proctoru.CreateReservationParams{
		ID: string(id), Start: start, Duration: w.exam.Duration, Description: "CS101 2027 - Final exam", Notes: "Booking: " + string(id),
		Student: proctoru.Student{
			ID: string(w.booking(id).Learner), FirstName: "Ada", LastName: "Example", Email: "ada@example.org", Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time",
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Number
}

func (w *world) sweep() scheduling.SweepResult {
	w.t.Helper()
	result, err := w.Sweep(w.t.Context())
	if err != nil {
		w.t.Fatalf("Sweep: %v", err)
	}
	return result
}

func TestSweepRemovesASecondReservation(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	id := w.settled(nine)
	extra := w.double(id, noon)

	if got := w.sweep(); len(got.Surplus) != 0 {
		t.Fatalf("first sweep: surplus %+v, want none: it may still be on its way to be known", got.Surplus)
	}
	w.clock.Advance(scheduling.DefaultTuning().EvidenceLag - time.Second)
	if got := w.sweep(); len(got.Surplus) != 0 {
		t.Fatalf("sweep within the evidence's lag: surplus %+v, want none", got.Surplus)
	}
	w.clock.Advance(time.Second)
	got := w.sweep()
	want := []scheduling.Surplus{{Booking: id, Learner: w.learner, State: scheduling.StateScheduled, Number: extra, Removed: true}}
	if !slices.Equal(got.Surplus, want) {
		t.Fatalf("sweep: surplus %+v, want %+v\n%s", got.Surplus, want, w.history(id))
	}
	if rows := w.active(id); len(rows) != 1 || !rows[0].Start.Equal(nine) {
		t.Errorf("active now: %+v, want the booking's own alone", rows)
	}
}

// The wait runs for each number: one that is new to us is not removed because an
// older one has waited long enough.
func TestSweepWaitsForEachNumber(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	id := w.settled(nine)
	w.double(id, noon)
	w.sweep()
	w.clock.Advance(scheduling.DefaultTuning().EvidenceLag)
	w.double(id, noon.Add(2*time.Hour))
	if got := w.sweep(); len(got.Surplus) != 0 {
		t.Fatalf("surplus %+v, want none while one number is new\n%s", got.Surplus, w.history(id))
	}
	for range 3 {
		w.clock.Advance(scheduling.DefaultTuning().EvidenceLag)
		w.sweep()
	}
	if rows := w.active(id); len(rows) != 1 || !rows[0].Start.Equal(nine) {
		t.Errorf("active now: %+v, want the booking's own alone\n%s", rows, w.history(id))
	}
}

func TestSweepOnlyReportsByDefault(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.double(id, noon)
	w.sweep()
	w.clock.Advance(time.Hour)
	got := w.sweep()
	if len(got.Surplus) != 1 || got.Surplus[0].Removed || len(w.active(id)) != 2 {
		t.Fatalf("sweep = %+v with %d active, want one reported, two active", got, len(w.active(id)))
	}
	if flag := flagOf(w.booking(id)); flag != scheduling.ReasonExtra {
		t.Errorf("flagged %q, want extra", flag)
	}
}

func TestSweepOfABegunBookingKeepsItsOwn(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	id := w.settled(nine)
	w.double(id, noon)
	w.clock.Set(nine.Add(-10 * time.Minute))
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.sweep()
		w.clock.Advance(scheduling.DefaultTuning().EvidenceLag)
	}
	if rows := w.active(id); len(rows) != 1 || !rows[0].Start.Equal(nine) {
		t.Errorf("active now: %+v, want the begun one alone\n%s", rows, w.history(id))
	}
}

// A pass that would remove many reservations has most likely misunderstood something.
func TestSweepStopsWhenThereIsTooMuch(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	for i := range 4 {
		w.learner = w.enroll(fmt.Sprintf("learner%d", i), int64(5000+i))
		w.double(w.settled(nine.Add(time.Duration(i)*15*time.Minute)), noon)
		w.play(proctorutest.VariantRepeatedID, "refuses-ever")
	}
	w.sweep()
	w.clock.Advance(time.Hour)
	got := w.sweep()
	if !got.Stopped || len(got.Surplus) != 4 || slices.ContainsFunc(got.Surplus, func(s scheduling.Surplus) bool { return s.Removed }) {
		t.Fatalf("sweep = %+v, want 4 reported, none removed, stopped", got)
	}
}

// Reservations of another deployment with the same account, and those made after
// the backup from which the store was restored, are reported and left alone.
func TestSweepNeverRemovesWhatTheStoreDoesNotKnow(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	known := w.settled(nine)
	lost := w.store
	for name, namespace := range map[string]string{"another deployment": "otherdep", "a restored backup": "testtest"} {
		w.store = memstore.New(memstore.WithNamespace(namespace))
		w.restart(scheduling.WithSweep(scheduling.SweepRemove))
		w.learner = w.enroll("ada_l", 4211)
		own := w.settled(noon)
		for range 3 {
			got := w.sweep()
			w.clock.Advance(time.Hour)
			want := scheduling.UnknownReservation{ID: known, Learner: w.learner, Number: "900000501", Start: nine, Ours: namespace == "testtest"}
			if len(got.Surplus) != 0 || !slices.Contains(got.Unknown, want) {
				t.Fatalf("%s: sweep = %+v, want %+v reported alone", name, got, want)
			}
		}
		if len(w.active(known)) != 1 {
			t.Fatalf("%s: the reservation is gone", name)
		}
		if _, err := w.Cancel(t.Context(), own, scheduling.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	w.store = lost
}
