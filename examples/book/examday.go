package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/scheduling"
)

// sit does what happens on exam day.
func (j *journey) sit(ctx context.Context) error {
	for _, step := range []func(context.Context) error{j.begin, j.unlock, j.finish, j.report} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// begin asks for the launch URL: ten minutes too early at first.
func (j *journey) begin(ctx context.Context) error {
	status, err := j.s.Status(ctx, j.flow.exam, j.learner.ID)
	if err != nil {
		return err
	}
	j.passTo(status.StartableAt.Add(-10 * time.Minute))
	e := j.entry("begin")
	launch, err := j.s.Begin(ctx, j.booking.ID)
	for early, ok := tooEarly(err); ok; early, ok = tooEarly(err) {
		e.say("too early; allowed from %s on", e.when(early.At))
		j.passTo(early.At)
		launch, err = j.s.Begin(ctx, j.booking.ID)
	}
	if err != nil {
		return err
	}
	j.booking = launch.Booking
	e.State, e.Booking, e.Number, e.Start = j.booking.State, j.booking.ID, j.booking.Number, j.booking.Start
	e.Launch = launch.URL
	e.say("the learner's browser opens %s", launch.URL) // prints without its token; Reveal has it
	j.out.entry(e)
	return nil
}

func tooEarly(err error) (*scheduling.TooEarlyError, bool) {
	return errors.AsType[*scheduling.TooEarlyError](err)
}

// unlock is the proctor's part: check who sits there, and type the code that
// came with the reservation.
func (j *journey) unlock(ctx context.Context) error {
	j.passTo(j.booking.Start)
	e := j.entry("unlock")
	room, err := j.proctor(j.booking.Number)
	if err != nil {
		return err
	}
	if err := j.provider.ProctorStarts(room.Number); err != nil {
		return err
	}
	code := codeFor(room, j.flow.exam.CodeVia)
	if _, err := j.s.Unlock(ctx, j.booking.ID, "NOT THE CODE"); !errors.Is(err, scheduling.ErrWrongCode) {
		return errors.Join(errors.New("a wrong code was not refused as such"), err)
	}
	e.say("a wrong code is refused; ten of them lock it")
	if j.booking, err = j.s.Unlock(ctx, j.booking.ID, code); err != nil {
		return err
	}
	e.say("the proctor admits the learner and types the code, %d signs; the exam is open", len(code))
	return j.mark(e)
}

// finish ends the exam when nine tenths of the time are over.
func (j *journey) finish(ctx context.Context) (err error) {
	j.passTo(j.booking.Start.Add(j.booking.Duration / 10 * 9))
	e := j.entry("finish")
	if j.booking, err = j.s.Finish(ctx, j.booking.ID); err != nil {
		return err
	}
	room, err := j.proctor(j.booking.Number)
	if err != nil {
		return err
	}
	if err := j.provider.ProctorEnds(room.Number, testserver.Verdict{Authenticated: true, TestSubmitted: true}); err != nil {
		return err
	}
	e.say("the learner hands in; the proctor closes the session")
	return j.mark(e)
}

// report reads what the proctor found.
func (j *journey) report(ctx context.Context) error {
	j.passTo(j.now().Add(time.Hour))
	e := j.entry("report")
	outcome, err := j.s.Outcome(ctx, j.booking.ID)
	if err != nil {
		return err
	}
	e.Verdict = outcome.Verdict
	e.say("verdict: %s (authenticated %t, test submitted %t, incident %t)",
		outcome.Verdict, outcome.Authenticated, outcome.TestSubmitted, outcome.Incident)
	return j.mark(e)
}

// mark prints the entry of a step that leaves the reservation as it is.
func (j *journey) mark(e entry) error {
	e.State, e.Booking, e.Number, e.Start = j.booking.State, j.booking.ID, j.booking.Number, j.booking.Start
	j.out.entry(e)
	return nil
}

// codeFor finds the unlock code where the proctor finds it.
func codeFor(room testserver.ReservationState, via scheduling.CodeVia) string {
	if via != scheduling.CodeViaNotes {
		return room.ExamPassword
	}
	_, after, _ := strings.Cut(room.Notes, "Unlock code: ")
	code, _, _ := strings.Cut(after, "\n")
	return code
}
