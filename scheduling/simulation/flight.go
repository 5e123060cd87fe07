package simulation

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
)

// runner runs the product's calls as tasks of their own, so that a caller may leave
// while its call is under way.
type runner struct{ w *world }

// Run implements the product's Runner of calls.
func (r runner) Run(ctx context.Context, work func(), left func(*caught.Panic)) bool {
	w, caller := r.w, r.w.current
	if caller == nil || w.calm {
		work()
		return true
	}
	done, alone := false, false
	var panicked *caught.Panic
	call := w.start(caller.process, "call of "+caller.name, func(context.Context) {
		panicked, _ = caught.Do(func() error { work(); return nil })
		if done = true; alone {
			w.counts.hit("world", "answer to nobody")
			left(panicked)
		}
	})
	call.caller, call.leases = caller, map[scheduling.BookingID]string{}
	for id, r := range caller.process.deployment.rows {
		call.leases[id] = r.row.Lease.Owner
	}
	for !done {
		if ctx.Err() != nil {
			alone = true
			w.counts.hit("world", "left a call")
			return false
		}
		w.await(func() bool { return done || ctx.Err() != nil })
	}
	if panicked != nil {
		panic(panicked)
	}
	return true
}

// await pauses the task until the condition holds.
func (w *world) await(until func() bool) {
	w.current.until = until
	w.pause("call", waiting)
}

// timeout is a context that ends at an instant of the world's clock.
type timeout struct {
	at     time.Time
	cause  error
	cancel context.CancelCauseFunc
	ctx    context.Context
}

// WithTimeout returns a context that ends after d by the world's clock.
func (c clock) WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	c.w.timeouts = append(c.w.timeouts, timeout{c.w.now.Add(d), cause, cancel, ctx})
	return ctx, func() { cancel(context.Canceled) }
}

// expire ends the contexts whose time has come.
func (w *world) expire() {
	left := w.timeouts[:0]
	for _, t := range w.timeouts {
		switch {
		case t.ctx.Err() != nil:
		case t.at.After(w.now):
			left = append(left, t)
		default:
			t.cancel(t.cause)
		}
	}
	w.timeouts = left
}

// callOfBooking is a call that a process makes for a booking.
type callOfBooking struct {
	process *process
	booking scheduling.BookingID
}

// onWire notes under which lease a write is on its way, and returns what ends that.
func (w *world) onWire(p *process, m message) func() {
	if w.current == nil || w.current.leases[m.id] == "" || m.endpoint == "beginReservation" {
		return func() {}
	}
	key := callOfBooking{p, m.id}
	w.wired[key] = w.current.leases[m.id]
	return func() { delete(w.wired, key) }
}

// judgeLease wants the lease of a call to last until its answer is stored, even if its
// caller has left: else the answer is dropped, and another worker sends again.
func (w *world) judgeLease(p *process, old, b *scheduling.Booking) {
	owner, under := w.wired[callOfBooking{p, b.ID}]
	if under && old.Lease.Owner == owner && old.Lease.Until.After(w.now) && b.Lease.Owner != owner && b.Generation == old.Generation {
		w.violate(stateA, "the lease is given back while its call is on the wire", b.ID)
	}
}
