package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// A turn is one decision about one booking. From an answer or a read it changes the
// row, adds events, and sets what to do next. It sends nothing and stores nothing.
// answerRules and readRules list all decisions that there are.
type turn struct {
	b      *Booking
	now    time.Time
	tuning Tuning
	events []Event
	next   step
	extra  proctoru.ReservationNo // the condemned number to remove, for stepRemoveExtra

	surplus proctoru.ReservationNo // a number that Sweep may remove; "" for none

	sent   sentCall // if the turn is about an answer: the call
	answer answer   // and the answer
	look   look     // if the turn is about a read
}

// step is what a worker does after a turn.
type step int

const (
	stepWait        step = iota // look again later
	stepLook                    // look at once
	stepSend                    // send the intent
	stepRemoveExtra             // remove a condemned number
	stepSettled                 // the intent has settled
)

// sentCall is the call to which an answer belongs.
type sentCall struct {
	generation int64
	attempt    int
	op         Op // "" for an extra number's removal
	number     proctoru.ReservationNo
	start      time.Time
}

// emit appends an event of the row as it is now.
func (t *turn) emit(typ EventType, change func(*Event)) {
	e := t.b.event(typ, t.now)
	if change != nil {
		change(&e)
	}
	t.events = append(t.events, e)
}

// settleAt settles the open intent, if there is one, with a proven reservation.
func (t *turn) settleAt(typ EventType, number proctoru.ReservationNo, start time.Time, code ReasonCode) {
	b, op, old := t.b, Op(""), t.b.Start
	if b.Intent != nil {
		op = b.Intent.Op
	}
	before, displaced := b.Number, b.displaced()
	b.takeNumber(number, start)
	b.condemn(before)
	if b.State == StatePending {
		b.State = StateScheduled
	}
	if b.started() && start.After(t.now) {
		b.goBack()
	}
	if typ == EventMoved {
		b.countMove(displaced)
	}
	t.close()
	t.emit(typ, func(e *Event) { e.Op, e.OldStart, e.Code = op, old, code })
	b.DueAt = t.nextWatch() // no reading stands for the first look after a change
	if b.started() {
		b.DueAt = b.watchStartedAt(t.now, t.tuning.WatchInterval)
	}
	t.promote()
}

// countMove counts a proven move, unless the learner had to make it.
func (b *Booking) countMove(displaced bool) {
	b.Outdated = nil
	if displaced {
		return
	}
	b.Moves++
	if b.Intent != nil && b.Intent.Late {
		b.LateMoves++
	}
}

// end takes the booking to a state in which it has ended.
func (t *turn) end(state State, typ EventType, code ReasonCode) {
	b := t.b
	reason, by := "", ""
	if b.Intent != nil {
		reason, by = b.Intent.Reason, b.Intent.By
		b.LateCancel = typ == EventCanceled && b.Intent.Late
	}
	b.State, b.EndReason = state, code
	t.close()
	t.emit(typ, func(e *Event) { e.Code, e.Reason, e.By = code, reason, by })
	if b.Wish != nil {
		t.voidWish("")
	}
	b.DueAt = time.Time{}
}

// close removes the intent and releases the lease. The new generation makes late
// answers to the intent be dropped.
func (t *turn) close() {
	b := t.b
	if i := b.Intent; i != nil && (i.Flags.Unknown || i.Attempt > 0 && !i.Flags.Answered) {
		// A request may still be on its way, perhaps from a process that has died since.
		// A later move must not overtake it.
		b.Memory.MoveNotYet = b.Memory.LastMade.Add(t.tuning.InFlight)
	}
	b.Intent, b.NeedsAttention, b.Lease = nil, nil, Lease{}
	b.forgetWrites()
	b.Generation++
	b.Memory.ProvenAt, b.Memory.NegativeAt = t.now, time.Time{}
	b.Memory.OtherNumber, b.Memory.OtherSince = "", time.Time{}
	t.next = stepSettled
}

// promote makes the wish the new intent, in the transaction that settles the old one.
func (t *turn) promote() {
	b, w := t.b, t.b.Wish
	if w == nil {
		return
	}
	if w.Op == OpMove && w.Want.Equal(b.Start) {
		t.voidWish("")
		return
	}
	if w.Op == OpMove && !w.Want.After(t.now) {
		t.voidWish(ReasonStartInPast)
		return
	}
	b.Wish = nil
	b.open(w.Op, w.Want, t.now, t.tuning.Deadline, Request{Reason: w.Reason, By: w.By})
	b.Intent.Late = w.Late
	t.emit(EventWishPromoted, func(e *Event) { e.Reason, e.By = w.Reason, w.By })
}

