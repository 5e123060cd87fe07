package cohort

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
)

// work does what a run does with a row. sends reports whether it is a dry run, and
// the real one would send.
type work[R any] func(ctx context.Context, row R) (b scheduling.Booking, sends bool, err error)

// run is one run over the rows.
type run struct {
	rows []Row
	max  int       // failures in a row
	work work[int] // by the row's index

	mu       sync.Mutex
	next     int   // the row that is tried next
	failures int   // in a row, so far
	stopped  error // why no more rows are tried; nil if they are
}

// results yields one result for each row.
func results(ctx context.Context, rows []Row, o Options, do work[Row]) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		o, err := o.normal()
		if err != nil {
			do = func(context.Context, Row) (scheduling.Booking, bool, error) { return scheduling.Booking{}, false, err }
		}
		ctx := proctorbook.Routine(ctx) // the learners at the page go before
		c := &run{rows: rows, max: o.MaxFailures, work: onceEach(rows, do)}
		if !c.tryAll(ctx, o.Parallel, yield) {
			return
		}
		for i := c.next; i < len(rows); i++ {
			err := &StoppedError{Failures: c.failures, cause: c.stopped}
			if !yield(Result{Index: i, Row: rows[i], Code: CodeNotTried, Err: err}) {
				return
			}
		}
	}
}

// onceEach refuses the second row of a learner.
func onceEach(rows []Row, do work[Row]) work[int] {
	first := map[scheduling.LearnerID]int{}
	for i, r := range rows {
		if _, seen := first[r.Learner]; !seen {
			first[r.Learner] = i
		}
	}
	return func(ctx context.Context, i int) (scheduling.Booking, bool, error) {
		if first[rows[i].Learner] != i {
			return scheduling.Booking{}, false, &proctorbook.ValidationError{Op: "cohort", Fields: []proctorbook.FieldError{{Field: "Row.Learner", Problem: "is in an earlier row, too"}}}
		}
		return do(ctx, rows[i])
	}
}

// tryAll works on the rows until there are no more, or it stops. It reports whether
// the caller still ranges.
func (c *run) tryAll(ctx context.Context, parallel int, yield func(Result) bool) bool {
	results := make(chan Result)
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
		c.stop(errors.New("cohort: the caller left"))
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
func (c *run) take(ctx context.Context) (int, bool) {
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

// stop ends the run: no more rows are tried. The first cause counts.
func (c *run) stop(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped == nil {
		c.stopped = why
	}
}

// one works on a row, and stops the run if it must.
func (c *run) one(ctx context.Context, i int) Result {
	var b scheduling.Booking
	var sends bool
	p, err := caught.Do(func() (err error) {
		b, sends, err = c.work(ctx, i)
		return err
	})
	if p != nil { // in a goroutine of this package it would end the process
		err = &scheduling.PanicError{Value: p.Value, Stack: p.Stack}
	}
	r := Result{Index: i, Row: c.rows[i], Booking: b, Err: err}
	r.Code, r.Reason = judge(sends, err)
	if errors.Is(err, proctoru.ErrErrorBudget) {
		c.stop(err)
	}
	c.count(r)
	return r
}

// count stops the run after too many failures in a row.
func (c *run) count(r Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.Code == CodeDone:
		c.failures = 0
	case r.tellsOfTrouble():
		if c.failures++; c.failures >= c.max && c.stopped == nil {
			c.stopped = r.Err
		}
	}
}

// tellsOfTrouble reports whether the row went wrong somewhere else than in the row
// itself.
func (r Result) tellsOfTrouble() bool {
	if r.Code == CodePending || r.Code == CodeFailed {
		return true
	}
	_, taken := errors.AsType[*scheduling.SlotTakenError](r.Err)
	_, refused := errors.AsType[*scheduling.RefusedError](r.Err)
	return taken || refused
}

// judge returns the code and the reason of a row that ended with err.
func judge(sends bool, err error) (Code, scheduling.ReasonCode) {
	switch {
	case sends:
		return CodeReady, ""
	case err == nil:
		return CodeDone, ""
	}
	if _, ok := errors.AsType[*scheduling.PendingError](err); ok {
		return CodePending, ""
	}
	reason := reasonOf(err)
	if reason == "" || reason == scheduling.ReasonPlatformUnavailable {
		return CodeFailed, reason
	}
	return CodeRefused, reason
}

// reasonOf returns the code of an error that refuses the row, or "".
func reasonOf(err error) scheduling.ReasonCode {
	if e, ok := errors.AsType[*scheduling.NotAllowedError](err); ok && len(e.Reasons) > 0 {
		if e.Has(scheduling.ReasonPlatformUnavailable) {
			return scheduling.ReasonPlatformUnavailable
		}
		return e.Reasons[0].Code
	}
	if e, ok := errors.AsType[*scheduling.RefusedError](err); ok {
		return e.Reason
	}
	if _, ok := errors.AsType[*scheduling.SlotTakenError](err); ok {
		return scheduling.ReasonOverlap
	}
	if _, ok := errors.AsType[*scheduling.AlreadyBookedError](err); ok {
		return scheduling.ReasonAlreadyBooked
	}
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		return scheduling.ReasonInvalidRequest
	}
	return ""
}
