package simulation

import (
	"context"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// staff lets the exam office look at a booking: they answer what needs
// attention, and give a learner new tries for the code. Their answer is what is
// true at the provider, and they give it only while nothing of the booking is
// under way.
func (w *world) staff(d *deployment, p *process) {
	switch roll := w.steps.n(10); {
	case roll < 3:
		w.grants(p)
		return
	case roll < 6:
		w.overrule(d, p)
		return
	}
	if len(d.ids) == 0 || !w.chance(decideProvider, 1, "staff") {
		return
	}
	r := d.rows[d.ids[w.steps.n(len(d.ids))]]
	by := scheduling.Request{Reason: "asked the provider", By: "office"}
	if r.row.NeedsAttention == nil {
		w.counts.hit("world", "code reset")
		w.start(p, "staff resets the code", func(ctx context.Context) {
			_, err := p.Staff.ResetCode(ctx, r.row.ID, by)
			w.toldError(p, err)
		})
		return
	}
	answer := scheduling.Resolution{Decision: scheduling.DecisionKeep, Request: by}
	alive := w.alive(r.row.ID)
	if w.atRest(r) && len(alive) < 2 {
		answer.Decision = scheduling.DecisionGone
		if len(alive) == 1 {
			answer.Decision, answer.Number, answer.Start = scheduling.DecisionStands, proctoru.ReservationNo(alive[0].number), alive[0].start
		}
	}
	w.counts.hit("world", "staff: "+string(answer.Decision))
	// Nothing must come between what they saw and what they say.
	w.alone(func() {
		_, err := p.Staff.Resolve(context.Background(), r.row.ID, answer)
		w.toldError(p, err)
	})
}

// atRest reports whether no request about the booking can act any more.
func (w *world) atRest(r *record) bool {
	return w.provider.Pending() == 0 && len(w.tasks) == 0 && w.now.Sub(r.row.Memory.LastSent) > scheduling.DefaultTuning().InFlight
}

// alone runs f to its end without a pause or a fault.
func (w *world) alone(f func()) {
	calm := w.mask.calm
	w.mask.calm = true
	f()
	w.mask.calm = calm
}
