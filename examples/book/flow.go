package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
	"github.com/proctorbook/proctorbook/scheduling"
)

// flow is a learner's way through an exam. Its steps are in book.go.
type flow struct {
	s        *scheduling.Scheduler
	exam     scheduling.Exam
	username string              // on the platform
	profile  *scheduling.Profile // nil = not given: it may have been saved before
	out      *printer
	another  sample // who cancels
	store    scheduling.Store
	world    *offline.World // nil on the real services

	learner scheduling.Learner
	free    []scheduling.Slot
	booking scheduling.Booking
	cursor  scheduling.Cursor // of the last event read
}

// stage is a step of the flow, and when it is due.
type stage struct {
	step string
	due  func() time.Time
	take func(context.Context, *entry) error
}

// When the steps are due.

func (f *flow) now() time.Time     { return time.Time{} } // that is past, whatever the clock says
func (f *flow) nextDay() time.Time { return f.booking.CreatedAt.Add(24 * time.Hour) }
func (f *flow) earlier() time.Time {
	return f.start().Add(-cmp.Or(f.exam.Policy.StartLead, 15*time.Minute) - 10*time.Minute)
}
func (f *flow) start() time.Time      { return f.booking.Start }
func (f *flow) nearTheEnd() time.Time { return f.booking.Start.Add(f.booking.Duration / 10 * 9) }
func (f *flow) afterwards() time.Time { return f.booking.End().Add(time.Hour) }

// play takes the stages, and prints what each of them has to tell.
func (f *flow) play(ctx context.Context, stages ...stage) error {
	for _, stage := range stages {
		if err := f.until(ctx, stage.due()); err != nil {
			return err
		}
		step := f.entry(stage.step)
		if err := f.serve(ctx, step, stage.take); err != nil {
			return err
		}
		if step.Learner != f.learner.ID {
			defer f.out.entry(step) // another learner's comes last
			continue
		}
		step.take(f.booking)
		f.out.entry(step)
	}
	return nil
}

// entry begins the record of a step.
func (f *flow) entry(step string) *entry {
	e := &entry{Step: step, State: "none", zone: f.exam.Zone}
	e.of(f.learner)
	if f.world != nil {
		e.At = f.world.Clock.Now().UTC().Truncate(time.Second)
	}
	return e
}

// until lets time pass until t. A service keeps Run going, which looks after its
// bookings meanwhile; one pass stands for all of them here.
func (f *flow) until(ctx context.Context, t time.Time) error {
	if t.IsZero() {
		return nil
	}
	if err := f.world.Until(ctx, t); err != nil {
		return err
	}
	_, err := f.s.Reconcile(ctx)
	return err
}

// settle takes over what Book, Reschedule or Cancel returned, with the history that
// explains it. Offline it waits where the outcome is open.
func (f *flow) settle(ctx context.Context, step *entry, booking scheduling.Booking, err error) error {
	if pending, ok := errors.AsType[*scheduling.PendingError](err); ok && f.world != nil {
		step.say("the outcome is open: the %s of booking %s may have happened", pending.Op, pending.BookingID)
		booking, err = f.findOut(ctx, pending.BookingID, step)
	}
	if err != nil {
		return err
	}
	f.booking = booking
	err = f.follow(ctx, booking.ID, step)
	step.settled(booking)
	return err
}

// findOut is all that a service does about an open outcome: it waits while Run,
// here Reconcile, finds out what the provider did. It never books again.
func (f *flow) findOut(ctx context.Context, id scheduling.BookingID, step *entry) (scheduling.Booking, error) {
	step.Pending = true
	if err := f.follow(ctx, id, step); err != nil {
		return scheduling.Booking{}, err
	}
	step.known = len(step.History)
	for range 60 {
		if err := f.until(ctx, f.world.Clock.Now().Add(time.Minute)); err != nil {
			return scheduling.Booking{}, err
		}
		b, err := f.s.Booking(ctx, id)
		if err != nil || b.Intent == nil {
			step.say("Reconcile found out after %s", f.world.Clock.Now().Sub(step.At).Round(time.Second))
			return b, err
		}
	}
	return scheduling.Booking{}, fmt.Errorf("booking %s is still open after an hour: look at it at the provider", id)
}

// follow reads on in the booking's events.
func (f *flow) follow(ctx context.Context, id scheduling.BookingID, step *entry) error {
	for event, err := range f.s.Events(ctx, scheduling.EventQuery{After: f.cursor, Booking: id}) {
		if err != nil {
			return err
		}
		f.cursor = event.Cursor
		if event.Type == scheduling.EventSent {
			step.Sends++
		}
		step.History = slices.Compact(append(step.History, event.Type))
	}
	return nil
}

// first returns the first n slots. The provider is asked day by day while the loop
// runs, so break saves calls.
func first(n int, slots iter.Seq2[scheduling.Slot, error]) ([]scheduling.Slot, error) {
	var free []scheduling.Slot
	for slot, err := range slots {
		if err != nil {
			return nil, err
		}
		if free = append(free, slot); len(free) == n {
			break
		}
	}
	if len(free) == 0 {
		return nil, errors.New("no slot is free in the exam's window")
	}
	return free, nil
}

func unknownLearner(err error) error {
	if errors.Is(err, edx.ErrNotFound) {
		return command.Wrong("-learner: the platform has no account of that name, or hides it")
	}
	return err
}
