package lists_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// discrepancies returns those of the exam, by kind and what differs.
func (w *world) discrepancies() map[string]lists.Discrepancy {
	w.t.Helper()
	all := map[string]lists.Discrepancy{}
	for _, d := range rows(w.t, lists.Discrepancies(w.t.Context(), w.store, provider.ProctorU{Client: w.client}, w.thisWeek())) {
		all[strings.Join(append([]string{string(d.Kind)}, d.Differs...), " ")] = d
	}
	return all
}

// What they have, what we have, and in what both differ. Nothing is written.
func TestDiscrepancies(t *testing.T) {
	t.Parallel()
	nothing := func(*world, scheduling.BookingID) {}
	for name, tt := range map[string]struct {
		happens func(w *world, id scheduling.BookingID)
		want    string // "" = none
	}{
		"all is well": {nothing, ""},
		"moved there": {func(w *world, id scheduling.BookingID) {
			w.did(w.provider.Play(proctorutest.VariantMove, "same-number"))
			_, err := w.provider.ProviderMoves(w.number(id), noon)
			w.did(err)
		}, "differ start"},
		"canceled there":            {func(w *world, id scheduling.BookingID) { w.did(w.provider.ProviderCancels(w.number(id))) }, "differ canceled"},
		"a session without a begin": {func(w *world, id scheduling.BookingID) { w.did(w.provider.ProctorStarts(w.number(id))) }, "differ session"},
		"ended there": {func(w *world, id scheduling.BookingID) {
			w.clock.Set(nine)
			_, err := w.Begin(w.t.Context(), id)
			w.did(err)
			w.sit(id, clean)
		}, "differ end"},
		"a second reservation": {func(w *world, id scheduling.BookingID) {
			w.provider.AddReservation(proctorutest.Reservation{ID: string(id), StudentID: "4211", Start: noon, Duration: time.Hour, Notes: "Booking: " + string(id)})
		}, "they_have"},
		"an id that the store lost": {func(w *world, id scheduling.BookingID) {
			w.provider.AddReservation(proctorutest.Reservation{ID: "pb-testtest-0", StudentID: "4211", Start: noon, Duration: time.Hour, Notes: "Booking: pb-testtest-0"})
		}, "unknown_to_store"},
		"a second reservation, canceled": {func(w *world, id scheduling.BookingID) {
			w.provider.AddReservation(proctorutest.Reservation{ID: string(id), StudentID: "4211", Start: noon, Duration: time.Hour, Notes: "Booking: " + string(id), Canceled: true})
		}, ""},
		"a lost id, canceled": {func(w *world, id scheduling.BookingID) {
			w.provider.AddReservation(proctorutest.Reservation{ID: "pb-testtest-0", StudentID: "4211", Start: noon, Duration: time.Hour, Notes: "Booking: pb-testtest-0", Canceled: true})
		}, ""},
		"another system's": {func(w *world, id scheduling.BookingID) {
			w.provider.AddReservation(proctorutest.Reservation{ID: "theirs", StudentID: "4211", Start: noon, Duration: time.Hour, Notes: "Bring a pen"})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.booked(w.learner, nine)
			w.clock.Advance(time.Hour)
			tt.happens(w, id)
			w.clock.Advance(time.Hour)
			version := w.booking(id).Version

			got := w.discrepancies()

			if d, ok := got[tt.want]; len(got) > 1 || ok != (tt.want != "") || len(got) != 0 && !ok {
				t.Errorf("discrepancies = %+v, want %q", got, tt.want)
			} else if tt.want == "unknown_to_store" && (!d.Ours || d.Booking != "pb-testtest-0") {
				t.Errorf("discrepancy = %+v, want the id, and that it is ours", d)
			}
			if w.booking(id).Version != version {
				t.Error("the booking was written")
			}
		})
	}
}

// The report does not show what we have; what was just made is given time.
func TestDiscrepanciesWeHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.SetReportLag(48 * time.Hour)
	id := w.booked(w.learner, nine)
	if got := w.discrepancies(); len(got) != 0 {
		t.Errorf("just booked: %+v, want none", got)
	}
	w.clock.Advance(5 * time.Minute)
	if got := w.discrepancies(); len(got) != 1 || got["we_have"].Booking != id {
		t.Errorf("later: %+v, want we_have", got)
	}
}

