package openedx_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// gauges holds the last value of each, by name and label.
type gauges map[string]float64

func (g gauges) Observe(_ context.Context, m metrics.Measurement) {
	name := string(m.Name)
	for _, label := range []string{"job", "platform", "trouble"} {
		if value, ok := m.Labels[label]; ok {
			name += " " + value
		}
	}
	g[name] = m.Value
}

// stuckStore takes no change of an attempt while it is on, as if another process were
// always first, and is away while it is down.
type stuckStore struct {
	openedx.Store
	on, down bool
}

func (s *stuckStore) Attempts(ctx context.Context, q openedx.AttemptQuery) ([]openedx.Attempt, error) {
	if s.down {
		return nil, errors.New("the store is away")
	}
	return s.Store.Attempts(ctx, q)
}

func (s *stuckStore) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	if s.on {
		return a, scheduling.ErrConflict
	}
	return s.Store.PutAttempt(ctx, a)
}

// Who is on call reads off the metrics that an attempt is in trouble, in which, and when it
// is over.
func TestTroublesAreMeasured(t *testing.T) {
	t.Parallel()
	g := gauges{}
	w := newWorld(t, openedx.WithObserver(metrics.ObserverFunc(func(ctx context.Context, m metrics.Measurement) {
		wantLabels(t, m)
		g.Observe(ctx, m)
	})))
	id := w.attempt(w.north, w.register(w.north)) // whose pass is measured, too
	w.north.down = true
	w.clock.Advance(time.Minute)
	w.worked()
	if len(g) != 2+len(troublesInSource(t)) || g["lms_troubled north platform_unavailable"] != 1 || g["lms_overdue north"] != 0 {
		t.Errorf("measured %v, want a pass, one attempt whose platform is unavailable, and all else 0", g)
	}
	for trouble := range troublesInSource(t) {
		if _, told := g["lms_troubled north "+trouble]; !told {
			t.Errorf("nothing is told of the trouble %s", trouble)
		}
	}
	w.north.down = false
	w.clock.Advance(time.Minute - time.Second)
	w.worked()
	if w.kept(id).Trouble != "" {
		t.Fatal("the platform is up again, and the attempt still in trouble")
	}
	if g["lms_troubled north platform_unavailable"] != 1 {
		t.Error("attempts are counted after each pass, want once a minute")
	}
	w.clock.Advance(time.Second)
	w.worked()
	if g["lms_troubled north platform_unavailable"] != 0 || g["last_pass openedx"] != float64(w.clock.Now().Unix()) {
		t.Errorf("measured %v when the platform is up again, want no trouble, and the pass", g)
	}
}

// An attempt that nobody gets to work on is overdue after ten minutes.
func TestOverdueAttemptsAreMeasured(t *testing.T) {
	t.Parallel()
	g := gauges{}
	w := newWorld(t, openedx.WithObserver(g))
	stuck := &stuckStore{Store: w.store}
	w.store = stuck
	w.restart()
	registered := w.clock.Now()
	w.attempt(w.north, w.register(w.north))
	stuck.on = true
	for _, tt := range []struct {
		after time.Duration // since the registration
		want  float64
	}{{10*time.Minute - time.Second, 0}, {11 * time.Minute, 1}} {
		w.clock.Set(registered.Add(tt.after))
		w.worked()
		if got := g["lms_overdue north"]; got != tt.want {
			t.Errorf("after %v: %v overdue, want %v", tt.after, got, tt.want)
		}
	}
	stuck.on = false
	w.clock.Advance(time.Minute)
	w.worked()
	if got := g["lms_overdue north"]; got != 0 {
		t.Errorf("after the work: %v overdue, want 0", got)
	}
}

// A store that is away gives no numbers, and no pass that got to its end.
func TestNothingIsMeasuredWithoutTheStore(t *testing.T) {
	t.Parallel()
	g := gauges{}
	w := newWorld(t, openedx.WithObserver(g))
	w.store = &stuckStore{Store: w.store, down: true}
	w.restart()
	if _, err := w.p.Work(t.Context()); err == nil || len(g) != 0 {
		t.Errorf("measured %v with the error %v, want an error and nothing", g, err)
	}
}

func TestWithObserverNeedsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	platforms, err := openedx.NewPlatforms(w.store, nil, openedx.LMS{ID: "north", Client: w.north.client})
	w.do(err)
	if _, err := openedx.New(w.scheduler(platforms, w.bookings), platforms, w.exams, openedx.WithObserver(nil)); err == nil {
		t.Error("New took a nil observer")
	}
}

// wantLabels checks that a measurement has just the labels of the table.
func wantLabels(t *testing.T, m metrics.Measurement) {
	t.Helper()
	for _, metric := range metrics.All() {
		if metric.Name != m.Name {
			continue
		}
		if got, want := slices.Sorted(maps.Keys(m.Labels)), slices.Sorted(slices.Values(metric.Labels)); !slices.Equal(got, want) {
			t.Errorf("%s has labels %v, want %v", m.Name, got, want)
		}
		return
	}
	t.Errorf("%s is not in the table", m.Name)
}

// troublesInSource are the values of the constants, but for TroubleNone.
func troublesInSource(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "work.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && len(spec.Values) == 1 && fmt.Sprint(spec.Type) == "Trouble" {
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Value != `""` {
				all[lit.Value[1:len(lit.Value)-1]] = true
			}
		}
		return true
	})
	if len(all) < 10 {
		t.Fatalf("found %d troubles in work.go", len(all))
	}
	return all
}
