package transport_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// service is a round tripper that answers 200 or, while it is down, 503.
type service struct {
	down atomic.Bool
	sent atomic.Int64
}

func (s *service) RoundTrip(*http.Request) (*http.Response, error) {
	s.sent.Add(1)
	status := http.StatusOK
	if s.down.Load() {
		status = http.StatusServiceUnavailable
	}
	return &http.Response{StatusCode: status, Body: http.NoBody}, nil
}

// call makes n calls, with the service up or down, and returns how many requests it saw.
func (s *service) call(t *testing.T, tr *transport.Transport, n int, down bool) int {
	t.Helper()
	s.down.Store(down)
	before := s.sent.Load()
	for range n {
		if _, err := tr.Do(t.Context(), aCall(proctorbook.Read)); (err != nil) != down {
			t.Fatalf("error = %v with the service down: %v", err, down)
		}
	}
	return int(s.sent.Load() - before)
}

// In an outage the service gets 20 attempts more than there are calls, and then
// not one. The bubble also fails the test if a goroutine stays behind.
func TestOutageIsNotMadeWorse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		tr := newTransport(t, "https://service.invalid", transport.WithClock(proctorbook.SystemClock{}), transport.WithTransport(s))

		if got, most := s.call(t, tr, 1000, true), 1100; got != 1020 || got > most {
			t.Errorf("1000 calls made %d attempts, want 1020", got)
		}
		if got := s.call(t, tr, 1000, true); got != 1000 {
			t.Errorf("1000 calls more made %d attempts, want 1000", got)
		}
	})
}

func TestRetryBudget(t *testing.T) {
	t.Parallel()
	const most = math.MaxInt
	type step struct {
		up, down     int // calls with the service up, and then down
		wantAttempts int // of those while it was down
	}
	tests := map[string]struct {
		tokens, perRetry, perSuccess int
		steps                        []step
	}{
		"never":                          {0, 5, 1, []step{{0, 3, 3}, {9, 3, 3}}},
		"never, other numbers unset":     {0, 0, 0, []step{{9, 3, 3}}},
		"all tokens for one retry":       {5, 5, 1, []step{{0, 3, 4}}},
		"a rest that buys nothing":       {9, 5, 1, []step{{0, 3, 4}}},
		"a rest counts":                  {9, 5, 1, []step{{0, 3, 4}, {1, 3, 4}}},
		"one success too few":            {5, 5, 1, []step{{0, 3, 4}, {4, 3, 3}}},
		"just enough successes":          {5, 5, 1, []step{{0, 3, 4}, {5, 3, 4}, {5, 3, 4}}},
		"successes add up over failures": {5, 5, 1, []step{{0, 1, 2}, {2, 1, 1}, {2, 1, 1}, {1, 1, 2}}},
		"never more than at the start":   {10, 5, 1, []step{{100, 9, 11}, {100, 9, 11}}},
		"a success that fills it":        {10, 5, 100, []step{{0, 9, 11}, {1, 9, 11}}},
		"the largest numbers":            {most, most, most, []step{{2, 3, 4}, {1, 3, 4}}},
		"three attempts a call":          {100, 5, 1, []step{{0, 10, 30}, {0, 1, 1}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			tr := newTransport(t, "https://service.invalid", transport.WithTransport(s),
				transport.WithRetryBudget(tt.tokens, tt.perRetry, tt.perSuccess))
			for i, step := range tt.steps {
				s.call(t, tr, step.up, false)
				if got := s.call(t, tr, step.down, true); got != step.wantAttempts {
					t.Errorf("step %d: %d calls made %d attempts, want %d", i, step.down, got, step.wantAttempts)
				}
			}
		})
	}
}

// Writes that provably were not done pay like everybody else.
func TestRetryBudgetCountsEveryClass(t *testing.T) {
	t.Parallel()
	for class := proctorbook.Read; class <= proctorbook.Write; class++ {
		sent := 0
		busy := statuses(nil, http.StatusTooManyRequests)
		tr := newTransport(t, "https://service.invalid", transport.WithRetryBudget(5, 5, 1),
			transport.WithTransport(roundTripFunc(func(req *http.Request) (*http.Response, error) { sent++; return busy(req) })))

		for range 4 {
			_, _ = tr.Do(t.Context(), aCall(class))
		}

		if sent != 5 {
			t.Errorf("4 %v calls made %d attempts, want 5", class, sent)
		}
	}
}

// What can't be sent again for another reason costs nothing.
func TestRetryBudgetIsNotSpentInVain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		class  proctorbook.Class
		header http.Header
		status int
	}{
		"write of unknown outcome":        {proctorbook.Write, nil, http.StatusServiceUnavailable},
		"status that time does not mend":  {proctorbook.Read, nil, http.StatusNotFound},
		"service wants us to wait longer": {proctorbook.Read, http.Header{"Retry-After": {"3600"}}, http.StatusServiceUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen recorder
			tr := newTransport(t, "https://service.invalid", transport.WithObserver(&seen),
				transport.WithTransport(statuses(tt.header, tt.status)))

			_, _ = tr.Do(t.Context(), aCall(tt.class))

			events := seen.all()
			if got, want := events[len(events)-1].BudgetLeft, transport.DefaultRetryTokens; got != want {
				t.Errorf("%d tokens left, want %d", got, want)
			}
		})
	}
}

// Nothing but the budget is shared here, so that the race detector sees if it is
// not guarded.
func TestRetryBudgetIsShared(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, "https://service.invalid", transport.WithClock(proctorbook.SystemClock{}),
		transport.WithRetries(3, time.Nanosecond, time.Nanosecond),
		transport.WithLimiter(limiterFunc(func(context.Context) error { return nil })),
		transport.WithTransport(roundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody}, nil
		})))
	const callers, calls = 64, 50
	var sent [callers]int
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for range calls {
				_, err := tr.Do(t.Context(), aCall(proctorbook.Read))
				if failed, ok := errors.AsType[*transport.StatusError](err); ok {
					sent[i] += failed.Attempts
				}
			}
		})
	}
	all.Wait()

	total := 0
	for _, n := range sent {
		total += n
	}
	if want := callers*calls + 20; total != want {
		t.Errorf("%d calls from %d goroutines made %d attempts, want %d", callers*calls, callers, total, want)
	}
}
