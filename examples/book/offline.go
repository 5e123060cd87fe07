package main

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// runOffline plays the whole life of a booking on fakes of both services.
func runOffline(ctx context.Context, c *config, stdout io.Writer) error {
	people, err := readSamples()
	if err != nil {
		return err
	}
	p := c.exam.Policy
	ahead := 7*24*time.Hour + max(p.Notice, p.MoveUntil, p.CancelUntil)
	w := offline.New(c.exam.Window.Start.Add(-ahead), c.exam.Course)
	defer w.Close()
	w.Play(c.fault)
	f := &flow{exam: c.exam, username: cmp.Or(c.learner, people[0].Username), another: people[1], world: w, store: memstore.New()}
	if f.username == f.another.Username {
		f.another = people[0]
	}
	for _, p := range people {
		if p.Mode == edx.Verified && len(c.exam.Modes) > 0 {
			p.Mode = c.exam.Modes[0] // whoever may book, may book any exam
		}
		w.Enroll(p.User, p.Mode)
		if p.Username == f.username {
			f.profile = cmp.Or(c.profile, &p.Profile)
		}
	}
	if err := f.connect(); err != nil {
		return err
	}
	f.out = &printer{out: stdout, json: c.format == "json", place: "on fakes of both services"}
	if err := f.play(ctx, f.life()...); err != nil {
		return err
	}
	f.out.summary(w.Provider.Counts(), w.Played())
	return nil
}

// connect makes a scheduler as a process does when it starts. Of what was before,
// only the store is left. A page should not keep the learner waiting: what is open
// after half a second is left to Reconcile.
func (f *flow) connect() error {
	proctor, lms, err := f.world.Clients()
	if err != nil {
		return err
	}
	f.s, err = newScheduler(proctor, lms, f.store, []byte("a key of the offline run: no secret"), 500*time.Millisecond, f.world.Clock)
	return err
}

// serve takes a step as a process that may die in it. Then a new one goes on.
func (f *flow) serve(ctx context.Context, step *entry, take func(context.Context, *entry) error) error {
	if f.world == nil {
		return take(ctx, step)
	}
	f.world.Disturb(scheduling.Action(step.Step))
	died, err := f.world.Process(func() error { return take(ctx, step) })
	if died {
		return f.goOn(ctx, step)
	}
	return err
}

// goOn is what a new process finds on the same store: the booking is open.
func (f *flow) goOn(ctx context.Context, step *entry) error {
	step.say("the create is sent, and the process dies before the answer comes")
	if err := f.connect(); err != nil {
		return err
	}
	status, err := f.s.Status(ctx, f.exam, f.learner.ID)
	if err != nil {
		return err
	}
	step.say("a new process on the same store: booking %s is %s, a %s is open", status.Booking, status.State, status.Intent)
	b, err := f.s.Booking(ctx, status.Booking)
	if err != nil {
		return err
	}
	pass, err := f.s.Reconcile(ctx)
	if err != nil {
		return err
	}
	step.say("Reconcile works on %d bookings: the dead process has the booking until %s", pass.Worked, b.Lease.Until.In(step.zone).Format("15:04:05 MST"))
	step.Fee = f.free[0].Fee
	b, err = f.findOut(ctx, b.ID, step)
	return f.settle(ctx, step, b, err)
}
