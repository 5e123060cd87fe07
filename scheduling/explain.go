package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Explanation is for an operator on call: what is known of a booking, and what will
// happen next. Instants are UTC. It holds no secret, and no personal data except what
// callers wrote into reasons and names.
type Explanation struct {
	Booking     Booking    `json:"booking"`                // as stored; see its Intent with its Flags, and Memory
	Next        NextStep   `json:"next"`                   // what the next look leads to if the provider shows no trace of the booking
	LookAt      time.Time  `json:"look_at,omitzero"`       // when a worker looks next; zero if nothing is due
	Leased      time.Time  `json:"leased_until,omitzero"`  // a worker has the booking until then; zero if none has
	QuietAt     time.Time  `json:"quiet_at,omitzero"`      // from then on a read shows all that was ever sent
	HeldUntil   time.Time  `json:"held_until,omitzero"`    // as in Status: a move is not sent before; zero if nothing holds it back
	HeldBecause ReasonCode `json:"held_because,omitempty"` // why; "" if nothing holds it back
	Advice      Advice     `json:"advice"`                 // what to do about it
	History     []Event    `json:"history"`                // all events, oldest first
}

// Explain returns what is known of the booking, with its whole history. It changes
// nothing and makes no call. Errors: ErrNotFound; errors of the store.
func (d *StaffService) Explain(ctx context.Context, id BookingID) (Explanation, error) {
	b, err := d.s.Booking(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	now := d.s.now()
	t := &turn{b: &b, now: now, tuning: d.s.tuning}
	x := Explanation{Booking: b, Next: d.s.nextStep(b, now), LookAt: b.DueAt, QuietAt: t.quietAt()}
	x.HeldUntil, x.HeldBecause = b.moveHeld(now, d.s.tuning.InFlight)
	if d.s.covered(ctx) {
		x.LookAt = b.BulkDueAt()
	}
	if b.Lease.runs(now) {
		x.Leased = b.Lease.Until
	}
	if !x.LookAt.IsZero() {
		x.LookAt = later(x.LookAt, x.Leased) // a worker that has died keeps the others from it until then
	}
	x.Advice = b.advice()
	var errs []error
	for e, err := range d.s.Events(ctx, EventQuery{Booking: id}) {
		if err != nil {
			errs = append(errs, fmt.Errorf("scheduling: Explain: %w", err))
			continue
		}
		x.History = append(x.History, e)
	}
	return x, errors.Join(errs...)
}

// nextStep applies a look that shows no trace of the booking to a copy of it, and
// returns what the table of reads then leads to.
func (s *Scheduler) nextStep(b Booking, now time.Time) NextStep {
	traits := s.provider.Traits()
	switch {
	case b.State == StateUnlocked && !b.autoFinishAt().IsZero() && !b.DueAt.Before(b.autoFinishAt()):
		return NextFinish
	case !b.State.Active():
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
