package simulation

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// promise is what a caller was told of a booking: it was done, or it will be.
type promise struct {
	op   scheduling.Op
	want time.Time
	done bool
}

// told looks at what a caller got: it must be true then, and stay so.
func (w *world) told(d *deployment, p *process, op scheduling.Op, b scheduling.Booking, want time.Time, err error) {
	w.toldError(p, err)
	if err == nil {
		w.counts.hit("told", "done "+string(op))
		w.trace.add(w.elapsed(), p.name, "told done", string(op), string(b.ID), string(b.State))
		w.judgeDone(d, op, b, want)
		return
	}
	if refused, ok := errors.AsType[*scheduling.SlotTakenError](err); ok {
		w.judgeFresh(refused)
	}
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok {
		return
	}
	if r := d.rows[pending.BookingID]; r != nil {
		w.judgeHeld(&r.row, pending)
		if pending.Queued {
			w.counts.hit("told", "queued "+string(op))
		}
		// What goes on may be an older operation that the call only joined.
		r.accepted = append(r.accepted, promise{op: pending.Op, want: pending.Start})
	}
}

// judgeHeld wants a move that is held back to say so.
func (w *world) judgeHeld(b *scheduling.Booking, e *scheduling.PendingError) {
	i := b.Intent
	if e.Op != scheduling.OpMove || i == nil || i.Op != scheduling.OpMove || !i.Deadline.Equal(e.Deadline) || i.Attempt > 0 || !b.Memory.MoveNotYet.After(w.now) {
		return
	}
	w.counts.hit("world", "move held back")
	if e.HeldBecause == "" || e.HeldUntil.Before(w.now) {
		w.violate(stateA, "a move is held back, and nobody is told", b.ID)
	}
}

// judgeFresh wants what is offered after a refusal to be something else.
func (w *world) judgeFresh(e *scheduling.SlotTakenError) {
	for _, slot := range e.Fresh {
		if slot.Start.Equal(e.Start) || slot.Conflict != "" {
			w.violate(stateA, "a start is offered as fresh that was just refused, or would be", e.BookingID)
		}
	}
}

// judgeDone compares a success with the store: now, or at some time since the
// call began, the row was there with that state and start.
func (w *world) judgeDone(d *deployment, op scheduling.Op, b scheduling.Booking, want time.Time) {
	r := d.rows[b.ID]
	if r == nil {
		w.violate(stateA, "a caller is told of a booking that is not stored", b.ID)
		return
	}
	switch {
	case op == scheduling.OpCancel && b.State != scheduling.StateCanceled:
		w.violate(stateA, "Cancel succeeds and the booking is "+string(b.State), b.ID)
	case op == scheduling.OpMove && b.State.Active() && b.Intent == nil && !b.Start.Equal(want) && !r.elsewhere() && !w.stood(d, b.ID, want):
		w.violate(stateA, "Reschedule succeeds and the booking stands elsewhere", b.ID)
	case op == scheduling.OpReserve && b.State == scheduling.StatePending:
		w.violate(stateA, "Book succeeds and the booking is pending", b.ID)
	}
	r.accepted = append(r.accepted, promise{op: op, want: want, done: true})
}

// stood reports whether the booking has stood at the start: who asks for the start that a
// reserve brings it to gets the booking as it is then, which another caller may have moved
// on already.
func (w *world) stood(d *deployment, id scheduling.BookingID, start time.Time) bool {
	return slices.ContainsFunc(w.history(d, id), func(e scheduling.Event) bool {
		return e.Start.Equal(start) && (e.Type == scheduling.EventAdopted || e.Type == scheduling.EventMoved)
	})
}

// elsewhere reports whether the booking stands where the provider put it.
func (r *record) elsewhere() bool {
	return r.placed == scheduling.EventAdoptedOtherStart || r.placed == scheduling.EventMovedByProviderOrLate || r.placed == scheduling.EventNumberChanged
}

// judgePromises looks at what callers were told, now that all is settled.
func (w *world) judgePromises() {
	for _, d := range w.deployments {
		for _, id := range d.ids {
			r := d.rows[id]
			events := w.history(d, id)
			for _, p := range r.accepted {
				w.judgePromise(r, p, events)
			}
			if b := &r.row; b.Wish != nil && b.Intent == nil {
				w.violate(stateA, "a wish waits for nothing", id)
			}
		}
	}
}

func (w *world) history(d *deployment, id scheduling.BookingID) []scheduling.Event {
	events, err := d.store.Events(context.Background(), scheduling.EventQuery{Booking: id, Limit: 10000})
	if err != nil {
		w.t.Fatal(err)
	}
	return events
}

// judgePromise checks one accepted call at the end: it was carried out, or the
// history says why not.
func (w *world) judgePromise(r *record, p promise, events []scheduling.Event) {
	b := &r.row
	switch {
	case p.op == scheduling.OpCancel && b.State == scheduling.StateCanceled:
		return
	case p.op == scheduling.OpCancel && p.done:
		w.violate(stateA, "a cancel that succeeded did not last", b.ID)
	case p.op == scheduling.OpCancel:
		if b.Intent == nil && !told(events, scheduling.EventCancelRefused, scheduling.EventWishVoid, scheduling.EventWishReplaced, scheduling.EventResolvedStands) {
			w.violate(stateA, "an accepted cancel is lost", b.ID)
		}
	case p.op == scheduling.OpMove && !p.done && b.Intent == nil:
		if !told(events, scheduling.EventMoved, scheduling.EventMoveRefused, scheduling.EventWishVoid, scheduling.EventWishReplaced,
			scheduling.EventCanceledByProvider, scheduling.EventAdopted, scheduling.EventAdoptedOtherStart, scheduling.EventResolvedStands,
			scheduling.EventResolvedGone) {
			w.violate(stateA, "an accepted move is lost", b.ID)
		}
	}
}

func told(events []scheduling.Event, any ...scheduling.EventType) bool {
	return slices.ContainsFunc(events, func(e scheduling.Event) bool { return slices.Contains(any, e.Type) })
}
