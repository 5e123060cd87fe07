package proctoru_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const (
	probe         = "GET /getTimeZoneList"
	probeInterval = 30 * time.Second // as WithLockoutGuard promises
)

func (w *world) count(endpoint string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, asked := range w.asked {
		if asked == endpoint {
			n++
		}
	}
	return n
}

// refused makes the provider refuse a create, for a slot that is taken, and
// returns the error.
func (w *world) refused() error {
	w.Helper()
	taken := tuesdayTwoInParis.Start.AddDate(0, 0, 1)
	w.fake.BlockSlot(taken)
	_, err := w.book(withID("b-1"), at(taken))
	if err == nil {
		w.Fatal("the provider gave a slot away that is taken")
	}
	return err
}

// stop lets the provider refuse creates until the client stops them.
func (w *world) stop() *proctoru.Error {
	w.Helper()
	for n := range 200 {
		sent := w.count(createEndpoint)
		err := w.refused()
		if !errors.Is(err, proctoru.ErrErrorBudget) {
			continue
		}
		if w.count(createEndpoint) != sent {
			w.Error("the call that was stopped was sent")
		}
		e, ok := errors.AsType[*proctoru.Error](err)
		if !ok || !errors.Is(err, proctorbook.ErrNotDone) || errors.Is(err, proctorbook.ErrOutcomeUnknown) {
			w.Errorf("after %d refusals: %v, want an *Error that is ErrNotDone", n, err)
		}
		return e
	}
	w.Fatal("the client never stopped")
	return nil
}

// spoil makes another client of the same token fail.
func (w *world) spoil(times int) {
	w.Helper()
	for range times {
		r, err := http.NewRequest(http.MethodGet, proctorbooktest.InProcessURL+"/api/getStudentReservationList?student_id=nobody", nil)
		must(w, r, err).Header.Set("Authorization-Token", w.fake.Token)
		resp, err := proctorbooktest.InProcess(w.fake).RoundTrip(r)
		must(w, resp, err).Body.Close()
	}
}

func TestLockoutGuard_stopsInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.stop()
	if got := w.count(createEndpoint); got != 40 {
		t.Errorf("%d creates were sent, want 40 of 50: 80 %%", got)
	}
	if e.Counter != 40 || e.CounterLimit != 50 || e.RetryAfter != probeInterval || e.Status != 0 {
		t.Errorf("error = %+v", e)
	}
	if text := e.Error(); !strings.Contains(text, "Reservations.Create: nothing was sent, error count 40 of 50: too many errors in a row") {
		t.Errorf("text = %q", text)
	}
	for name, err := range map[string]error{
		"Update": drop(w.client.Reservations.Update(t.Context(), proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: "1"})),
		"Move":   drop(w.client.Reservations.Move(t.Context(), proctoru.MoveReservationParams{ID: "b", Number: "1", Start: tuesdayTwoInParis.Start})),
		"Save":   drop(w.client.Students.Save(t.Context(), ada)),
		"Exam":   drop(w.client.Reservations.CreateForExam(t.Context(), forExam)),
	} {
		if !errors.Is(err, proctoru.ErrErrorBudget) {
			t.Errorf("%s = %v, want ErrErrorBudget", name, err)
		}
	}
	if err := drop(w.client.Slots.List(t.Context(), firstOfSeptember)); err != nil {
		t.Errorf("a read at 80 %% = %v", err)
	}
}

