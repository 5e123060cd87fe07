package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// watched sees when something is done, and whether it is ever done twice at a time.
type watched struct {
	takes time.Duration // how long it takes; it ends with its context

	mu             sync.Mutex
	began          []time.Time
	now, most, cut int // under way, most at a time, and ended by their context
	err            error
	panics         bool
}

func (w *watched) do(ctx context.Context) error {
	w.mu.Lock()
	w.began = append(w.began, time.Now())
	w.now++
	w.most = max(w.most, w.now)
	takes, err, panics := w.takes, w.err, w.panics
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now--
	}()
	if panics {
		panic("the report")
	}
	select {
	case <-time.After(takes):
		return err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cut++
		return context.Cause(ctx)
	}
}

// set changes what happens the next time.
func (w *watched) set(change func(*watched)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// cuts is how often its context ended it.
func (w *watched) cuts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

// mostAtOnce is how often it was under way at the same time, at most.
func (w *watched) mostAtOnce() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}

func (w *watched) times() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.began)
}

// fleet is a store with several replicas on it, in a bubble of testing/synctest.
type fleet struct {
	t              *testing.T
	store          *memstore.Store
	sweeps, report watched
	meter          meter
	log            logBuffer
}

// newFleet begins at noon, so that no night falls into the first hours.
func newFleet(t *testing.T) *fleet {
	time.Sleep(12 * time.Hour)
	return &fleet{t: t, store: memstore.New()}
}

// reporter is a provider that has nothing but a report.
type reporter struct {
	provider.ProctorU
	w *watched
}

func (reporter) Traits() provider.Traits { return provider.Traits{} }

func (r reporter) Report(ctx context.Context, _, _ time.Time) iter.Seq2[provider.Activity, error] {
	return func(yield func(provider.Activity, error) bool) {
		if err := r.w.do(ctx); err != nil {
			yield(provider.Activity{}, err)
		}
	}
}

// seen is the store, which sees sweeps by the list that each reads.
type seen struct {
	*memstore.Store
	w *watched
}

func (s seen) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if f.WatchedAt.IsZero() {
		return s.Store.List(ctx, f)
	}
	return func(yield func(scheduling.Booking, error) bool) {
		if err := s.w.do(ctx); err != nil {
			yield(scheduling.Booking{}, err)
		}
	}
}

// scheduler is one replica.
func (f *fleet) scheduler(store scheduling.Store) *scheduling.Scheduler {
	f.t.Helper()
	w := newWorld(f.t) // lends its clients
	s, err := scheduling.New(reporter{provider.ProctorU{Client: w.client}, &f.report}, platform.OpenEdX{Client: w.edx}, store,
		scheduling.WithObserver(&f.meter), scheduling.WithLogger(f.log.logger()))
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// serve runs one more replica, until stop is called or the test ends.
func (f *fleet) serve(store scheduling.Store) (stop func()) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	s := f.scheduler(store)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(ctx, scheduling.ServeOptions{}); err != nil {
			f.t.Errorf("Serve = %v, want nil", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	f.t.Cleanup(stop)
	return stop
}

func (f *fleet) seen() scheduling.Store { return seen{f.store, &f.sweeps} }

// Three replicas on one store do each job once, when it is due.
func TestServeDoesEachJobOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.sweeps.takes, f.report.takes = time.Minute, time.Hour
		begin := time.Now()
		for range 3 {
			f.serve(f.seen())
		}
		time.Sleep(72 * time.Hour)

		sweeps, reports := f.sweeps.times(), f.report.times()
		if n := len(sweeps); n < 70 || n > 73 || f.sweeps.mostAtOnce() != 1 {
			t.Errorf("%d sweeps in 72 hours, at most %d at a time; want one each hour, one at a time", n, f.sweeps.mostAtOnce())
		}
		for i := 1; i < len(sweeps); i++ {
			if gap := sweeps[i].Sub(sweeps[i-1]); gap < time.Hour || gap > 62*time.Minute {
				t.Errorf("sweep %d comes %v after the one before, want about an hour", i, gap)
			}
		}
		if len(reports) != 4 || f.report.mostAtOnce() != 1 || !reports[0].Equal(begin) {
			t.Fatalf("reports at %v, at most %d at a time; want one at the begin, and one in each of three nights", reports, f.report.mostAtOnce())
		}
		for i, at := range reports[1:] {
			night := time.Date(2000, 1, 2+i, 3, 0, 0, 0, time.UTC)
			if late := at.Sub(night); late < 0 || late > time.Minute {
				t.Errorf("the report of night %d is read at %v, want within a minute after %v", i+1, at, night)
			}
		}
		if done := len(f.meter.values(metrics.JobRuns, "job", "report", "result", "done")); done != 4 {
			t.Errorf("job_runs of reports done = %d, want 4", done)
		}
		if last := f.meter.values(metrics.LastPass, "job", "report"); last[len(last)-1] != float64(reports[3].UnixMicro())/1e6 {
			t.Errorf("last_pass of the report = %v, want when it began, %d", last[len(last)-1], reports[3].Unix())
		}
		if passes := f.meter.values(metrics.LastPass, "job", "reconcile"); len(passes) < 3*72*60 {
			t.Errorf("%d passes of Reconcile, want one a minute on each replica", len(passes))
		}
	})
}

