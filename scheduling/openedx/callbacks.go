package openedx

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file calls the platforms back. Each call is stored before it is made, and counts
// as made once the platform shows what came of it. Both may be made again without harm: an
// attempt that is ready stays so, and the last verdict counts.

var (
	// waiting are the statuses in which a platform takes "ready".
	waiting = []edx.AttemptStatus{edx.AttemptCreated, edx.AttemptStatus("download_software_clicked")}
	// over are those of an attempt that the learner can't go on with.
	over = []edx.AttemptStatus{
		edx.AttemptSubmitted, edx.AttemptTimedOut, edx.AttemptSecondReviewRequired, edx.AttemptVerified, edx.AttemptRejected, edx.AttemptError,
	}
)

// errNotTaken means that the platform answered "OK" and did nothing.
var errNotTaken = errors.New("openedx: the attempt still waits, although the platform was told that the learner may start")

// makeReady tells the platform that the learner may start, once the proctor has typed the
// code, and for as long as the proctor watches. What the platform says of the attempt is no
// reason: the learner can call "ready", too. It is one to leave off, once the attempt is
// started.
func (p *parts) makeReady(ctx context.Context, x *sitting) (next time.Time, err error) {
	a := x.attempt
	if x.booking.State != scheduling.StateUnlocked || !a.Ready.Done.IsZero() || !a.Started.IsZero() || !a.Submitted.IsZero() {
		return next, nil
	}
	if !p.now().Before(x.booking.TimeOverAt()) {
		return next, nil // nobody watches any more
	}
	l, known := p.platforms.of(a.Platform)
	if !known {
		return next, &troubled{TroubleNoPlatform, true, p.platforms.errStranger(x.attempt.Platform)}
	}
	x.attempt, err = p.change(ctx, a.ID, func(a *Attempt) error { a.Ready.Sent = p.now(); return nil })
	if err != nil {
		return next, err
	}
	if err := l.Client.Callbacks.Ready(ctx, string(a.ID)); err != nil {
		return next, x.callbackTrouble(err)
	}
	row, err := p.rowNow(ctx, l, x)
	if err != nil {
		return next, x.callbackTrouble(err)
	}
	if slices.Contains(waiting, row.Status) {
		return next, &troubled{TroublePlatform, true, errNotTaken}
	}
	x.attempt, err = p.change(ctx, a.ID, func(a *Attempt) error {
		a.Ready.Done, a.Ready.Found = p.now(), row.Status
		return nil
	})
	return next, err
}

// rowNow reads the platform's row of the attempt as it is now.
func (p *parts) rowNow(ctx context.Context, l lms, x *sitting) (edx.Attempt, error) {
	searches := []string{x.person.Username, ""}
	if searches[0] == "" {
		searches = searches[1:] // the learner is erased
	}
	for _, search := range searches {
		for row, err := range rows(ctx, l, x.exam.Course, search) {
			if err != nil || row.ExternalID == string(x.attempt.ID) {
				return row, err
			}
		}
	}
	return edx.Attempt{}, &edx.Error{Op: "openedx", Reason: edx.ErrNotFound}
}