// At 90 % the client stops reads, cancels and begins too.
func TestLockoutGuard_stopsReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spoil(43)
	list := func() error {
		return drop(w.client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "nobody"}))
	}
	for n := range 2 { // errors 44 and 45
		if err := list(); !errors.Is(err, proctoru.ErrStudentNotFound) {
			t.Fatalf("read %d = %v, want it to be sent", n, err)
		}
	}
	for name, err := range map[string]error{
		"List":   list(),
		"Cancel": drop(w.client.Reservations.Cancel(t.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: "1"})),
		"Begin":  drop(w.client.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: ada.ID, ID: "b"})),
		"Do":     drop(w.client.Do(t.Context(), proctoru.Operation{Wire: "getTOS"})),
	} {
		if !errors.Is(err, proctoru.ErrErrorBudget) || !errors.Is(err, proctorbook.ErrNotDone) {
			t.Errorf("%s = %v, want ErrErrorBudget, not done", name, err)
		}
	}
	w.clock.Advance(probeInterval)
	if err := list(); !errors.Is(err, proctoru.ErrStudentNotFound) || w.count(probe) != 1 {
		t.Errorf("after the interval: %v, %d probes; want the read sent, after one probe", err, w.count(probe))
	}
}

// Whatever the counter counts, and whatever happens at its limit, the client stops
// before it, and goes on within a minute once that makes sense.
func TestLockoutGuard_closesAndOpens(t *testing.T) {
	t.Parallel()
	const operator, hour, nothing = "the operator", "an hour", "nothing"
	tests := []struct{ variant, alternative, unlockedBy string }{
		{proctorutest.VariantErrorCounterScope, "key", ""},
		{proctorutest.VariantErrorCounterScope, "key-and-endpoint", ""},
		{proctorutest.VariantErrorCounterScope, "reset-after-1h", ""},
		{proctorutest.VariantErrorCounterScope, "never-reset", ""},
		{proctorutest.VariantErrorLimit, "locked", operator},
		{proctorutest.VariantErrorLimit, "http-403", operator},
		{proctorutest.VariantErrorLimit, "unlock-after-1h", hour},
		{proctorutest.VariantErrorLimit, "nothing", nothing},
	}
	for _, tt := range tests {
		t.Run(tt.variant+" "+tt.alternative, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play(tt.variant, tt.alternative)
			w.stop()
			if tt.unlockedBy != "" {
				w.spoil(60)
			}
			if tt.unlockedBy == operator || tt.unlockedBy == hour {
				for range 10 {
					w.clock.Advance(probeInterval)
					if _, err := w.book(); !errors.Is(err, proctoru.ErrErrorBudget) {
						t.Fatalf("create on a locked account = %v, want ErrErrorBudget", err)
					}
				}
				if w.count(createEndpoint) != 40 {
					t.Errorf("%d creates were sent, want the 40 before the stop", w.count(createEndpoint))
				}
			}
			switch tt.unlockedBy {
			case operator:
				w.fake.ResetErrors()
			case hour:
				w.clock.Advance(time.Hour)
			}
			w.opensWithinAMinute()
		})
	}
}

func (w *world) opensWithinAMinute() {
	w.Helper()
	since := w.clock.Now()
	for range 60 {
		w.clock.Advance(time.Second)
		_, err := w.book()
		if err == nil {
			w.Logf("open after %v, %d probes", w.clock.Now().Sub(since), w.count(probe))
			return
		}
		if !errors.Is(err, proctoru.ErrErrorBudget) {
			w.Fatalf("create = %v, want ErrErrorBudget or success", err)
		}
	}
	w.Error("no create within a minute")
}

// Many callers send one probe, and no more than one in 30 s.
func TestLockoutGuard_probesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stop()
	w.spoil(60) // the probes fail
	for n := 1; n <= 3; n++ {
		w.clock.Advance(probeInterval)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = w.book() })
		}
		all.Wait()
		if got := w.count(probe); got != n {
			t.Errorf("%d probes after %d intervals", got, n)
		}
	}
}

