package scheduling_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// purposes counts the requests that the client's observer sees, by their purpose.
type purposes struct {
	mu   sync.Mutex
	sent map[scheduling.Purpose]int
}

func (p *purposes) Observe(ctx context.Context, e proctorbook.Event) {
	if e.Kind == proctorbook.EventAttempt {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sent[scheduling.PurposeOf(ctx)]++
	}
}

// take returns the counts since the last take.
func (p *purposes) take() map[scheduling.Purpose]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.sent
	p.sent = map[scheduling.Purpose]int{}
	return taken
}

// spent are the provider_calls since the last time.
func (m *meter) spent() map[scheduling.Purpose]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	sums := map[scheduling.Purpose]int{}
	for _, x := range m.all {
		if x.Name == metrics.ProviderCalls {
			sums[scheduling.Purpose(x.Labels["for"])] += int(x.Value)
		}
	}
	m.all = nil
	return sums
}

// Each request to the provider is counted by what it is made for, as the client's observer
// sees it, also where one call of the adapter is several requests.
func TestRequestsAreCountedByPurpose(t *testing.T) {
	t.Parallel()
	m, seen := &meter{}, &purposes{sent: map[scheduling.Purpose]int{}}
	w := newWorld(t, scheduling.WithObserver(m), hasty)
	w.client = w.newClient(w.provider.Token, proctoru.WithObserver(seen))
	w.restart(scheduling.WithObserver(m), hasty)
	var id scheduling.BookingID
	for _, step := range []struct {
		name string
		do   func()
		want map[scheduling.Purpose]int
	}{
		{"a learner books", func() { id = w.booked(nine).ID }, map[scheduling.Purpose]int{"learner": 1}},
		{"a routine look", func() { w.clock.Advance(2 * time.Hour); w.lookOnce() }, map[scheduling.Purpose]int{"reconcile_routine": 2}},
		{"a look after a webhook", func() { w.did(w.Wake(t.Context(), string(id))); w.lookOnce() }, map[scheduling.Purpose]int{"reconcile_urgent": 2}},
		{"a sweep", func() { w.sweep() }, map[scheduling.Purpose]int{"sweep": 1}},
		{"the report of 40 days", func() { must(w.ReadReport(t.Context(), day, day.AddDate(0, 0, 40))) }, map[scheduling.Purpose]int{"report": 5}},
		{"a bulk reading", func() {
			w.restart(scheduling.WithObserver(m), reads)
			w.clock.Advance(5 * time.Minute)
			w.sweep()
		}, map[scheduling.Purpose]int{"sweep": 5}},
		{"a read that is tried again", func() {
			w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadError, Endpoint: "getStudentReservationList", Times: 1})
			w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status503, Endpoint: "clientActivityReport", Times: 1})
			must(w.Outcome(t.Context(), id))
		}, map[scheduling.Purpose]int{"learner": 2}},
	} {
		m.spent()
		seen.take()
		step.do()
		spent, sent := m.spent(), seen.take()
		if !maps.Equal(spent, step.want) || !maps.Equal(sent, step.want) {
			t.Errorf("%s: provider_calls %v, the client's observer saw %v; want %v", step.name, spent, sent, step.want)
		}
	}
}

// foreign is a provider behind another client.
type foreign struct{ provider.Provider }

func (foreign) List(context.Context, string) ([]provider.Listed, error) { return nil, nil }

// A call of another client counts as one, and an adapter without optional abilities has
// none by being counted.
func TestCallsOfOtherClientsCountAsOne(t *testing.T) {
	t.Parallel()
	m := &meter{}
	w := newWorld(t)
	w.booked(nine)
	s := must(scheduling.New(foreign{w.proctorU()}, w.openEdX(), w.store, scheduling.WithObserver(m), scheduling.WithClock(w.clock)))
	w.clock.Advance(5 * time.Minute)
	must(s.Sweep(t.Context())) // the list of the learner, and what is looked at as it lacks a booking
	if got := m.spent()[scheduling.PurposeSweep]; got != 3 {
		t.Errorf("provider_calls of the sweep = %d, want 3: two lists, and the evidence", got)
	}
	if _, err := s.ReadReport(t.Context(), day, noon); err == nil {
		t.Error("ReadReport of a provider without a report: no error")
	}
}

// An observer that panics takes no answer of the provider away.
func TestAPanickingObserverLosesNoAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithObserver(metrics.ObserverFunc(func(_ context.Context, m metrics.Measurement) {
		if m.Name == metrics.ProviderCalls {
			panic("the observer")
		}
	})))
	if b := w.booked(nine); b.State != scheduling.StateScheduled {
		t.Errorf("state = %s, want scheduled", b.State)
	}
}

// What one booking takes of the provider's pace from its making until its end, where
// readings of the report stand for its routine watches. docs/operating.md reckons with it.
func TestRequestsOfABooking(t *testing.T) {
	t.Parallel()
	for name, comes := range map[string]bool{"who comes": true, "who does not come": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBulkWorld(t)
			m := &meter{}
			o.restart(reads, scheduling.WithObserver(m))
			start := noon // the others' are days later
			sum := map[scheduling.Purpose]int{}
			id := o.bookedBy("mia", 4303, start)
			for o.clock.Now().Before(start.Add(12 * time.Hour)) {
				switch now := o.clock.Now(); {
				case comes && o.booking(id).State == scheduling.StateScheduled && !now.Before(start.Add(-10*time.Minute)):
					o.mustBegin(id)
					must(o.Unlock(t.Context(), id, o.code(id)))
				case o.booking(id).State == scheduling.StateUnlocked && !now.Before(start.Add(90*time.Minute)):
					must(o.Finish(t.Context(), id))
				}
				o.sweep()
				m.spent()
				o.lookOnce()
				for p, n := range m.spent() {
					sum[p] += n
				}
				o.clock.Advance(10 * time.Minute)
			}
			t.Logf("a booking of a learner %s: %d requests for looks; at the end it is %s", name, sum[scheduling.PurposeRoutine], o.booking(id).State)
			if want := (map[scheduling.Purpose]int{scheduling.PurposeRoutine: 8}); !maps.Equal(sum, want) {
				t.Errorf("requests of Reconcile = %v, want %v: four looks", sum, want)
			}
		})
	}
}
