package scheduling_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// newest returns the last value of a metric with these labels.
func (m *meter) newest(t *testing.T, name metrics.Name, labels ...string) float64 {
	t.Helper()
	values := m.values(name, labels...)
	if len(values) == 0 {
		t.Fatalf("%s %v was never measured", name, labels)
	}
	return values[len(values)-1]
}

// The age is that of the oldest open operation, and 0 when there is none.
func TestAgeOfOpenOperationsIsMeasured(t *testing.T) {
	t.Parallel()
	m := &meter{}
	w := newWorld(t, scheduling.WithObserver(m), hasty)
	w.lookOnce()
	if got := m.newest(t, metrics.OperationsOpenAge); got != 0 {
		t.Errorf("operations_open_age = %v without an operation, want 0", got)
	}
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.clock.Set(w.booking(id).Intent.Requested.Add(20 * time.Minute))
	other := w.enroll("bob_l", 4212)
	_, err = w.Book(t.Context(), w.exam, other, ten)
	w.pendingID(err)
	w.lookOnce()
	open, age := m.newest(t, metrics.OperationsOpen), m.newest(t, metrics.OperationsOpenAge)
	if want := w.clock.Now().Sub(w.booking(id).Intent.Requested).Seconds(); open != 2 || age < 20*60 || age > want {
		t.Errorf("operations_open, operations_open_age = %v, %v; want 2 and the first one's, between 1200 and %v", open, age, want)
	}
}

// Flagged bookings are measured by reason, each reason each time, so that a gauge goes
// back to 0.
func TestOpenAttentionIsMeasuredByReason(t *testing.T) {
	t.Parallel()
	m := &meter{}
	w := newWorld(t, scheduling.WithObserver(m), hasty)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.clock.Advance(20 * time.Minute)
	w.lookOnce()
	for reason, want := range map[string]float64{"deadline": 1, "missing": 0, "unreadable": 0} {
		if got := m.newest(t, metrics.AttentionOpen, "reason", reason); got != want {
			t.Errorf("attention_open of %s = %v, want %v", reason, got, want)
		}
	}
	repair := w.memory().SpoilBooking(id)
	_, _ = w.Reconcile(t.Context())
	if got, open := m.newest(t, metrics.AttentionOpen, "reason", "unreadable"), m.newest(t, metrics.AttentionOpen, "reason", "deadline"); got != 1 || open != 0 {
		t.Errorf("attention_open of unreadable, deadline = %v, %v; want 1, 0: the booking can't be read", got, open)
	}
	repair()
	w.provider.ClearFaults()
	w.clock.Advance(time.Hour)
	w.pass()
	if got := m.newest(t, metrics.AttentionOpen, "reason", "deadline"); got != 0 {
		t.Errorf("attention_open of deadline = %v once it is settled, want 0", got)
	}
}

// Each reason for which the engine flags a booking is in the list of those that are
// measured.
func TestAttentionReasonsAreComplete(t *testing.T) {
	t.Parallel()
	m := &meter{}
	w := newWorld(t, scheduling.WithObserver(m))
	w.lookOnce()
	var measured []string
	for _, x := range m.all {
		if x.Name == metrics.AttentionOpen {
			measured = append(measured, x.Labels["reason"])
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := reasonCodes(t)
	flagged := []string{"ReasonKeyMissing", "ReasonLearnerMissing"} // lacks returns them
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			method, isMethod := call.Fun.(*ast.SelectorExpr)
			code, isName := call.Args[0].(*ast.Ident)
			if isMethod && isName && method.Sel.Name == "flag" && strings.HasPrefix(code.Name, "Reason") {
				flagged = append(flagged, code.Name)
			}
			return true
		})
	}
	if len(flagged) < 10 {
		t.Errorf("found %d calls that flag a booking, want all of the engine's", len(flagged))
	}
	for _, name := range flagged {
		if !slices.Contains(measured, codes[name]) {
			t.Errorf("%s (%q) flags a booking, and attention_open is not measured for it", name, codes[name])
		}
	}
}

// reasonCodes returns the values of the constants in reason.go.
func reasonCodes(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				codes[spec.Names[0].Name] = strings.Trim(value.Value, `"`)
			}
		}
		return true
	})
	return codes
}

// What stays due for more than ten minutes is overdue, up to the bound of the count.
func TestOverdueBookingsAreMeasured(t *testing.T) {
	t.Parallel()
	m := &meter{}
	w := newWorld(t, scheduling.WithObserver(m))
	b := w.booked(nine)
	w.clock.Advance(2 * time.Hour)
	w.lookOnce()
	if got := m.newest(t, metrics.Overdue); got != 0 {
		t.Errorf("overdue = %v after a pass that has looked at everything, want 0", got)
	}
	b = w.booking(b.ID)
	for want, late := range []time.Duration{10*time.Minute - time.Second, 10 * time.Minute} {
		// Another worker keeps it, and does nothing.
		b.DueAt, b.Lease = w.clock.Now().Add(-late), scheduling.Lease{Owner: "stuck", Until: w.clock.Now().Add(time.Hour)}
		b = must(w.store.Update(t.Context(), b))
		w.lookOnce()
		if got := m.newest(t, metrics.Overdue); got != float64(want) {
			t.Errorf("overdue = %v with a booking that is due for %v, want %v", got, late, want)
		}
	}
	for i := range 1100 {
		other := b
		other.ID, other.Learner = scheduling.BookingID(fmt.Sprintf("%s-%d", b.ID, i)), scheduling.LearnerID(fmt.Sprint("of-", i))
		must(w.store.Create(t.Context(), other))
	}
	w.lookOnce()
	if got := m.newest(t, metrics.Overdue); got != 1000 {
		t.Errorf("overdue = %v with 1101 of them, want 1000, where the count ends", got)
	}
}

// Only a pass that has got to its end counts as the last one.
func TestLastPassIsMeasured(t *testing.T) {
	t.Parallel()
	m := &meter{}
	w := newWorld(t, scheduling.WithObserver(m), scheduling.WithTuning(scheduling.Tuning{RetryBudget: 1, Patience: time.Nanosecond}))
	began := w.clock.Now()
	w.lookOnce()
	w.clock.Advance(500 * time.Millisecond)
	must(w.Sweep(t.Context()))
	must(w.ReadReport(t.Context(), day, day.AddDate(0, 0, 1)))
	must(w.ReadExamReport(t.Context(), w.exam))
	for job, want := range map[string]string{
		"reconcile": fmt.Sprintf("[%.1f]", float64(began.Unix())), "sweep": fmt.Sprintf("[%.1f]", float64(began.Unix())+0.5), "report": fmt.Sprintf("[%.1f]", float64(began.Unix())+0.5),
	} {
		if got := fmt.Sprintf("%.1f", m.values(metrics.LastPass, "job", job)); got != want {
			t.Errorf("last_pass of %s = %s, want %s, when it had begun", job, got, want)
		}
	}

	w.booked(nine)
	w.clock.Advance(2 * time.Hour)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	_, _ = w.Reconcile(t.Context())
	if _, err := w.Sweep(t.Context()); err == nil {
		t.Error("Sweep with a provider that is down: no error")
	}
	if _, err := w.ReadReport(t.Context(), day, day.AddDate(0, 0, 1)); err == nil {
		t.Error("ReadReport with a provider that is down: no error")
	}
	for _, job := range []string{"reconcile", "sweep", "report"} {
		if n := len(m.values(metrics.LastPass, "job", job)); n != 1 {
			t.Errorf("last_pass of %s was measured %d times, want 1: the second pass did not get to its end", job, n)
		}
	}
}