func (t *turn) voidWish(code ReasonCode) {
	w := t.b.Wish
	t.b.Wish = nil
	t.emit(EventWishVoid, func(e *Event) { e.Op, e.Want, e.Code, e.Reason, e.By = w.Op, w.Want, code, w.Reason, w.By })
}

// open starts an intent. The booking gets a new generation and is due at once.
func (b *Booking) open(op Op, want, now time.Time, deadline time.Duration, r Request) {
	b.Intent = &Intent{Op: op, Want: want, Requested: now, Deadline: now.Add(deadline), Reason: r.Reason, By: r.By}
	b.Generation++
	b.Memory.NegativeAt, b.Memory.Extras = time.Time{}, nil
	b.DueAt = now
}

// flag sets NeedsAttention, unless it is set for the same reason already.
func (t *turn) flag(code ReasonCode) {
	if t.b.NeedsAttention != nil && t.b.NeedsAttention.Reason == code {
		return
	}
	t.b.NeedsAttention = &Attention{Since: t.now, Reason: code}
	t.emit(EventNeedsAttention, func(e *Event) { e.Code = code })
}

// flagDeadline flags an intent that is open past its deadline. The intent stays open.
func (t *turn) flagDeadline() {
	if i := t.b.Intent; i != nil && !t.now.Before(i.Deadline) && t.b.NeedsAttention == nil {
		t.flag(ReasonDeadline)
	}
}

// quietAt returns when no request of ours can act any more, and the last ones that did
// show in the list and the evidence.
func (t *turn) quietAt() time.Time {
	at := t.b.Memory.LastMade.Add(t.tuning.InFlight)
	for _, u := range []time.Time{t.b.Memory.LastSent.Add(t.tuning.ListLag), t.b.Memory.DeadAt.Add(t.tuning.EvidenceLag)} {
		if u.After(at) {
			at = u
		}
	}
	return at
}

// watchRoutinely sets when a scheduled booking of which nothing is odd is looked at next.
func (t *turn) watchRoutinely() {
	t.b.DueAt = t.nextWatch()
	t.b.RoutineAt = t.b.DueAt
	if again := t.watchedAgainAt(); !again.IsZero() {
		t.b.DueAt = earlier(t.b.DueAt, again) // no reading stands for this look
		t.b.RoutineAt = time.Time{}
	}
}

// nextWatch returns when a booking without an intent is looked at next.
func (t *turn) nextWatch() time.Time {
	at := t.now.Add(t.tuning.WatchInterval)
	if t.b.Start.IsZero() {
		return at
	}
	if noShow := t.b.noShowAt(); noShow.After(t.now) && noShow.Before(at) {
		return noShow
	}
	return at
}

// noteSend notes that a request is about to leave. Reads from before say nothing of
// what it does.
func (t *turn) noteSend() {
	t.b.Memory.LastSent, t.b.Memory.NegativeAt = t.now, time.Time{}
}

// gaveUp reports whether the open reserve or move is too old to be sent again.
func (t *turn) gaveUp() bool {
	i := t.b.Intent
	if i == nil || i.Op == OpCancel {
		return false
	}
	until := i.Deadline
	if d := t.b.Exam.Policy.ResendUntil; d > 0 {
		until = i.Requested.Add(d)
	}
	return !t.now.Before(until)
}

// wantPast reports whether the start asked for is past.
func (t *turn) wantPast() bool { return !t.b.Intent.Want.After(t.now) }

// finishInTime ends an unlocked exam whose time is over, if Policy.AutoFinish is set.
func (t *turn) finishInTime() {
	b := t.b
	if b.State != StateUnlocked {
		return
	}
	if !b.timeIsUp(t.now) {
		b.DueAt = b.watchStartedAt(t.now, t.tuning.WatchInterval)
		return
	}
	t.finish(t.now, ReasonTimeOver)
}

// finish ends a begun or unlocked booking as sat.
func (t *turn) finish(at time.Time, why ReasonCode) {
	b := t.b
	b.State, b.FinishedAt, b.DueAt, b.NeedsAttention = StateFinished, at, time.Time{}, nil
	t.emit(EventFinished, func(e *Event) { e.Code = why })
}
