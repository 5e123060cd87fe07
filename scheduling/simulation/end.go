package simulation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A pass is what the guarantees call one: up to twelve looks, 70 s apart, with
// the sweep among them.
const (
	looks     = 12
	betweenL  = 70 * time.Second
	sweepEach = 4 // looks between two sweeps: more than the evidence lags
)

// passes is how many passes settle everything. Two are enough but for a few
// schedules, in which an operation that ends in the second one leaves a surplus
// reservation behind. A provider that refuses moves in words that nobody knows
// makes each move stay open until it is given up.
func (w *world) passes() int {
	if w.plan.dialect.move == "refused" {
		return 8
	}
	return 3
}

// finish lets passes run on a calm world, and compares store and provider.
func (w *world) finish() {
	var wrong []violation
	calm := w.now
	for pass := range w.passes() {
		w.pass()
		if wrong = w.compare(); len(wrong) == 0 && !w.anyOpen() {
			break
		}
		if pass+1 < w.passes() {
			w.counts.hit("pass", "number "+digits(pass+2))
			w.trace.add(w.elapsed(), "this pass is not enough:", digits(pass+1))
		}
		if pass == 1 {
			w.judgeOpen(calm)
		}
	}
	for _, v := range wrong {
		w.unsettled(v.what, "", v.booking)
	}
	if len(wrong) == 0 && !w.anyOpen() {
		w.quiet()
	}
	w.judgePromises()
	w.judgeVerdicts()
	w.judgeFeed(w.deployments[0])
	w.countEnd()
}

// judgeVerdicts wants no verdict of what was never sat, unless staff gave one.
func (w *world) judgeVerdicts() {
	for _, d := range w.deployments {
		for _, id := range d.ids {
			b := d.rows[id].row
			ended := b.State == scheduling.StateCanceled || b.State == scheduling.StateFailed
			if o := b.Outcome(); ended && o.Verdict != "" && !o.ByStaff {
				w.violate(stateA, "a "+string(b.State)+" booking has the verdict "+string(o.Verdict), id)
			}
		}
	}
}

// judgeExits wants every booking to have a way out: long after everything that was
// asked for, each has ended by time alone, or is flagged, and staff's answer ends it.
func (w *world) judgeExits() {
	if len(w.violations) > 0 {
		return
	}
	w.advanceTo(w.lastMoment())
	for range 2 {
		w.pass()
		w.advance(2 * time.Hour)
	}
	w.look(w.deployments[0], true)
	for _, d := range w.deployments {
		for _, id := range d.ids {
			w.judgeExit(d, id)
		}
	}
}

// lastMoment is after the end, with all grace, of everything that was ever reserved or
// asked for.
func (w *world) lastMoment() time.Time {
	last := w.now
	for _, r := range w.truth.all {
		if r.start.After(last) {
			last = r.start
		}
	}
	for _, d := range w.deployments {
		for _, id := range d.ids {
			if at := d.rows[id].row.WatchUntil(); at.After(last) {
				last = at
			}
		}
	}
	return last.Add(24 * time.Hour)
}

func (w *world) judgeExit(d *deployment, id scheduling.BookingID) {
	b := d.rows[id].row
	if !b.State.Active() {
		return
	}
	if b.NeedsAttention == nil {
		w.unsettled("neither time nor staff leads out of "+standing(&b)+": it has not ended, and is not flagged", "", id)
		return
	}
	w.counts.hit("exit", standing(&b)+" flagged "+string(b.NeedsAttention.Reason))
	ctx, by := context.Background(), scheduling.Request{Reason: "asked the provider", By: "office"}
	var err error
	if b.State == scheduling.StateBegun || b.State == scheduling.StateUnlocked {
		_, err = d.processes[0].Staff.Void(ctx, id, by)
	} else {
		_, err = d.processes[0].Staff.Resolve(ctx, id, scheduling.Resolution{Decision: scheduling.DecisionGone, Request: by})
	}
	if err != nil || d.rows[id].row.State.Active() {
		w.violate(stateA, "staff's answer does not end a flagged booking: "+standing(&b), id)
	}
}