// tellReview tells the platform the verdict, and a later one again.
func (p *parts) tellReview(ctx context.Context, x *sitting) (next time.Time, err error) {
	l, known := p.platforms.of(x.attempt.Platform)
	if !known {
		return next, &troubled{TroubleNoPlatform, true, p.platforms.errStranger(x.attempt.Platform)}
	}
	review, ok := p.review(x.finding())
	if !ok {
		return next, nil
	}
	if x.attempt.Submitted.IsZero() { // the platform may have said so, and never says it again
		if next, err = p.askSubmitted(ctx, l, x); err != nil || x.attempt.Submitted.IsZero() {
			return next, err
		}
		if _, err = p.finish(ctx, x); err != nil {
			return next, err
		}
		if review, ok = p.review(x.finding()); !ok {
			return next, nil
		}
	}
	last := x.attempt.Review
	if last.Verdict == review.Verdict && !last.Done.IsZero() {
		return p.reviewAgain(x), nil
	}
	if last.Verdict == review.Verdict && !last.Earlier { // it may have arrived; two verdicts may lead to the same status
		row, err := p.rowNow(ctx, l, x)
		if err != nil {
			return next, x.callbackTrouble(err)
		}
		if slices.Contains(after[review.Verdict], row.Status) {
			return p.reviewAgain(x), p.reviewed(ctx, x, review.Verdict, row.Status)
		}
	}
	x.attempt, err = p.change(ctx, x.attempt.ID, func(a *Attempt) error {
		earlier := a.Review.Earlier || a.Review.Verdict != "" && a.Review.Verdict != review.Verdict
		a.Review = Callback{Verdict: review.Verdict, Earlier: earlier, Sent: p.now()}
		return nil
	})
	if err != nil {
		return next, err
	}
	if err := l.Client.Callbacks.Reviewed(ctx, string(x.attempt.ID), review); err != nil {
		return next, x.callbackTrouble(err)
	}
	if unsure := last.Verdict != "" && last.Verdict != review.Verdict && last.Done.IsZero(); unsure {
		return p.now().Add(mostWait), nil // the earlier verdict may be on its way still: this one is sent once more
	}
	return p.reviewAgain(x), p.reviewed(ctx, x, review.Verdict, "")
}

const (
	reviewEach  = 24 * time.Hour
	reviewUntil = 14 * 24 * time.Hour // after the end of the session
)

// reviewAgain returns when to look again at what was found of a sitting. The facts may
// change and the booking's verdict stay the same, of which no event tells, and the platform
// may have to hear another one all the same. The provider is not asked for that.
func (p *parts) reviewAgain(x *sitting) time.Time {
	next := p.now().Add(reviewEach)
	if next.After(x.booking.End().Add(reviewUntil)) {
		return time.Time{}
	}
	return next
}

// after are the statuses that a verdict leads to.
var after = map[edx.Verdict][]edx.AttemptStatus{
	edx.VerdictPassed:      {edx.AttemptVerified},
	edx.VerdictViolation:   {edx.AttemptRejected, edx.AttemptSecondReviewRequired},
	edx.VerdictSuspicious:  {edx.AttemptRejected, edx.AttemptSecondReviewRequired},
	edx.VerdictNotReviewed: {edx.AttemptError},
}

// reviewed keeps that the platform has the verdict. If another process has sent a later one
// meanwhile, nobody knows which of them the platform took last: so that one is sent again.
func (p *parts) reviewed(ctx context.Context, x *sitting, v edx.Verdict, found edx.AttemptStatus) (err error) {
	x.attempt, err = p.change(ctx, x.attempt.ID, func(a *Attempt) error {
		if a.Review.Verdict != v {
			a.Review.Done = time.Time{}
			a.due(p.now())
			return nil
		}
		a.Review.Done, a.Review.Found = p.now(), found
		return nil
	})
	return err
}

// askSubmitted asks the platform whether the learner has submitted, of which it tells us
// once and perhaps in vain. It asks again until a day after the booking's time.
func (p *parts) askSubmitted(ctx context.Context, l lms, x *sitting) (next time.Time, err error) {
	row, err := p.rowNow(ctx, l, x)
	if err != nil {
		return next, x.callbackTrouble(err)
	}
	now := p.now()
	if !slices.Contains(over, row.Status) {
		if b := x.booking; now.Before(b.Start.Add(b.Duration).Add(24 * time.Hour)) {
			next = now.Add(mostWait)
		}
		return next, nil
	}
	x.attempt, err = p.change(ctx, x.attempt.ID, func(a *Attempt) error {
		if a.Started.IsZero() {
			a.Started = now
			if at := row.Started; !at.IsZero() && at.Before(now) {
				a.Started = at
			}
		}
		if a.Submitted.IsZero() {
			a.Submitted = now
		}
		return nil
	})
	return next, err
}
