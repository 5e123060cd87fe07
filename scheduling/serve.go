package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// ErrNoJobs means that the store is no [JobKeeper], so that Serve could not keep several
// replicas from doing the same job.
var ErrNoJobs = errors.New("scheduling: this store keeps no jobs: implement JobKeeper, or call Run, Sweep and ReadReport yourself")

// ServeOptions says how often [Scheduler.Serve] does what. A zero field has its default.
// Give all replicas the same.
type ServeOptions struct {
	Reconcile  time.Duration  // how often each replica reconciles, and looks for a job that is due; default 10 seconds
	Sweep      time.Duration  // how often one of the replicas sweeps; at most Tuning.WatchInterval, for its readings to stand; default 1 hour
	ReportHour int            // the hour after which one of them reads the report, each day: 1 to 24, which is midnight; default 3
	ReportZone *time.Location // the zone of ReportHour; default UTC
	ReportDays int            // how many days back the report is read, 1 to 90; default 7
	Retry      time.Duration  // when a job that did not get to its end is begun again; default 10 minutes
}

// withDefaults returns the options with their defaults, or what is wrong with them.
func (o ServeOptions) withDefaults() (ServeOptions, error) {
	o.Reconcile, o.Sweep = orDefault(o.Reconcile, 10*time.Second), orDefault(o.Sweep, time.Hour)
	o.ReportHour, o.ReportDays, o.Retry = orDefault(o.ReportHour, 3), orDefault(o.ReportDays, 7), orDefault(o.Retry, 10*time.Minute)
	if o.ReportZone == nil {
		o.ReportZone = time.UTC
	}
	var v problems
	v.check(o.Reconcile > 0, "ServeOptions.Reconcile", "must be positive")
	v.check(o.Sweep > 0, "ServeOptions.Sweep", "must be positive")
	v.check(o.ReportHour >= 1 && o.ReportHour <= 24, "ServeOptions.ReportHour", "must be 1 to 24")
	v.check(o.ReportDays >= 1 && o.ReportDays <= 90, "ServeOptions.ReportDays", "must be 1 to 90")
	v.check(o.Retry > 0, "ServeOptions.Retry", "must be positive")
	return o, v.err()
}

// night returns the last instant, at now, after which the report is to be read.
func (o ServeOptions) night(now time.Time) time.Time {
	local := now.In(o.ReportZone)
	for back := 0; ; back++ {
		at := time.Date(local.Year(), local.Month(), local.Day()-back, o.ReportHour%24, 0, 0, 0, o.ReportZone)
		if !at.After(now) {
			return at.UTC()
		}
	}
}

// Serve does all work in the background until ctx ends: it reconciles, as
// [Scheduler.Run] does, sweeps, and reads the report every night. Then it waits as
// [Scheduler.Close] does, and returns what that returns, nil as a rule. Call it in every
// process that shares the store, and close the database after it has returned.
//
// Every replica reconciles, since each booking is leased to one of them. Of a sweep, and
// of a reading of the report, there is one at a time over all replicas. The store keeps
// who does it and when it was last done: a restart does not repeat the night's reading,
// and another replica takes a job over when the lease of a dead one, [Tuning].Lease, has
// run out. Both jobs are begun at once where they were never done before, as on a new
// store. What other programs do by Run, Sweep and ReadReport harms nothing.
//
// Errors and panics of one of the three are logged and measured, and stop neither the
// others nor the next pass. A job that did not get to its end, since the provider or the
// store did not answer, is begun again after ServeOptions.Retry; one that the end of ctx
// interrupts is free at once. With a provider that is no provider.Reporter no report is
// read.
//
// Errors: [ErrNoJobs] and [*proctorbook.ValidationError], both at once; that of Close. If
// the clock's Sleep fails, or the source of randomness, Serve ends before ctx does, with
// that error or a [*PanicError].
func (s *Scheduler) Serve(ctx context.Context, o ServeOptions) error {
	o, err := o.withDefaults()
	if err != nil {
		return inMethod("Serve", err)
	}
	keeper, ok := s.store.(JobKeeper)
	if !ok {
		return fmt.Errorf("scheduling: Serve: %w", ErrNoJobs)
	}
	loops := []func(context.Context) error{
		func(ctx context.Context) error { return s.Run(ctx, o.Reconcile) },
		func(ctx context.Context) error { return s.runJob(ctx, s.sweepJob(keeper, o), o.Reconcile) },
	}
	if _, ok := s.provider.reporter(); ok {
		loops = append(loops, func(ctx context.Context) error { return s.runJob(ctx, s.reportJob(keeper, o), o.Reconcile) })
	} else {
		s.log.InfoContext(ctx, "serve: this provider has no report of all learners")
	}
	ended := s.untilOneEnds(ctx, loops)
	return errors.Join(ended, s.Close())
}

// untilOneEnds runs the loops until ctx ends. If one ends by itself, it ends the others,
// rather than to go on without it, and returns its error.
func (s *Scheduler) untilOneEnds(ctx context.Context, loops []func(context.Context) error) error {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for _, loop := range loops {
		all.Go(func() {
			err := s.guarded(work, nil, "", func() error { return loop(work) })
			if work.Err() == nil {
				stop(fmt.Errorf("scheduling: Serve: %w", err))
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(work)
}

// sweepJob is due an interval after its last round began: see [Scheduler.Sweep].
func (s *Scheduler) sweepJob(keeper JobKeeper, o ServeOptions) *job {
	return &job{
		s: s, keeper: keeper, name: jobSweep, owner: s.newWorker().owner, retry: o.Retry,
		due: func(done, now time.Time) bool { return !now.Before(done.Add(o.Sweep)) },
		work: func(ctx context.Context, began time.Time) (time.Time, error) {
			result, ended, err := s.sweep(ctx, true)
			s.log.InfoContext(ctx, "sweep", slog.Int("looked", result.Looked), slog.Int("failed", result.Failed),
				slog.Int("surplus", len(result.Surplus)), slog.Int("unknown", len(result.Unknown)), slog.Bool("stopped", result.Stopped),
				slog.Bool("resumed", result.Resumed), slog.Int("earlier", result.Earlier), slog.Int("left", result.Left),
				slog.Bool("rested", result.Rested))
			return onlyIf(ended, earlier(began, result.Since)), err
		},
	}
}

// reportJob is due once after each night's hour.
func (s *Scheduler) reportJob(keeper JobKeeper, o ServeOptions) *job {
	return &job{
		s: s, keeper: keeper, name: jobReport, owner: s.newWorker().owner, retry: o.Retry,
		due: func(done, now time.Time) bool { return done.Before(o.night(now)) },
		work: func(ctx context.Context, began time.Time) (time.Time, error) {
			to := s.now().Truncate(time.Second)
			reading, ended, err := s.readNight(ctx, to.AddDate(0, 0, -o.ReportDays), to)
			s.log.InfoContext(ctx, "report", slog.Int("reservations", reading.Reservations), slog.Int("bookings", reading.Bookings),
				slog.Int("changed", reading.Changed), slog.Int("absent", reading.Absent), slog.Int("failed", reading.Failed))
			return onlyIf(ended, began), err
		},
	}
}

// onlyIf returns the instant if the work got to its end.
func onlyIf(ended bool, at time.Time) time.Time {
	if ended {
		return at
	}
	return time.Time{}
}
