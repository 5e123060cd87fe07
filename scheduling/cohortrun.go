package scheduling

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// cohort is one run over the rows.
type cohort struct {
	rows []CohortRow
	max  int // failures in a row
	work func(ctx context.Context, row int) (Booking, error)

	mu       sync.Mutex
	next     int
	failures int
	stopped  error // why no more rows are tried
}

// cohort yields one result for each row.
func (s *Scheduler) cohort(ctx context.Context, rows []CohortRow, o CohortOptions, work func(context.Context, CohortRow) (Booking, error)) iter.Seq[CohortResult] {
	return func(yield func(CohortResult) bool) {
		o, err := o.normal()
		if err != nil {
			work = func(context.Context, CohortRow) (Booking, error) { return Booking{}, err }
		}
		c := &cohort{rows: rows, max: o.MaxFailures, work: onceEach(rows, work)}
		if !c.run(ctx, o.Parallel, yield) {
			return
		}
		for i := c.next; i < len(rows); i++ {
			err := &StoppedError{Failures: c.failures, cause: c.stopped}
			if !yield(CohortResult{Index: i, Row: rows[i], Code: RowNotTried, Err: err}) {
				return
			}
		}
	}
}

// onceEach refuses the second row of a learner.
func onceEach(rows []CohortRow, work func(context.Context, CohortRow) (Booking, error)) func(context.Context, int) (Booking, error) {
	first := map[LearnerID]int{}
	for i, r := range rows {
		if _, seen := first[r.Learner]; !seen {
			first[r.Learner] = i
		}
	}
	return func(ctx context.Context, i int) (Booking, error) {
		if first[rows[i].Learner] != i {
			return Booking{}, invalid("CohortRow.Learner", "is in an earlier row, too", nil)
		}
		return work(ctx, rows[i])
	}
}

// run works on the rows until there are no more, or it stops. It says whether
// the caller still listens.
func (c *cohort) run(ctx context.Context, parallel int, yield func(CohortResult) bool) bool {
	results := make(chan CohortResult)
	var workers sync.WaitGroup
	for range min(parallel, len(c.rows)) {
		workers.Go(func() {
			for i, ok := c.take(ctx); ok; i, ok = c.take(ctx) {
				results <- c.one(ctx, i)
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	defer func() { // also if the caller's loop panics
		c.stop(errors.New("scheduling: the caller left"))
		for range results {
		}
	}()
	for r := range results {
		if !yield(r) {
			return false
		}
	}
	return true
}

// take returns the next row to work on.
func (c *cohort) take(ctx context.Context) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped == nil && ctx.Err() != nil {
		c.stopped = context.Cause(ctx)
	}
	if c.stopped != nil || c.next == len(c.rows) {
		return 0, false
	}
	c.next++
	return c.next - 1, true
}

func (c *cohort) stop(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped == nil {
		c.stopped = why
	}
}

// one works on a row, and stops the cohort if it must.
func (c *cohort) one(ctx context.Context, i int) CohortResult {
	b, err := c.work(ctx, i)
	r := CohortResult{Index: i, Row: c.rows[i], Booking: b, Err: err}
	r.judge()
	if errors.Is(err, proctoru.ErrErrorBudget) {
		c.stop(err)
	}
	c.count(r)
	return r
}

// count stops the cohort after too many failures in a row.
func (c *cohort) count(r CohortResult) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.Code == RowDone:
		c.failures = 0
	case r.tellsOfTrouble():
		if c.failures++; c.failures >= c.max && c.stopped == nil {
			c.stopped = r.Err
		}
	}
}

// tellsOfTrouble says that the row went wrong somewhere else than in the row itself.
func (r CohortResult) tellsOfTrouble() bool {
	if r.Code == RowPending || r.Code == RowFailed {
		return true
	}
	_, taken := errors.AsType[*SlotTakenError](r.Err)
	_, refused := errors.AsType[*RefusedError](r.Err)
	return taken || refused
}

// judge sets the code and the reason from the error.
func (r *CohortResult) judge() {
	r.Code = RowFailed
	switch err := r.Err; {
	case err == nil:
		r.Code = RowDone
		return
	case err == errReady:
		r.Code, r.Err = RowReady, nil
		return
	}
	if _, ok := errors.AsType[*PendingError](r.Err); ok {
		r.Code = RowPending
		return
	}
	if r.Reason = reasonOf(r.Err); r.Reason != "" && r.Reason != ReasonPlatformUnavailable {
		r.Code = RowRefused
	}
}

// reasonOf returns the code of an error that says no, or "".
func reasonOf(err error) ReasonCode {
	if e, ok := errors.AsType[*NotAllowedError](err); ok && len(e.Reasons) > 0 {
		if e.Has(ReasonPlatformUnavailable) {
			return ReasonPlatformUnavailable
		}
		return e.Reasons[0].Code
	}
	if e, ok := errors.AsType[*RefusedError](err); ok {
		return e.Reason
	}
	if _, ok := errors.AsType[*SlotTakenError](err); ok {
		return ReasonOverlap
	}
	if _, ok := errors.AsType[*AlreadyBookedError](err); ok {
		return ReasonAlreadyBooked
	}
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		return ReasonInvalidRequest
	}
	return ""
}
