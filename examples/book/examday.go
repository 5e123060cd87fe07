package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
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
	status, err := j.s.Status(ctx, j.exam, j.learner.ID)
	if err != nil {
		return err
	}
	if err := j.until(ctx, status.StartableAt.Add(-10*time.Minute)); err != nil {
		return err
	}
	e := j.entry("begin")
	launch, err := j.s.Begin(ctx, j.booking.ID)
	for early, ok := tooEarly(err); ok; early, ok = tooEarly(err) {
		e.say("too early; allowed from %s on", e.when(early.At))
		if err := j.until(ctx, early.At); err != nil {
			return err
		}
		launch, err = j.s.Begin(ctx, j.booking.ID)
	}
	if err != nil {
		return err
	}
	j.booking = launch.Booking
	e.Launch = launch.URL
	e.say("the learner's browser opens %s", launch.URL) // prints without its token; Reveal has it
	j.mark(e)
	return nil
}

func tooEarly(err error) (*scheduling.TooEarlyError, bool) {
	return errors.AsType[*scheduling.TooEarlyError](err)
}

// unlock is the proctor's part: check who sits there, and type the code that
// came with the reservation.
func (j *journey) unlock(ctx context.Context) error {
	if err := j.until(ctx, j.booking.Start); err != nil {
		return err
	}
	e := j.entry("unlock")
	room, err := j.world.proctor(j.booking.Number)
	if err != nil {
		return err
	}
	if err := j.world.provider.ProctorStarts(room.Number); err != nil {
		return err
	}
	code := codeFor(room, j.exam.CodeVia)
	if _, err := j.s.Unlock(ctx, j.booking.ID, "NOT THE CODE"); !errors.Is(err, scheduling.ErrWrongCode) {
		return errors.Join(errors.New("a wrong code was not refused as such"), err)
	}
	e.say("a wrong code is refused; ten of them lock it")
	if j.booking, err = j.s.Unlock(ctx, j.booking.ID, code); err != nil {
		return err
	}
	e.say("the proctor admits the learner and types the code, %d signs; the exam is open", len(code))
	j.mark(e)
	return nil
}

// finish ends the exam when nine tenths of the time are over.
func (j *journey) finish(ctx context.Context) (err error) {
	if err := j.until(ctx, j.booking.Start.Add(j.booking.Duration/10*9)); err != nil {
		return err
	}
	e := j.entry("finish")
	if j.booking, err = j.s.Finish(ctx, j.booking.ID); err != nil {
		return err
	}
	room, err := j.world.proctor(j.booking.Number)
	if err != nil {
		return err
	}
	if err := j.world.provider.ProctorEnds(room.Number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true}); err != nil {
		return err
	}
	e.say("the learner hands in; the proctor closes the session")
	j.mark(e)
	return nil
}

// report reads what the proctor found.
func (j *journey) report(ctx context.Context) error {
	if err := j.until(ctx, j.booking.End().Add(time.Hour)); err != nil {
		return err
	}
	e := j.entry("report")
	outcome, err := j.s.Outcome(ctx, j.booking.ID)
	if err != nil {
		return err
	}
	e.Verdict = outcome.Verdict
	e.say("verdict: %s (authenticated %t, test submitted %t, incident %t)",
		outcome.Verdict, outcome.Authenticated, outcome.TestSubmitted, outcome.Incident)
	j.mark(e)
	return nil
}

// mark prints the entry of a step that leaves the reservation as it is.
func (j *journey) mark(e entry) {
	e.take(j.booking)
	j.out.entry(e)
}

// codeFor finds the unlock code where the proctor finds it.
func codeFor(room proctorutest.Reservation, via scheduling.CodeVia) string {
	if via != scheduling.CodeViaNotes {
		return room.ExamPassword
	}
	_, after, _ := strings.Cut(room.Notes, "Unlock code: ")
	code, _, _ := strings.Cut(after, "\n")
	return code
}
