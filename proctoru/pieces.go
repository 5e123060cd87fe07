package proctoru

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"time"

	"github.com/google/go-querystring/query"

	"github.com/proctorbook/proctorbook/internal/transport"
	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// ReportError means that a report over an interval broke off. All rows before
// Resume have been yielded.
type ReportError struct {
	Op         string    // the method, such as "Reports.Activity"
	Start, End time.Time // the piece that failed, UTC
	// Resume is the Start for another call, UTC. Rows before it do not come
	// again; some rows after it may come a second time.
	Resume time.Time
	Err    error // why: an *Error, or the transport's
}

// Error names the piece and the cause.
func (e *ReportError) Error() string {
	return fmt.Sprintf("proctoru: %s: the piece from %s to %s failed, go on from %s: %v", e.Op,
		e.Start.Format(time.RFC3339), e.End.Format(time.RFC3339), e.Resume.Format(time.RFC3339), e.Err)
}

// Unwrap returns the cause.
func (e *ReportError) Unwrap() error { return e.Err }

// span is the interval of one call. Zero ends are open.
type span struct{ start, end time.Time }

func (s span) length() time.Duration { return s.end.Sub(s.start) }

// kind is what rows of a report are made of.
type kind[W, T any] struct {
	row   func(*W, RawJSON) T
	start func(*W) time.Time // of the session; zero if the row has none
}

// reading is one report under way.
type reading[W, T any] struct {
	kind[W, T]
	ctx    context.Context
	core   *core
	op     operation
	params ActivityParams
	pace   pace
	ends   ends
	repeat repeats
	wire   W // used again for each row
}

// rowsOf ranges over a report, unless its params are invalid.
func rowsOf[W, T any](ctx context.Context, c *core, op operation, params ActivityParams, invalid error, k kind[W, T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if invalid != nil {
			yield(*new(T), invalid)
			return
		}
		r := reading[W, T]{kind: k, ctx: ctx, core: c, op: op, params: params, repeat: newRepeats()}
		if params.Start.IsZero() {
			if _, err := r.piece(span{}, yield); err != nil {
				yield(*new(T), err)
			}
			return
		}
		r.pace = newPace(params.Piece)
		r.all(span{params.Start.UTC(), params.End.UTC()}, yield)
	}
}

// all yields the rows of a span piece by piece. Each piece begins before its neighbor
// ends: were the provider to cut times to days, or to leave out the ends, rows at a cut
// would be lost. A piece on which the provider fails is asked for again from its start,
// at a length of which two cover it.
func (r *reading[W, T]) all(whole span, yield func(T, error) bool) {
	for at := whole.start; ; {
		s := span{at, at.Add(r.pace.length)}
		if s.end.After(whole.end) {
			s.end = whole.end
		}
		more, err := r.piece(s, yield)
		if err == nil && !more {
			return
		}
		if err != nil && r.wantsLess(err) && r.pace.cut(s) {
			r.ends.doubt(s, r.pace.length, err)
			continue
		}
		failed := s
		if err == nil {
			failed, err = r.ends.settle(s)
		}
		if err != nil {
			yield(*new(T), &ReportError{Op: r.op.name, Start: failed.start, End: failed.end, Resume: failed.start, Err: err})
			return
		}
		if s.end.Equal(whole.end) {
			return
		}
		at = s.end.Add(-r.ends.overlap(s.length()))
	}
}

// wantsLess reports whether a shorter interval may succeed.
func (r *reading[W, T]) wantsLess(err error) bool {
	e, ok := errors.AsType[*Error](err)
	slow := ok && (e.Status == http.StatusInternalServerError || e.Status == http.StatusGatewayTimeout)
	return slow || errors.Is(err, ErrTooLarge) || r.ctx.Err() == nil && timedOut(err)
}

// timedOut reports whether a request was sent and no whole answer came in time. A
// connection that can't be made, and a wait for the limiter, have nothing to do with
// the length of an interval.
func timedOut(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	if ok && dial.Op == "dial" {
		return false
	}
	e, ok := errors.AsType[*transport.Error](err)
	return ok && e.Attempts > 0 && errors.Is(err, context.DeadlineExceeded)
}

// piece sends one call and yields its rows. No row is yielded of an answer that
// has too many.
func (r *reading[W, T]) piece(s span, yield func(T, error) bool) (more bool, err error) {
	r.params.Start, r.params.End = s.start, s.end
	values, err := query.Values(r.params.wire())
	if err != nil {
		return false, fmt.Errorf("proctoru: %s: %w", r.op.name, err)
	}
	resp, e, err := sendGuarded(r.ctx, r.core, r.op, values)
	if err != nil {
		return false, err
	}
	r.op.room = resp.Body // the rows below are copies by then
	if e.rows == nil {
		e.rows, err = rows(e.data)
		if err != nil && !(compact(e.data) == "null" && !s.start.IsZero()) {
			return false, r.op.unreadable(resp, err)
		}
	}
	r.repeat.next(s, len(e.rows))
	r.ends.begin(s)
	for _, raw := range e.rows {
		if r.repeat.seen(raw) {
			continue
		}
		r.wire = *new(W)
		if !isObject(raw) || wirejson.Unmarshal(raw, &r.wire) != nil {
			return false, r.op.unreadable(resp, ErrBadData)
		}
		r.ends.saw(r.start(&r.wire))
		if !yield(r.row(&r.wire, r.kept(raw)), nil) {
			return false, nil
		}
	}
	if r.ends.judge() {
		r.pace.shortest = wholeDay
	}
	r.pace.came(max(float64(len(e.rows))/maxRows, float64(len(resp.Body))/maxReportBytes))
	return true, nil
}

// kept returns a copy of the row, if it was asked for.
func (r *reading[W, T]) kept(raw []byte) RawJSON {
	if !r.params.KeepRaw {
		return nil
	}
	return clone(raw)
}
