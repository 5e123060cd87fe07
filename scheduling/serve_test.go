package scheduling_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

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
			if gap := sweeps[i].Sub(sweeps[i-1]); gap < time.Hour-time.Microsecond || gap > 62*time.Minute { // stores cut instants to microseconds
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