// pass runs one pass on every deployment.
func (w *world) pass() {
	for i := range looks {
		for _, d := range w.deployments {
			w.look(d, i%sweepEach == 0)
		}
		w.advance(betweenL)
		if i > 2*sweepEach && !w.anyOpen() && len(w.compare()) == 0 {
			return
		}
	}
}

func (w *world) look(d *deployment, sweep bool) {
	ctx := context.Background()
	for _, p := range d.processes {
		if _, err := p.Reconcile(ctx); err != nil {
			w.unsettled("Reconcile fails without a fault", ": "+err.Error(), "")
		}
	}
	if !sweep {
		return
	}
	for _, id := range d.ids {
		if d.rows[id].row.State.Active() {
			_ = d.processes[0].Wake(ctx, string(id)) // the store does not fail any more
		}
	}
	result, err := d.processes[0].Sweep(ctx)
	if err != nil {
		w.unsettled("Sweep fails without a fault", ": "+err.Error(), "")
	}
	if result.Stopped {
		w.counts.hit("world", "sweep stopped")
	}
	w.judgeUnknown(d, result)
}

// anyOpen reports whether an operation is open anywhere.
func (w *world) anyOpen() bool {
	for _, d := range w.deployments {
		for _, id := range d.ids {
			if d.rows[id].row.Intent != nil {
				return true
			}
		}
	}
	return false
}

// judgeOpen wants every operation that was open when the world became calm to
// have settled by the end of the second pass, or to be flagged. A wish that has
// become an operation since has passes of its own.
func (w *world) judgeOpen(calm time.Time) {
	for _, d := range w.deployments {
		for _, id := range d.ids {
			b := &d.rows[id].row
			if i := b.Intent; i != nil && b.NeedsAttention == nil && !i.Requested.After(calm) {
				w.unsettled("I8: an operation is neither settled nor flagged after two passes", "", id)
			}
		}
	}
}

// judgeUnknown wants ids that a restored store has lost to be reported, if the
// sweep could see them, and none of its own.
func (w *world) judgeUnknown(d *deployment, result scheduling.SweepResult) {
	for _, u := range result.Unknown {
		w.counts.hit("world", "unknown id reported")
		if d.rows[u.ID] != nil {
			w.violate(stateA, "the sweep calls a booking of the store unknown", u.ID)
		}
		if u.Ours != d.lost[u.ID] {
			w.violations = append(w.violations, violation{stateA, "the sweep takes a foreign id for its own, or the other way", u.ID})
		}
	}
}

// compare returns what is wrong between the stores and the provider.
func (w *world) compare() []violation {
	var wrong []violation
	for _, d := range w.deployments {
		for _, id := range d.ids {
			if what := w.compareOne(d, d.rows[id]); what != "" {
				wrong = append(wrong, violation{stateA, what, id})
			}
		}
		wrong = append(wrong, w.compareLearners(d)...)
	}
	return wrong
}

// compareOne compares one booking with the provider.
func (w *world) compareOne(d *deployment, r *record) string {
	b, alive := &r.row, w.alive(r.row.ID)
	stored, err := d.store.Get(context.Background(), b.ID)
	if err != nil || stored.Version != b.Version || standing(&stored) != standing(b) {
		return "the store does not hold what it confirmed"
	}
	alive = slices.DeleteFunc(alive, func(x *reservation) bool { return w.excused(b, x) })
	switch {
	case b.Intent != nil && (b.NeedsAttention == nil || !w.mayStayOpen(b)):
		return "I8: an operation does not settle"
	case b.Intent != nil:
		return ""
	case !b.State.Active() && b.State != scheduling.StateFinished && b.State != scheduling.StateNoShow && b.State != scheduling.StateVoid:
		if len(alive) > 0 {
			return "I4, I9: a booking ended as " + string(b.State) + ", and a reservation of its id is active"
		}
		return ""
	case b.State == scheduling.StateNoShow && len(alive) > 0 && !w.trueEvidence(b.ID):
		w.counts.hit("weaker", "A: no_show by one source alone, and the learner is expected later")
		return ""
	case len(alive) > 1:
		return "I1: several active reservations of one booking"
	case len(alive) == 1 && !b.State.Active() && !alive[0].start.Equal(b.Start):
		w.counts.hit("weaker", "A: the provider moved the session of a sitting that has ended")
		return ""
	case len(alive) == 1 && (alive[0].number != string(b.Number) || !alive[0].start.Equal(b.Start)):
		return "I2: number or start differ from the active reservation"
	case len(alive) == 0 && b.State.Active() && b.Start.After(w.now) && b.NeedsAttention == nil && !w.sitting(b):
		return "I3: " + string(b.State) + " without a reservation, and without a flag"
	}
	return ""
}

