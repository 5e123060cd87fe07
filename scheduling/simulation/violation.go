package simulation

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// statement is one of the guarantees that the judge holds the product to.
type statement string

// The guarantees. A holds in every dialect of a provider that has evidence; the
// others need more of the provider, and are counted apart where it is missing.
const (
	stateA statement = "A" // after faults stop and a pass, store and provider agree, and nothing wanted was removed
	stateB statement = "B" // canceled is never written while a reservation of the id is active, and none appears later
	stateC statement = "C" // failed is never written while a reservation of the id is active
	stateD statement = "D" // at most one active reservation at every moment
	stateE statement = "E" // the learner is at the start that was last confirmed
)

// violation is a guarantee that did not hold.
type violation struct {
	statement statement
	what      string
	booking   scheduling.BookingID
}

func (v violation) String() string {
	return string(v.statement) + ": " + v.what + " (" + string(v.booking) + ")"
}

// violate notes a violation.
func (w *world) violate(s statement, what string, id scheduling.BookingID) {
	if d := w.owner(id); d != nil && d.restored {
		w.counts.hit("after a restore", string(s)+": "+what)
		return
	}
	w.trace.add(w.elapsed(), "VIOLATION", string(s), what, string(id))
	w.violations = append(w.violations, violation{s, what, id})
}

// suspect notes a violation if the guarantee's needs are met, and else counts
// the weaker statement.
func (w *world) suspect(s statement, what string, id scheduling.BookingID) {
	if w.holds(s, id) {
		w.violate(s, what, id)
		return
	}
	w.counts.hit("weaker", string(s)+": "+what)
	w.trace.add(w.elapsed(), "weaker", string(s), what, string(id))
}

// unsettled notes that store and provider do not come to agree. Where refusals are
// garbled, or empty lists look like failed reads, nothing may be concluded from them,
// and that much is not promised.
func (w *world) unsettled(what, detail string, id scheduling.BookingID) {
	if !w.plan.dialect.mute {
		w.violate(stateA, what+detail, id)
		return
	}
	w.counts.hit("weaker", "A: "+what)
	w.trace.add(w.elapsed(), "weaker", string(stateA), what, string(id))
}

// holds reports whether the provider, and the network's treatment of the
// booking, are such that the guarantee is given.
func (w *world) holds(s statement, id scheduling.BookingID) bool {
	d := &w.plan.dialect
	once := !w.truth.doubled[id]
	ended := d.repeat == "refuses-ever" && !(d.secondDone && d.changesNumbers())
	switch s {
	case stateB:
		return ended && w.trueEvidence(id) && (d.serialized || w.visible(id))
	case stateC:
		return once && w.trueEvidence(id)
	case stateD:
		return ended && len(w.truth.doubled) == 0 && d.serialized
	case stateE:
		return once && d.move == "new-number" && (d.repeat == "refuses-ever" || d.repeat == "refuses-while-active")
	}
	return true
}

// trueEvidence reports whether two sources, and not one alone, showed nothing
// of the booking. The list of canceled reservations does not show active ones:
// where it is the evidence, two falsely empty lists in a row look as if there
// was nothing.
func (w *world) trueEvidence(id scheduling.BookingID) bool {
	d := w.owner(id)
	return !w.plan.dialect.canceledSrc || d == nil || d.rows[id] == nil || w.truth.lied.Before(d.rows[id].row.Memory.LastMade)
}

// visible reports whether a look would have shown what is active under the id.
// Where two creates at once can both succeed, no more is promised.
func (w *world) visible(id scheduling.BookingID) bool {
	d := w.owner(id)
	if w.plan.dialect.lagReads > 0 || d == nil || d.rows[id] == nil || !w.truth.lied.Before(d.rows[id].row.Memory.LastSent) {
		return false
	}
	for _, r := range w.alive(id) {
		if w.now.Sub(r.since) < scheduling.DefaultTuning().ListLag+10*time.Second {
			return false
		}
	}
	return true
}

// changesNumbers reports whether a move, the provider's own included, gives a
// new number.
func (d *dialect) changesNumbers() bool {
	for _, v := range d.play {
		if v[0] == proctorutest.VariantMove && v[1] != "same-number" || v[0] == proctorutest.VariantCreateWithNumber && v[1] == "new-number" {
			return true
		}
	}
	return false
}

// owner returns the deployment that minted the id, or nil.
func (w *world) owner(id scheduling.BookingID) *deployment {
	for _, d := range w.deployments {
		if d.rows[id] != nil || d.lost[id] {
			return d
		}
	}
	return nil
}
