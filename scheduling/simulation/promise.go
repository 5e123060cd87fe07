package simulation

import (
	"errors"
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
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok {
		return
	}
	if r := d.rows[pending.BookingID]; r != nil {
		if pending.Queued {
			w.counts.hit("told", "queued "+string(op))
		}
		// What goes on may be an older operation that the call only joined.
		r.accepted = append(r.accepted, promise{op: pending.Op, want: pending.Start})
	}
}

// judgeDone holds a success to what the store says at that moment or said since
// the call began: the row was there, with that state and start.
func (w *world) judgeDone(d *deployment, op scheduling.Op, b scheduling.Booking, want time.Time) {
	r := d.rows[b.ID]
	if r == nil {
		w.violate(stateA, "a caller is told of a booking that is not stored", b.ID)
		return
	}
	switch {
	case op == scheduling.OpCancel && b.State != scheduling.StateCanceled:
		w.violate(stateA, "Cancel succeeds and the booking is "+string(b.State), b.ID)
	case op == scheduling.OpMove && b.State.Active() && b.Intent == nil && !b.Start.Equal(want) && !r.elsewhere():
		w.violate(stateA, "Reschedule succeeds and the booking stands elsewhere", b.ID)
	case op == scheduling.OpReserve && b.State == scheduling.StatePending:
		w.violate(stateA, "Book succeeds and the booking is pending", b.ID)
	}
	r.accepted = append(r.accepted, promise{op: op, want: want, done: true})
}

// elsewhere says that the booking stands where the provider put it.
func (r *record) elsewhere() bool {
	return r.placed == scheduling.EventAdoptedOtherStart || r.placed == scheduling.EventMovedByProvider || r.placed == scheduling.EventNumberChanged
}
