package openedx

import (
	"context"
	"errors"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// The checks of a [Provider].
const (
	// CodeExams: the platform has saved exams here, and the ExamFunc makes of each one that
	// can be booked; a warning if there is none yet, or if some are not offered
	// [platform, exams, not_offered].
	CodeExams preflight.Code = "openedx_exams"
	// CodePlatforms: a platform has called this process, or has attempts here for which
	// nobody works, and is none of [NewPlatforms]. There is no such check while all are
	// [platform].
	CodePlatforms preflight.Code = "openedx_platforms"
	// CodeAttempts: the platform's list of attempts may be read, without which nobody is
	// identified and no "ready" is seen to have arrived: the client's user must be staff of
	// the courses, or global staff [platform, course].
	CodeAttempts preflight.Code = "openedx_attempts"
	// CodeReviews: verdicts may be given: the client's user must be in the group that the
	// platform names after the provider, such as acme_review, or global staff; skipped as
	// long as there is no attempt to ask about [platform, group].
	CodeReviews preflight.Code = "openedx_reviews"
)

// errNoExams means that nothing was saved yet.
var errNoExams = errors.New("openedx: the platform has saved no exam here yet: publish one")

// Preflight checks what the bridge needs besides Scheduler.Preflight: of each platform its
// exams, and whether the client may list attempts and give verdicts. It tries both, and
// changes nothing.
func (p *Provider) Preflight(ctx context.Context) []preflight.Check {
	all := p.checkStrangers(ctx)
	for _, l := range p.platforms.all {
		exams, exam, found := p.checkExams(ctx, l)
		attempts := preflight.Check{Code: CodeAttempts, Verdict: preflight.VerdictSkipped}
		if found {
			attempts = p.checkAttempts(ctx, l, exam)
		}
		for _, c := range []preflight.Check{exams, attempts, p.checkReviews(ctx, l)} {
			if c.Data == nil {
				c.Data = map[string]string{}
			}
			c.Data["platform"] = string(l.ID)
			all = append(all, c)
		}
	}
	return all
}

// checkExams looks at all exams of a platform, and returns one of them.
func (p *parts) checkExams(ctx context.Context, l lms) (c preflight.Check, one Exam, found bool) {
	c = preflight.Check{Code: CodeExams, Verdict: preflight.VerdictOK}
	for after := backend.ExamID(""); ; {
		page, err := p.store.Exams(ctx, l.ID, after, attemptsPage)
		if err != nil {
			return preflight.Of(CodeExams, err), one, found
		}
		for _, e := range page {
			after = e.ID
			if !e.Active {
				continue
			}
			one, found = e, true
			_, err := p.complete(ctx, e)
			switch {
			case errors.Is(err, ErrNotOffered):
				c.Verdict, c.Err = preflight.VerdictWarning, err
			case err != nil:
				return preflight.Of(CodeExams, err), one, found
			}
		}
		if len(page) < attemptsPage {
			break
		}
	}
	if !found {
		c.Verdict, c.Err = preflight.VerdictWarning, errNoExams
	}
	return c, one, found
}

// checkAttempts tries to list the attempts of an exam's course.
func (p *parts) checkAttempts(ctx context.Context, l lms, e Exam) preflight.Check {
	_, err := l.Client.SpecialExams.Attempts(ctx, e.Course, edx.ListAttemptsParams{})
	c := preflight.Of(CodeAttempts, err)
	c.Data = map[string]string{"course": e.Course.String()}
	return c
}

// checkReviews asks whether a verdict may be given on one of the platform's attempts.
func (p *parts) checkReviews(ctx context.Context, l lms) preflight.Check {
	skipped := preflight.Check{Code: CodeReviews, Verdict: preflight.VerdictSkipped}
	tried := 0
	for a, err := range attempts(ctx, p.store, AttemptQuery{Platform: l.ID}) {
		if err != nil {
			return preflight.Of(CodeReviews, err)
		}
		if !a.Removed.IsZero() {
			continue
		}
		err = l.Client.Callbacks.MayReview(ctx, string(a.ID))
		unfit := errors.Is(err, edx.ErrNotFound) || errors.Is(err, edx.ErrNotProctored)
		if tried++; unfit && tried < mostSwaps {
			continue // of this attempt the platform can't say
		}
		c := preflight.Of(CodeReviews, err)
		if e, err := p.store.Exam(ctx, a.Exam); err == nil {
			c.Data = map[string]string{"group": e.Backend + "_review"}
		}
		return c
	}
	return skipped
}
