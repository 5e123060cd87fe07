package simulation

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/internal/inflight"
)

// A task is one activity of one process: a user's call, a reconcile, a sweep. It
// runs as a coroutine until its next pause: before or after a call to the store
// or the provider, or in a sleep. Between two pauses nothing else runs, so a
// schedule is the same on every run.
type task struct {
	name    string
	process *process
	ctx     context.Context
	cancel  context.CancelFunc
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	point   point                           // where it stands
	wake    time.Time                       // of a sleep
	until   func() bool                     // of a wait
	caller  *task                           // of a call that the product made in a task of its own
	leases  map[scheduling.BookingID]string // of a call: who had which booking when it began
	done    bool
}

// point is where a task stands: the crash points of a process.
type point struct {
	what  string // such as "Update" or "addAdHocProcess"; "" is the start
	phase phase
}

type phase string

const (
	before  phase = "before"
	after   phase = "after"
	asleep  phase = "asleep"
	waiting phase = "waiting" // for a call of its own
	atStart phase = "start"
)

func (p point) String() string { return string(p.phase) + " " + p.what }

// died is the private panic by which the tasks of a dead process end.
type died struct{}

// EndsProcess tells the engine, which catches the panic of one booking, that this is none.
func (died) EndsProcess() {}

// start makes a task that has not run yet.
func (w *world) start(p *process, name string, body func(ctx context.Context)) *task {
	t := &task{name: name, process: p, point: point{name, atStart}}
	t.ctx, t.cancel = context.WithCancel(inflight.With(context.Background(), runner{w}))
	t.next, t.stop = pull(func(yield func(struct{}) bool) {
		t.yield = yield
		defer t.cancel()
		defer func() {
			if v := recover(); v != nil {
				if _, ok := v.(died); !ok {
					w.over(t, v)
				}
			}
		}()
		if yield(struct{}{}) {
			body(t.ctx)
		}
	})
	t.next()
	w.tasks = append(w.tasks, t)
	return t
}

// resume lets the task run to its next pause.
func (w *world) resume(t *task) {
	w.current = t
	if _, more := t.next(); !more {
		t.done = true
	}
	w.current = nil
}

// kill abandons the task where it stands, as the death of its process does.
func (w *world) kill(t *task) {
	w.current = t
	t.stop()
	w.current = nil
	t.done = true
}

// pause lets the world choose which task goes on. Outside of tasks it does nothing.
func (w *world) pause(what string, ph phase) {
	t := w.current
	if t == nil || w.calm {
		return
	}
	t.point = point{what, ph}
	if !t.yield(struct{}{}) {
		panic(died{})
	}
}

// runnable reports whether the task would do something if it was resumed.
func (t *task) runnable(now time.Time) bool {
	switch {
	case t.done:
		return false
	case t.point.phase == waiting:
		return t.until()
	}
	return t.point.phase != asleep || !t.wake.After(now) || t.ctx.Err() != nil
}

// clock is the world's time as its processes see it. It moves when the world
// says so, and in whole seconds.
type clock struct{ w *world }

// Now returns the world's time.
func (c clock) Now() time.Time { return c.w.now }

// Sleep pauses the task until the time has come or its context has ended. A call
// from outside of tasks moves the clock.
func (c clock) Sleep(ctx context.Context, d time.Duration) error {
	w := c.w
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	until := w.now.Add((d + time.Second - 1).Truncate(time.Second))
	if w.current == nil || w.calm {
		w.advanceTo(until)
		return nil
	}
	w.current.wake = until
	for until.After(w.now) {
		w.pause("sleep", asleep)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}
