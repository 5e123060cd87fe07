package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// cluster is one run of the program.
type cluster struct {
	settings
	services  *services
	order     order
	store     scheduling.Store
	scheduler *scheduling.Scheduler
	processes []*process
	stderr    io.Writer
	began     time.Time
}

// play runs the cluster, and returns what came out.
func play(ctx context.Context, c settings, stderr io.Writer) (result *summary, err error) {
	database, err := newDatabase(ctx, c.dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.drop()) }()
	services, err := newServices(c)
	if err != nil {
		return nil, err
	}
	defer services.close()
	store, err := sqlstore.Open(database.db, sqlstore.PostgreSQL)
	if err != nil {
		return nil, err
	}
	k := &cluster{settings: c, services: services, store: store, stderr: stderr}
	k.order = order{
		DSN: database.dsn, Provider: services.providerAt.URL + "/api", Token: services.provider.Token,
		Platform: services.platform.URL, ClientID: services.platform.ClientID, ClientPass: services.platform.ClientSecret,
		Pace: c.pace, Exam: newExam(time.Now()),
	}
	defer func() { err = errors.Join(err, k.endAll()) }()
	if err := k.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	return k.play(ctx)
}

// prepare registers the learners, without faults and at full speed.
func (k *cluster) prepare(ctx context.Context) error {
	mine := k.order
	mine.Name, mine.Pace = "process 0", 10_000
	nobody := metrics.ObserverFunc(func(context.Context, metrics.Measurement) {})
	var err error
	if k.scheduler, err = newScheduler(mine, k.store, nobody); err != nil {
		return err
	}
	k.order.Rows, err = register(ctx, k.scheduler, k.order.Exam, k.learners)
	return err
}

// play starts two processes, a third one when a quarter is booked, and kills the
// second one when it is half.
func (k *cluster) play(ctx context.Context) (*summary, error) {
	k.began = time.Now()
	k.services.disturb(k.settings)
	result := &summary{settings: k.settings}
	steps := []struct {
		settled int
		do      func() error
	}{
		{0, func() error { return k.start(1) }},
		{0, func() error { return k.start(2) }},
		{k.learners / 4, func() error { return k.start(3) }},
		{k.learners / 2, func() error { return k.killSecond(ctx, result) }},
	}
	for _, step := range steps {
		if err := k.until(ctx, step.settled); err != nil {
			return nil, err
		}
		if err := step.do(); err != nil {
			return nil, err
		}
	}
	if err := k.settled(ctx); err != nil {
		return nil, err
	}
	result.took = time.Since(k.began)
	k.say("all is settled; late requests may arrive for %s more", bounds.InFlight)
	// Requests that are still on their way may arrive now: they must do no harm.
	time.Sleep(bounds.InFlight)
	if err := k.endAll(); err != nil {
		return nil, err
	}
	return result, k.judge(ctx, result)
}

// start begins process n. Each has the whole cohort, from another place on, so
// that they share the work at first, and meet later.
func (k *cluster) start(n int) error {
	o := k.order
	o.Name = fmt.Sprintf("process %d", n)
	from := (n - 1) * len(o.Rows) / 3
	o.Rows = append(append([]cohort.Row{}, o.Rows[from:]...), o.Rows[:from]...)
	p, err := start(o, k.stderr)
	if err != nil {
		return err
	}
	k.processes = append(k.processes, p)
	k.say("%s starts", p.name)
	return nil
}

// say prints how far the run is.
func (k *cluster) say(format string, args ...any) {
	fmt.Fprintf(k.stderr, "%5.1f s: %s\n", time.Since(k.began).Seconds(), fmt.Sprintf(format, args...))
}

// alive returns an error if a process has ended without being killed.
func (k *cluster) alive() error {
	for _, p := range k.processes {
		select {
		case <-p.heard:
			if p.killed.IsZero() {
				return fmt.Errorf("%s has ended by itself", p.name)
			}
		default:
		}
	}
	return nil
}

// until waits until so many reserves are settled.
func (k *cluster) until(ctx context.Context, settled int) error {
	return poll(ctx, func() (bool, error) {
		n := 0
		for _, p := range k.processes {
			n += p.last().Settled
		}
		return n >= settled, k.alive()
	})
}

func (k *cluster) killSecond(ctx context.Context, result *summary) error {
	if err := k.processes[1].kill(); err != nil {
		return err
	}
	for _, err := range k.store.List(ctx, scheduling.Filter{Open: true}) {
		if err != nil {
			return err
		}
		result.openAtKill++
	}
	k.say("%s is killed, while %d reserves are open", k.processes[1].name, result.openAtKill)
	return nil
}

// settled waits until the living processes have every row done, and nothing is open.
func (k *cluster) settled(ctx context.Context) error {
	return poll(ctx, func() (bool, error) {
		for _, p := range k.processes {
			if p.killed.IsZero() && !p.last().Done {
				return false, k.alive()
			}
		}
		for _, err := range k.store.List(ctx, scheduling.Filter{Open: true}) {
			return false, err
		}
		return true, nil
	})
}

// poll asks again and again until the answer is yes.
func poll(ctx context.Context, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("not settled in time: %w", context.Cause(ctx))
		}
	}
}

// endAll lets the processes end that still run.
func (k *cluster) endAll() error {
	var errs []error
	for _, p := range k.processes {
		if p.killed.IsZero() && p.cmd.ProcessState == nil {
			errs = append(errs, p.end())
		}
	}
	return errors.Join(errs...)
}
