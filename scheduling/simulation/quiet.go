package simulation

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// quietRounds is how many watch intervals a change of the provider's may take to be
// noticed: two while a reading stands, and some for what must be seen twice.
const quietRounds = 6

// quiet lets days go by in which nobody asks for anything, and the provider changes one
// reservation: only routine watches, or the bulk readings that stand for them, can
// notice.
func (w *world) quiet() {
	s := w.dice.stream(decidePlan, 5001)
	if w.plan.passing || w.plan.scripted || w.plan.dialect.mute || !s.chance(0.5) {
		return
	}
	sweeps := s.chance(0.7)
	if w.plan.rarely && sweeps {
		w.webhookDays(s)
		return
	}
	w.watch(2, true)
	which, unreadable := s.next(), w.plan.spread && s.chance(0.4)
	if r, _ := w.someReservation(which); r != nil && unreadable {
		w.badDay = r.start // the report of the very day can't be read
	}
	if s.chance(0.7) {
		w.providerMoves(which, w.plan.slots[s.n(len(w.plan.slots))])
	} else {
		w.providerCancels(which)
	}
	w.counts.hit("world", "quiet days")
	w.watch(quietRounds, sweeps)
	if sweeps {
		w.advance(25 * time.Hour) // a row without dates stands for a day
		w.watch(2, true)
	}
	w.badDay = time.Time{}
	for _, d := range w.deployments {
		for _, id := range d.ids {
			w.judgeQuiet(d, id)
		}
	}
}

// unreadable reports whether the request is for a part of the report that can't be read
// now. The engine asks for a day more on both sides.
func (w *world) unreadable(m message) bool {
	if w.badDay.IsZero() || m.from.IsZero() {
		return false
	}
	return !w.badDay.Before(m.from.Add(24*time.Hour)) && w.badDay.Before(m.until.Add(-24*time.Hour))
}

// watch lets watch intervals go by.
func (w *world) watch(rounds int, sweeps bool) {
	for range rounds {
		w.advance(w.interval() - betweenL)
		for _, d := range w.deployments {
			w.watchOnce(d, sweeps)
		}
	}
}

func (w *world) watchOnce(d *deployment, sweeps bool) {
	ctx := context.Background()
	if sweeps {
		result, err := d.processes[0].RoutineSweep(ctx)
		if err != nil {
			w.unsettled("Sweep fails without a fault", ": "+err.Error(), "")
		}
		if result.Bulk {
			w.counts.hit("world", "bulk reading stands")
		}
		if result.Rested {
			w.counts.hit("world", "routine sweep rests")
		}
		if result.Due > 0 {
			w.counts.hit("world", "bulk reading doubts a booking")
		}
	}
	for range 2 {
		for _, p := range d.processes {
			if _, err := p.Reconcile(ctx); err != nil {
				w.unsettled("Reconcile fails without a fault", ": "+err.Error(), "")
			}
		}
		w.advance(betweenL / 2)
	}
}

// judgeQuiet wants a scheduled booking to be as the provider has it, or to be flagged.
func (w *world) judgeQuiet(d *deployment, id scheduling.BookingID) {
	b := &d.rows[id].row
	if b.State != scheduling.StateScheduled || b.Intent != nil || b.NeedsAttention != nil {
		return
	}
	for _, r := range w.alive(id) {
		if r.number == string(b.Number) && r.start.Equal(b.Start) {
			return
		}
	}
	w.violate(stateA, "what the provider changed is not noticed by routine watches", id)
}

// judgeLastHours wants a pass that got to its end to have looked at every scheduled
// booking that was due and whose start is less than two hours ahead.
func (w *world) judgeLastHours(d *deployment, before map[scheduling.BookingID]scheduling.Booking, began time.Time, report scheduling.ReconcileReport, err error) {
	if err != nil || report.ProviderDown {
		return
	}
	for id, old := range before {
		near := old.State == scheduling.StateScheduled && old.Start.After(began) && !old.Start.After(began.Add(2*time.Hour))
		due := !old.DueAt.IsZero() && !old.DueAt.After(began) && !old.Lease.Until.After(began)
		if r := d.rows[id]; near && due && r != nil && !d.damaged(id) && r.row.Version == old.Version {
			w.violate(stateA, "a booking that starts within two hours is not looked at", id)
		}
	}
}
