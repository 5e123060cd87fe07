package main

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// runOffline plays the whole life of a booking on fakes of both services.
func runOffline(ctx context.Context, c *config, out *printer) error {
	w, err := newWorld(c)
	if err != nil {
		return err
	}
	defer w.close()
	out.head(c.exam, "on fakes of both services")
	first, second, err := w.pick(c.learner)
	if err != nil {
		return err
	}
	j := &journey{world: w, out: out}
	if err := j.prepare(ctx, first, c.profile); err != nil {
		return err
	}
	// The other learner comes and goes before exam day, and is told of at the end.
	canceled, err := j.bookAndCancel(ctx, second)
	if err != nil {
		return err
	}
	if err := j.sit(ctx); err != nil {
		return err
	}
	out.entry(canceled)
	out.summary(w.summary())
	return nil
}

// journey is one learner's way through the offline run.
type journey struct {
	*world
	*flow
	out     *printer
	booking scheduling.Booking
}

// prepare does what happens before exam day.
func (j *journey) prepare(ctx context.Context, who sample, given *scheduling.Profile) error {
	var err error
	if j.flow, err = newFlow(ctx, j.scheduler, j.world.clock, j.world.exam, who.Username); err != nil {
		return err
	}
	profile := scheduling.Profile(who.Profile)
	if given != nil {
		profile = *given
	}
	e, err := j.status(ctx, &profile)
	j.out.entry(e)
	if err != nil {
		return err
	}
	free, err := j.slots(ctx, scheduling.SlotQuery{})
	if err != nil {
		return err
	}
	j.out.entry(j.slotsEntry(free))
	if err := j.book(ctx, free[0].Start); err != nil {
		return err
	}
	j.passTo(j.now().Add(24 * time.Hour))
	return j.reschedule(ctx)
}

// book reserves the start, with the fault that the user asked for.
func (j *journey) book(ctx context.Context, start time.Time) (err error) {
	e := j.entry("book")
	j.disturb(scheduling.OpReserve)
	if j.fault == faultCrash {
		j.booking, err = j.bookAndDie(ctx, j.flow, start, &e)
	} else {
		j.booking, err = j.s.Book(ctx, j.flow.exam, j.learner.ID, start)
		j.booking, err = j.settle(ctx, j.booking, err, &e)
	}
	if err != nil {
		return err
	}
	return j.tell(ctx, e)
}

// reschedule moves the booking to another free slot.
func (j *journey) reschedule(ctx context.Context) error {
	e := j.entry("reschedule")
	free, err := j.slots(ctx, scheduling.SlotQuery{For: j.booking.ID})
	if err != nil {
		return err
	}
	to := free[len(free)-1].Start
	if to.Equal(j.booking.Start) {
		return errors.New("the exam's window has no other free slot to move to")
	}
	j.disturb(scheduling.OpMove)
	j.booking, err = j.s.Reschedule(ctx, j.booking.ID, to)
	if j.booking, err = j.settle(ctx, j.booking, err, &e); err != nil {
		return err
	}
	return j.tell(ctx, e)
}

// tell prints the entry of a write.
func (j *journey) tell(ctx context.Context, e entry) error {
	if err := j.booked(ctx, &e, j.booking); err != nil {
		return err
	}
	e.say("%s, reservation %s at the provider", e.when(j.booking.Start), j.booking.Number)
	j.out.entry(e)
	return nil
}

// bookAndCancel is the way of another learner, in one entry.
func (j *journey) bookAndCancel(ctx context.Context, who sample) (entry, error) {
	other, err := newFlow(ctx, j.scheduler, j.world.clock, j.world.exam, who.Username)
	if err != nil {
		return entry{}, err
	}
	other.cursor = j.cursor
	e := other.entry("cancel")
	profile := scheduling.Profile(who.Profile)
	if _, err := other.status(ctx, &profile); err != nil {
		return e, err
	}
	free, err := other.slots(ctx, scheduling.SlotQuery{})
	if err != nil {
		return e, err
	}
	b, err := other.s.Book(ctx, other.exam, other.learner.ID, free[0].Start)
	if err != nil {
		return e, err
	}
	e.say("learner %s books %s, reservation %s, and cancels", other.learner.ID, e.when(b.Start), b.Number)
	j.disturb(scheduling.OpCancel)
	b, err = other.s.Cancel(ctx, b.ID, scheduling.CancelRequest{Reason: "ill", By: "learner"})
	if b, err = other.settle(ctx, b, err, &e); err != nil {
		return e, err
	}
	return e, other.booked(ctx, &e, b)
}
