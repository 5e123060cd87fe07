package scheduling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file tells an operator whether the provider's pace is enough to watch the bookings.

// mostBudgeted bounds the count of bookings, so that Preflight takes seconds.
const mostBudgeted = 100_000

// Why no bulk reading stands, and what to do.
var (
	errBulkNever   = errors.New("Tuning.BulkFrom says that there are no bulk readings")
	errBulkFew     = errors.New("there are fewer bookings than Tuning.BulkFrom: make it less")
	errBulkNoJobs  = errors.New("the store keeps no jobs: implement JobKeeper")
	errBulkNone    = errors.New("none was made: call Serve, or Sweep every hour")
	errBulkUnread  = errors.New("the report could not be read: look for \"bulk reading\" in the log")
	errBulkAhead   = errors.New("the last one is dated ahead of now: look at the clocks")
	errBulkOld     = errors.New("the last one is too old: let Sweep run at least every Tuning.WatchInterval")
	errBulkUnknown = errors.New("what the store keeps of the last one is not readable by this program")
)

// checkBulk looks whether a bulk reading stands for the routine watches, and whether the
// provider's pace is enough without one.
func (s *Scheduler) checkBulk(ctx context.Context) preflight.Check {
	c := preflight.Check{Code: preflight.CodeBulkWatch, Verdict: preflight.VerdictSkipped}
	quiet, singly := 0, 0 // those that count for BulkFrom, and those that are looked at again and again
	now := s.now()
	watched := newWatchedSet()
	_, ok := s.count(ctx, Filter{WatchedAt: now}, mostBudgeted, func(b Booking) {
		if b.Learner != "" { // else it can't be read
			watched.add(b, now)
		}
		if b.Intent != nil {
			return
		}
		quiet++
		if b.State.Active() && !b.DueAt.IsZero() {
			singly++
		}
	})
	if !ok {
		return c
	}
	c.Data = map[string]string{"bookings": strconv.Itoa(quiet)}
	why, err := s.whyNoBulk(ctx, now, quiet, c.Data)
	if err != nil {
		c.Err = err
		return c
	}
	c.Data["stands"] = strconv.FormatBool(why == nil)
	cost, err := s.costOf(ctx, &watched)
	if err != nil {
		c.Err = fmt.Errorf("scheduling: Preflight: %w", err)
		return c
	}
	cost.note(c.Data)
	need := s.needSingly(singly)
	pace := s.pace()
	c.Data["singly_per_hour"], c.Data["singly_per_second"] = strconv.Itoa(int(need*3600)), strconv.FormatFloat(need, 'f', 2, 64)
	if pace > 0 {
		c.Data["pace"], c.Data["singly_at_pace"] = strconv.FormatFloat(pace, 'f', -1, 64), strconv.Itoa(int(pace/s.needSingly(1)))
	}
	c.Verdict = preflight.VerdictOK
	expected := s.tuning.BulkFrom > 0 && quiet >= s.tuning.BulkFrom
	if slow := pace > 0 && need > pace; why != nil && (expected || slow) {
		c.Verdict, c.Err = preflight.VerdictWarning, noBulk(why, need, pace)
	}
	return c
}

// noBulk says why no reading stands, and what follows.
func noBulk(why error, need, pace float64) error {
	text := fmt.Sprintf("that takes %.0f requests an hour", need*3600)
	switch {
	case pace > 0 && need > pace:
		text += fmt.Sprintf(", and the client sends no more than %.0f: bookings become overdue, and what the provider changes is noticed late", pace*3600)
	case pace > 0:
		text += fmt.Sprintf(", of %.0f that the client may send", pace*3600)
	}
	return fmt.Errorf("scheduling: no bulk reading stands, so each booking is looked at singly: %s. Why: %w", text, why)
}

// whyNoBulk returns nil if a reading stands, and notes what is known of the last one.
// err is one of the store.
func (s *Scheduler) whyNoBulk(ctx context.Context, now time.Time, bookings int, data map[string]string) (why, err error) {
	if _, ok := s.provider.reporter(); !ok {
		return ErrNoReport, nil
	}
	keeper, ok := s.store.(JobKeeper)
	if !ok {
		return errBulkNoJobs, nil
	}
	row, err := keeper.Job(ctx, jobBulk)
	if err != nil {
		return nil, fmt.Errorf("scheduling: Preflight: %w", err)
	}
	var last bulkStatus
	if row.Data != "" && json.Unmarshal([]byte(row.Data), &last) != nil {
		return errBulkUnknown, nil
	}
	last.note(data)
	if delivered := s.deliveries(ctx); s.sweepStands(delivered, now) {
		data["until"] = s.sweepStandsUntil(delivered.Swept).UTC().Format(time.RFC3339)
		return nil, nil
	}
	if s.tuning.BulkFrom > 0 && s.bulkStands(row.Done, now) {
		data["until"] = row.Done.Add(bulkFor * s.tuning.WatchInterval).UTC().Format(time.RFC3339)
		return nil, nil
	}
	return s.whyNotStanding(last, now, bookings), nil
}

// whyNotStanding says why the last reading does not stand.
func (s *Scheduler) whyNotStanding(last bulkStatus, now time.Time, bookings int) error {
	switch {
	case s.tuning.BulkFrom < 0:
		return errBulkNever
	case bookings < s.tuning.BulkFrom:
		return errBulkFew
	case last.Began.IsZero():
		return errBulkNone
	case s.bulkAhead(last.Began, now):
		return errBulkAhead
	case last.Failed:
		return errBulkUnread
	case !last.Covers:
		return fmt.Errorf("the provider's report showed %d of %d bookings that are ahead, and %d with their start: it may list past sessions alone; examples/doctor tells", last.Shown, last.Ahead, last.Confirmed)
	}
	return errBulkOld
}

// note puts what is known of the last reading into the data of a check.
func (b bulkStatus) note(data map[string]string) {
	if b.Began.IsZero() {
		return
	}
	data["began"] = b.Began.UTC().Format(time.RFC3339)
	if b.Failed {
		data["failed"] = "true"
		return
	}
	for key, n := range map[string]int{"ahead": b.Ahead, "shown": b.Shown, "confirmed": b.Confirmed, "gaps": b.Gaps} {
		data[key] = strconv.Itoa(n)
	}
}

// needSingly returns how many requests a second it takes to watch that many bookings
// without a reading, if each is of another learner: once a watch interval Reconcile reads
// the learner's list, and so does Sweep. Where that shows canceled reservations, both
// read the evidence, too.
func (s *Scheduler) needSingly(bookings int) float64 {
	requests := 2
	if s.provider.Traits().CanceledListed {
		requests = 4
	}
	return float64(bookings*requests) / s.tuning.WatchInterval.Seconds()
}

// pace returns how many requests a second the provider's client sends at most, 0 if that
// is not known.
func (s *Scheduler) pace() float64 {
	if p, ok := s.provider.p.(provider.Paced); ok {
		return p.Pace()
	}
	return 0
}
