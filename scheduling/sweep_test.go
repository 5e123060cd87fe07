package scheduling_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
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

// The removal of an extra that has begun is answered "not found" for ever: the
// others are removed all the same.
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

// Staff.

func TestResolve(t *testing.T) {
	staff := scheduling.Request{Reason: "called the provider", By: "staff7"}
	for name, tt := range map[string]struct {
		resolution scheduling.Resolution
		state      scheduling.State
		event      scheduling.EventType
	}{
		"gone":   {scheduling.Resolution{Decision: scheduling.DecisionGone, Request: staff}, scheduling.StateFailed, scheduling.EventResolvedGone},
		"keep":   {scheduling.Resolution{Decision: scheduling.DecisionKeep, Request: staff}, scheduling.StatePending, scheduling.EventResolvedKeep},
		"stands": {scheduling.Resolution{Decision: scheduling.DecisionStands, Number: "77", Start: nine, Request: staff}, scheduling.StateScheduled, scheduling.EventResolvedStands},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.fault(proctorbooktest.Down, "")
			_, err := w.Book(t.Context(), w.exam, w.learner, nine)
			id := w.pendingID(err)
			_, err = w.Staff.Resolve(t.Context(), id, tt.resolution)
			if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonNoAttention) {
				t.Fatalf("Resolve before the deadline = %v, want no_attention", err)
			}
			w.pass()
			w.pass()
			b, err := w.Staff.Resolve(t.Context(), id, tt.resolution)
			if err != nil || b.State != tt.state || b.NeedsAttention != nil {
				t.Fatalf("Resolve = %s, flagged %q, %v; want %s", b.State, flagOf(b), err, tt.state)
			}
			var last scheduling.Event
			for e, err := range w.Events(t.Context(), scheduling.EventQuery{Booking: id}) {
				if err != nil {
					t.Fatal(err)
				}
				last = e
			}
			if last.Type != tt.event || last.Reason != staff.Reason || last.By != staff.By {
				t.Errorf("last event = %s by %q because %q, want %s by %q because %q", last.Type, last.By, last.Reason, tt.event, staff.By, staff.Reason)
			}
		})
	}
}

// goMissing lets the provider show nothing of the booking, until it is flagged.
func (w *world) goMissing(id scheduling.BookingID) {
	w.t.Helper()
	for range 2 {
		w.clock.Advance(time.Hour)
		for range 4 {
			w.fault(proctorutest.ReadEmpty, "getStudentReservationList")
			w.fault(proctorutest.ReadEmpty, "clientActivityReport")
		}
		for range 3 {
			if _, err := w.Reconcile(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Minute)
		}
	}
	w.provider.ClearFaults()
	if flag := flagOf(w.booking(id)); flag != scheduling.ReasonMissing {
		w.t.Fatalf("flagged %q, want missing\n%s", flag, w.history(id))
	}
}

// A booking may still be flagged when it begins. Its session is under way then:
// nobody can say that nothing of it is at the provider.
func TestResolveOfABegunBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	w.goMissing(id)
	w.clock.Set(nine.Add(-10 * time.Minute))
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Fatal(err)
	}

	staff := scheduling.Request{Reason: "called the provider", By: "staff7"}
	_, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionGone, Request: staff})
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonBegun) {
		t.Errorf("Resolve as gone = %v, want not allowed: begun", err)
	}
	b, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionKeep, Request: staff})
	if err != nil || b.State != scheduling.StateBegun || b.NeedsAttention != nil {
		t.Errorf("Resolve as keep = %s, flagged %q, %v; want begun and no flag", b.State, flagOf(b), err)
	}
}

func TestResolveRefusesBadInput(t *testing.T) {
	w := newWorld(t)
	_, err := w.Staff.Resolve(t.Context(), "pb-x", scheduling.Resolution{Decision: scheduling.DecisionStands})
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok || len(bad.Fields) != 4 {
		t.Fatalf("Resolve = %v, want four problems", err)
	}
}

func TestExplain(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	asked := w.clock.Now()
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)

	x, err := w.Staff.Explain(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if i := x.Booking.Intent; i == nil || i.Op != scheduling.OpReserve || !i.Requested.Equal(asked) || i.Attempt != 1 || !i.Flags.Unknown || !i.Want.Equal(nine) || x.Next != scheduling.NextSend {
		t.Errorf("open: %+v, want a reserve since %s, sent once, unknown, next: send", x, asked)
	}
	if x.LookAt.IsZero() || !x.QuietAt.Equal(asked.Add(scheduling.DefaultTuning().InFlight)) {
		t.Errorf("when: next look %s, quiet at %s", x.LookAt, x.QuietAt)
	}
	w.pass()
	x, err = w.Staff.Explain(t.Context(), id)
	if err != nil || x.Booking.Intent != nil || x.Next != scheduling.NextWatch || x.Booking.Number == "" || len(x.History) < 4 {
		t.Errorf("settled: %+v, %v; want nothing open, watched, with its history", x, err)
	}
	if _, err := w.Staff.Explain(t.Context(), "pb-x"); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("Explain of an unknown booking = %v, want ErrNotFound", err)
	}
}
