package scheduling

import (
	"context"
	"fmt"
	"time"
)

// Explanation tells an operator on call how a booking stands, what the engine goes
// by, and what will happen next. Instants are UTC. It holds no secret; of personal
// data, only what callers gave as reasons and names.
type Explanation struct {
	Booking Booking   `json:"booking"`               // as the store has it: the open Intent with its Flags, and Memory
	Next    NextStep  `json:"next"`                  // what the next look leads to if the provider shows no trace of the booking
	LookAt  time.Time `json:"look_at,omitzero"`      // when a worker looks next; zero if nothing is due
	Leased  time.Time `json:"leased_until,omitzero"` // a worker is at it until then; zero if none is
	QuietAt time.Time `json:"quiet_at,omitzero"`     // from then on nothing that was sent can act unseen
	History []Event   `json:"history"`               // oldest first
}

// Explain tells how the booking stands, with its whole history. It changes
// nothing and asks nobody. It is for staff; the caller checks their right.
// Errors: ErrNotFound.
func (d *StaffService) Explain(ctx context.Context, id BookingID) (Explanation, error) {
	b, err := d.s.Booking(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	now := d.s.now()
	t := &turn{b: &b, now: now, tuning: d.s.tuning}
	x := Explanation{Booking: b, Next: d.s.nextStep(b, now), LookAt: b.DueAt, QuietAt: t.quietAt()}
	if b.Lease.Until.After(now) {
		x.Leased = b.Lease.Until
	}
	for e, err := range d.s.Events(ctx, EventQuery{Booking: id}) {
		if err != nil {
			return x, fmt.Errorf("scheduling: Explain: %w", err)
		}
		x.History = append(x.History, e)
	}
	return x, nil
}

// nextStep plays the next look on a copy of the booking, with a provider that shows
// no trace of it, and returns what the row of the table of reads that fits leads to.
func (s *Scheduler) nextStep(b Booking, now time.Time) NextStep {
	traits := s.provider.Traits()
	switch {
	case b.State == StateUnlocked && !b.DueAt.IsZero():
		return NextFinish
	case !b.State.Active() || b.State == StateBegun || b.State == StateUnlocked:
		return NextNothing
	case b.Intent != nil && b.Intent.Attempt == 0:
		return NextSend // never sent: there is nothing to look for
	}
	b = b.clone()
	t := &turn{b: &b, now: later(later(now, b.DueAt), b.Memory.ProvenAt.Add(s.tuning.ListLag)), tuning: s.tuning}
	t.look = look{began: t.now, evidenceGood: !traits.NoEvidence, evidenceNone: traits.NoEvidence, needsEvidence: traits.CanceledListed}
	seen := t.see()
	next := t.readRule(&seen).leads
	switch {
	case next == NextProve && traits.NoEvidence, next == NextWatch && b.NeedsAttention != nil:
		return NextStaff
	}
	return next
}
