package scheduling

import (
	"slices"

	"github.com/proctorbook/proctorbook/proctoru"
)

// This file is about extras: active reservations under a booking's id beside the
// booking's own.

// watchExtras notes the extras that the look shows, and chooses one that may be removed.
func (t *turn) watchExtras(s *sight) {
	if t.look.listErr == nil && (t.look.evidenceGood || !t.look.needsEvidence) {
		t.noteExtras(s)
		t.surplus = t.findSurplus(s)
	}
}

// noteExtras remembers since when each extra has been seen: none is removed before it
// has been seen for long enough.
func (t *turn) noteExtras(s *sight) {
	b := t.b
	var extras []Extra
	for _, row := range s.live {
		if row.Number == b.Number {
			continue
		}
		i := slices.IndexFunc(b.Memory.Extras, func(x Extra) bool { return x.Number == row.Number })
		if i >= 0 {
			extras = append(extras, b.Memory.Extras[i])
			continue
		}
		extras = append(extras, Extra{Number: row.Number, Since: t.look.began})
		t.emit(EventExtraFound, func(e *Event) { e.Number, e.Want = row.Number, row.Start })
	}
	b.Memory.Extras = extras
}

// findSurplus chooses one number that may be removed: a condemned one that is still
// listed; the newest active one of a booking that is canceled or failed; or, beside
// the booking's own, the lowest once all extras have been seen for EvidenceLag.
func (t *turn) findSurplus(s *sight) proctoru.ReservationNo {
	b := t.b
	if s.extra != "" {
		return s.extra
	}
	if b.State == StateCanceled || b.State == StateFailed || b.State == StateVoid {
		if s.newest != nil && (b.State != StateVoid || s.newest.Start.After(t.now)) {
			return s.newest.Number // of a void sitting, what is under way ends by itself
		}
		return ""
	}
	if len(b.Memory.Extras) == 0 || b.State.Active() && s.same == nil {
		return ""
	}
	lowest := b.Memory.Extras[0].Number
	for _, x := range b.Memory.Extras {
		if t.look.began.Sub(x.Since) < t.tuning.EvidenceLag {
			return ""
		}
		if x.Number.Compare(lowest) < 0 {
			lowest = x.Number
		}
	}
	return lowest
}
