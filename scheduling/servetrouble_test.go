package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// What goes wrong in one job is tried again later, and stops no other one.
func TestServeGoesOnAfterErrors(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*watched){
		"an error": func(w *watched) { w.err = errors.New("the report is not ready") },
		"a panic":  func(w *watched) { w.panics = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t)
				f.report.set(trouble)
				for range 3 {
					f.serve(f.seen())
				}
				time.Sleep(2*time.Hour + 30*time.Minute)
				reports := f.report.times()
				if len(reports) < 13 || len(reports) > 16 {
					t.Errorf("the failing report was begun %d times in 150 minutes, want about every 10 minutes, whichever replica", len(reports))
				}
				if n := len(f.sweeps.times()); n != 3 {
					t.Errorf("%d sweeps beside it, want 3", n)
				}
				if failed := f.meter.values(metrics.JobRuns, "job", "report", "result", "failed"); len(failed) != len(reports) {
					t.Errorf("job_runs failed = %d, want %d", len(failed), len(reports))
				}
				if last := f.meter.values(metrics.LastPass, "job", "report"); len(last) != 0 {
					t.Errorf("last_pass of the report = %v, want none: it never got to its end", last)
				}
				f.report.set(func(w *watched) { w.err, w.panics = nil, false })
				time.Sleep(11 * time.Minute)
				if done := f.meter.values(metrics.JobRuns, "job", "report", "result", "done"); len(done) != 1 {
					t.Errorf("job_runs done = %d after the trouble, want 1", len(done))
				}
			})
		})
	}
}

// brokenJobs is a store that can't keep jobs for a while, by an error or a panic.
type brokenJobs struct {
	seen
	broken *atomic.Int64 // 1: error, 2: panic
}

func (b brokenJobs) Job(ctx context.Context, name string) (scheduling.Job, error) {
	switch b.broken.Load() {
	case 1:
		return scheduling.Job{}, errors.New("the database is down")
	case 2:
		panic("the database")
	}
	return b.Store.Job(ctx, name)
}

// While the store can't tell whose job it is, no job is done, and Reconcile goes on.
func TestServeWithoutTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		broken := &atomic.Int64{}
		broken.Store(1)
		f.serve(brokenJobs{seen{f.store, &f.sweeps}, broken})
		time.Sleep(time.Hour)
		broken.Store(2)
		time.Sleep(time.Hour)
		if n := len(f.sweeps.times()) + len(f.report.times()); n != 0 {
			t.Errorf("%d jobs were done without a lease, want none", n)
		}
		if passes := f.meter.values(metrics.LastPass, "job", "reconcile"); len(passes) < 120 {
			t.Errorf("%d passes of Reconcile in two hours, want one a minute", len(passes))
		}
		broken.Store(0)
		time.Sleep(2 * time.Minute)
		if len(f.sweeps.times()) != 1 || len(f.report.times()) != 1 {
			t.Errorf("sweeps at %v, reports at %v; want one of each when the store is back", f.sweeps.times(), f.report.times())
		}
	})
}

// silent is a provider without a report of all learners.
type silent struct{ provider.Provider }

func TestServeWithoutAReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		w := newWorld(t)
		s, err := scheduling.New(silent{w.proctorU()}, w.openEdX(), f.seen())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		if err := s.Serve(ctx, scheduling.ServeOptions{}); err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
		if n := len(f.sweeps.times()); n < 23 {
			t.Errorf("%d sweeps in a day, want one each hour", n)
		}
	})
}

// Serve returns once the calls are stored whose callers have left.
func TestServeWaitsForCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		takes := 20 * time.Second
		w := hanging(t, &takes, scheduling.WithTuning(scheduling.Tuning{Patience: time.Second}))
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- w.Serve(ctx, scheduling.ServeOptions{}) }()
		_, err := w.Book(t.Context(), w.exam, w.learner, time.Now().Add(24*time.Hour))
		id := w.pendingID(err)
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
		if got := w.booking(id).State; got != scheduling.StateScheduled {
			t.Errorf("after Serve the booking is %s, want scheduled: the answer was on its way", got)
		}
	})
}

// brokenClock can't sleep any more.
type brokenClock struct {
	proctorbook.SystemClock
	err error
}

func (c brokenClock) Sleep(context.Context, time.Duration) error { return c.err }

// brokenRandom has nothing to give after the Scheduler was made.
type brokenRandom struct{ left int }

func (r *brokenRandom) Read(p []byte) (int, error) {
	if r.left -= len(p); r.left < 0 {
		return 0, errors.New("no entropy")
	}
	return len(p), nil
}

// A loop that can't go on ends Serve with its error: it neither goes on in part, nor ends
// the process.
func TestServeEndsWhenALoopCannotGoOn(t *testing.T) {
	t.Parallel()
	errClock := errors.New("the clock is broken")
	for name, tt := range map[string]struct {
		option scheduling.Option
		is     func(error) bool
	}{
		"clock": {scheduling.WithClock(brokenClock{err: errClock}), func(err error) bool { return errors.Is(err, errClock) }},
		"randomness": {scheduling.WithRandom(&brokenRandom{left: 64}), func(err error) bool {
			_, ok := errors.AsType[*scheduling.PanicError](err)
			return ok
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				s, err := scheduling.New(w.proctorU(), w.openEdX(), memstore.New(), tt.option)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := s.Serve(ctx, scheduling.ServeOptions{}); ctx.Err() != nil || !tt.is(err) {
					t.Errorf("Serve = %v, and the context %v; want the loop's error, at once", err, ctx.Err())
				}
			})
		})
	}
}

func TestServeRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	f := &fleet{t: t, store: memstore.New()}
	if err := f.scheduler(struct{ scheduling.Store }{f.store}).Serve(t.Context(), scheduling.ServeOptions{}); !errors.Is(err, scheduling.ErrNoJobs) {
		t.Errorf("Serve on a store that keeps no jobs = %v, want ErrNoJobs", err)
	}
	for field, o := range map[string]scheduling.ServeOptions{
		"Reconcile":  {Reconcile: -1},
		"Sweep":      {Sweep: -time.Hour},
		"ReportHour": {ReportHour: 25},
		"ReportDays": {ReportDays: 91},
		"Retry":      {Retry: -time.Minute},
	} {
		err := f.scheduler(f.store).Serve(t.Context(), o)
		invalid, ok := errors.AsType[*proctorbook.ValidationError](err)
		if !ok || len(invalid.Fields) != 1 || invalid.Fields[0].Field != "ServeOptions."+field || invalid.Op != "scheduling: Serve" {
			t.Errorf("Serve with a wrong %s = %v, want a ValidationError of scheduling: Serve that names it", field, err)
		}
	}
	if err := f.scheduler(f.store).Serve(t.Context(), scheduling.ServeOptions{ReportHour: -1, ReportDays: -1}); fmt.Sprint(err) !=
		"scheduling: Serve: ServeOptions.ReportHour must be 1 to 24; ServeOptions.ReportDays must be 1 to 90" {
		t.Errorf("Serve with two wrong fields = %v", err)
	}
}
