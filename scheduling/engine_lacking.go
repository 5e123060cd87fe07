package scheduling

import (
	"context"
	"errors"
	"log/slog"
)

// This file is about operations whose call can't be built: the unlock key of the
// booking, or its learner's record, is missing.

// unprepared is what becomes of an operation whose call can't be built. If it lacks what
// only people can bring it is flagged at once; it stays open, and is tried again.
func (w *worker) unprepared(ctx context.Context, b Booking, err error) (*turn, error) {
	code := lacks(err)
	if code == "" {
		return nil, err
	}
	w.last = err
	w.s.log.WarnContext(ctx, "operation can't be prepared", slog.String("booking", string(b.ID)), slog.String("op", string(b.Intent.Op)), slog.Any("error", err))
	return w.swap(ctx, b, sameAttempt, func(t *turn) {
		if i := t.b.Intent; i.Op == OpMove && i.Attempt == 0 && t.b.cancelWaits() {
			// Nothing of the move was ever sent, and the cancel needs nothing that is missing.
			t.b.MoveRefusal = code
			t.settleAt(EventMoveRefused, t.b.Number, t.b.Start, code)
			return
		}
		t.flag(code)
		t.b.DueAt = w.s.retryAt(t)
	})
}

// lacks returns what keeps a call from being built until people bring it; "" if that is a
// failure of the store.
func lacks(err error) ReasonCode {
	if _, only := unreadable(err); only || errors.Is(err, ErrNotFound) {
		return ReasonLearnerMissing
	}
	if errors.Is(err, ErrNoUnlockKey) {
		return ReasonKeyMissing
	}
	return ""
}

// lacking reports whether the booking is flagged because its operation can't be prepared.
func (b *Booking) lacking() bool {
	a := b.NeedsAttention
	return a != nil && (a.Reason == ReasonKeyMissing || a.Reason == ReasonLearnerMissing)
}
