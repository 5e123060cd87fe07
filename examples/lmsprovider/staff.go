package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/words"
)

// staffAct is what staff do beside the service. The zero value is nothing.
type staffAct struct {
	check                 bool
	explain, tie, resolve string
	by, why               string
}

func (a *staffAct) register(flags *flag.FlagSet) {
	flags.BoolVar(&a.check, "check", false, "look whether the real service could serve, and what staff should look at")
	flags.StringVar(&a.explain, "explain", "", "print all that is known of this `booking`")
	flags.StringVar(&a.tie, "tie", "", "`user=username`: the LMS's obscured id of a learner, and the account that it is")
	flags.StringVar(&a.resolve, "resolve", "", "`booking=decision`: settle a booking by what ProctorU has told you")
	flags.StringVar(&a.by, "by", "", "with -tie and -resolve, the `name` of who says so")
	flags.StringVar(&a.why, "why", "", "with -resolve, how you know, in a `text` that stays in the booking's history")
}

// validate refuses flags that make no sense together.
func (a staffAct) validate() error {
	acts := 0
	for _, on := range []bool{a.check, a.explain != "", a.tie != "", a.resolve != ""} {
		if on {
			acts++
		}
	}
	switch {
	case acts > 1:
		return command.Wrong("-check, -explain, -tie and -resolve are one at a time")
	case (a.by != "") != (a.tie != "" || a.resolve != ""):
		return command.Wrong("-by NAME goes with -tie and with -resolve")
	case (a.why != "") != (a.resolve != ""):
		return command.Wrong("-why TEXT goes with -resolve")
	case a.tie != "" && !strings.Contains(a.tie, "="):
		return command.Wrong("-tie must be USER=USERNAME")
	case a.resolve != "":
		_, _, err := a.resolution()
		return err
	}
	return nil
}

// resolution reads -resolve.
func (a staffAct) resolution() (scheduling.BookingID, scheduling.Resolution, error) {
	id, decision, _ := strings.Cut(a.resolve, "=")
	parts := strings.Split(decision, ",")
	r := scheduling.Resolution{Decision: scheduling.Decision(parts[0]), Request: scheduling.Request{By: a.by, Reason: a.why}}
	known := []scheduling.Decision{scheduling.DecisionKeep, scheduling.DecisionGone, scheduling.DecisionStands, scheduling.DecisionHeld}
	stands := r.Decision == scheduling.DecisionStands
	if id == "" || !slices.Contains(known, r.Decision) || stands != (len(parts) == 3) || !stands && len(parts) != 1 {
		return "", r, command.Wrong("-resolve must be BOOKING=DECISION, see -h for the decisions")
	}
	if stands {
		start, err := time.Parse(time.RFC3339, parts[2])
		if err != nil {
			return "", r, command.Wrong("-resolve: the start must look like 2027-01-11T09:00:00Z")
		}
		r.Number, r.Start = proctoru.ReservationNo(parts[1]), start
	}
	return scheduling.BookingID(id), r, nil
}

// chosen returns what to do, nil for nothing.
func (a staffAct) chosen(s *service) func(context.Context, io.Writer) error {
	switch {
	case a.check:
		return s.check
	case a.explain != "":
		return func(ctx context.Context, out io.Writer) error { return s.explain(ctx, a.explain, out) }
	case a.tie != "":
		return func(ctx context.Context, out io.Writer) error { return s.tie(ctx, a.tie, a.by, out) }
	case a.resolve != "":
		return func(ctx context.Context, out io.Writer) error { return s.resolve(ctx, a, out) }
	}
	return nil
}

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
	flagged, err := s.flagged(ctx, out)
	switch {
	case err != nil:
		return err
	case flagged:
		return errLooks
	}
	return found
}

// flagged lists the bookings that need a person, with what to do. One that can't be read
// needs one, too, and keeps none of the others from the list.
func (s *service) flagged(ctx context.Context, out io.Writer) (some bool, err error) {
	for b, err := range s.bookings.List(ctx, scheduling.Filter{NeedsAttention: true}) {
		if _, unreadable := errors.AsType[*scheduling.UnreadableError](err); unreadable {
			some = true
			fmt.Fprintln(out, err)
			continue
		}
		if err != nil {
			return some, err
		}
		some = true
		e, err := s.scheduler.Staff.Explain(ctx, b.ID)
		if err != nil {
			fmt.Fprintf(out, "booking %s: %v\n", b.ID, err)
			continue
		}
		fmt.Fprintf(out, "booking %s, %s: %s: %s: %s\n", b.ID, words.State(b.State), b.NeedsAttention.Reason, words.Flag(b.NeedsAttention.Reason), words.Advice(e.Advice))
	}
	return some, nil
}

// explain prints all that is known of a booking.
func (s *service) explain(ctx context.Context, id string, out io.Writer) error {
	e, err := s.scheduler.Staff.Explain(ctx, scheduling.BookingID(id))
	if err != nil {
		return err
	}
	printed := json.NewEncoder(out)
	printed.SetIndent("", "  ")
	return printed.Encode(e)
}

// resolve settles a booking by what staff have found out.
func (s *service) resolve(ctx context.Context, a staffAct, out io.Writer) error {
	id, r, err := a.resolution()
	if err != nil {
		return err
	}
	b, err := s.scheduler.Staff.Resolve(ctx, id, r)
	if err == nil {
		fmt.Fprintf(out, "booking %s is %s\n", b.ID, words.State(b.State))
	}
	return err
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
