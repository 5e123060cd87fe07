package main

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// flow takes one learner through one exam. Its methods are the steps, written
// against the SDK alone: they are the same on fakes and on the real services.
type flow struct {
	s       *scheduling.Scheduler
	exam    scheduling.Exam
	learner scheduling.Learner
	zone    *time.Location    // for people; the SDK itself speaks UTC
	clock   proctorbook.Clock // of the offline run; nil on real services
	cursor  scheduling.Cursor // of the last event read
}

// newFlow reads the learner's account from the platform.
func newFlow(ctx context.Context, s *scheduling.Scheduler, clock proctorbook.Clock, exam scheduling.Exam, username string) (*flow, error) {
	learner, err := s.Learner(ctx, username)
	if errors.Is(err, edx.ErrNotFound) {
		return nil, wrongInput("-learner: the platform has no account of that name, or hides it")
	}
	if err != nil {
		return nil, err
	}
	zone, err := learner.Location()
	if err != nil {
		zone = exam.Zone // the profile may still bring one
	}
	return &flow{s: s, clock: clock, exam: exam, learner: learner, zone: zone}, nil
}

// entry begins the record of a step.
func (f *flow) entry(step string) entry {
	e := entry{Step: step, State: "none", Learner: f.learner.ID, zone: f.zone}
	if f.clock != nil {
		e.At = f.clock.Now().UTC().Truncate(time.Second)
	}
	return e
}

// status asks what the learner may do, and why not more. If it is the profile
// that is missing, it saves the one given, and asks again.
func (f *flow) status(ctx context.Context, profile *scheduling.Profile) (entry, error) {
	e := f.entry("status")
	status, err := f.s.Status(ctx, f.exam, f.learner.ID)
	if err != nil {
		return e, err
	}
	e.Reasons = status.Reasons
	for _, reason := range status.Reasons {
		e.say("may not book: %s", reason)
	}
	if profile != nil {
		if err := f.s.SaveProfile(ctx, f.learner.ID, *profile); err != nil {
			return e, err
		}
		e.say("profile saved")
		if status, err = f.s.Status(ctx, f.exam, f.learner.ID); err != nil {
			return e, err
		}
	}
	e.Actions = status.Actions
	if !status.May(scheduling.ActionBook) {
		return e, &scheduling.NotAllowedError{Action: scheduling.ActionBook, Reasons: status.Reasons}
	}
	e.say("learner %s may book", f.learner.ID)
	return e, nil
}

// shown is how many free slots are looked for.
const shown = 6

// slots finds the first free slots. The provider is asked day by day while the
// loop runs, so break saves calls.
func (f *flow) slots(ctx context.Context, query scheduling.SlotQuery) ([]scheduling.Slot, error) {
	var free []scheduling.Slot
	for slot, err := range f.s.Slots(ctx, f.exam, f.learner.ID, query) {
		if err != nil {
			return nil, err
		}
		if free = append(free, slot); len(free) == shown {
			break
		}
	}
	if len(free) == 0 {
		return nil, errors.New("no slot is free in the exam's window")
	}
	return free, nil
}

func (f *flow) slotsEntry(free []scheduling.Slot) entry {
	e := f.entry("slots")
	e.Slots, e.Start, e.Fee = len(free), free[0].Start, free[0].Fee
	e.say("the first %d free starts:", len(free))
	for _, slot := range free {
		e.say("%s  fee %s", e.when(slot.Start), price(slot.Fee))
	}
	return e
}
