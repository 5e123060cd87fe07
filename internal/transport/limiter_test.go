package transport_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// newPaced returns a transport that goes by the machine's clock, which a bubble
// makes virtual, and tells sent of each request.
func newPaced(t *testing.T, limiter proctorbook.Limiter, sent func()) *transport.Transport {
	return newTransport(t, "https://service.invalid",
		transport.WithClock(proctorbook.SystemClock{}), transport.WithLimiter(limiter),
		transport.WithTransport(roundTripFunc(func(*http.Request) (*http.Response, error) {
			sent()
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})))
}

// Two clients that share a limiter are together as fast as one.
func TestClientsShareAPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls, perSecond, burst = 20, 2, 4
		limiter := rate.NewLimiter(perSecond, burst)
		start := time.Now()
		var mu sync.Mutex
		var sent []time.Duration
		note := func() {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Since(start))
		}
		var all sync.WaitGroup
		for range 2 {
			tr := newPaced(t, limiter, note)
			all.Go(func() {
				for range calls {
					if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()

		for i, got := range sent {
			if want := time.Duration(max(i+1-burst, 0)) * time.Second / perSecond; got != want {
				t.Errorf("request %d of both clients went out after %v, want %v", i+1, got, want)
			}
		}
		if len(sent) != 2*calls {
			t.Errorf("%d requests went out, want %d", len(sent), 2*calls)
		}
	})
}

// However many calls wait that nobody waits for, a learner's call stands behind one of
// them at most. The others lose nothing of the pace.
func TestRoutineCallsLetOthersPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const routine, pace = 20, time.Second
		tr := newPaced(t, rate.NewLimiter(rate.Every(pace), 1), func() {})
		var all sync.WaitGroup
		start := time.Now()
		for range routine {
			all.Go(func() {
				if _, err := tr.Do(proctorbook.Routine(t.Context()), aCall(proctorbook.Write)); err != nil {
					t.Error(err)
				}
			})
		}
		for range 5 {
			time.Sleep(2*pace + pace/2)
			asked := time.Now()
			if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err != nil || time.Since(asked) > 2*pace {
				t.Errorf("a learner's call went out after %v (%v), want it behind one other call", time.Since(asked), err)
			}
		}
		all.Wait()
		if took := time.Since(start); took != (routine+5-1)*pace {
			t.Errorf("all calls took %v, want a second each", took)
		}
	})
}

// A call that nobody waits for, and whose time is up in the line, was not made.
func TestRoutineCallsLeaveTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		tr := newPaced(t, rate.NewLimiter(rate.Every(20*time.Second), 1), func() { sent++ })
		ctx, cancel := context.WithTimeout(proctorbook.Routine(t.Context()), 25*time.Second)
		defer cancel()
		var all sync.WaitGroup
		var failed atomic.Int64
		for range 4 {
			all.Go(func() {
				if _, err := tr.Do(ctx, aCall(proctorbook.Write)); errors.Is(err, proctorbook.ErrNotDone) {
					failed.Add(1)
				}
			})
		}
		all.Wait()
		if sent != 2 || failed.Load() != 2 {
			t.Errorf("%d were sent and %d not done, want 2 and 2", sent, failed.Load())
		}
	})
}

// A caller who gives up while others are ahead gets out at once, and leaves its
// turn to the next.
func TestCallerLeavesTheSharedLimiter(t *testing.T) {
	t.Parallel()
	ends := map[string]struct {
		end      func(context.Context) (context.Context, context.CancelFunc)
		want     error
		wantTook time.Duration
	}{
		"canceled after a second": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			}, context.Canceled, time.Second},
		"deadline before its turn": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 9*time.Second)
			}, nil, 0},
	}
	for name, tt := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limiter := rate.NewLimiter(rate.Every(10*time.Second), 1)
				sent := 0
				first, second := newPaced(t, limiter, func() { sent++ }), newPaced(t, limiter, func() { sent++ })
				if _, err := first.Do(t.Context(), aCall(proctorbook.Write)); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := tt.end(t.Context())
				defer cancel()
				start := time.Now()

				_, err := second.Do(ctx, aCall(proctorbook.Write))

				if took := time.Since(start); took != tt.wantTook || sent != 1 || !errors.Is(err, proctorbook.ErrNotDone) {
					t.Errorf("after %v with %d requests sent: %v; want after %v, 1, not done", took, sent, err, tt.wantTook)
				}
				if tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error = %v, want it to be %v", err, tt.want)
				}
				if _, err := first.Do(t.Context(), aCall(proctorbook.Write)); err != nil || time.Since(start) != 10*time.Second {
					t.Errorf("the next call went out after %v (%v), want 10s", time.Since(start), err)
				}
			})
		})
	}
}

// A limiter that asks another machine may fail. Then nothing is sent, and the
// error can be told from others.
func TestLimiterThatFails(t *testing.T) {
	t.Parallel()
	errStore := errors.New("canary: the store of the limiter at 10.0.0.1 is gone")
	sent := 0
	tr := newPaced(t, limiterFunc(func(context.Context) error { return errStore }), func() { sent++ })

	_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

	if sent != 0 || !errors.Is(err, proctorbook.ErrNotDone) || !errors.Is(err, errStore) {
		t.Errorf("error = %v with %d requests sent, want not done, the limiter's own, and 0", err, sent)
	}
}

// open is a limiter that does not tell its pace.
type open struct{}

func (open) Wait(context.Context) error { return nil }

// The pace is that of the default limiter, or of one that tells it.
func TestPace(t *testing.T) {
	t.Parallel()
	if got := newTransport(t, "https://service.invalid").Pace(); got != transport.DefaultRate {
		t.Errorf("pace = %v by default, want %v", got, transport.DefaultRate)
	}
	for _, c := range []struct {
		limiter proctorbook.Limiter
		want    float64
	}{{rate.NewLimiter(0.5, 1), 0.5}, {rate.NewLimiter(rate.Inf, 1), 0}, {open{}, 0}} {
		if got := newPaced(t, c.limiter, func() {}).Pace(); got != c.want {
			t.Errorf("pace of %T = %v, want %v", c.limiter, got, c.want)
		}
	}
}