// A restart does not repeat what was done, and what was interrupted is free at once.
func TestServeAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.report.takes = 10 * time.Minute
		stop := f.serve(f.seen())
		time.Sleep(5 * time.Minute)
		stop() // in the middle of the report
		if n := f.meter.values(metrics.JobRuns, "job", "report", "result", "interrupted"); len(n) != 1 || f.report.cuts() != 1 {
			t.Errorf("job_runs interrupted = %v, %d reports cut; want one", n, f.report.cuts())
		}
		for range 4 { // the second one finishes the report; the others find nothing to do
			stop = f.serve(f.seen())
			time.Sleep(13 * time.Minute)
			stop()
		}
		if n := len(f.report.times()); n != 2 {
			t.Errorf("the report was begun %d times, want 2: again after it was interrupted, and not after it was done", n)
		}
		if n := len(f.sweeps.times()); n != 1 {
			t.Errorf("%d sweeps within an hour, want 1", n)
		}
		if last := f.meter.values(metrics.LastPass, "job", "report"); len(last) < 20 || last[len(last)-1] != last[0] {
			t.Errorf("last_pass of the report was measured %d times, want each minute after it was done: a restart must not hide it", len(last))
		}
	})
}

// A process that dies leaves its lease behind. Another replica takes the job over when
// the lease has run out, and not before.
func TestServeTakesOverFromTheDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		until := time.Now().Add(2 * time.Minute)
		if _, err := f.store.PutJob(t.Context(), scheduling.Job{Name: "sweep", Lease: scheduling.Lease{Owner: "dead", Until: until}}); err != nil {
			t.Fatal(err)
		}
		f.serve(f.seen())
		f.serve(f.seen())
		time.Sleep(10 * time.Minute)
		sweeps := f.sweeps.times()
		if len(sweeps) != 1 || sweeps[0].Before(until) || sweeps[0].After(until.Add(time.Minute)) {
			t.Errorf("sweeps at %v, want one within a minute after %v, when the lease of the dead has run out", sweeps, until)
		}
	})
}

// A job that takes longer than a lease keeps it.
func TestServeKeepsTheLeaseOfALongJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.sweeps.takes = 50 * time.Minute
		for range 3 {
			f.serve(f.seen())
		}
		time.Sleep(4*time.Hour + 30*time.Minute)
		if n := len(f.sweeps.times()); n != 5 || f.sweeps.mostAtOnce() != 1 || f.sweeps.cuts() != 0 {
			t.Errorf("%d sweeps, at most %d at a time, %d cut; want 5, 1 and 0", n, f.sweeps.mostAtOnce(), f.sweeps.cuts())
		}
	})
}

