package openedx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// This file is about an id that the platform has given to two of its attempts. It asks for
// an id before it keeps the attempt, and gets the same one while ours is open: so two
// set-ups at one moment get one id, and so does another attempt after an error of which we
// never heard. About such an id the platform answers every callback with status 500: the
// exam would never open, and the proctor would wait. It is seen when the id is asked for
// again, which is long before that, in most cases.

// twiceAfter is how long an attempt that was registered again is looked at: by then the
// platform has kept our id.
const twiceAfter = time.Minute

// errTwice says what to do about it.
var errTwice = errors.New("openedx: the platform has two attempts of this id, and can't be told of either: reset the learner's attempts of this exam on the platform")

// lookTwice finds out whether the platform has the attempt's id twice, where that may be.
// It returns when to look again.
func (p *parts) lookTwice(ctx context.Context, x *sitting) (next time.Time, err error) {
	a := x.attempt
	if a.Again.IsZero() {
		return next, nil
	}
	l, known := p.platforms.of(a.Platform)
	if !known {
		return next, nil // which is a trouble of its own
	}
	twice, err := p.hasTwice(ctx, l, x)
	if err != nil {
		return next, platformTrouble(err)
	}
	settled := !twice && !p.now().Before(a.Again.Add(twiceAfter))
	x.attempt, err = p.change(ctx, a.ID, func(now *Attempt) error {
		now.Twice = twice
		if settled && now.Again.Equal(a.Again) {
			now.Again = time.Time{}
		}
		return nil
	})
	if !settled {
		next = p.now().Add(twiceAfter)
	}
	return next, err
}

// hasTwice reports whether the platform shows two attempts of our id.
func (p *parts) hasTwice(ctx context.Context, l lms, x *sitting) (bool, error) {
	first := int64(0)
	for row, err := range rows(ctx, l, x.exam.Course, x.person.Username) {
		switch {
		case err != nil:
			return false, err
		case row.ExternalID != string(x.attempt.ID):
		case first != 0 && first != row.ID:
			return true, nil
		default:
			first = row.ID
		}
	}
	return false, nil
}

// callbackTrouble returns the trouble of a call about one attempt. That the platform does
// not know it is no reason to end a booking: the address may be wrong.
func (x sitting) callbackTrouble(err error) error {
	switch {
	case errors.Is(err, edx.ErrNotFound):
		return &troubled{TroubleUnknown, true, err}
	case x.attempt.Twice:
		return &troubled{TroubleTwice, true, fmt.Errorf("%w: %w", errTwice, err)}
	}
	return platformTrouble(err)
}
