package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// A turn is one decision about one booking: from what an answer or a read told,
// it changes the row, writes the history, and says what to do next. It sends
// nothing and stores nothing. The tables in answers.go and reads.go list all
// decisions there are.
type turn struct {
	b      *Booking
	now    time.Time
	tuning Tuning
	events []Event
	next   step
	extra  proctoru.ReservationNo // the condemned number to remove, for stepRemoveExtra

	surplus proctoru.ReservationNo // a number that a sweep may remove, if any

	sent   sentCall // for an answer
	answer answer   // likewise
	look   look     // for a read
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

// sentCall is what was sent, kept beside the answer.
type sentCall struct {
	generation int64
	attempt    int
	op         Op // "" for an extra number's removal
	number     proctoru.ReservationNo
	start      time.Time
}

// emit appends an event of the row as it now is.
func (t *turn) emit(typ EventType, change func(*Event)) {
	e := t.b.event(typ, t.now)
	if change != nil {
		change(&e)
	}
	t.events = append(t.events, e)
}

// settleAt settles the open intent, if any, with the reservation proven.
func (t *turn) settleAt(typ EventType, number proctoru.ReservationNo, start time.Time, code ReasonCode) {
	b, op, old := t.b, Op(""), t.b.Start
	if b.Intent != nil {
		op = b.Intent.Op
	}
	before, displaced := b.Number, b.displaced()
	b.Number, b.Start = number, start
	b.condemn(before)
	if b.State == StatePending {
		b.State = StateScheduled
	}
	if typ == EventMoved {
		b.countMove(displaced)
	}
	t.close()
	t.emit(typ, func(e *Event) { e.Op, e.OldStart, e.Code = op, old, code })
	b.DueAt = t.nextWatch()
	t.promote()
}

// countMove counts a proven move of the learner.
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

// end settles the booking in a terminal state, with the proof that the event names.
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

// close forgets the intent, and gives the booking back: a new generation, so
// that late answers to it are dropped.
func (t *turn) close() {
	b := t.b
	if i := b.Intent; i != nil && (i.Flags.Unknown || i.Attempt > 0 && !i.Flags.Answered) {
		// A request may still be on its way, also where the process that sent it has
		// died; a later move must not overtake it.
		b.Memory.MoveNotYet = b.Memory.LastMade.Add(t.tuning.InFlight)
	}
	b.Intent, b.NeedsAttention, b.Lease = nil, nil, Lease{}
	b.Generation++
	b.Memory.ProvenAt, b.Memory.NegativeAt = t.now, time.Time{}
	b.Memory.OtherNumber, b.Memory.OtherSince = "", time.Time{}
	t.next = stepSettled
}

// promote makes the wish the intent, in the transaction that settled the one before.
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

// open starts an intent: a new generation, due at once.
func (b *Booking) open(op Op, want, now time.Time, deadline time.Duration, r Request) {
	b.Intent = &Intent{Op: op, Want: want, Requested: now, Deadline: now.Add(deadline), Reason: r.Reason, By: r.By}
	b.Generation++
	b.Memory.NegativeAt, b.Memory.Extras = time.Time{}, nil
	b.DueAt = now
}

// flag sets NeedsAttention once.
func (t *turn) flag(code ReasonCode) {
	if t.b.NeedsAttention != nil && t.b.NeedsAttention.Reason == code {
		return
	}
	t.b.NeedsAttention = &Attention{Since: t.now, Reason: code}
	t.emit(EventNeedsAttention, func(e *Event) { e.Code = code })
}

// flagDeadline flags an intent that is open for too long. It decides nothing else.
func (t *turn) flagDeadline() {
	if i := t.b.Intent; i != nil && !t.now.Before(i.Deadline) && t.b.NeedsAttention == nil {
		t.flag(ReasonDeadline)
	}
}

// quietAt is when nothing that was sent can act unseen any more.
func (t *turn) quietAt() time.Time {
	at := t.b.Memory.LastMade.Add(t.tuning.InFlight)
	for _, u := range []time.Time{t.b.Memory.LastSent.Add(t.tuning.ListLag), t.b.Memory.DeadAt.Add(t.tuning.EvidenceLag)} {
		if u.After(at) {
			at = u
		}
	}
	return at
}

// nextWatch is when a booking without an intent is looked at next.
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

// gaveUp says that the policy allows no more sends of the open reserve or move.
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

// wantPast says that the start asked for can't be reserved any more.
func (t *turn) wantPast() bool { return !t.b.Intent.Want.After(t.now) }

// finishInTime ends an unlocked exam when its time is over, if the policy says so.
func (t *turn) finishInTime() {
	b := t.b
	if b.State != StateUnlocked {
		return
	}
	if !b.timeIsUp(t.now) {
		b.DueAt = b.autoFinishAt()
		return
	}
	b.State, b.FinishedAt, b.DueAt, b.NeedsAttention = StateFinished, t.now, time.Time{}, nil
	t.emit(EventFinished, func(e *Event) { e.Code = ReasonTimeOver })
}
