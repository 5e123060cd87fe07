package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// recorder is an Observer that keeps what it is told.
type recorder struct {
	mu     sync.Mutex
	events []proctorbook.Event
	ctxs   []context.Context
}

func (r *recorder) Observe(ctx context.Context, e proctorbook.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events, r.ctxs = append(r.events, e), append(r.ctxs, ctx)
}

func (r *recorder) all() []proctorbook.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Two answers of 429, the first of which asks for two seconds, and then success.
// Each answer takes 100 ms; the limiter takes 1 s before each attempt.
func TestObserverSeesEachAttemptAndTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen recorder
		answers := []*http.Response{
			{StatusCode: 429, Header: http.Header{"Retry-After": {"2"}}, Body: http.NoBody},
			{StatusCode: 429, Body: http.NoBody},
			{StatusCode: 200, Body: http.NoBody},
		}
		tr := newTransport(t, "https://service.invalid",
			transport.WithClock(proctorbook.SystemClock{}), transport.WithObserver(&seen),
			transport.WithRandom(func() float64 { return 0.5 }),
			transport.WithLimiter(limiterFunc(func(context.Context) error { time.Sleep(time.Second); return nil })),
			transport.WithTransport(roundTripFunc(func(*http.Request) (*http.Response, error) {
				time.Sleep(100 * time.Millisecond)
				next := answers[0]
				answers = answers[1:]
				return next, nil
			})))
		ctx := context.WithValue(t.Context(), new(int), "of the caller")

		if _, err := tr.Do(ctx, aCall(proctorbook.Write)); err != nil {
			t.Fatal(err)
		}

		const op = "Reservations.Create"
		want := []proctorbook.Event{
			{Kind: "attempt", Op: op, Class: proctorbook.Write, Attempt: 1, Status: 429, Duration: 100 * time.Millisecond,
				Outcome: "not_done", RetryAfter: 2 * time.Second, BudgetLeft: 100},
			{Kind: "attempt", Op: op, Class: proctorbook.Write, Attempt: 2, Status: 429, Duration: 100 * time.Millisecond,
				Outcome: "not_done", BudgetLeft: 95},
			{Kind: "attempt", Op: op, Class: proctorbook.Write, Attempt: 3, Status: 200, Duration: 100 * time.Millisecond,
				Outcome: "done", BudgetLeft: 90},
			// 3 x 1 s for the limiter, 3 x 100 ms for answers, waits of 2 s and 500 ms.
			{Kind: "call", Op: op, Class: proctorbook.Write, Attempt: 3, Status: 200, Duration: 5800 * time.Millisecond,
				Outcome: "done", BudgetLeft: 91},
		}
		if got := seen.all(); !slices.Equal(got, want) {
			t.Errorf("events:\n%s\nwant:\n%s", lines(got), lines(want))
		}
		for _, got := range seen.ctxs {
			if got != ctx {
				t.Errorf("the observer got another context than the caller's")
			}
		}
	})
}

func lines(events []proctorbook.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%+v\n", e)
	}
	return b.String()
}

// The events of each single fault agree with what the caller is told.
func TestObserverAgreesWithTheCaller(t *testing.T) {
	t.Parallel()
	told := map[string]proctorbook.EventOutcome{"done": "done", "not done": "not_done", "unknown": "unknown", "failed": "failed"}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			for class := proctorbook.Read; class <= proctorbook.Write; class++ {
				var seen recorder
				w := fault.world(t)
				w.opts = append(w.opts, transport.WithObserver(&seen))

				_, err := newTransport(t, w.url, w.opts...).Do(w.ctx, aCall(class))

				events := seen.all()
				call := events[len(events)-1]
				if want := told[outcomeOf(t, class, err)]; call.Kind != proctorbook.EventCall || call.Outcome != want {
					t.Errorf("%v: last event %+v, want a call with outcome %s", class, call, want)
				}
				checkEvents(t, call, events[:len(events)-1], err)
			}
		})
	}
}

