package scheduling

import (
	"encoding/json"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Policy is what an exam office allows. Durations are real time; zero means what the
// field's comment says. [Status].Terms shows beforehand what the rules mean.
//
// A move that the exam office or the provider made necessary costs the learner
// nothing: while a booking no longer fits its window, or has to be moved after
// [StaffService.ApplyExam], no move counts, and no move or cancel is late.
type Policy struct {
	Notice       time.Duration `json:"notice,omitzero"`        // a start must be at least this far ahead when it is booked; default 0
	StartLead    time.Duration `json:"start_lead,omitzero"`    // Begin is allowed this long before the start; default 15 minutes
	MoveUntil    time.Duration `json:"move_until,omitzero"`    // Reschedule is allowed until this long before the start; default 0: until the start
	CancelUntil  time.Duration `json:"cancel_until,omitzero"`  // Cancel is allowed until this long before the start; 0 = until Begin
	NoShowAfter  time.Duration `json:"no_show_after,omitzero"` // a booking never begun is a no-show this long after its end; default 4 hours
	SeenWithin   time.Duration `json:"seen_within,omitzero"`   // Unlock needs the reservation seen active this recently; default 4 hours
	OverdueAfter time.Duration `json:"overdue_after,omitzero"` // an unlocked booking that nobody finishes is flagged this long after its time is over; default 1 hour
	ResendUntil  time.Duration `json:"resend_until,omitzero"`  // an open reserve or move is not sent again this long after it was asked for; default Tuning.Deadline

	// MaxMoves is how often one booking may be moved; 0 = no limit. Proven moves count,
	// and an open one. Refused moves don't, nor those that the provider made.
	MaxMoves int `json:"max_moves,omitzero"`
	// MaxBookings is how often a learner may book the exam; 0 = no limit. Bookings that
	// are active, finished, a no-show or canceled late count. Those canceled in time,
	// failed or canceled by the provider don't.
	MaxBookings int `json:"max_bookings,omitzero"`
	// Sittings is how often a learner may sit the exam to its end; 0 = once. Void
	// sittings don't count. MaxBookings holds besides, and counts finished bookings too.
	Sittings int `json:"sittings,omitzero"`
	// LateWithin makes a cancel or move late if it is asked for this long before the
	// start or later; 0 = none is late.
	LateWithin time.Duration `json:"late_within,omitzero"`
	// LateFee is what a late cancel or move costs, in the exam office's currency. This
	// library charges nothing: [Booking].LateMoves and LateCancel count how often it
	// is due.
	LateFee proctoru.Money `json:"late_fee,omitzero"`
	// AutoFinish makes Reconcile finish an unlocked booking when its time is over; default off.
	AutoFinish bool `json:"auto_finish,omitzero"`
}

func (p Policy) startLead() time.Duration    { return orDefault(p.StartLead, 15*time.Minute) }
func (p Policy) noShowAfter() time.Duration  { return orDefault(p.NoShowAfter, 4*time.Hour) }
func (p Policy) overdueAfter() time.Duration { return orDefault(p.OverdueAfter, time.Hour) }
func (p Policy) sittings() int               { return orDefault(p.Sittings, 1) }
func (p Policy) seenWithin() time.Duration   { return orDefault(p.SeenWithin, 4*time.Hour) }

func orDefault[T comparable](v, def T) T {
	if v == *new(T) {
		return def
	}
	return v
}

func (p Policy) validate(v *problems) {
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"Notice", p.Notice}, {"StartLead", p.StartLead}, {"MoveUntil", p.MoveUntil}, {"CancelUntil", p.CancelUntil},
		{"NoShowAfter", p.NoShowAfter}, {"SeenWithin", p.SeenWithin}, {"OverdueAfter", p.OverdueAfter}, {"ResendUntil", p.ResendUntil},
		{"MaxMoves", time.Duration(p.MaxMoves)}, {"MaxBookings", time.Duration(p.MaxBookings)}, {"Sittings", time.Duration(p.Sittings)}, {"LateWithin", p.LateWithin},
	} {
		v.check(d.value >= 0, "Exam.Policy."+d.field, "is negative")
	}
	if p.LateFee != "" {
		cents, err := p.LateFee.Cents()
		v.check(err == nil && cents >= 0, "Exam.Policy.LateFee", "must be an amount such as 25 or 25.00")
		v.check(p.LateWithin != 0, "Exam.Policy.LateFee", "needs Exam.Policy.LateWithin: without it nothing is late")
	}
}

// late reports whether a cancel or move asked for now is late for the start.
func (p Policy) late(start, now time.Time) bool {
	return p.LateWithin > 0 && !start.IsZero() && !now.Before(start.Add(-p.LateWithin))
}

