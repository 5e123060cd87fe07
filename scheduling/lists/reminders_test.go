package lists_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// due collects the leads of the reminders between two instants.
func (w *world) due(since, until time.Time, leads ...time.Duration) []time.Duration {
	w.t.Helper()
	var all []time.Duration
	for r, err := range lists.Reminders(w.t.Context(), w.store, since, until, leads...) {
		if err != nil {
			w.t.Fatal(err)
		}
		if !r.Due.Equal(r.Booking.Start.Add(-r.Lead)) || !r.Due.After(since) || r.Due.After(until) {
			w.t.Errorf("reminder at %s for %s, asked for (%s, %s]", r.Due, r.Booking.Start, since, until)
		}
		all = append(all, r.Lead)
	}
	return all
}

// Passes that follow one another, each from where the last one ended, give each
// reminder once, wherever the cuts fall: also exactly on a reminder.
func TestRemindersComeOnceForEachLead(t *testing.T) {
	leads := []time.Duration{24 * time.Hour, time.Hour, 2 * time.Hour, time.Hour}
	for _, every := range []time.Duration{time.Minute, 7 * time.Minute, time.Hour, 25 * time.Hour} {
		w := newWorld(t)
		w.booked(w.learner, nine)
		var all []time.Duration
		for at := day.AddDate(0, 0, -3); at.Before(noon); at = at.Add(every) {
			all = append(all, w.due(at, at.Add(every), leads...)...)
		}
		if want := []time.Duration{24 * time.Hour, 2 * time.Hour, time.Hour}; !slices.Equal(sortedDown(all), want) {
			t.Errorf("every %s: reminders %v, want %v", every, all, want)
		}
	}
}

// The reminders of several leads come in the order of the bookings' ids, each booking once,
// whatever starts between one lead and the next; a booking that can't be read comes in its
// place.
func TestRemindersOfLeadsAreInOrder(t *testing.T) {
	w := newWorld(t)
	var near, far []scheduling.BookingID
	for i, name := range []string{"bob", "eve", "kim", "lou", "max", "ned"} {
		learner := w.enroll(name, int64(4301+i))
		w.booked(w.enroll(name+"_2", int64(4401+i)), nine.AddDate(0, 0, 1).Add(time.Duration(i)*time.Hour)) // between the leads
		if i%2 == 0 {
			near = append(near, w.booked(learner, nine.Add(time.Duration(i)*30*time.Minute)))
		} else {
			far = append(far, w.booked(learner, nine.AddDate(0, 0, 3).Add(time.Duration(i)*30*time.Minute)))
		}
	}
	want := slices.Sorted(slices.Values(slices.Concat(near, far)))
	defer w.store.(*memstore.Store).SpoilBooking(want[3])()
	var got []scheduling.BookingID
	since := nine.Add(-time.Hour - time.Minute)
	for r, err := range lists.Reminders(t.Context(), w.store, since, since.Add(3*time.Hour), 73*time.Hour, time.Hour) {
		if e, ok := errors.AsType[*scheduling.UnreadableError](err); ok {
			got = append(got, e.Booking)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Booking.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("reminders of %v, want of %v", got, want)
	}
	n := 0
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range lists.Reminders(ctx, w.store, since, since.Add(3*time.Hour), 73*time.Hour, time.Hour) {
		if n++; !errors.Is(err, context.Canceled) || n > 1 {
			t.Errorf("Reminders in a canceled context = %v, want its error once", err)
		}
	}
}

func sortedDown(d []time.Duration) []time.Duration {
	slices.Sort(d)
	slices.Reverse(d)
	return d
}

func TestRemindersFollowTheBooking(t *testing.T) {
	const lead = time.Hour
	eight, eleven := day.Add(8*time.Hour), day.Add(11*time.Hour)
	tests := []struct {
		name string
		do   func(w *world, id scheduling.BookingID)
		old  int // reminders of nine
		new  int // reminders of noon
	}{
		{"scheduled", func(*world, scheduling.BookingID) {}, 1, 0},
		{"moved", func(w *world, id scheduling.BookingID) {
			if _, err := w.Reschedule(w.t.Context(), id, noon); err != nil {
				w.t.Fatal(err)
			}
		}, 0, 1},
		{"moved by the provider", func(w *world, id scheduling.BookingID) {
			if _, err := w.provider.ProviderMoves(w.number(id), noon); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
		}, 0, 1},
		{"a move is open: the old start counts", func(w *world, id scheduling.BookingID) {
			w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
			_, err := w.Reschedule(w.t.Context(), id, noon)
			w.pending(err)
		}, 1, 0},
		{"canceled", func(w *world, id scheduling.BookingID) {
			if _, err := w.Cancel(w.t.Context(), id, scheduling.Request{}); err != nil {
				w.t.Fatal(err)
			}
		}, 0, 0},
		{"a cancel is open", func(w *world, id scheduling.BookingID) {
			w.fault(proctorbooktest.LoseRequest, "removeReservation")
			_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
			w.pending(err)
		}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.do(w, w.booked(w.learner, nine))
			old, new := w.due(eight.Add(-time.Minute), eight, lead), w.due(eleven.Add(-time.Minute), eleven, lead)
			if len(old) != test.old || len(new) != test.new {
				t.Errorf("%d reminders of the old start and %d of the new one, want %d and %d", len(old), len(new), test.old, test.new)
			}
		})
	}
}

// A booking that is not proven yet has no start to be reminded of.
func TestRemindersLeavePendingBookingsOut(t *testing.T) {
	w := newWorld(t)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	w.pending(err)
	if got := w.due(day.AddDate(0, 0, -3), nine, time.Hour); len(got) != 0 {
		t.Errorf("reminders %v of a booking without proof", got)
	}
}

func TestRemindersRefuse(t *testing.T) {
	w := newWorld(t)
	for name, ask := range map[string]struct {
		since, until time.Time
		leads        []time.Duration
	}{
		"no lead":           {day, nine, nil},
		"a lead of nothing": {day, nine, []time.Duration{time.Hour, 0}},
		"time backwards":    {nine, day, []time.Duration{time.Hour}},
	} {
		for _, err := range lists.Reminders(t.Context(), w.store, ask.since, ask.until, ask.leads...) {
			if _, bad := errors.AsType[*proctorbook.ValidationError](err); !bad {
				t.Errorf("%s: %v, want a ValidationError", name, err)
			}
		}
	}
}