// sitting reports whether the provider has the learner's session, which a move
// of its own may have brought forward after it began.
func (w *world) sitting(b *scheduling.Booking) bool {
	r := w.truth.byNumber[string(b.Number)]
	return b.State != scheduling.StateScheduled && r != nil && r.begun && !r.canceled
}

// mayStayOpen reports whether only an answer of staff can settle the operation:
// the provider made something under the id, and shows neither it nor its end;
// or the start is past, and the provider no longer shows the reservation.
func (w *world) mayStayOpen(b *scheduling.Booking) bool {
	if w.keyless(b) && b.Intent.Op != scheduling.OpCancel && b.NeedsAttention.Reason == scheduling.ReasonKeyMissing {
		return true
	}
	if b.Intent.Op == scheduling.OpReserve {
		return b.Intent.Flags.Exists && len(b.Memory.Dead) == 0
	}
	return !b.Start.After(w.now) && len(w.alive(b.ID)) == 0
}

// excused reports whether a surplus reservation is one that the product can no
// longer know of: the provider refuses to remove it, and staff was told; or the
// provider itself moved it past the last start that was ever sent under the id,
// until which it is looked for.
func (w *world) excused(b *scheduling.Booking, r *reservation) bool {
	switch {
	case r.number == string(b.Number):
		return false
	case slices.Contains(b.Memory.Stuck, proctoru.ReservationNo(r.number)):
		w.counts.hit("surplus left", "stuck")
		return true
	case r.start.After(b.WatchUntil()) && w.now.After(b.WatchUntil()):
		w.counts.hit("surplus left", "moved by the provider beyond the watch")
		return true
	}
	return false
}

// compareLearners wants at most one active reservation for a learner and exam,
// each of a booking that the store knows.
func (w *world) compareLearners(d *deployment) []violation {
	var wrong []violation
	type place struct {
		student scheduling.LearnerID
		exam    string
	}
	held := map[place]scheduling.BookingID{}
	for _, r := range w.truth.all {
		if !r.live(w.now) || !strings.HasPrefix(string(r.id), "pb-"+d.namespace+"-") {
			continue
		}
		if d.lost[r.id] || w.sat(d, r) {
			continue // reported, never removed; or of a sitting that has ended
		}
		if d.rows[r.id] == nil {
			wrong = append(wrong, violation{stateA, "I2: an active reservation is not known to the store", r.id})
		}
		if row := d.rows[r.id]; row != nil && w.excused(&row.row, r) {
			continue
		}
		at := place{r.student, r.exam}
		if other, ok := held[at]; ok && other != r.id {
			wrong = append(wrong, violation{stateA, "I1: two bookings of one learner and exam have active reservations", r.id})
		}
		held[at] = r.id
	}
	return wrong
}

// countEnd counts where the schedule ended.
func (w *world) countEnd() {
	flagged := false
	for _, d := range w.deployments {
		for _, id := range d.ids {
			b := &d.rows[id].row
			w.counts.hit("end", standing(b))
			flagged = flagged || b.NeedsAttention != nil
			if b.NeedsAttention != nil {
				w.counts.hit("flag", string(b.NeedsAttention.Reason))
			}
		}
	}
	if flagged {
		w.counts.hit("flag", "seeds")
	}
	faults := w.provider.Counts().Faults
	for kind, n := range faults {
		w.counts[counted{"fault", string(kind)}] += n
	}
}
