package scheduling

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Decision is what staff found out about a booking that needs attention.
type Decision string

// The decisions.
const (
	DecisionKeep   Decision = "keep"   // looked at: go on as before, and flag it again after another deadline
	DecisionGone   Decision = "gone"   // nothing of it is at the provider, and nothing is on its way
	DecisionStands Decision = "stands" // the reservation is there, with this number and start
	DecisionHeld   Decision = "held"   // flagged seen_started: that session was the exam, and it is over
)

// Resolution is staff's answer to NeedsAttention. It goes before what the
// protocol could prove: whoever decides must have asked the provider.
type Resolution struct {
	Decision Decision
	Number   proctoru.ReservationNo // for DecisionStands: the provider's number
	Start    time.Time              // for DecisionStands: whole seconds
	StaffRequest
}

func (r Resolution) validate() error {
	var v problems
	switch r.Decision {
	case DecisionKeep, DecisionGone, DecisionHeld:
		v.check(r.Number == "" && r.Start.IsZero(), "Resolution.Number", "is for DecisionStands only, as is Start")
	case DecisionStands:
		v.check(readable(r.Number), "Resolution.Number", "is missing, or no number of a reservation: decimal digits without leading zeros")
		v.check(!r.Start.IsZero() && r.Start.Nanosecond() == 0, "Resolution.Start", "must be a whole second")
	default:
		v.add("Resolution.Decision", "is not a known decision")
	}
	return v.join(r.StaffRequest.validate())
}

// Resolve settles a booking that needs attention by staff's word. It is for
// staff; the caller checks their right. Reason and name are kept in the history.
//
// Errors: [*proctorbook.ValidationError]; [*NotAllowedError] if the booking does not need
// attention, holds that number already as canceled, is begun and said to be gone
// (end it with Finish), or is said to be held and is not flagged seen_started;
// ErrNotFound.
func (s *Scheduler) Resolve(ctx context.Context, id BookingID, r Resolution) (Booking, error) {
	if err := r.validate(); err != nil {
		return Booking{}, err
	}
	return s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.NeedsAttention == nil || !b.State.Active() {
			return nil, &NotAllowedError{Action: ActionResolve, Reasons: []Reason{{Code: ReasonNoAttention}}}
		}
		if r.Decision == DecisionStands && !b.usable(r.Number) {
			return nil, &NotAllowedError{Action: ActionResolve, Reasons: []Reason{{Code: ReasonCanceledByProvider}}}
		}
		if r.Decision == DecisionGone && (b.State == StateBegun || b.State == StateUnlocked) {
			return nil, &NotAllowedError{Action: ActionResolve, Reasons: []Reason{{Code: ReasonBegun}}}
		}
		if r.Decision == DecisionHeld && (b.State != StateScheduled || b.NeedsAttention.Reason != ReasonSeenStarted) {
			return nil, &NotAllowedError{Action: ActionResolve, Reasons: []Reason{{Code: ReasonNotBegun}}}
		}
		t := &turn{b: b, now: now, bounds: s.bounds, watch: s.watch}
		t.resolve(r)
		last := &t.events[0]
		last.Reason, last.By = r.Reason, r.By
		return t.events, nil
	})
}

func (t *turn) resolve(r Resolution) {
	b := t.b
	switch r.Decision {
	case DecisionStands:
		t.stands(EventResolvedStands, r.Number, r.Start.UTC(), "")
	case DecisionGone:
		state := StateCanceled
		if b.State == StatePending {
			state = StateFailed
		}
		t.ended(state, EventResolvedGone, ReasonStaff)
	case DecisionHeld:
		b.FinishedAt = t.now
		t.ended(StateFinished, EventResolvedHeld, "")
	default:
		b.NeedsAttention = nil
		if b.Intent != nil {
			b.Intent.Deadline = t.now.Add(t.bounds.Deadline)
		}
		t.emit(EventResolvedKeep, nil)
	}
}
