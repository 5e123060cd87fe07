package main

import (
	"context"
	"errors"

	"github.com/proctorbook/proctorbook/scheduling"
)

// life lists the steps of a booking's life: the name of each, when it is due, and the
// method below that takes it.
func (f *flow) life() []stage {
	return []stage{
		{"status", f.now, f.mayBook}, // enrolled? with a profile? and so may the learner book?
		{"slots", f.now, f.slots},
		{"book", f.now, f.book},
		{"reschedule", f.nextDay, f.reschedule},
		{"cancel", f.now, f.anotherCancels},
		{"begin", f.earlier, f.begin},
		{"unlock", f.start, f.unlock},
		{"finish", f.nearTheEnd, f.finish},
		{"report", f.afterwards, f.report},
	}
}

// mayBook finds the learner on the platform, asks what the learner may do, and saves
// the profile: what the provider wants to know and the platform does not.
func (f *flow) mayBook(ctx context.Context, step *entry) (err error) {
	if f.learner, err = f.s.Learner(ctx, f.username); err != nil {
		return unknownLearner(err)
	}
	f.out.head(f.exam)
	status, err := f.s.Status(ctx, f.exam, f.learner.ID)
	if err != nil {
		return err
	}
	step.refuse(f.learner, status.Reasons) // such as not_enrolled, or profile_incomplete
	if f.profile != nil {
		if err := f.s.SaveProfile(ctx, f.learner.ID, *f.profile); err != nil {
			return err
		}
		step.say("profile saved")
		if status, err = f.s.Status(ctx, f.exam, f.learner.ID); err != nil {
			return err
		}
	}
	if step.Actions = status.Actions; !status.May(scheduling.ActionBook) {
		f.out.entry(step)
		return &scheduling.NotAllowedError{Action: scheduling.ActionBook, Reasons: status.Reasons}
	}
	step.say("learner %s may book", f.learner.ID)
	return nil
}

// slots finds the first free starts in the exam's window.
func (f *flow) slots(ctx context.Context, step *entry) (err error) {
	f.free, err = first(6, f.s.Slots(ctx, f.exam, f.learner.ID, scheduling.SlotQuery{}))
	step.offer(f.free)
	return err
}

// book reserves the first of them. The outcome may be open, as when the answer is
// lost: settle waits until it is known, and never books again.
func (f *flow) book(ctx context.Context, step *entry) error {
	booking, err := f.s.Book(ctx, f.exam, f.learner.ID, f.free[0].Start)
	step.Fee = f.free[0].Fee
	return f.settle(ctx, step, booking, err)
}

// reschedule moves the booking to a later start.
func (f *flow) reschedule(ctx context.Context, step *entry) error {
	free, err := first(6, f.s.Slots(ctx, f.exam, f.learner.ID, scheduling.SlotQuery{For: f.booking.ID}))
	if err != nil {
		return err
	}
	last := free[len(free)-1]
	if last.Current {
		return errors.New("the exam's window has no other free slot to move to")
	}
	booking, err := f.s.Reschedule(ctx, f.booking.ID, last.Start)
	return f.settle(ctx, step, booking, err)
}

// anotherCancels is the way of another learner, who books and then can't come.
func (f *flow) anotherCancels(ctx context.Context, step *entry) (err error) {
	other := *f
	if other.learner, err = f.s.Learner(ctx, f.another.Username); err != nil {
		return err
	}
	if err := f.s.SaveProfile(ctx, other.learner.ID, f.another.Profile); err != nil {
		return err
	}
	booking, err := f.s.Book(ctx, f.exam, other.learner.ID, f.free[0].Start) // free again
	if err != nil {
		return err
	}
	step.meanwhile(other.learner, booking)
	booking, err = f.s.Cancel(ctx, booking.ID, scheduling.Request{Reason: "ill", By: "learner"})
	return other.settle(ctx, step, booking, err)
}

// begin asks for the launch URL of the session: too early at first.
func (f *flow) begin(ctx context.Context, step *entry) error {
	launch, err := f.s.Begin(ctx, f.booking.ID)
	for early := new(scheduling.TooEarlyError); errors.As(err, &early); {
		step.say("too early; allowed from %s on", step.when(early.At))
		if err = f.until(ctx, early.At); err == nil {
			launch, err = f.s.Begin(ctx, f.booking.ID)
		}
	}
	if err != nil {
		return err
	}
	f.booking, step.Launch = launch.Booking, launch.URL
	step.say("the learner's browser opens %s", launch.URL) // prints without its token; Reveal has it
	return nil
}

// unlock opens the exam with the code that the proctor has from the provider.
func (f *flow) unlock(ctx context.Context, step *entry) error {
	code, err := f.world.ProctorStarts(f.booking)
	if err != nil {
		return err
	}
	if _, err := f.s.Unlock(ctx, f.booking.ID, "NOT THE CODE"); !errors.Is(err, scheduling.ErrWrongCode) {
		return errors.Join(errors.New("a wrong code was not refused as such"), err)
	}
	step.say("a wrong code is refused; ten of them lock it")
	f.booking, err = f.s.Unlock(ctx, f.booking.ID, code)
	step.say("the proctor admits the learner and types the code, %d signs; the exam is open", len(code))
	return err
}

// finish hands in, and the proctor closes the session.
func (f *flow) finish(ctx context.Context, step *entry) (err error) {
	if f.booking, err = f.s.Finish(ctx, f.booking.ID); err != nil {
		return err
	}
	step.say("the learner hands in; the proctor closes the session")
	return f.world.ProctorEnds(f.booking)
}

// report reads what the proctor found.
func (f *flow) report(ctx context.Context, step *entry) error {
	outcome, err := f.s.Outcome(ctx, f.booking.ID)
	step.Verdict = outcome.Verdict
	step.say("verdict: %s (authenticated %t, test submitted %t, incident %t)",
		outcome.Verdict, outcome.Facts.Authenticated, outcome.Facts.TestSubmitted, outcome.Facts.Incident)
	return err
}