// partitioned is a store that a replica can lose.
type partitioned struct {
	seen
	gone *atomic.Bool
}

func (p partitioned) Job(ctx context.Context, name string) (scheduling.Job, error) {
	if p.gone.Load() {
		return scheduling.Job{}, errors.New("no route to the database")
	}
	return p.Store.Job(ctx, name)
}

func (p partitioned) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	if p.gone.Load() { // it waits for an answer in vain
		<-ctx.Done()
		return scheduling.Job{}, context.Cause(ctx)
	}
	return p.Store.PutJob(ctx, j)
}

// A replica that loses the store ends its run before another one may begin it.
func TestServeEndsARunWithoutItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.sweeps.takes = 20 * time.Minute
		gone := &atomic.Bool{}
		f.serve(partitioned{seen{f.store, &f.sweeps}, gone})
		time.Sleep(time.Minute)
		gone.Store(true)
		f.serve(f.seen())
		time.Sleep(40 * time.Minute)
		if n := len(f.sweeps.times()); n != 2 || f.sweeps.mostAtOnce() != 1 || f.sweeps.cuts() != 1 {
			t.Errorf("%d sweeps, at most %d at a time, %d cut; want 2, 1 and 1", n, f.sweeps.mostAtOnce(), f.sweeps.cuts())
		}
		if lost := f.meter.values(metrics.JobRuns, "job", "sweep", "result", "lost"); len(lost) != 1 {
			t.Errorf("job_runs lost = %v, want 1", lost)
		}
		if job, err := f.store.Job(t.Context(), "sweep"); err != nil || !job.Done.Equal(f.sweeps.times()[1].Truncate(time.Microsecond)) || job.Lease != (scheduling.Lease{}) {
			t.Errorf("the job is %+v, %v; want done by the second replica, and free", job, err)
		}
	})
}

// A run ends when another replica has the lease after all, as when this machine stood
// still for longer than the lease, and leaves it to that one.
func TestServeYieldsToAnotherOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.sweeps.takes = 10 * time.Minute
		f.serve(f.seen())
		time.Sleep(time.Minute + time.Second)
		job, err := f.store.Job(t.Context(), "sweep")
		if err != nil || job.Lease.Owner == "" {
			t.Fatalf("a minute later the job is %+v, %v; want it leased", job, err)
		}
		job.Lease = scheduling.Lease{Owner: "another", Until: time.Now().Add(30 * time.Minute).UTC()}
		if job, err = f.store.PutJob(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Second) // a quarter of a lease
		if f.sweeps.cuts() != 1 {
			t.Error("the sweep goes on half a minute after another replica has its lease")
		}
		time.Sleep(20 * time.Minute)
		if n := len(f.sweeps.times()); n != 1 {
			t.Errorf("%d sweeps, want 1: the other one's lease has not run out", n)
		}
		if now, err := f.store.Job(t.Context(), "sweep"); err != nil || now != job {
			t.Errorf("the job is %+v, %v; want %+v as the other one left it", now, err, job)
		}
	})
}

// unsure is a store whose writes of jobs are carried out, and answered with an error
// every second time.
type unsure struct {
	seen
	writes *atomic.Int64
}

func (u unsure) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	j, err := u.Store.PutJob(ctx, j)
	if err == nil && u.writes.Add(1)%2 == 0 {
		return scheduling.Job{}, errors.New("the answer to the commit was lost")
	}
	return j, err
}

// A write whose answer is lost is no loss of the lease.
func TestServeKnowsItsOwnWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		f.sweeps.takes = 20 * time.Minute
		f.serve(unsure{seen{f.store, &f.sweeps}, &atomic.Int64{}})
		time.Sleep(5 * time.Minute) // the first one has begun
		f.serve(f.seen())
		time.Sleep(30 * time.Minute)
		if n := len(f.sweeps.times()); n != 1 || f.sweeps.cuts() != 0 {
			t.Errorf("%d sweeps, %d cut; want 1 and 0", n, f.sweeps.cuts())
		}
	})
}

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
