package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// errLooks means that somebody should look at something.
var errLooks = errors.New("somebody should look at this")

// advice tells staff what to do about an attempt.
var advice = map[openedx.Trouble]string{
	openedx.TroubleNotIdentified: "the LMS does not tell whose it is: find out who that is, and use -tie",
	openedx.TroublePlatform:      "the LMS does not answer, or refuses a later verdict: it is tried again every ten minutes",
	openedx.TroubleNoPlatform:    "the LMS of this attempt is not configured here any more: mend its id",
	openedx.TroubleRights:        "the LMS refuses our account: give it the rights that docs/openedx.md names",
	openedx.TroubleUnknown:       "the LMS knows no such attempt: does EDX_URL name the right LMS?",
	openedx.TroubleWithoutCode:   "the learner started without the proctor's code: look at the attempt on the LMS",
	openedx.TroubleNoProctor:     "the learner submitted without the proctor's code: look at the attempt on the LMS",
	openedx.TroubleNotCanceled:   "the attempt is gone, and its booking stands: cancel it at ProctorU",
	openedx.TroubleTimeOver:      "the exam was not begun on the LMS before the proctor had gone: reset the attempt on the LMS, so that the learner can book anew",
	openedx.TroubleStore:         "our own side failed: the log says why",
}

// check tries what the service needs, and lists what staff should look at.
func (s *service) check(ctx context.Context, out io.Writer) error {
	var found error
	for _, c := range slices.Concat(s.scheduler.Preflight(ctx), s.bridge.Preflight(ctx)) {
		fmt.Fprintf(out, "%-8s %s", c.Verdict, c.Code)
		if c.Err != nil {
			fmt.Fprintf(out, ": %v", c.Err)
		}
		fmt.Fprintln(out)
		if c.Verdict == preflight.VerdictFailed {
			found = errLooks
		}
	}
	for a, err := range s.bridge.Attempts(ctx, openedx.AttemptQuery{Troubled: true}) {
		if err != nil {
			return err
		}
		found = errLooks
		fmt.Fprintf(out, "attempt %s of user %s: %s: %s\n", a.ID, a.User, a.Trouble, advice[a.Trouble])
	}
	return found
}

// tie says by hand who a learner is.
func (s *service) tie(ctx context.Context, pair, by string, out io.Writer) error {
	user, username, _ := strings.Cut(pair, "=")
	person, err := s.bridge.Tie(ctx, platformID, backend.UserID(user), username, by)
	if err == nil {
		fmt.Fprintf(out, "user %s is learner %s\n", user, person.Learner)
	}
	return err
}
