package scheduling

import "time"

// why returns what forbids the action now; empty means that it is allowed. Status and
// the methods themselves use it, so that they always agree.
func (b *Booking) why(a Action, now time.Time) []Reason {
	var codes []ReasonCode
	switch a {
	case ActionBook:
		codes = b.whyNotBook()
	case ActionReschedule:
		codes = b.whyNotMove(now)
	case ActionCancel:
		codes = b.whyNotCancel(now)
	case ActionBegin:
		codes = b.whyNotBegin(now)
	case ActionUnlock:
		codes = b.whyNotUnlock(now)
	case ActionFinish:
		codes = b.whyNotFinish()
	}
	var reasons []Reason
	for _, c := range codes {
		reasons = append(reasons, Reason{Code: c})
	}
	return reasons
}

func (b *Booking) whyNotBook() []ReasonCode {
	switch {
	case b.State.Active():
		return []ReasonCode{ReasonAlreadyBooked}
	case b.State == StateFinished:
		return []ReasonCode{ReasonAttemptFinished}
	}
	return nil
}

func (b *Booking) whyNotMove(now time.Time) []ReasonCode {
	if !b.State.Active() {
		return []ReasonCode{ReasonBookingEnded}
	}
	var codes []ReasonCode
	if b.State == StateBegun || b.State == StateUnlocked || !b.BeginSent.IsZero() {
		codes = append(codes, ReasonBegun)
	}
	if b.Intent != nil && b.Intent.Op == OpCancel {
		codes = append(codes, ReasonCancelOpen)
	}
	if !b.Start.IsZero() && !now.Before(b.Start.Add(-b.Exam.Policy.MoveUntil)) {
		codes = append(codes, ReasonTooLate)
	}
	if most := b.Exam.Policy.MaxMoves; most > 0 && b.countedMoves() >= most && !b.displaced() {
		codes = append(codes, ReasonMovesUsedUp)
	}
	return codes
}

func (b *Booking) whyNotCancel(now time.Time) []ReasonCode {
	if !b.State.Active() {
		return []ReasonCode{ReasonBookingEnded}
	}
	var codes []ReasonCode
	if b.State == StateBegun || b.State == StateUnlocked {
		codes = append(codes, ReasonBegun)
	}
	if until := b.Exam.Policy.CancelUntil; until > 0 && !b.Start.IsZero() && !now.Before(b.Start.Add(-until)) {
		codes = append(codes, ReasonTooLate)
	}
	return codes
}

func (b *Booking) whyNotBegin(now time.Time) []ReasonCode {
	switch {
	case b.State == StateBegun:
		return nil
	case b.State == StateUnlocked && !now.Before(b.TimeOverAt()):
		return []ReasonCode{ReasonTimeOver}
	case b.State == StateUnlocked:
		return nil
	case !b.State.Active():
		return []ReasonCode{ReasonBookingEnded}
	case b.Intent != nil:
		return []ReasonCode{ReasonUnsettled}
	case now.Before(b.startableAt()):
		return []ReasonCode{ReasonTooEarly}
	case !now.Before(b.End()):
		return []ReasonCode{ReasonTooLate}
	}
	return nil
}

func (b *Booking) whyNotUnlock(now time.Time) []ReasonCode {
	switch {
	case b.State == StateUnlocked:
		return []ReasonCode{ReasonCodeSpent}
	case !b.State.Active():
		return []ReasonCode{ReasonBookingEnded}
	case b.State != StateBegun:
		return []ReasonCode{ReasonNotBegun}
	}
	var codes []ReasonCode
	if now.Before(b.Window.Start) {
		codes = append(codes, ReasonWindowNotOpen)
	}
	if !now.Before(b.Window.End) {
		codes = append(codes, ReasonWindowOver)
	}
	if b.SeenActive.IsZero() || now.Sub(b.SeenActive) > b.Exam.Policy.seenWithin() {
		codes = append(codes, ReasonNotSeenActive)
	}
	if !b.Code.SpentAt.IsZero() {
		codes = append(codes, ReasonCodeSpent)
	}
	if b.Code.Tries >= maxCodeTries {
		codes = append(codes, ReasonCodeLocked)
	}
	return codes
}

func (b *Booking) whyNotFinish() []ReasonCode {
	switch {
	case b.State == StateBegun || b.State == StateUnlocked:
		return nil
	case !b.State.Active():
		return []ReasonCode{ReasonBookingEnded}
	}
	return []ReasonCode{ReasonNotBegun}
}

// startableAt returns the time from which Begin is allowed; zero if no start is proven.
func (b *Booking) startableAt() time.Time {
	if b.Start.IsZero() {
		return time.Time{}
	}
	return b.Start.Add(-b.Exam.Policy.startLead())
}
