package scheduling

import "time"

// moveHeld returns until when a move is held back, and why: an older request, whose
// answer is not known, may still act until then, and would undo the move. It speaks of
// the move that is asked for and not sent, else of one that could be asked for now; it
// is zero if nothing holds that back. While the older operation is open the instant is
// the one that holds if it is not sent again.
func (b *Booking) moveHeld(now time.Time, inFlight time.Duration) (until time.Time, because ReasonCode) {
	i, wished := b.Intent, b.Wish != nil && b.Wish.Op == OpMove
	moving := i != nil && i.Op == OpMove
	if !wished && (moving && i.Attempt > 0 || !moving && len(b.whyNotMove(now)) > 0) {
		return time.Time{}, ""
	}
	until = b.Memory.MoveNotYet
	if i != nil && i.Flags.Unknown {
		until = later(until, b.Memory.LastMade.Add(inFlight))
	}
	if !until.After(now) {
		return time.Time{}, ""
	}
	return until, ReasonOlderRequest
}
