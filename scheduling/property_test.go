package scheduling_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// TestAnySequenceOfCalls lets a learner book, move and cancel in any order while
// answers are lost, processes die and the provider acts by itself. When all is
// quiet again, store and provider agree. A failing sequence is shrunk.
func TestAnySequenceOfCalls(t *testing.T) {
	starts := []time.Time{nine, ten, noon, noon.Add(2 * time.Hour)}
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, hasty)
		start := rapid.SampledFrom(starts)
		r.Repeat(map[string]func(*rapid.T){
			"book": func(r *rapid.T) {
				_, _ = w.Book(t.Context(), w.exam, w.learner, start.Draw(r, "start")) // any outcome: the end is judged
			},
			"reschedule": func(r *rapid.T) {
				if id, ok := w.current(); ok {
					_, _ = w.Reschedule(t.Context(), id, start.Draw(r, "start"))
				}
			},
			"cancel": func(*rapid.T) {
				if id, ok := w.current(); ok {
					_, _ = w.Cancel(t.Context(), id, scheduling.Request{})
				}
			},
			"something goes wrong": func(r *rapid.T) {
				w.provider.Fault(proctorbooktest.Fault{
					Kind: rapid.SampledFrom(lossFaults).Draw(r, "fault"), Delay: time.Duration(rapid.IntRange(1, 400).Draw(r, "seconds")) * time.Second,
				})
			},
			"slots come and go": func(r *rapid.T) {
				if at := start.Draw(r, "start"); rapid.Bool().Draw(r, "free") {
					w.provider.FreeSlot(at)
				} else {
					w.provider.BlockSlot(at)
				}
			},
			"the process dies": func(*rapid.T) { w.restart(hasty) },
			"the provider cancels": func(*rapid.T) {
				for _, row := range w.provider.Reservations() {
					if row.Active {
						_ = w.provider.ProviderCancels(row.Number) // it is there: we have just seen it
						return
					}
				}
			},
			"time passes": func(r *rapid.T) {
				w.clock.Advance(time.Duration(rapid.IntRange(1, 900).Draw(r, "seconds")) * time.Second)
				if _, err := w.Reconcile(t.Context()); err != nil {
					r.Fatal(err)
				}
			},
		})
		w.provider.ClearFaults()
		w.clock.Advance(2 * time.Hour)
		w.pass()
		w.pass()
		w.wantPeace(r)
	})
}

// current returns the learner's active booking.
func (w *world) current() (scheduling.BookingID, bool) {
	b, err := w.store.Active(w.t.Context(), w.learner, w.exam.Key())
	return b.ID, err == nil
}

// wantPeace checks that nothing is open without a flag, and that the provider
// holds just what the bookings say.
func (w *world) wantPeace(r *rapid.T) {
	active := 0
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		if err != nil {
			r.Fatal(err)
		}
		rows := w.active(b.ID)
		active += len(rows)
		switch {
		case b.Intent != nil && b.NeedsAttention == nil:
			r.Fatalf("booking %s is still open, without a flag\n%s", b.ID, w.history(b.ID))
		case b.State == scheduling.StateScheduled && b.NeedsAttention == nil && (len(rows) != 1 || !rows[0].Start.Equal(b.Start)):
			r.Fatalf("booking %s is scheduled at %s, the provider has %+v\n%s", b.ID, b.Start, rows, w.history(b.ID))
		case !b.State.Active() && len(rows) > 0:
			r.Fatalf("booking %s is %s, the provider has %+v\n%s", b.ID, b.State, rows, w.history(b.ID))
		}
	}
	if active > 1 {
		r.Fatalf("%d reservations are active", active)
	}
}
