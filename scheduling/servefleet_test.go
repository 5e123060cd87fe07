// Several replicas on one store, for the tests of Serve.

package scheduling_test

import (
	"context"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// watched sees when something is done, and whether it is ever done twice at a time.
type watched struct {
	takes time.Duration // how long it takes; it ends with its context

	mu             sync.Mutex
	began          []time.Time
	now, most, cut int // under way, most at a time, and ended by their context
	err            error
	panics         bool
}

func (w *watched) do(ctx context.Context) error {
	w.mu.Lock()
	w.began = append(w.began, time.Now())
	w.now++
	w.most = max(w.most, w.now)
	takes, err, panics := w.takes, w.err, w.panics
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now--
	}()
	if panics {
		panic("the report")
	}
	select {
	case <-time.After(takes):
		return err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cut++
		return context.Cause(ctx)
	}
}

// set changes what happens the next time.
func (w *watched) set(change func(*watched)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// cuts is how often its context ended it.
func (w *watched) cuts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

// mostAtOnce is how often it was under way at the same time, at most.
func (w *watched) mostAtOnce() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}

func (w *watched) times() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.began)
}

// fleet is a store with several replicas on it, in a bubble of testing/synctest.
type fleet struct {
	t              *testing.T
	store          *memstore.Store
	sweeps, report watched
	meter          meter
	log            logBuffer
}

// newFleet begins at noon, so that no night falls into the first hours.
func newFleet(t *testing.T) *fleet {
	time.Sleep(12 * time.Hour)
	return &fleet{t: t, store: memstore.New()}
}

// reporter is a provider that has nothing but a report.
type reporter struct {
	provider.ProctorU
	w *watched
}

func (reporter) Traits() provider.Traits { return provider.Traits{} }

func (r reporter) Report(ctx context.Context, _, _ time.Time) iter.Seq2[provider.Activity, error] {
	return func(yield func(provider.Activity, error) bool) {
		if err := r.w.do(ctx); err != nil {
			yield(provider.Activity{}, err)
		}
	}
}

// seen is the store, which sees sweeps by the list that each reads.
type seen struct {
	*memstore.Store
	w *watched
}

func (s seen) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if f.WatchedAt.IsZero() {
		return s.Store.List(ctx, f)
	}
	return func(yield func(scheduling.Booking, error) bool) {
		if err := s.w.do(ctx); err != nil {
			yield(scheduling.Booking{}, err)
		}
	}
}

// scheduler is one replica.
func (f *fleet) scheduler(store scheduling.Store) *scheduling.Scheduler {
	f.t.Helper()
	w := newWorld(f.t) // lends its clients
	s, err := scheduling.New(reporter{provider.ProctorU{Client: w.client}, &f.report}, platform.OpenEdX{Client: w.edx}, store,
		scheduling.WithObserver(&f.meter), scheduling.WithLogger(f.log.logger()))
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// serve runs one more replica, until stop is called or the test ends.
func (f *fleet) serve(store scheduling.Store) (stop func()) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	s := f.scheduler(store)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(ctx, scheduling.ServeOptions{Reconcile: time.Minute}); err != nil {
			f.t.Errorf("Serve = %v, want nil", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	f.t.Cleanup(stop)
	return stop
}

func (f *fleet) seen() scheduling.Store { return seen{f.store, &f.sweeps} }
