package proctoru

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-querystring/query"
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

// pieces cuts an interval into spans of the length, each of which begins before
// its neighbor ends: were the provider to cut times to days, or to leave out the
// ends, rows at a cut would be lost.
func (whole span) pieces(length time.Duration) iter.Seq[span] {
	return func(yield func(span) bool) {
		overlap := min(length/2, pieceOverlap)
		for start := whole.start; ; start = start.Add(length - overlap) {
			end := start.Add(length)
			if !end.Before(whole.end) {
				yield(span{start, whole.end})
				return
			}
			if !yield(span{start, end}) {
				return
			}
		}
	}
}

// half returns half the length of a span, and whether that is long enough for a
// piece.
func (whole span) half() (time.Duration, bool) {
	half := (whole.end.Sub(whole.start) / 2).Truncate(time.Second)
	return half, !whole.start.IsZero() && half >= shortestPiece
}

// reading is one report under way.
type reading[W, T any] struct {
	ctx    context.Context
	core   *core
	op     operation
	params ActivityParams
	turn   func(*W, RawJSON) T
	repeat repeats
	wire   W // used again for each row
}

// rowsOf ranges over a report, unless its params are invalid.
func rowsOf[W, T any](ctx context.Context, c *core, op operation, params ActivityParams, invalid error, turn func(*W, RawJSON) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if invalid != nil {
			yield(*new(T), invalid)
			return
		}
		r := reading[W, T]{ctx: ctx, core: c, op: op, params: params, turn: turn, repeat: newRepeats()}
		if params.Start.IsZero() {
			if _, err := r.piece(span{}, yield); err != nil {
				yield(*new(T), err)
			}
			return
		}
		length := params.Piece
		if length == 0 {
			length = DefaultReportPiece
		}
		r.all(span{params.Start.UTC(), params.End.UTC()}, length, yield)
	}
}

// all yields the rows of a span in pieces of the length, and in smaller ones where
// need be. It reports whether to go on.
func (r *reading[W, T]) all(whole span, length time.Duration, yield func(T, error) bool) bool {
	for s := range whole.pieces(length) {
		if !r.deep(s, yield) {
			return false
		}
	}
	return true
}

// deep yields the rows of a span, in pieces of half its length if need be.
func (r *reading[W, T]) deep(s span, yield func(T, error) bool) bool {
	more, err := r.piece(s, yield)
	if err == nil {
		return more
	}
	if half, ok := s.half(); ok && wantsLess(err) {
		return r.all(s, half, yield)
	}
	yield(*new(T), &ReportError{Op: r.op.name, Start: s.start, End: s.end, Resume: s.start, Err: err})
	return false
}

// wantsLess reports whether a shorter interval may succeed.
func wantsLess(err error) bool {
	e, ok := errors.AsType[*Error](err)
	slow := ok && (e.Status == http.StatusInternalServerError || e.Status == http.StatusGatewayTimeout)
	return slow || errors.Is(err, ErrTooLarge)
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
	if e.rows == nil {
		e.rows, err = rows(e.data)
		if err != nil && !(compact(e.data) == "null" && !s.start.IsZero()) {
			return false, r.op.unreadable(resp, err)
		}
	}
	r.repeat.next(s, len(e.rows))
	for _, raw := range e.rows {
		if r.repeat.seen(raw) {
			continue
		}
		r.wire = *new(W)
		if !isObject(raw) || json.Unmarshal(raw, &r.wire) != nil {
			return false, r.op.unreadable(resp, ErrBadData)
		}
		if !yield(r.turn(&r.wire, clone(raw)), nil) {
			return false, nil
		}
	}
	return true, nil
}

// repeats finds rows that came before, in this piece or in one that is near it.
type repeats struct {
	seeds [2]maphash.Seed
	near  []pieceRows // the last one is this piece
}

type pieceRows struct {
	end  time.Time
	seen map[rowHash]struct{}
}

// rowHash has 128 bits: among the rows of a few pieces, no two share one by chance.
type rowHash [2]uint64

func newRepeats() repeats {
	return repeats{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// next begins a piece with that many rows. It forgets those that end so long before
// that they share no row with it, even if the provider reads times as days.
func (r *repeats) next(s span, size int) {
	r.near = slices.DeleteFunc(r.near, func(p pieceRows) bool { return p.end.Add(2 * pieceOverlap).Before(s.start) })
	r.near = append(r.near, pieceRows{end: s.end, seen: make(map[rowHash]struct{}, size)})
}

func (r *repeats) seen(row []byte) bool {
	hash := rowHash{maphash.Bytes(r.seeds[0], row), maphash.Bytes(r.seeds[1], row)}
	before := slices.ContainsFunc(r.near, func(p pieceRows) bool {
		_, ok := p.seen[hash]
		return ok
	})
	r.near[len(r.near)-1].seen[hash] = struct{}{}
	return before
}
