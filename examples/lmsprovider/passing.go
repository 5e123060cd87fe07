package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// This file lets time pass. The service works in the background meanwhile: its loops
// sleep on the world's clock, which moves only here.

// loops is how many goroutines of a service sleep when it has nothing to do: three of
// Scheduler.Serve, one of Provider.Serve, and one of Consume.
const loops = 5

// errDied means that the process died at the question.
var errDied = errors.New("the process died")

// ask asks the process, as a page does. A client that waits before it tries again waits
// for the clock, which goes on.
func (w *world) ask(ctx context.Context, question func(*service) error) error {
	p := w.current.Load()
	answer := make(chan error, 1)
	go func() { answer <- question(p.service) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-answer:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-p.ctx.Done():
			return errDied
		case <-tick.C:
			w.time.Advance(time.Second)
		}
	}
}

// until lets time pass until what is true, two days at most. is asks nobody but stores and
// the fakes.
func (w *world) until(ctx context.Context, what string, is func(*service) (bool, error)) error {
	begun := w.time.Now()
	for w.time.Now().Sub(begun) < 48*time.Hour {
		if done, err := is(w.current.Load().service); done || err != nil {
			return err
		}
		step := 10 * time.Second
		if waited := w.time.Now().Sub(begun); waited > 90*time.Minute {
			step = 10 * time.Minute
		} else if waited > 10*time.Minute {
			step = time.Minute
		}
		if err := w.pass(ctx, step); err != nil {
			return err
		}
	}
	return fmt.Errorf("after two days it still does not hold that %s", what)
}

// at lets time pass until t.
func (w *world) at(ctx context.Context, t time.Time) error {
	for w.time.Now().Before(t) {
		if err := w.pass(ctx, min(time.Hour, t.Sub(w.time.Now()))); err != nil {
			return err
		}
	}
	return nil
}

// pass lets the background come to rest, and then time pass. If the process has died,
// another one goes on.
func (w *world) pass(ctx context.Context, d time.Duration) error {
	p := w.current.Load()
	rest, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	_ = w.time.BlockUntil(rest, loops) // if it ends early, somebody is slow, or the process is dead
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p.ctx.Err() != nil {
		w.print(line{Step: "crash", Text: "the process is killed before the answer is stored; another one goes on with the same stores"})
		if err := w.restart(ctx); err != nil {
			return err
		}
	}
	w.time.Advance(d)
	w.comeBack()
	return nil
}