// A booking that has ended holds no reservation, whatever its number.
func TestDiscrepanciesOfEndedBookings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.provider.AddReservation(proctorutest.Reservation{ID: "pb-testtest-1", StudentID: "4211", Start: noon, Duration: time.Hour})
	_, err := w.store.Create(t.Context(), scheduling.Booking{
		ID: "pb-testtest-1", Learner: w.learner, Exam: w.exam, State: scheduling.StateCanceled, Start: noon, Number: proctoru.ReservationNo(strconv.FormatInt(n, 10)),
	})
	w.did(err)
	if got := w.discrepancies(); len(got) != 1 || got["they_have"].Booking != "pb-testtest-1" || got["they_have"].State != scheduling.StateCanceled {
		t.Errorf("discrepancies = %+v, want they_have", got)
	}
}

// A booking with an open operation is left out: the report may show either side.
func TestDiscrepanciesLeaveOpenOperationsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(w.learner, nine)
	w.fault(proctorbooktest.LoseRequest, "removeReservation")
	_, err := w.Cancel(t.Context(), id, scheduling.Request{})
	w.pending(err)
	w.did(w.provider.ProviderCancels(w.number(id)))
	w.clock.Advance(time.Hour)
	if got := w.discrepancies(); len(got) != 0 {
		t.Errorf("discrepancies = %+v, want none while the cancel is open", got)
	}
}

// Errors come last: of the query, of the store, and of the provider, which ends a
// list half-way.
func TestDiscrepanciesErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.booked(w.learner, nine)
	good := w.thisWeek()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	last := func(ctx context.Context, q lists.DiscrepancyQuery) (err error) {
		n := 0
		for _, err = range lists.Discrepancies(ctx, w.store, provider.ProctorU{Client: w.client}, q) {
			n++
		}
		if n != 1 {
			t.Errorf("%d yields, want the error alone", n)
		}
		return err
	}
	for name, q := range map[string]lists.DiscrepancyQuery{
		"no days": {QuietSince: good.QuietSince}, "backwards": {From: good.To, To: good.From, QuietSince: good.QuietSince}, "no quiet": {From: good.From, To: good.To},
	} {
		if bad, ok := errors.AsType[*proctorbook.ValidationError](last(t.Context(), q)); !ok || bad.Op != "lists: Discrepancies" {
			t.Errorf("%s: %v, want a ValidationError", name, bad)
		}
	}
	if err := last(canceled, good); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want canceled", err)
	}
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})
	if refused, ok := errors.AsType[*proctoru.Error](last(t.Context(), good)); !ok || refused.Status != 500 {
		t.Errorf("error = %v, want the provider's", refused)
	}
}

// thisWeek asks for the window of the exam, as of now.
func (w *world) thisWeek() lists.DiscrepancyQuery {
	return lists.DiscrepancyQuery{From: day, To: day.AddDate(0, 0, 5), QuietSince: w.clock.Now().Add(-scheduling.DefaultTuning().EvidenceLag)}
}

// What is surplus on one day is told in the list of that day alone, although the report
// is read a day beyond.
func TestDiscrepanciesOfOneDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.canceled(w.learner, nine)
	w.provider.AddReservation(proctorutest.Reservation{ID: string(id), StudentID: string(w.learner), Start: nine, Duration: time.Hour, Notes: "Booking: " + string(id)})
	for off, want := range map[int]int{-1: 0, 0: 1, 1: 0} {
		q := w.thisWeek()
		q.From, q.To = day.AddDate(0, 0, off), day.AddDate(0, 0, off+1)
		q.QuietSince = w.clock.Now()
		if got := rows(t, lists.Discrepancies(t.Context(), w.store, provider.ProctorU{Client: w.client}, q)); len(got) != want {
			t.Errorf("day %+d: %+v, want %d", off, got, want)
		}
	}
}
