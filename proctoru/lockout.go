package proctoru

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
)

// probeInterval is how long a stopped client waits before each probe.
const probeInterval = 30 * time.Second

// WithLockoutGuard sets at which shares (above 0, at most 1) of the provider's
// error limit the client stops with [ErrErrorBudget]: creates, changes and moves
// at the first, all other calls at the second. 0 switches that part of the guard off.
//
// The provider counts errors, and is expected to lock the token at the limit
// ("Error count 49 of 50"). A stopped client reads the time zones once in 30 s,
// as part of the next call that it would refuse, and goes on if that succeeds.
// Default: 0.8 and 0.9.
func WithLockoutGuard(creates, others float64) Option {
	return func(s *settings) error {
		for _, share := range []float64{creates, others} {
			if !(share >= 0 && share <= 1) {
				return invalid("WithLockoutGuard", "shares", "must be from 0 to 1")
			}
		}
		s.createShare, s.otherShare = creates, others
		return nil
	}
}

// errorCount is how many errors the provider has counted, and how many it allows.
type errorCount struct{ errors, limit int }

func (e errorCount) share() float64 { return float64(e.errors) / float64(e.limit) }

// guard stops calls before the provider locks the token. Whether the provider
// counts by token or by method, it remembers the count of each method, and the
// worst one rules: nobody knows which it is.
type guard struct {
	createShare, otherShare float64

	mu        sync.Mutex
	counts    map[string]errorCount // by path
	probing   bool
	lastProbe time.Time // or when the guard closed
}

func newGuard(createShare, otherShare float64) *guard {
	return &guard{createShare: createShare, otherShare: otherShare, counts: map[string]errorCount{}}
}

var opProbe = get("lock-out probe", "/getTimeZoneList")

// admit returns ErrErrorBudget if the call must not be sent now. The first call
// that comes when a probe is due sends it, and goes on if it succeeds.
func (g *guard) admit(ctx context.Context, c *Client, op operation) error {
	refused, probe := g.look(op, c.now())
	if probe && g.probe(ctx, c) {
		return nil
	}
	return refused
}

// probe reads the time zones. Success proves that the token works, and sets a
// counter by token back to 0.
func (g *guard) probe(ctx context.Context, c *Client) (open bool) {
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.probing = false
		if open {
			clear(g.counts)
		}
	}()
	_, _, err := exchange(ctx, c, opProbe, url.Values{})
	g.note(opProbe, err, c.now())
	return err == nil
}

// look returns the error with which op is refused, nil if it is not, and whether
// the caller has to probe first.
func (g *guard) look(op operation, now time.Time) (refused error, probe bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	worst, stopped := g.worst(op)
	if !stopped {
		return nil, false
	}
	wait := g.lastProbe.Add(probeInterval).Sub(now)
	if !g.probing && (wait <= 0 || wait > probeInterval) { // more: the clock was put back
		g.probing, g.lastProbe, wait = true, now, probeInterval
		probe = true
	}
	return &Error{
		Op: op.name, Reason: ErrErrorBudget, Counter: worst.errors, CounterLimit: worst.limit,
		RetryAfter: max(wait, 0), outcome: proctorbook.ErrNotDone,
	}, probe
}

// worst returns the highest count, and whether it stops op.
func (g *guard) worst(op operation) (errorCount, bool) {
	limit := g.createShare
	if op.class == proctorbook.Read || op.kept {
		limit = g.otherShare
	}
	if len(g.counts) == 0 || limit == 0 {
		return errorCount{}, false
	}
	worst := slices.MaxFunc(slices.Collect(maps.Values(g.counts)), func(a, b errorCount) int {
		return cmp.Compare(a.share(), b.share())
	})
	return worst, worst.share() >= limit
}

// stopped reports whether any call is stopped.
func (g *guard) stopped() bool {
	_, creates := g.worst(operation{class: proctorbook.Write})
	_, others := g.worst(operation{class: proctorbook.Read})
	return creates || others
}

// note takes in the counter of an error. Errors without one change nothing.
func (g *guard) note(op operation, err error, now time.Time) {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.CounterLimit <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.stopped()
	// The counter says how many errors came before this one.
	g.counts[op.path] = errorCount{errors: e.Counter + 1, limit: e.CounterLimit}
	if !before && g.stopped() {
		g.lastProbe = now
	}
}
