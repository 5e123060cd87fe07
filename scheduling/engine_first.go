package scheduling

import (
	"context"
)

// This file notes the first request of an operation in the transaction that opens the
// operation: one commit less while a learner waits. Nothing else is stored between the
// two, so whoever finds the row after a death sees what it would have seen had there been
// two: a request that may have been sent.

// noteFirst notes in a row that is about to be stored with a new intent that its first
// request is sent next, and returns the events of that. The worker must make the call
// after the row is stored. It does nothing if another worker has the booking, and if
// the call must wait or can't be prepared: carryOn finds out why. known is the learner's
// record of the booking's version, or nil.
func (w *worker) noteFirst(ctx context.Context, b *Booking, known *Learner) []Event {
	w.noted = nil
	now := w.s.now()
	if i := b.Intent; i == nil || i.Attempt > 0 || !w.holds(*b, now) {
		return nil
	}
	if _, because := b.moveHeld(now, w.s.tuning.InFlight); b.Intent.Op == OpMove && because != "" {
		return nil
	}
	c, err := w.s.callFor(ctx, *b, known)
	if err != nil {
		return nil
	}
	t := &turn{b: b, now: now, tuning: w.s.tuning}
	w.s.noteSent(t)
	w.noted = &c
	return t.events
}

// noteSent notes that the open intent is sent next.
func (s *Scheduler) noteSent(t *turn) {
	i := t.b.Intent
	if t.b.lacking() {
		t.b.NeedsAttention = nil // what was missing is there
	}
	i.Attempt++
	i.Flags.Unknown = i.Flags.Unknown || i.Attempt > 1
	i.Flags.Answered = false
	t.noteSend()
	if i.Op != OpCancel {
		t.b.Memory.LastMade = t.now
		t.b.Memory.StartsSent = appendStart(t.b.Memory.StartsSent, i.Want)
	}
	t.flagDeadline()
	t.emit(EventSent, nil)
	t.b.DueAt = s.retryAt(t)
}
