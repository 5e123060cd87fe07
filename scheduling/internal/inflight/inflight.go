// Package inflight runs calls that change something elsewhere, and that must not be
// cut short when whoever asked for them has left: a call that is cut short has an
// outcome that nobody knows.
package inflight

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
)

// Runner runs calls.
type Runner interface {
	// Run does work, and reports whether it has ended before ctx. If ctx ends first,
	// Run returns at once, work goes on, and left is called when it has ended, with the
	// panic that ended it, or nil. A panic of work is the caller's while the caller
	// waits.
	Run(ctx context.Context, work func(), left func(*caught.Panic)) bool
}

// runnerKey is the key of the Runner in a context.
type runnerKey struct{}

// With returns a context in which calls are run by r: schedules that are played step
// by step have a Runner of their own.
func With(ctx context.Context, r Runner) context.Context {
	return context.WithValue(ctx, runnerKey{}, r)
}

// In returns the context's Runner, else the crew.
func In(ctx context.Context, crew *Crew) Runner {
	if r, ok := ctx.Value(runnerKey{}).(Runner); ok {
		return r
	}
	return crew
}

// Crew is a Runner that gives each call a goroutine, and knows how many are under way.
// The zero value is ready.
type Crew struct {
	mu   sync.Mutex
	busy int
	idle chan struct{} // closed when nothing is under way any more; nil if nobody waits for that
}

// Run implements Runner.
func (c *Crew) Run(ctx context.Context, work func(), left func(*caught.Panic)) bool {
	c.add(1)
	f := &flight{done: make(chan struct{})}
	go func() {
		defer c.add(-1)
		defer f.land(left)
		f.panic, _ = caught.Do(func() error { work(); return nil })
		f.ended = true
	}()
	select {
	case <-f.done:
	case <-ctx.Done():
		if f.first.CompareAndSwap(false, true) {
			return false
		}
		<-f.done // it has just ended
	}
	if !f.ended {
		runtime.Goexit() // as the call did
	}
	if f.panic != nil {
		panic(f.panic)
	}
	return true
}

// flight is one call.
type flight struct {
	first atomic.Bool   // the call has ended or its caller has left, whatever came first
	done  chan struct{} // closed when the call has ended while its caller waits
	ended bool          // with or without a panic, but not by runtime.Goexit
	panic *caught.Panic
}

// land gives the end of the call to its caller, or, if that one has left, to left.
func (f *flight) land(left func(*caught.Panic)) {
	if f.first.CompareAndSwap(false, true) {
		close(f.done)
		return
	}
	left(f.panic)
}

func (c *Crew) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy += n; c.busy == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// Wait waits until no call is under way, or ctx ends. It returns how many still are.
func (c *Crew) Wait(ctx context.Context) int {
	c.mu.Lock()
	busy := c.busy
	if busy > 0 && c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	if busy == 0 {
		return 0
	}
	select {
	case <-idle:
		return 0
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy
}
