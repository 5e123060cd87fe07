//go:build race

package simulation

import (
	"iter"
	"runtime"
)

// pull does what [iter.Pull] does, with a goroutine for each task. The race detector is
// not told when a coroutine of iter.Pull ends, and keeps what it knows of it for ever:
// some gigabytes after thousands of schedules.
func pull(task iter.Seq[struct{}]) (next func() (struct{}, bool), stop func()) {
	c := &coroutine{goOn: make(chan bool), paused: make(chan struct{})}
	next = func() (struct{}, bool) {
		if !c.done {
			c.resume(task, true)
		}
		return struct{}{}, !c.done
	}
	stop = func() {
		if c.begun && !c.done {
			c.stopped = true
			c.resume(task, false)
		}
		c.done = true
	}
	return next, stop
}

// coroutine is a goroutine that runs while the one that resumed it waits, and the other
// way round: only one of them runs at a time.
type coroutine struct {
	goOn    chan bool     // false to a task that is to end
	paused  chan struct{} // closed when the task is over
	begun   bool
	stopped bool
	done    bool
	whole   bool // the task returned
	panics  any
}

// resume lets the task run to its next pause, or to its end. As with iter.Pull its panic
// or Goexit becomes one of the caller.
func (c *coroutine) resume(task iter.Seq[struct{}], goOn bool) {
	if c.begun {
		c.goOn <- goOn
	} else {
		c.begun = true
		go c.run(task)
	}
	<-c.paused
	switch {
	case !c.done || c.whole:
	case c.panics != nil:
		panic(c.panics)
	default:
		runtime.Goexit()
	}
}

func (c *coroutine) run(task iter.Seq[struct{}]) {
	defer close(c.paused)
	defer func() {
		c.panics = recover()
		c.done = true
	}()
	task(func(struct{}) bool {
		if c.stopped {
			return false
		}
		c.paused <- struct{}{}
		return <-c.goOn
	})
	c.whole = true
}
