package transport_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// statuses is a round tripper that answers with each status in turn, the last one for ever.
func statuses(header http.Header, codes ...int) roundTripFunc {
	return func(*http.Request) (*http.Response, error) {
		code := codes[0]
		if len(codes) > 1 {
			codes = codes[1:]
		}
		return &http.Response{StatusCode: code, Header: header, Body: http.NoBody}, nil
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const never = time.Duration(-1)
	tests := map[string]struct {
		header         string
		wantWait       time.Duration // before the second attempt
		wantRetryAfter time.Duration
	}{
		"none":             {"", 250 * time.Millisecond, 0},
		"seconds":          {"7", 7 * time.Second, 7 * time.Second},
		"most":             {"30", 30 * time.Second, 30 * time.Second},
		"too long":         {"31", never, 31 * time.Second},
		"absurd":           {"99999999999999999999", never, 9223372036 * time.Second},
		"date":             {"Tue, 12 Mar 2030 08:00:09 GMT", 9 * time.Second, 9 * time.Second},
		"old date form":    {"Tuesday, 12-Mar-30 08:00:09 GMT", 9 * time.Second, 9 * time.Second},
		"date too far off": {"Tue, 12 Mar 2030 09:00:00 GMT", never, time.Hour},
		"date gone by":     {"Tue, 12 Mar 2030 07:00:00 GMT", 250 * time.Millisecond, 0},
		"zero":             {"0", 250 * time.Millisecond, 0},
		"negative":         {"-5", 250 * time.Millisecond, 0},
		"nonsense":         {"soon", 250 * time.Millisecond, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, header := newFakeClock(), http.Header{}
			if tt.header != "" {
				header.Set("Retry-After", tt.header)
			}
			tr := newTransport(t, "https://service.invalid", transport.WithClock(clock),
				transport.WithTransport(statuses(header, 429, 200)), transport.WithRandom(func() float64 { return 0.5 }))

			_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

			if tt.wantWait != never {
				if got, want := clock.slept(), []time.Duration{tt.wantWait}; err != nil || !slices.Equal(got, want) {
					t.Errorf("Retry-After %q: waits %v, error %v; want %v", tt.header, got, err, want)
				}
				return
			}
			status, ok := errors.AsType[*transport.StatusError](err)
			if !ok || status.RetryAfter != tt.wantRetryAfter || len(clock.slept()) > 0 {
				t.Errorf("Retry-After %q: waits %v, error %+v; want none, and RetryAfter %v", tt.header, clock.slept(), status, tt.wantRetryAfter)
			}
		})
	}
}

func TestJitterIsFullAndBounded(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := map[string]struct {
		random float64
		want   []time.Duration
	}{
		"least":         {0, []time.Duration{0, 0, 0, 0, 0, 0}},
		"half":          {0.5, []time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 4000 * ms}},
		"most":          {1, []time.Duration{500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 8000 * ms, 8000 * ms}},
		"out of bounds": {17, []time.Duration{500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 8000 * ms, 8000 * ms}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newFakeClock()
			tr := newTransport(t, "https://service.invalid", transport.WithClock(clock),
				transport.WithTransport(statuses(nil, 503)), transport.WithRandom(func() float64 { return tt.random }),
				transport.WithRetries(7, transport.DefaultMinWait, transport.DefaultMaxWait))

			_, err := tr.Do(t.Context(), aCall(proctorbook.Read))

			if got := clock.slept(); !slices.Equal(got, tt.want) {
				t.Errorf("waits = %v, want %v", got, tt.want)
			}
			if status, ok := errors.AsType[*transport.StatusError](err); !ok || status.Attempts != 7 {
				t.Errorf("error = %v, want status 503 after 7 attempts", err)
			}
		})
	}
}

