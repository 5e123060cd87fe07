package simulation

import (
	"context"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// record is what the judge knows of one booking.
type record struct {
	row       scheduling.Booking
	replay    replay
	mayRemove []string             // numbers whose removal was decided and stored
	accepted  []promise            // what callers were told
	placed    scheduling.EventType // the last event that gave the booking its place
	durations []time.Duration      // all that the booking ever had
	shut      time.Time            // when what was unlocked was so no longer: its session was moved
}

// learnSends notes which removals the row has decided.
func (r *record) learnSends(events []scheduling.Event) {
	for _, e := range events {
		removal := e.Op == scheduling.OpCancel || e.Op == "" || slices.Contains(r.row.Memory.Condemned, e.Number)
		if e.Type == scheduling.EventSent && removal {
			r.mayRemove = append(r.mayRemove, string(e.Number))
		}
	}
}

// wrote looks at a booking as it has just been committed.
func (w *world) wrote(p *process, b scheduling.Booking, events []scheduling.Event) {
	d := p.deployment
	r := d.rows[b.ID]
	if r == nil {
		r = &record{}
		d.rows[b.ID], d.ids = r, append(d.ids, b.ID)
	}
	old := r.row
	r.row = b
	if !old.UnlockedAt.IsZero() && b.UnlockedAt.IsZero() {
		r.shut = w.now
	}
	if !slices.Contains(r.durations, b.Duration) {
		r.durations = append(r.durations, b.Duration)
	}
	r.learnSends(events)
	at := old.Start
	for _, e := range events {
		r.replay.apply(e)
		if !e.Start.Equal(at) {
			at, r.placed = e.Start, e.Type
		}
		w.counts.hit("event", string(e.Type))
		w.trace.add(w.elapsed(), p.name, "wrote", string(b.ID), string(e.Type), string(e.State), string(e.Op), string(e.Number), string(e.Code)+string(e.Presence)+string(e.Verdict))
	}
	w.counts.hit("state", standing(&b))
	if got := replayOf(&b); !got.equal(&r.replay) {
		w.violate(stateA, "the events do not explain the row: row "+got.String()+", events "+r.replay.String(), b.ID)
		r.replay = got
	}
	w.judgeLease(p, &old, &b)
	w.judgeMove(&old, &b)
	if old.ID == "" {
		w.judgeSittings(d, &b)
	}
	w.judgeAsk(d, &old, &b)
	w.judgeSurplus(&b, events)
	w.judgeWindow(&b, events)
	w.judgeRefusal(&b, events)
	w.judgeProof(&old, &b)
	w.judgeEnd(&old, &b)
}

func standing(b *scheduling.Booking) string {
	if b.Intent == nil {
		return string(b.State)
	}
	return string(b.State) + "+" + string(b.Intent.Op)
}

// steps of the state machine, as the protocol's page has it: from where a
// booking may go where. A wish may become the next intent in the same write.
var mayBecome = map[string][]string{
	"":                 {"pending+reserve"},
	"pending+reserve":  {"scheduled", "failed", "canceled", "scheduled+move", "scheduled+cancel"},
	"scheduled":        {"scheduled+move", "scheduled+cancel", "canceled", "no_show", "begun", "finished"},
	"scheduled+move":   {"scheduled", "canceled", "scheduled+move", "scheduled+cancel"},
	"scheduled+cancel": {"scheduled", "canceled", "scheduled+move"},
	"begun":            {"unlocked", "finished", "scheduled", "canceled", "void"}, // the provider moves or cancels the session
	"unlocked":         {"finished", "scheduled", "void"},
	"finished":         {"unlocked", "begun", "void"}, // reopened, or made void, by staff
	"no_show":          {"scheduled", "finished"},     // taken back by staff
}

func (w *world) judgeMove(old, b *scheduling.Booking) {
	from, to := standing(old), standing(b)
	if old.ID == "" {
		from = ""
	}
	if from != to && !slices.Contains(mayBecome[from], to) {
		w.violate(stateA, "moved from "+from+" to "+to, b.ID)
	}
}

// judgeSittings wants nobody to book who has sat the exam as often as it allows. A
// sitting that staff made void does not count.
func (w *world) judgeSittings(d *deployment, b *scheduling.Booking) {
	sat := 0
	for _, id := range d.ids {
		if r := &d.rows[id].row; r.Learner == b.Learner && r.Exam.Key() == b.Exam.Key() && r.State == scheduling.StateFinished {
			sat++
		}
	}
	if sat >= max(w.plan.sittings, 1) {
		w.violate(stateA, "booked beyond the sittings that the exam allows", b.ID)
	}
}

// judgeAsk wants no start to be asked for at which another exam of the learner is
// booked, or asked for. Where the provider puts a booking is its business.
func (w *world) judgeAsk(d *deployment, old, b *scheduling.Booking) {
	var asked []time.Time
	if i := b.Intent; i != nil && i.Attempt == 0 && b.Generation != old.Generation {
		asked = append(asked, i.Want)
	}
	if b.Wish != nil {
		asked = append(asked, b.Wish.Want)
	}
	for _, start := range asked {
		if start.IsZero() || !b.State.Active() || slices.ContainsFunc(taken(old), start.Equal) {
			continue // a cancel, or known before
		}
		for _, id := range d.ids {
			if o := &d.rows[id].row; id != b.ID && o.Learner == b.Learner && o.State.Active() {
				w.judgeApart(b, start, o)
			}
		}
	}
}

// judgeApart wants the start that was asked for to lie apart from the other exam.
func (w *world) judgeApart(b *scheduling.Booking, start time.Time, o *scheduling.Booking) {
	for _, at := range taken(o) {
		if start.Sub(at) < o.Duration && at.Sub(start) < b.Duration {
			w.violate(stateA, "a start is asked for at which another exam of the learner is in the way", b.ID)
		}
	}
}

// taken returns all starts of a booking: the proven one, and those asked for.
func taken(b *scheduling.Booking) []time.Time {
	starts := []time.Time{b.Start}
	if b.Intent != nil {
		starts = append(starts, b.Intent.Want)
	}
	if b.Wish != nil {
		starts = append(starts, b.Wish.Want)
	}
	return slices.DeleteFunc(starts, time.Time.IsZero)
}

// judgeProof wants a proof for scheduled: the provider has, or had, that number
// at that start under that id, and it was not known to be dead.
func (w *world) judgeProof(old, b *scheduling.Booking) {
	holds := b.State == scheduling.StateScheduled || b.State == scheduling.StateBegun
	if !holds || old.State == b.State && old.Number == b.Number && old.Start.Equal(b.Start) {
		return
	}
	r := w.truth.byNumber[string(b.Number)]
	switch {
	case r == nil || r.id != b.ID:
		w.violate(stateA, "scheduled under number "+string(b.Number)+", which the provider never gave to the booking", b.ID)
	case !r.had(b.Start):
		w.violate(stateA, "scheduled at a start that the reservation never had", b.ID)
	case slices.Contains(old.Memory.Dead, b.Number):
		w.violate(stateA, "scheduled under a number that was known to be dead", b.ID)
	case !r.live(w.now) && r.start.After(w.now):
		w.counts.hit("weaker", "scheduled, and canceled before that was written")
	}
}

// judgeEnd looks at a booking that ends: nothing of it may be left.
func (w *world) judgeEnd(old, b *scheduling.Booking) {
	if old.State == b.State {
		return
	}
	left := len(w.alive(b.ID)) > 0
	switch {
	case b.State == scheduling.StateCanceled && left:
		w.suspect(stateB, "canceled is written over an active reservation", b.ID)
	case b.State == scheduling.StateFailed && left:
		w.suspect(stateC, "failed is written over an active reservation", b.ID)
	}
}

// judgeSurplus wants what is removed as surplus to be another reservation than
// the one that the booking stands on.
func (w *world) judgeSurplus(b *scheduling.Booking, events []scheduling.Event) {
	for _, e := range events {
		if e.Type == scheduling.EventSent && e.Op == "" && e.Number == b.Number && b.State.Active() {
			w.violate(stateA, "decides to remove the reservation that the booking stands on", b.ID)
		}
	}
}

// judgeRefusal checks what "refused" and "failed" claim: nothing that was sent
// can act any more.
func (w *world) judgeRefusal(b *scheduling.Booking, events []scheduling.Event) {
	for _, e := range events {
		if e.Type != scheduling.EventMoveRefused && e.Type != scheduling.EventFailed && e.Type != scheduling.EventRefused {
			continue
		}
		for _, late := range w.truth.underWay {
			if late.id == b.ID && late.due.After(w.now) {
				w.violate(stateA, string(e.Type)+" is written while a request is on its way", b.ID)
				return
			}
		}
	}
}

// noteDouble remembers that the network delivers a write twice.
func (w *world) noteDouble(m message) {
	if w.truth.doubled == nil {
		w.truth.doubled = map[scheduling.BookingID]bool{}
	}
	w.truth.doubled[m.id] = true
}

// judgeSend looks at a removal before it leaves: only what was decided and
// stored, of bookings that this store minted, may be removed.
func (w *world) judgeSend(d *deployment, m message) {
	if m.endpoint != "removeReservation" {
		return
	}
	target := w.truth.byNumber[m.number]
	if target == nil {
		return
	}
	r := d.rows[target.id]
	switch {
	case r == nil && d.lost[target.id]:
		// Not even a restored backup excuses this.
		w.violations = append(w.violations, violation{stateA, "asks to remove a reservation that the restored store does not know", target.id})
	case r == nil:
		w.violate(stateA, "asks to remove a reservation of somebody else", target.id)
	case !slices.Contains(r.mayRemove, m.number):
		w.violate(stateA, "asks to remove a reservation without a stored decision", target.id)
	}
}

// judgeChange looks at what has become true at the provider.
func (w *world) judgeChange(changed *reservation, by cause) {
	d := w.owner(changed.id)
	if d == nil {
		return
	}
	r := d.rows[changed.id]
	if by == byWire && changed.canceled && r != nil {
		w.judgeLoss(r, changed)
	}
	if !changed.live(w.now) || r == nil {
		return
	}
	switch r.row.State {
	case scheduling.StateCanceled:
		w.suspect(stateB, "a reservation appears after canceled", changed.id)
	case scheduling.StateFailed:
		w.suspect(stateC, "a reservation appears after failed", changed.id)
	}
	if others := w.besides(changed, d); others > 0 && !w.sat(d, changed) {
		w.suspect(stateD, "two active reservations", changed.id)
	}
	if by == byWire {
		w.judgeSlot(r, changed)
	}
}

// besides counts the other live reservations of the same learner and exam that
// the same deployment made. A sitting that has ended is none: after it, the policy may
// allow another one, while the provider still has the first.
func (w *world) besides(r *reservation, d *deployment) int {
	n := 0
	for _, o := range w.truth.all {
		if o != r && o.student == r.student && o.exam == r.exam && o.live(w.now) && w.owner(o.id) == d && !w.sat(d, o) {
			n++
		}
	}
	return n
}

// sat reports whether the booking of the reservation was sat and has ended. Its own
// number counts, and the one to which the provider has moved it, but no second one. Of
// one that ended as a no-show, only what the provider itself moved ahead counts.
func (w *world) sat(d *deployment, o *reservation) bool {
	r := d.rows[o.id]
	if r != nil && r.row.State == scheduling.StateNoShow {
		return o.movedBy == byProviderMove
	}
	if r == nil || r.row.State != scheduling.StateFinished && r.row.State != scheduling.StateVoid {
		return false
	}
	own := w.truth.byNumber[string(r.row.Number)]
	return string(r.row.Number) == o.number || own != nil && own.canceled && own.by == byProviderMove
}

// judgeLoss looks at a reservation that a request of ours has canceled: the
// learner must not have wanted it, unless the provider had canceled the one
// that the booking stood on.
func (w *world) judgeLoss(r *record, gone *reservation) {
	b := &r.row
	wanted := b.State == scheduling.StatePending || b.State == scheduling.StateScheduled || b.State == scheduling.StateBegun
	canceling := b.Intent != nil && b.Intent.Op == scheduling.OpCancel || b.Wish != nil && b.Wish.Op == scheduling.OpCancel
	if !wanted || canceling || !gone.start.After(w.now) || len(w.alive(b.ID)) > 0 || w.successor(gone) {
		return
	}
	if own := w.truth.byNumber[string(b.Number)]; own != nil && own != gone && !own.canceled {
		return // the booking's own is there, even if its start is past
	}
	if slices.Contains(r.mayRemove, gone.number) && gone.number == string(b.Number) {
		return // a cancel that the provider first refused, and that acted later
	}
	for _, o := range w.truth.all {
		if o.id == b.ID && o.by == byProviderCancel && o.canceled {
			return
		}
	}
	w.violate(stateA, "we removed the reservation that the learner wanted", b.ID)
}

// successor reports whether the canceled number was replaced in the same act,
// as by a move that gives a new number.
func (w *world) successor(gone *reservation) bool {
	for _, o := range w.truth.all {
		if o.id == gone.id && o.number > gone.number && len(o.number) >= len(gone.number) {
			return true
		}
	}
	return false
}

// judgeSlot looks at a booking at rest whose reservation was changed by an older
// request of ours.
func (w *world) judgeSlot(r *record, changed *reservation) {
	b := &r.row
	if b.State == scheduling.StateScheduled && b.Intent == nil && b.Start.After(w.now) && !changed.start.Equal(b.Start) && len(w.alive(b.ID)) == 1 {
		w.suspect(stateE, "an older request of ours moved a confirmed booking", b.ID)
	}
}

// erased lets the judge know the rows of a learner as they are without words.
func (w *world) erased(d *deployment, learner scheduling.LearnerID) {
	w.trace.add(w.elapsed(), "erased:", string(learner))
	for _, id := range d.ids {
		r := d.rows[id]
		if r.row.Learner != learner {
			continue
		}
		b, err := d.store.Get(context.Background(), id)
		switch {
		case err != nil:
			w.violate(stateA, "a booking is gone with its learner's words", id)
		case standing(&b) != standing(&r.row) || b.Number != r.row.Number:
			w.violate(stateA, "a booking changed with its learner's words", id)
		default:
			r.row = b
		}
	}
}