// While one caller's probe is under way, others are refused at once, however long it takes.
func TestLockoutGuard_oneProbeAtATime(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(now)
	probing, release := make(chan struct{}), make(chan struct{})
	refuse := refusal("Student Not found : Error count 44 of 50")
	var probes int
	client := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "getTimeZoneList") {
			probes++
			close(probing)
			<-release
			fmt.Fprint(w, envelope(`[]`))
			return
		}
		fmt.Fprint(w, refuse)
	}), proctoru.WithClock(clock))
	list := func() error {
		return drop(client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "x"}))
	}
	_ = list()
	clock.Advance(probeInterval)
	done := make(chan error, 1)
	go func() { done <- list() }()
	select {
	case <-probing:
	case err := <-done:
		t.Fatalf("a call that should have probed = %v", err)
	}
	clock.Advance(10 * probeInterval)
	if err := list(); !errors.Is(err, proctoru.ErrErrorBudget) {
		t.Errorf("a call during the probe = %v, want ErrErrorBudget", err)
	}
	close(release)
	if err := <-done; !errors.Is(err, proctoru.ErrStudentNotFound) || probes != 1 {
		t.Errorf("the call that probed = %v with %d probes, want it sent after one", err, probes)
	}
}

// An error without a counter neither stops nor frees anything; neither does a success.
func TestLockoutGuard_needsCounters(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	create := func(answer string) error {
		provider.Reply(createEndpoint, answer)
		return drop(client.Reservations.Create(t.Context(), tuesdayTwoInParis))
	}
	for range 100 {
		if err := create(refusal("OVERLAP")); errors.Is(err, proctoru.ErrErrorBudget) {
			t.Fatal("stopped by errors without a counter")
		}
	}
	_ = create(refusal("OVERLAP : Error count 39 of 50"))
	provider.Reply("GET /getStudentReservationList", refusal("stale request"))
	_ = drop(client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "x"}))
	provider.Reply("GET /getStudentReservationList", envelope(`[]`))
	_ = drop(client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "x"}))
	if err := create(refusal("OVERLAP")); !errors.Is(err, proctoru.ErrErrorBudget) {
		t.Errorf("create = %v, want ErrErrorBudget still", err)
	}
}

// A counter of 100 errors stops at 80.
func TestLockoutGuard_takesTheLimitThatItReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantErrorSuffix, "of-100")
	if e := w.stop(); e.Counter != 80 || e.CounterLimit != 100 {
		t.Errorf("stopped at %d of %d, want 80 of 100", e.Counter, e.CounterLimit)
	}
}

func TestWithLockoutGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, proctoru.WithLockoutGuard(0.1, 0))
	if e := w.stop(); e.Counter != 5 {
		t.Errorf("stopped at %d, want 5: a tenth of 50", e.Counter)
	}
	off := newWorld(t, proctoru.WithLockoutGuard(0, 0))
	for range 60 {
		if err := off.refused(); errors.Is(err, proctoru.ErrErrorBudget) {
			t.Fatal("a guard that is off has stopped a call")
		}
	}
	for _, shares := range [][2]float64{{-0.1, 0.5}, {0.5, 1.1}} {
		if _, err := proctoru.NewClient(proctoru.SandboxURL, testToken, proctoru.WithLockoutGuard(shares[0], shares[1])); err == nil {
			t.Errorf("WithLockoutGuard(%v) was taken", shares)
		}
	}
}

// A clock that was put back must not keep the client stopped for ever.
func TestLockoutGuard_clockPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stop()
	w.clock.Advance(-24 * time.Hour)
	if _, err := w.book(); err != nil {
		t.Errorf("create = %v, want a probe and success", err)
	}
}

// A probe whose caller gives up leaves the client stopped, and the next probe is
// not sent sooner.
func TestLockoutGuard_probeGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stop()
	w.clock.Advance(probeInterval)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.client.Reservations.Create(ctx, tuesdayTwoInParis)
	if !errors.Is(err, proctoru.ErrErrorBudget) {
		t.Errorf("create = %v, want ErrErrorBudget", err)
	}
	if _, err := w.book(); !errors.Is(err, proctoru.ErrErrorBudget) {
		t.Errorf("create = %v, want ErrErrorBudget until the next probe is due", err)
	}
	w.clock.Advance(probeInterval)
	if _, err := w.book(); err != nil {
		t.Errorf("create = %v", err)
	}
}