func checkEvents(t *testing.T, call proctorbook.Event, attempts []proctorbook.Event, err error) {
	t.Helper()
	if call.Attempt != len(attempts) {
		t.Errorf("%v: the call says %d attempts, but there were events of %d", call.Class, call.Attempt, len(attempts))
	}
	for i, e := range attempts {
		if e.Kind != proctorbook.EventAttempt || e.Attempt != i+1 || e.Op != call.Op || e.Class != call.Class {
			t.Errorf("%v: event %d = %+v, want attempt %d", call.Class, i, e, i+1)
		}
		if e.Status == 0 && e.Err == nil || e.Err != nil && e.Outcome == proctorbook.OutcomeDone {
			t.Errorf("%v: event %d = %+v, want an error if and only if there was no whole answer", call.Class, i, e)
		}
	}
	if failed, ok := errors.AsType[*transport.Error](err); ok && call.Err != failed.Err {
		t.Errorf("%v: error of the event = %v, want %v", call.Class, call.Err, failed.Err)
	}
	if refused, ok := errors.AsType[*transport.StatusError](err); ok && (call.Status != refused.Status || call.Err != refused.Err) {
		t.Errorf("%v: event %+v, want status %d", call.Class, call, refused.Status)
	}
}

// What the last attempt proves and what all of them prove may differ.
func TestOutcomeOfAttemptAndCall(t *testing.T) {
	t.Parallel()
	tests := map[proctorbook.Class][]proctorbook.EventOutcome{ // of two attempts, and of the call
		proctorbook.Read:            {proctorbook.OutcomeFailed, proctorbook.OutcomeFailed, proctorbook.OutcomeFailed},
		proctorbook.IdempotentWrite: {proctorbook.OutcomeUnknown, proctorbook.OutcomeNotDone, proctorbook.OutcomeUnknown},
	}
	for class, want := range tests {
		var seen recorder
		tr := newTransport(t, "https://service.invalid", transport.WithObserver(&seen), transport.WithTransport(statuses(nil, 500, 404)))

		_, err := tr.Do(t.Context(), aCall(class))

		var got []proctorbook.EventOutcome
		for _, e := range seen.all() {
			got = append(got, e.Outcome)
		}
		if err == nil || !slices.Equal(got, want) {
			t.Errorf("%v: outcomes of 500, 404 and the call = %v, error %v; want %v", class, got, err, want)
		}
	}
}

// A call that is refused before it is sent is one event.
func TestObserverSeesRefusedCall(t *testing.T) {
	t.Parallel()
	var got []proctorbook.Event
	tr := newTransport(t, "https://service.invalid", transport.WithObserver(proctorbook.ObserverFunc(
		func(_ context.Context, e proctorbook.Event) { got = append(got, e) })))

	_, err := tr.Do(t.Context(), transport.Request{Op: "Students.Save", Class: 7})

	if !errors.Is(err, transport.ErrBadRequest) || len(got) != 1 {
		t.Fatalf("error = %v with %d events, want a bad request and one event", err, len(got))
	}
	if e := got[0]; e.Kind != "call" || e.Attempt != 0 || e.Outcome != "not_done" || !errors.Is(e.Err, transport.ErrBadRequest) {
		t.Errorf("event = %+v, want a call of no attempts that was not done", e)
	}
}

// A field with room for an answer, a URL or a header would be a way out for secrets.
func TestEventHasNoRoomForSecrets(t *testing.T) {
	t.Parallel()
	allowed := []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[time.Duration](), reflect.TypeFor[error](),
		reflect.TypeFor[proctorbook.EventKind](), reflect.TypeFor[proctorbook.EventOutcome](), reflect.TypeFor[proctorbook.Class](),
	}
	for field := range reflect.TypeFor[proctorbook.Event]().Fields() {
		if !slices.Contains(allowed, field.Type) {
			t.Errorf("field %s has type %v", field.Name, field.Type)
		}
	}
	quoting := statuses(http.Header{"X-Echo": {"canary-header"}}, 500)
	tr := newTransport(t, "https://service.invalid", transport.WithTransport(quoting), transport.WithObserver(proctorbook.ObserverFunc(
		func(_ context.Context, e proctorbook.Event) {
			if _, ok := errors.AsType[*transport.StatusError](e.Err); ok {
				t.Errorf("the event's error is the caller's, which holds header and body")
			}
		})))
	if _, err := tr.Do(t.Context(), aCall(proctorbook.Write)); err == nil {
		t.Error("no error")
	}
}

func TestClassHasAWord(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(proctorbook.Read, proctorbook.IdempotentWrite, proctorbook.Write, proctorbook.Class(7))
	if want := "read idempotent_write write invalid"; got != want {
		t.Errorf("classes print as %q, want %q", got, want)
	}
}
