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
	first, second := w.pick(c.learner)
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
	*flow
	world   *world
	out     *printer
	booking scheduling.Booking
}

// until lets time pass until t. The service that Run keeps going looks after its
// bookings meanwhile; one pass stands for all of them.
func (j *journey) until(ctx context.Context, t time.Time) error {
	if err := j.clock.Sleep(ctx, t.Sub(j.clock.Now())); err != nil {
		return err
	}
	_, err := j.s.Reconcile(ctx)
	return err
}

// prepare does what happens before exam day.
func (j *journey) prepare(ctx context.Context, who sample, given *scheduling.Profile) error {
	var err error
	if j.flow, err = newFlow(ctx, j.world.scheduler, j.world.clock, j.world.exam, who.Username); err != nil {
		return err
	}
	j.out.head(j.exam, "on fakes of both services")
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
	if err := j.book(ctx, free[0]); err != nil {
		return err
	}
	if err := j.until(ctx, j.booking.CreatedAt.Add(24*time.Hour)); err != nil {
		return err
	}
	return j.reschedule(ctx)
}

// book reserves the slot, with the fault that the user asked for.
func (j *journey) book(ctx context.Context, slot scheduling.Slot) (err error) {
	e := j.entry("book")
	e.Fee = slot.Fee
	j.world.disturb(scheduling.OpReserve)
	if j.world.fault == faultCrash {
		j.booking, err = j.world.bookAndDie(ctx, j.flow, slot.Start, &e)
	} else {
		j.booking, err = j.s.Book(ctx, j.exam, j.learner.ID, slot.Start)
		j.booking, err = j.settle(ctx, j.booking, err, &e)
	}
	if err != nil {
		return err
	}
	e.say("%s, fee %s", e.when(j.booking.Start), price(slot.Fee))
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
	j.world.disturb(scheduling.OpMove)
	j.booking, err = j.s.Reschedule(ctx, j.booking.ID, to)
	if j.booking, err = j.settle(ctx, j.booking, err, &e); err != nil {
		return err
	}
	e.say("now %s", e.when(j.booking.Start))
	return j.tell(ctx, e)
}

// tell prints the entry of a write.
func (j *journey) tell(ctx context.Context, e entry) error {
	if err := j.booked(ctx, &e, j.booking); err != nil {
		return err
	}
	j.out.entry(e)
	return nil
}

// bookAndCancel is the way of another learner, in one entry.
func (j *journey) bookAndCancel(ctx context.Context, who sample) (entry, error) {
	other, err := newFlow(ctx, j.world.scheduler, j.world.clock, j.world.exam, who.Username)
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
	e.say("meanwhile learner %s books %s, and cancels", other.learner.ID, e.when(b.Start))
	j.world.disturb(scheduling.OpCancel)
	b, err = other.s.Cancel(ctx, b.ID, scheduling.Request{Reason: "ill", By: "learner"})
	if b, err = other.settle(ctx, b, err, &e); err != nil {
		return e, err
	}
	return e, other.booked(ctx, &e, b)
}
