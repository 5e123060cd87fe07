package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// meter keeps what it is told.
type meter struct {
	mu  sync.Mutex
	all []metrics.Measurement
}

func (m *meter) Observe(_ context.Context, x metrics.Measurement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, x)
}

// values returns the values of a metric with these labels, in order.
func (m *meter) values(name metrics.Name, labels ...string) []float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	want := map[string]string{}
	for pair := range slices.Chunk(labels, 2) {
		want[pair[0]] = pair[1]
	}
	var values []float64
	for _, x := range m.all {
		if x.Name == name && maps.Equal(x.Labels, want) {
			values = append(values, x.Value)
		}
	}
	return values
}

// ofTheBridge are the metrics that package openedx measures.
var ofTheBridge = []metrics.Name{metrics.LMSTroubled, metrics.LMSOverdue}

// A few bad days make every metric of the Scheduler appear, each with just the labels of the
// table, and none with an id or a name.
func TestEveryMetricIsMeasured(t *testing.T) {
	m := &meter{}
	for name, day := range badDays {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.restart(scheduling.WithObserver(m), scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}), scheduling.WithSweep(scheduling.SweepRemove))
			day(w, m)
		})
	}

	seen := map[metrics.Name]bool{}
	for _, x := range m.all {
		seen[x.Name] = true
		i := slices.IndexFunc(metrics.All(), func(m metrics.Metric) bool { return m.Name == x.Name })
		if i < 0 {
			t.Fatalf("%s is not in the table", x.Name)
		}
		metric := metrics.All()[i]
		if got, want := slices.Sorted(maps.Keys(x.Labels)), slices.Sorted(slices.Values(metric.Labels)); !slices.Equal(got, want) {
			t.Errorf("%s has labels %v, want %v", x.Name, got, want)
		}
		if metric.Kind == metrics.KindCounter && x.Value < 1 || x.Value < 0 {
			t.Errorf("%s = %v", x.Name, x.Value)
		}
		for label, value := range x.Labels {
			if value == "" || strings.Trim(value, "abcdefghijklmnopqrstuvwxyz_") != "" {
				t.Errorf("%s has %s = %q: labels are codes", x.Name, label, value)
			}
		}
	}
	for _, metric := range metrics.All() {
		if !seen[metric.Name] && !slices.Contains(ofTheBridge, metric.Name) {
			t.Errorf("%s was never measured", metric.Name)
		}
	}
}

// badDays are what goes wrong, or is done about it.
var badDays = map[string]func(*world, *meter){
	"a mail is not sent": func(w *world, m *meter) {
		w.booked(nine)
		ctx, stop := context.WithCancel(w.t.Context())
		refuse := func(context.Context, scheduling.Event) error { stop(); panic("no mail") }
		s := w.replica(scheduling.WithObserver(m), scheduling.WithClock(proctorbooktest.NewManualClock(day)))
		if err := s.Consume(ctx, "mails", refuse, scheduling.ConsumeOptions{}); err != nil {
			w.t.Errorf("Consume = %v, want nil", err)
		}
	},
	"a profile changes": func(w *world, _ *meter) {
		w.booked(nine)
		w.save(movedHouse())
		must(w.SyncProfile(w.t.Context(), w.learner))
	},
	"the provider can't be read": func(w *world, _ *meter) {
		w.booked(nine)
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadError, Endpoint: "getStudentReservationList"})
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: 9})
		w.clock.Advance(time.Hour)
		w.pass()
	},
	"an operation stays open for long": func(w *world, _ *meter) {
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
		_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
		w.pendingID(err)
		w.pass()
		w.pass()
	},
	"a request takes longer than the lease": func(w *world, m *meter) {
		w.connectThrough(func(next http.RoundTripper) http.RoundTripper { return dawdling{next, w.clock} })
		w.restart(scheduling.WithObserver(m), scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
		_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
		w.pendingID(err)
	},
	"two reservations of one booking": func(w *world, _ *meter) {
		w.double(w.booked(nine).ID, noon)
		for range 4 {
			w.clock.Advance(10 * time.Minute)
			w.sweep()
		}
	},
	"a booking can't be read": func(w *world, _ *meter) {
		w.memory().SpoilBooking(w.booked(nine).ID)
		w.clock.Advance(2 * time.Hour)
		if _, err := w.Reconcile(w.t.Context()); err == nil {
			w.t.Error("Reconcile: no error, although a booking can't be read")
		}
	},
	"the work on a booking panics": func(w *world, m *meter) {
		b := w.booked(nine)
		w.store = mine{Store: w.store, update: b.ID}
		w.restart(scheduling.WithObserver(m))
		w.clock.Advance(2 * time.Hour)
		if _, err := w.Reconcile(w.t.Context()); err == nil {
			w.t.Error("Reconcile: no error, although it panicked")
		}
	},
	"a job of the background ends": func(w *world, m *meter) {
		ctx, cancel := context.WithCancel(w.t.Context())
		w.restart(scheduling.WithObserver(metrics.ObserverFunc(func(ctx context.Context, x metrics.Measurement) {
			m.Observe(ctx, x)
			if x.Name == metrics.JobRuns {
				cancel()
			}
		})))
		if err := w.Serve(ctx, scheduling.ServeOptions{}); err != nil {
			w.t.Errorf("Serve: %v", err)
		}
	},
	"the store fails": func(w *world, m *meter) {
		w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
		_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
		w.pendingID(err)
		w.store = forgetful{w.store}
		w.restart(scheduling.WithObserver(m))
		w.clock.Advance(time.Minute)
		if _, err := w.Reconcile(w.t.Context()); err == nil {
			w.t.Error("Reconcile: no error, although the store has lost the learner")
		}
	},
}

// dawdling takes longer to reserve than a lease runs.
type dawdling struct {
	next  http.RoundTripper
	clock *proctorbooktest.Clock
}

func (d dawdling) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/addAdHocProcess") {
		d.clock.Advance(3 * time.Minute)
	}
	return d.next.RoundTrip(r)
}

// forgetful is a store that can't find learners.
type forgetful struct{ scheduling.Store }

func (forgetful) Learner(context.Context, scheduling.LearnerID, int64) (scheduling.Learner, error) {
	return scheduling.Learner{}, errors.New("disk full")
}

func TestOperationsAreMeasured(t *testing.T) {
	m := &meter{}
	w := newWorld(t, scheduling.WithObserver(m), scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.clock.Advance(40 * time.Second)
	must(w.Reconcile(t.Context()))
	if got := m.values(metrics.OperationsOpen); fmt.Sprint(got) != "[0]" {
		t.Errorf("operations_open = %v, want 0 after the pass", got)
	}
	must(w.Cancel(t.Context(), id, scheduling.Request{}))

	for _, want := range []struct {
		metric metrics.Name
		labels []string
		values string
	}{
		{metrics.Operations, []string{"op", "reserve", "result", "adopted"}, "[1]"},
		{metrics.OperationAttempts, []string{"op", "reserve", "result", "adopted"}, "[2]"},
		{metrics.OperationDuration, []string{"op", "reserve", "result", "adopted"}, "[40]"},
		{metrics.Operations, []string{"op", "cancel", "result", "canceled"}, "[1]"},
		{metrics.Events, []string{"event", "requested"}, "[1]"},
		{metrics.Events, []string{"event", "sent"}, "[1 1 1]"},
	} {
		if got := fmt.Sprint(m.values(want.metric, want.labels...)); got != want.values {
			t.Errorf("%s %v = %s, want %s", want.metric, want.labels, got, want.values)
		}
	}
}
