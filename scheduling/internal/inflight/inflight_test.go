package inflight_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
	"github.com/proctorbook/proctorbook/scheduling/internal/inflight"
)

var errLate = errors.New("late")

// never is a left that must not be called.
func never(t *testing.T) func(*caught.Panic) {
	return func(*caught.Panic) { t.Error("left was called although the caller waited") }
}

func TestRunWaitsForTheCall(t *testing.T) {
	var crew inflight.Crew
	done := false
	if !crew.Run(t.Context(), func() { done = true }, never(t)) || !done {
		t.Error("Run did not wait for a call that ends at once")
	}
	crew.Wait(context.Background())
}

// Whoever leaves does not end the call, and Wait waits for it.
func TestCallGoesOnWithoutItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crew inflight.Crew
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errLate)
		defer cancel()
		var order []string
		began := time.Now()
		ended := crew.Run(ctx, func() { time.Sleep(time.Minute); order = append(order, "call") },
			func(p *caught.Panic) {
				if p != nil {
					t.Error(p)
				}
				order = append(order, "left")
			})
		if ended || time.Since(began) != time.Second || context.Cause(ctx) != errLate {
			t.Errorf("Run = %v after %s, cause %v; want false after a second", ended, time.Since(began), context.Cause(ctx))
		}
		crew.Wait(context.Background())
		if got := strings.Join(order, " "); got != "call left" || time.Since(began) != time.Minute {
			t.Errorf("after Wait: %q, %s; want both, after a minute", got, time.Since(began))
		}
	})
}

// A caller that leaves at the moment in which the call ends gets it, or it is left:
// one of both, always.
func TestEndAndLeaveAtOnce(t *testing.T) {
	for range 2000 {
		var crew inflight.Crew
		var mu sync.Mutex
		left := 0
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		ended := crew.Run(ctx, func() { runtime.Gosched() }, func(*caught.Panic) { mu.Lock(); left++; mu.Unlock() })
		crew.Wait(context.Background())
		mu.Lock()
		if ended == (left == 1) || left > 1 {
			t.Fatalf("ended = %v, left %d times", ended, left)
		}
		mu.Unlock()
	}
}

func TestPanicIsTheCallersWhileItWaits(t *testing.T) {
	var crew inflight.Crew
	defer func() {
		p, ok := recover().(*caught.Panic)
		if !ok || p.Value != "lost" || !strings.Contains(p.Stack, "inflight_test") {
			t.Errorf("recovered %v, want the panic of the call, with its stack", p)
		}
		crew.Wait(context.Background())
	}()
	crew.Run(t.Context(), func() { panic("lost") }, never(t))
	t.Error("Run returned")
}

func TestPanicAfterTheCallerHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crew inflight.Crew
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errLate)
		defer cancel()
		var got *caught.Panic
		crew.Run(ctx, func() { time.Sleep(time.Minute); panic("lost") }, func(p *caught.Panic) { got = p })
		crew.Wait(context.Background())
		if got == nil || got.Value != "lost" {
			t.Errorf("left got %v, want the panic", got)
		}
	})
}

// Wait does not wait longer than its context.
func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crew inflight.Crew
		leaving, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		crew.Run(leaving, func() { time.Sleep(time.Hour) }, func(*caught.Panic) {})
		waiting, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if n := crew.Wait(waiting); n != 1 {
			t.Errorf("Wait = %d, want the one call that is under way", n)
		}
		if n := crew.Wait(t.Context()); n != 0 {
			t.Errorf("Wait = %d, want none", n)
		}
	})
}

// A call that ends its goroutine, as t.FailNow does, ends the caller's too.
func TestEndedGoroutine(t *testing.T) {
	var crew inflight.Crew
	ended, returned := make(chan struct{}), false
	go func() {
		defer close(ended)
		crew.Run(t.Context(), runtime.Goexit, never(t))
		returned = true
	}()
	<-ended
	if returned {
		t.Error("Run returned although its call never ended")
	}
}

// played is a Runner that a context carries.
type played struct{ inflight.Runner }

func TestRunnerOfAContext(t *testing.T) {
	var crew inflight.Crew
	if inflight.In(t.Context(), &crew) != inflight.Runner(&crew) {
		t.Error("without a Runner in the context it is not the crew")
	}
	r := &played{}
	if ctx := context.WithoutCancel(inflight.With(t.Context(), r)); inflight.In(ctx, &crew) != inflight.Runner(r) {
		t.Error("the context's Runner is not found")
	}
}
