package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Explanation tells an operator on call how a booking stands, what is known of
// it, and what will happen next. Instants are UTC.
type Explanation struct {
	Booking BookingID
	State   State
	Number  proctoru.ReservationNo // proven; "" if none
	Start   time.Time              // proven; zero if none

	Open      Op        // the operation under way; "" for none
	OpenSince time.Time // when it was asked for
	Want      time.Time // the start asked for
	Attempts  int       // requests sent for it
	LastSent  time.Time
	Flags     Flags // what the answers told
	Queued    Op    // the wish that waits
	Deadline  time.Time

	Attention   *Attention
	SeenActive  time.Time // last proof that the reservation is there
	AbsentSince time.Time // first of the reads in a row that did not show it
	QuietAt     time.Time // from then on nothing sent can act unseen
	Dead        []proctoru.ReservationNo
	Condemned   []proctoru.ReservationNo
	Stuck       []proctoru.ReservationNo
	Extras      []Extra

	LeasedUntil time.Time // a worker is at it until then; zero if none
	NextLook    time.Time // zero if nothing is due
	Next        NextStep
	History     []Event // oldest first
}

// NextStep says what the next look at a booking leads to if nothing changes.
type NextStep string

// The next steps.
const (
	NextNothing NextStep = "nothing"       // the booking has ended, or waits for the learner
	NextFinish  NextStep = "finish"        // when the time is over, by Policy.AutoFinish
	NextSend    NextStep = "send"          // the operation is sent, if the provider shows no trace of it
	NextRead    NextStep = "read"          // only read: a send could do harm
	NextProve   NextStep = "prove_absence" // two reads without a trace, when quiet, end it
	NextWatch   NextStep = "watch"         // compared with the provider
	NextStaff   NextStep = "staff"         // nothing settles it but an answer by Resolve
)

// Explain tells how the booking stands, with its whole history. It changes
// nothing and asks nobody. Errors: ErrNotFound.
func (d *StaffService) Explain(ctx context.Context, id BookingID) (Explanation, error) {
	b, err := d.s.Booking(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	t := &turn{b: &b, now: d.s.now(), tuning: d.s.tuning}
	x := Explanation{
		Booking: id, State: b.State, Number: b.Number, Start: b.Start, LastSent: b.Memory.LastSent, Attention: b.NeedsAttention,
		SeenActive: b.SeenActive, AbsentSince: b.Memory.NegativeAt, QuietAt: t.quietAt(), Dead: b.Memory.Dead, Condemned: b.Memory.Condemned,
		Stuck: b.Memory.Stuck, Extras: b.Memory.Extras, NextLook: b.DueAt, Next: t.nextStep(!d.s.provider.Traits().NoEvidence),
	}
	if b.Lease.Until.After(t.now) {
		x.LeasedUntil = b.Lease.Until
	}
	if i := b.Intent; i != nil {
		x.Open, x.OpenSince, x.Want, x.Attempts, x.Flags, x.Deadline = i.Op, i.Requested, i.Want, i.Attempt, i.Flags, i.Deadline
	}
	if b.Wish != nil {
		x.Queued = b.Wish.Op
	}
	for e, err := range d.s.History(ctx, id) {
		if err != nil {
			return x, fmt.Errorf("scheduling: Explain: %w", err)
		}
		x.History = append(x.History, e)
	}
	return x, nil
}

// nextStep says what the tables lead to if the next look shows no trace.
func (t *turn) nextStep(evidence bool) NextStep {
	b := t.b
	i := b.Intent
	switch {
	case b.State == StateUnlocked && !b.DueAt.IsZero():
		return NextFinish
	case !b.State.Active() || b.State == StateBegun || b.State == StateUnlocked:
		return NextNothing
	case i == nil && b.NeedsAttention != nil && !b.dead(b.Number):
		return NextStaff
	case i == nil:
		return NextWatch
	case i.Op == OpReserve && i.Flags.Exists && len(b.Memory.Dead) == 0:
		return NextRead
	case len(b.Memory.Dead) > 0 && i.Op == OpReserve || b.dead(b.Number) || i.Flags.Refused || i.Op != OpCancel && (t.wantPast() || t.gaveUp()):
		if !evidence {
			return NextStaff
		}
		return NextProve
	}
	return NextSend
}
