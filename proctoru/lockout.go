package proctoru

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
)

// probeInterval is how long a stopped client waits before each probe.
const probeInterval = 30 * time.Second

// errorCount is how many errors the provider has counted, and how many it allows.
type errorCount struct{ errors, limit int }

func (e errorCount) share() float64 { return float64(e.errors) / float64(e.limit) }

// guard stops calls before the provider locks the token. It is not known whether
// the provider counts by token or by method, so the guard remembers the count of
// each method and goes by the worst.
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

// admit returns ErrErrorBudget if the call must not be sent now. When a probe is
// due, the first call sends it, and is admitted if it succeeds.
func (g *guard) admit(op operation, now func() time.Time, probe func() error) error {
	refused, due := g.look(op, now())
	if due && g.probe(now, probe) {
		return nil
	}
	return refused
}

// probe reads the time zones. Success proves that the token works, and sets a
// counter by token back to 0.
func (g *guard) probe(now func() time.Time, probe func() error) (open bool) {
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.probing = false
		if open {
			clear(g.counts)
		}
	}()
	err := probe()
	g.note(opProbe, err, now())
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
	// The counter is of the errors before this one.
	g.counts[op.path] = errorCount{errors: e.Counter + 1, limit: e.CounterLimit}
	if !before && g.stopped() {
		g.lastProbe = now
	}
}
