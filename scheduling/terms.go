package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Terms says what an action means before it is taken, as the exam's [Policy] has
// it: until when it is open, what it costs, and what is lost by it. The terms of
// an action that is not allowed now are those that it would have.
type Terms struct {
	Until     time.Time      `json:"until,omitzero"`      // the action is allowed before then; zero if no time ends it
	FreeUntil time.Time      `json:"free_until,omitzero"` // before then it is not late, and costs nothing; zero if it never costs
	Late      bool           `json:"late,omitempty"`      // it is late now
	Fee       proctoru.Money `json:"fee,omitempty"`       // what it costs now, in the exam office's currency; "" for nothing
	Limited   bool           `json:"limited,omitempty"`   // the policy limits how often: see Left
	Left      int            `json:"left,omitempty"`      // how often it may be done from now on, under MaxBookings or MaxMoves
	Loses     []Loss         `json:"loses,omitempty"`     // what is lost by it
}

// Loss is something that an action takes from the learner: what a page asks
// about before it goes on.
type Loss string

// The losses.
const (
	LossSlot    Loss = "slot"    // the present slot: others may take it at once
	LossFee     Loss = "fee"     // Terms.Fee
	LossMove    Loss = "move"    // one of Policy.MaxMoves
	LossBooking Loss = "booking" // one of Policy.MaxBookings, since it is late
	LossChance  Loss = "chance"  // the exam: nothing could be booked afterwards
	LossChanges Loss = "changes" // afterwards the booking can be neither moved nor canceled
	LossAttempt Loss = "attempt" // the attempt: the exam can't be opened again
)

// terms returns what the actions mean for a booking that is active. exam and
// window are those of now, by which a booking afterwards would be judged; used is
// how many bookings count, this one included.
func (b *Booking) terms(exam Exam, window Window, now time.Time, used int) map[Action]Terms {
	p := b.Exam.Policy
	move, cancel := b.lateTerms(now), b.lateTerms(now)
	if !b.Start.IsZero() {
		move.Until = b.Start.Add(-p.MoveUntil)
		if p.CancelUntil > 0 {
			cancel.Until = b.Start.Add(-p.CancelUntil)
		}
	}
	if p.MaxMoves > 0 && !b.displaced() {
		move.Limited, move.Left = true, max(p.MaxMoves-b.countedMoves(), 0)
		move.Loses = append(move.Loses, LossMove)
	}
	most := exam.Policy.MaxBookings
	if cancel.Late && most > 0 {
		cancel.Loses = append(cancel.Loses, LossBooking)
	} else {
		used--
	}
	if most > 0 && used >= most || now.Add(exam.Policy.Notice).After(window.End.Add(-b.Duration)) {
		cancel.Loses = append(cancel.Loses, LossChance)
	}
	return map[Action]Terms{
		ActionReschedule: move, ActionCancel: cancel,
		ActionBegin:  {Until: b.End(), Loses: []Loss{LossChanges}},
		ActionUnlock: {Until: b.Window.End},
		ActionFinish: {Loses: []Loss{LossAttempt}},
	}
}

// lateTerms are those that a cancel and a move have in common.
func (b *Booking) lateTerms(now time.Time) Terms {
	p, start := b.Exam.Policy, b.expected()
	t := Terms{Late: b.late(now)}
	if !b.Start.IsZero() {
		t.Loses = append(t.Loses, LossSlot)
	}
	if p.LateWithin > 0 && !start.IsZero() && !b.displaced() {
		t.FreeUntil = start.Add(-p.LateWithin)
	}
	if t.Late && p.LateFee != "" {
		t.Fee = p.LateFee
		t.Loses = append(t.Loses, LossFee)
	}
	return t
}

// terms returns what a booking means for a learner without one.
func (e *eligibility) terms(exam Exam, latest time.Time) map[Action]Terms {
	t := Terms{Until: latest.Add(-exam.Policy.Notice)}
	if most := exam.Policy.MaxBookings; most > 0 {
		t.Limited, t.Left = true, max(most-e.used, 0)
	}
	return map[Action]Terms{ActionBook: t}
}