type policyJSON struct {
	Notice       textDuration `json:"notice,omitzero"`
	StartLead    textDuration `json:"start_lead,omitzero"`
	MoveUntil    textDuration `json:"move_until,omitzero"`
	CancelUntil  textDuration `json:"cancel_until,omitzero"`
	NoShowAfter  textDuration `json:"no_show_after,omitzero"`
	SeenWithin   textDuration `json:"seen_within,omitzero"`
	OverdueAfter textDuration `json:"overdue_after,omitzero"`
	ResendUntil  textDuration `json:"resend_until,omitzero"`
	MaxMoves     int          `json:"max_moves,omitzero"`
	MaxBookings  int          `json:"max_bookings,omitzero"`
	Sittings     int          `json:"sittings,omitzero"`
	LateWithin   textDuration `json:"late_within,omitzero"`
	LateFee      string       `json:"late_fee,omitzero"`
	AutoFinish   bool         `json:"auto_finish,omitzero"`
}

// MarshalJSON implements json.Marshaler: durations are written like "1h30m".
func (p Policy) MarshalJSON() ([]byte, error) { return json.Marshal(p.json()) }

// UnmarshalJSON implements json.Unmarshaler. An unknown member is an error.
func (p *Policy) UnmarshalJSON(data []byte) error {
	var j policyJSON
	if bad := readMembers(data, "policy", "", j.members()); len(bad) > 0 {
		return &proctorbook.ValidationError{Op: opPackage + ": policy", Fields: bad}
	}
	*p = j.policy()
	return nil
}

func (p Policy) json() policyJSON {
	return policyJSON{
		Notice: textDuration(p.Notice), StartLead: textDuration(p.StartLead), MoveUntil: textDuration(p.MoveUntil),
		CancelUntil: textDuration(p.CancelUntil), NoShowAfter: textDuration(p.NoShowAfter),
		SeenWithin: textDuration(p.SeenWithin), ResendUntil: textDuration(p.ResendUntil),
		OverdueAfter: textDuration(p.OverdueAfter), MaxMoves: p.MaxMoves, MaxBookings: p.MaxBookings, Sittings: p.Sittings,
		LateWithin: textDuration(p.LateWithin), LateFee: string(p.LateFee), AutoFinish: p.AutoFinish,
	}
}

func (j policyJSON) policy() Policy {
	return Policy{
		Notice: time.Duration(j.Notice), StartLead: time.Duration(j.StartLead), MoveUntil: time.Duration(j.MoveUntil),
		CancelUntil: time.Duration(j.CancelUntil), NoShowAfter: time.Duration(j.NoShowAfter),
		SeenWithin: time.Duration(j.SeenWithin), ResendUntil: time.Duration(j.ResendUntil),
		OverdueAfter: time.Duration(j.OverdueAfter), MaxMoves: j.MaxMoves, MaxBookings: j.MaxBookings, Sittings: j.Sittings,
		LateWithin: time.Duration(j.LateWithin), LateFee: proctoru.Money(j.LateFee), AutoFinish: j.AutoFinish,
	}
}

// Terms is what an action means for the learner by the exam's [Policy], before it is
// taken: until when it is allowed, what it costs, and what is lost. One that is not
// allowed now has the terms that it would have. Instants are UTC.
type Terms struct {
	Until     time.Time      `json:"until,omitzero"`      // the action is allowed before then; zero if it has no such limit
	FreeUntil time.Time      `json:"free_until,omitzero"` // before then it is not late, and free; zero if it is never late
	Late      bool           `json:"late,omitempty"`      // it is late now
	Fee       proctoru.Money `json:"fee,omitempty"`       // what it costs now, in the exam office's currency; "" for nothing
	Limited   bool           `json:"limited,omitempty"`   // MaxBookings or MaxMoves limits how often: see Left
	Left      int            `json:"left,omitempty"`      // if Limited: how often it is still allowed
	Loses     []Loss         `json:"loses,omitempty"`     // what the learner loses by it
}

// Loss is what the learner loses by an action. A page should ask before.
type Loss string

// The losses.
const (
	LossSlot    Loss = "slot"    // the present slot: others may take it at once
	LossFee     Loss = "fee"     // Terms.Fee
	LossMove    Loss = "move"    // one of Policy.MaxMoves
	LossBooking Loss = "booking" // one of Policy.MaxBookings, since it is late
	LossChance  Loss = "chance"  // the exam: the learner could not book it again afterwards
	LossChanges Loss = "changes" // afterwards the booking can be neither moved nor canceled
	LossAttempt Loss = "attempt" // the attempt: the exam can't be opened again
)

// terms returns the terms of the actions for an active booking. exam and window are
// the present ones, which would hold for the next booking; used is how many bookings
// count for Policy.MaxBookings, this one included.
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

// lateTerms returns the terms that a cancel and a move have in common.
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
