package openedx_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// What fails is tried again at growing distances, at most ten minutes.
func TestDistances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.attempt(w.north, w.register(w.north))
	w.north.down = true
	w.clock.Advance(time.Minute)
	for i, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 600, 600} {
		_, err := w.p.Work(t.Context())
		w.do(err)
		a := w.kept(id)
		if got := a.DueAt.Sub(w.clock.Now()); got > want*time.Second || got < want*time.Second-time.Second || a.Tries != i+1 {
			t.Errorf("try %d: again after %v, want %v s", a.Tries, got, int(want))
		}
		if n, _ := w.p.Work(t.Context()); n != 0 {
			t.Errorf("try %d: worked on %d before it is due", i, n)
		}
		w.clock.Set(a.DueAt)
	}
	w.north.down = false
	_, err := w.p.Work(t.Context())
	if w.do(err); w.kept(id).Trouble != "" || w.kept(id).Tries != 0 || w.kept(id).Learner == "" {
		t.Errorf("when the platform is up again the attempt is %+v", w.kept(id))
	}
}

// One that panics stops no other, and says no more than that.
func TestAPanicStopsNoOther(t *testing.T) {
	t.Parallel()
	var bad atomic.Value
	w := newWorld(t, openedx.WithReview(func(f openedx.Finding) (edx.Review, bool) {
		if f.Attempt.ID == bad.Load() {
			panic("personal")
		}
		return openedx.DefaultReview(f)
	}))
	w.crowd(5)
	x := w.play(w.north, "registered", nil)
	bad.Store(x.id)
	for range 3 {
		w.pass()
	}
	for a, err := range w.p.Attempts(t.Context(), openedx.AttemptQuery{}) {
		w.do(err)
		if want := map[bool]openedx.Trouble{true: openedx.TroubleStore}[a.ID == x.id]; a.Learner == "" || a.Trouble != want {
			t.Errorf("attempt %s has the trouble %q, want %q", a.ID, a.Trouble, want)
		}
	}
	w.private()
}

// Two processes that look at the same time don't do the same work.
func TestTwoProcessesWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.p
	w.restart()
	w.crowd(12)
	w.clock.Advance(time.Minute)
	counts := make(chan int, 2)
	for _, p := range []*openedx.Provider{first, w.p} {
		go func() {
			n, err := p.Work(context.WithoutCancel(t.Context()))
			if err != nil {
				t.Error(err)
			}
			counts <- n
		}()
	}
	if n := <-counts + <-counts; n != 12 {
		t.Errorf("the two worked on %d, want 12", n)
	}
}

// A store that does not answer is waited for.
func TestWorkWithoutAStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.life.over = true
	if _, err := w.p.Work(t.Context()); err != nil {
		t.Errorf("Work of nothing = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.p.Work(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Work in a context that has ended = %v, want Canceled", err)
	}
}

// Serve looks at once when a call has made something due, and else after the interval.
func TestServe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &counting{Store: openedx.NewMemory()}
		w := newWorld(t)
		platforms, err := openedx.NewPlatforms(store, nil, openedx.LMS{ID: "north", Client: w.north.client})
		w.do(err)
		p, err := openedx.New(w.scheduler(platforms, w.bookings), platforms, w.exams)
		w.do(err)
		if err := p.Serve(t.Context(), 0); err == nil {
			t.Error("Serve with no interval: no error")
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Serve(ctx, time.Minute) }()
		looks := func(want int64) {
			t.Helper()
			synctest.Wait()
			if n := store.looks.Load(); n != want {
				t.Errorf("%d looks, want %d", n, want)
			}
		}
		looks(1)
		time.Sleep(59 * time.Second)
		looks(1)
		time.Sleep(2 * time.Second)
		looks(2)
		if _, err := p.Retire(ctx, "north", w.registration('1').Learner.ID); err != nil {
			t.Error(err)
		}
		looks(2) // there was nothing to do
		e := w.registration('1')
		exam, err := w.store.Exam(ctx, e.Exam)
		w.do(err)
		w.do(p.SaveExam(ctx, exam.Exam))
		e = w.registration('2')
		id, err := p.Register(ctx, e)
		w.do(err)
		a, err := store.Attempt(ctx, id)
		w.do(err)
		w.do(p.Remove(ctx, a.Ref()))
		looks(3)
		why := errors.New("the end")
		cancel(why)
		if err := <-ended; !errors.Is(err, why) {
			t.Errorf("Serve = %v, want the cause", err)
		}
	})
}

// counting counts the looks for work.
type counting struct {
	openedx.Store
	looks atomic.Int64
}

func (c *counting) Attempts(ctx context.Context, q openedx.AttemptQuery) ([]openedx.Attempt, error) {
	if !q.DueBy.IsZero() && q.Platform != "" {
		c.looks.Add(1)
	}
	return c.Store.Attempts(ctx, q)
}