func TestNoWaitPastTheDeadline(t *testing.T) {
	t.Parallel()
	header := http.Header{"Retry-After": {"20"}}
	t.Run("of the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			tr := newTransport(t, "https://service.invalid", transport.WithClock(proctorbook.SystemClock{}),
				transport.WithTransport(statuses(header, 429)))

			_, err := tr.Do(ctx, aCall(proctorbook.Write))

			status, ok := errors.AsType[*transport.StatusError](err)
			if took := time.Since(start); took != 0 || !ok || status.RetryAfter != 20*time.Second {
				t.Errorf("after %v: %v, want at once status 429 with RetryAfter 20s", took, err)
			}
		})
	})
	t.Run("of the call", func(t *testing.T) {
		clock := newFakeClock()
		tr := newTransport(t, "https://service.invalid", transport.WithClock(clock),
			transport.WithTransport(statuses(header, 429)), transport.WithTimeout(time.Second, 25*time.Second))

		_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

		status, ok := errors.AsType[*transport.StatusError](err)
		if got, want := clock.slept(), []time.Duration{20 * time.Second}; !ok || status.Attempts != 2 || !slices.Equal(got, want) {
			t.Errorf("waits %v and %v, want one of 20s and status 429 after 2 attempts", got, err)
		}
	})
}

// The default limiter grants a turn every 500 ms once its burst is used up.
func TestNoTurnPastTheDeadline(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{400 * time.Millisecond, 500 * time.Millisecond} {
		clock := newFakeClock()
		tr := newTransport(t, "https://service.invalid", transport.WithClock(clock),
			transport.WithTransport(statuses(nil, 200)), transport.WithTimeout(time.Second, limit))
		useUpBurst(t, tr)

		_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

		if !errors.Is(err, proctorbook.ErrNotDone) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("call of %v: error = %v, want not done, deadline exceeded", limit, err)
		}
		if limit < 500*time.Millisecond && len(clock.slept()) > 0 {
			t.Errorf("call of %v: waits = %v, want none", limit, clock.slept())
		}
	}
}

// A turn that is not taken is there for the next call.
func TestCanceledTurnIsGivenBack(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	ctx, cancel := context.WithCancel(t.Context())
	waits := 0
	hurried := cancelingClock{clock, func() { waits++; cancel() }}
	tr := newTransport(t, "https://service.invalid", transport.WithClock(hurried), transport.WithTransport(statuses(nil, 200)))
	useUpBurst(t, tr)

	_, err := tr.Do(ctx, aCall(proctorbook.Write))

	if !errors.Is(err, proctorbook.ErrNotDone) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want not done, canceled", err)
	}
	if err := clock.Sleep(t.Context(), 500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err != nil || waits != 1 {
		t.Errorf("half a second later: %v after %d waits, want no error and no second wait", err, waits)
	}
}

func useUpBurst(t *testing.T, tr *transport.Transport) {
	t.Helper()
	for range transport.DefaultBurst {
		if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err != nil {
			t.Fatal(err)
		}
	}
}

// oversleeper is a clock that waits an hour too long.
type oversleeper struct{ *fakeClock }

func (c oversleeper) Sleep(ctx context.Context, d time.Duration) error {
	return c.fakeClock.Sleep(ctx, d+time.Hour)
}

func TestNoAttemptAfterTheDeadline(t *testing.T) {
	t.Parallel()
	sent := 0
	answer := statuses(nil, 429)
	tr := newTransport(t, "https://service.invalid", transport.WithClock(oversleeper{newFakeClock()}),
		transport.WithTransport(roundTripFunc(func(req *http.Request) (*http.Response, error) { sent++; return answer(req) })))

	_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

	if sent != 1 || !errors.Is(err, proctorbook.ErrNotDone) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sent %d times, error = %v; want once, not done, deadline exceeded", sent, err)
	}
}

// A bubble has no sockets, so here the round tripper itself waits for the context.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	hang := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	tests := map[string]struct {
		class        proctorbook.Class
		wantAttempts int
		wantTook     time.Duration
	}{
		"write: one attempt":                 {proctorbook.Write, 1, 30 * time.Second},
		"read: as many as the call has time": {proctorbook.Read, 2, 60 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				tr := newTransport(t, "https://service.invalid", transport.WithClock(proctorbook.SystemClock{}),
					transport.WithTransport(hang), transport.WithRandom(func() float64 { return 0.5 }))

				_, err := tr.Do(t.Context(), aCall(tt.class))

				failed, ok := errors.AsType[*transport.Error](err)
				if !ok || failed.Attempts != tt.wantAttempts || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error = %v, want a deadline exceeded after %d attempts", err, tt.wantAttempts)
				}
				if took := time.Since(start); took != tt.wantTook {
					t.Errorf("took %v, want %v", took, tt.wantTook)
				}
			})
		})
	}
}

func TestWaitsEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("the shop closed")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
		start := time.Now()
		tr := newTransport(t, "https://service.invalid", transport.WithClock(proctorbook.SystemClock{}),
			transport.WithTransport(statuses(http.Header{"Retry-After": {"20"}}, 429)))

		_, err := tr.Do(ctx, aCall(proctorbook.Write))

		if took := time.Since(start); took != 100*time.Millisecond {
			t.Errorf("took %v, want 100ms", took)
		}
		for _, want := range []error{context.Canceled, why, proctorbook.ErrNotDone} {
			if !errors.Is(err, want) {
				t.Errorf("error = %v, want it to be %v", err, want)
			}
		}
		if strings.Contains(err.Error(), why.Error()) {
			t.Errorf("error %q quotes the caller's cause", err)
		}
	})
}

func TestEachAttemptIsStampedAndAsksTheLimiter(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var forms, queries, lengths []string
	serverURL := handling(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = r.ParseForm()
		forms = append(forms, r.PostForm.Get("time_sent"))
		queries = append(queries, r.URL.Query().Get("time_sent"))
		lengths = append(lengths, strconv.FormatInt(r.ContentLength, 10))
		w.WriteHeader(http.StatusTooManyRequests)
	})
	asked := 0
	limiter := limiterFunc(func(context.Context) error { asked++; return nil })
	stamps := []string{"2030-03-12T08:00:00Z", "2030-03-12T08:00:01Z", "2030-03-12T08:00:03Z"}
	none := []string{"", "", ""}
	tests := []struct {
		name                                string
		call                                transport.Request
		wantForms, wantQueries, wantLengths []string
	}{
		{"form of a POST", transport.Request{Method: "POST", Form: url.Values{"a": {"1"}}}, stamps, none, []string{"38", "38", "38"}},
		{"form of a POST, encoded before", transport.Request{Method: "POST", FormText: "a=1"}, stamps, none, []string{"38", "38", "38"}},
		{"form of a POST that has nothing else", transport.Request{Method: "POST"}, stamps, none, []string{"34", "34", "34"}},
		{"query of a POST with a body", transport.Request{Method: "POST", Body: []byte("{}")}, none, stamps, []string{"2", "2", "2"}},
		{"query of a GET", transport.Request{Method: "GET", Query: url.Values{"a": {"1"}}}, none, stamps, []string{"0", "0", "0"}},
		{"query of a GET that has nothing else", transport.Request{Method: "GET"}, none, stamps, []string{"0", "0", "0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forms, queries, lengths, asked = nil, nil, nil, 0
			tr := newTransport(t, serverURL, transport.WithClock(newFakeClock()), transport.WithLimiter(limiter),
				transport.WithRetries(3, time.Second, 8*time.Second), transport.WithRandom(func() float64 { return 1 }))
			tt.call.Path, tt.call.StampField = "/x", "time_sent"

			_, err := tr.Do(t.Context(), tt.call)

			if _, ok := errors.AsType[*transport.StatusError](err); !ok {
				t.Fatalf("error = %v, want status 429", err)
			}
			if !slices.Equal(forms, tt.wantForms) || !slices.Equal(queries, tt.wantQueries) || !slices.Equal(lengths, tt.wantLengths) {
				t.Errorf("sent forms %q, queries %q, lengths %q; want %q, %q, %q",
					forms, queries, lengths, tt.wantForms, tt.wantQueries, tt.wantLengths)
			}
			if asked != 3 {
				t.Errorf("the limiter was asked %d times for 3 attempts", asked)
			}
		})
	}
}

func TestDefaultPace(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	tr := newTransport(t, "https://service.invalid", transport.WithClock(clock), transport.WithTransport(statuses(nil, 200)))
	start := clock.Now()

	for range transport.DefaultBurst + 20 {
		if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err != nil {
			t.Fatal(err)
		}
	}

	if got, want := clock.Now().Sub(start), 10*time.Second; got != want {
		t.Errorf("10 calls at once and 20 more took %v by the transport's clock, want %v", got, want)
	}
}
