package scheduling

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// This file lets one of many replicas do a job at a time.

// farAhead is how far ahead of this replica's clock an instant that another one stored may
// be. What is further ahead comes from a clock that was wrong for a while, as a machine's
// before it has asked for the time. It counts as never stored: else the job would stand
// still, on all replicas, until that time has come. It is as much as a day, so that of
// replicas whose clocks differ for good not each undoes what the other has done.
const farAhead = 24 * time.Hour

// errJobLost ends a run whose lease another replica has, or may have.
var errJobLost = errors.New("scheduling: the job's lease is lost: another replica does it")

// What a run of a job has come to, in metrics and logs.
const (
	runDone        = "done"        // it got to its end
	runFailed      = "failed"      // it did not: it is begun again after a while
	runInterrupted = "interrupted" // the context ended: it is free at once
	runLost        = "lost"        // the lease could not be kept
)

// job is something that one replica does at a time.
type job struct {
	s      *Scheduler
	keeper JobKeeper
	name   string
	owner  string // of its leases
	retry  time.Duration

	due func(done, now time.Time) bool // whether to begin it, when it was last done

	// work does it. done is when what is done by now had begun: as a rule when the work
	// did; zero if it did not get to its end, whatever the error.
	work func(ctx context.Context, began time.Time) (done time.Time, err error)
}

// runJob looks about every interval whether the job is due and free, until ctx ends.
func (s *Scheduler) runJob(ctx context.Context, j *job, interval time.Duration) error {
	for {
		if err := s.guarded(ctx, nil, "", func() error { return j.try(ctx) }); err != nil && ctx.Err() == nil {
			s.safely(ctx, "", func() {
				s.log.WarnContext(ctx, "job not looked at", slog.String("job", j.name), slog.Any("error", err))
			})
		}
		if err := s.clock.Sleep(ctx, s.jitter(interval)); err != nil {
			return err
		}
	}
}

// try does the job if it is due and free. Its error is one of the store.
func (j *job) try(ctx context.Context) error {
	row, err := j.keeper.Job(ctx, j.name)
	if err != nil {
		return err
	}
	now := j.s.now()
	row = j.believed(ctx, row, now)
	if !row.Done.IsZero() {
		j.s.measureLast(ctx, j.name, row.Done) // another replica may have done it, or this one before a restart
	}
	if row.Lease.Until.After(now) || !j.due(row.Done, now) {
		return nil
	}
	row.Lease = Lease{Owner: j.owner, Until: now.Add(j.s.tuning.Lease)}
	row, err = j.keeper.PutJob(ctx, row)
	if errors.Is(err, ErrConflict) {
		return nil // another replica was faster
	}
	if err != nil {
		return err
	}
	return j.run(ctx, row, now)
}

// believed returns the row without what a wrong clock has stored.
func (j *job) believed(ctx context.Context, row Job, now time.Time) Job {
	done, until := row.Done, row.Lease.Until
	if done.After(now.Add(farAhead)) {
		row.Done = time.Time{}
	}
	if until.After(now.Add(max(j.s.tuning.Lease, j.retry) + farAhead)) {
		row.Lease = Lease{}
	}
	if !row.Done.Equal(done) || !row.Lease.Until.Equal(until) {
		j.s.log.WarnContext(ctx, "job: a wrong clock has stored an instant ahead, which is passed over", slog.String("job", j.name),
			slog.Time("done", done), slog.Time("lease_until", until))
	}
	return row
}

// run does the job, whose lease this replica has, and gives it back.
func (j *job) run(ctx context.Context, row Job, began time.Time) error {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var keeping sync.WaitGroup
	keeping.Go(func() {
		j.s.safely(ctx, "", func() { defer stop(errJobLost); row = j.keep(work, row) })
	})
	var done time.Time
	err := j.s.guarded(ctx, nil, "", func() (err error) {
		done, err = j.work(work, began)
		return err
	})
	lost := errors.Is(context.Cause(work), errJobLost)
	stop(nil)
	keeping.Wait()

	result := runFailed
	row.Lease = Lease{Until: j.s.now().Add(j.retry)}
	switch {
	case lost:
		result = runLost
	case !done.IsZero():
		result, row.Done, row.Lease = runDone, done, Lease{}
	case ctx.Err() != nil:
		result, row.Lease = runInterrupted, Lease{}
	}
	j.s.safely(ctx, "", func() { j.tell(ctx, result, err) })
	if lost {
		return nil
	}
	return j.giveBack(ctx, row)
}

// tell measures and logs what a run has come to.
func (j *job) tell(ctx context.Context, result string, err error) {
	j.s.measure(ctx, metrics.JobRuns, 1, j.name, result)
	if err != nil {
		j.s.log.WarnContext(ctx, "job", slog.String("job", j.name), slog.String("result", result), slog.Any("error", err))
	}
}

// asideClock is a clock of tests, which waits until who does the work sleeps, and not
// who keeps its lease meanwhile: proctorbooktest.ManualClock.
type asideClock interface {
	SleepAside(ctx context.Context, d time.Duration) error
}

// keep prolongs the lease until ctx ends, and returns the job as it is then. It returns
// earlier when the lease is lost.
func (j *job) keep(ctx context.Context, row Job) Job {
	lease, sleep := j.s.tuning.Lease, j.s.clock.Sleep
	if c, ok := j.s.clock.(asideClock); ok {
		sleep = c.SleepAside
	}
	for sleep(ctx, lease/4) == nil {
		next, err := j.prolong(ctx, row)
		switch {
		case err == nil:
			row = next
		case ctx.Err() != nil:
			return row
		case errors.Is(err, ErrConflict) || !j.s.now().Before(row.Lease.Until.Add(-lease/4)):
			return row // another replica has it, or will before the next try
		}
	}
	return row
}

// prolong prolongs the lease, or returns ErrConflict if another replica has it.
func (j *job) prolong(ctx context.Context, row Job) (Job, error) {
	ctx, cancel := context.WithTimeout(ctx, j.s.tuning.Lease/4)
	defer cancel()
	return j.put(ctx, row, func(row *Job) { row.Lease.Until = j.s.now().Add(j.s.tuning.Lease) })
}

// giveBack stores how a run has ended, also after the end of ctx. If another replica has
// the lease by now, it stores nothing.
func (j *job) giveBack(ctx context.Context, row Job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	lease, done := row.Lease, row.Done
	_, err := j.put(ctx, row, func(row *Job) { row.Lease, row.Done = lease, done })
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// put changes the job. If the stored version is another one, since an earlier write was
// carried out although it returned an error, the job is read again; ErrConflict then means
// that another replica has the lease.
func (j *job) put(ctx context.Context, row Job, change func(*Job)) (Job, error) {
	change(&row)
	stored, err := j.keeper.PutJob(ctx, row)
	if !errors.Is(err, ErrConflict) {
		return stored, err
	}
	if row, err = j.keeper.Job(ctx, j.name); err != nil {
		return Job{}, err
	}
	if row.Lease.Owner != j.owner {
		return Job{}, ErrConflict
	}
	change(&row)
	return j.keeper.PutJob(ctx, row)
}
