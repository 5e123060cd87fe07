package scheduling_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// bomb is a provider whose adapter panics at the lists of one learner.
type bomb struct {
	provider.ProctorU
	learner *string
}

func (p bomb) List(ctx context.Context, learner string) ([]provider.Listed, error) {
	if learner == *p.learner {
		panic("no list of Ada Example")
	}
	return p.ProctorU.List(ctx, learner)
}

// wantPanic wants err to be the panic of the booking's work alone.
func wantPanic(t *testing.T, what string, err error, id scheduling.BookingID) {
	t.Helper()
	p, ok := errors.AsType[*scheduling.PanicError](err)
	if !ok || p.Booking != id || !strings.Contains(p.Stack, "bomb") && !strings.Contains(p.Stack, "mine") {
		t.Errorf("%s = %v (%+v), want a PanicError of booking %s, with its stack", what, err, p, id)
	}
	if strings.Contains(err.Error(), "Ada") {
		t.Errorf("%s = %v, which quotes what was passed to panic", what, err)
	}
}

// The work on one booking panics, and that on the others goes on; it is flagged, and no
// longer once a look goes well.
func TestPanicOfOneBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := w.settled(nine)
	good := w.bookedBy("bob", 4301, ten)
	learner, m := string(w.learner), &meter{}
	w.clock.Advance(5 * time.Minute)
	w.Scheduler = w.with(bomb{w.proctorU(), &learner})
	if err := errors.Join(scheduling.WithObserver(m)(w.Scheduler), scheduling.WithLogger(w.log.logger())(w.Scheduler)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []scheduling.BookingID{bad, good} {
		if err := w.Wake(t.Context(), string(id)); err != nil {
			t.Fatal(err)
		}
	}

	r, err := w.Reconcile(t.Context())

	wantPanic(t, "Reconcile", err, bad)
	if r.Worked != 2 || r.Failed != 1 || !w.booking(good).SeenActive.Equal(w.clock.Now()) {
		t.Errorf("report = %+v, want two bookings, one failed, and the other one seen", r)
	}
	b := w.booking(bad)
	if b.NeedsAttention == nil || b.NeedsAttention.Reason != scheduling.ReasonPanicked || b.Lease.Owner != "" || !b.DueAt.After(w.clock.Now()) {
		t.Errorf("attention = %+v, lease = %+v, due at %s; want it flagged, given back, and due later", b.NeedsAttention, b.Lease, b.DueAt)
	}
	if len(m.values(metrics.Panics)) != 1 {
		t.Errorf("panics was measured %d times, want once", len(m.values(metrics.Panics)))
	}
	if log := w.log.String(); !strings.Contains(log, "bomb.List (panic_test.go") || strings.Contains(log, "no list of Ada") {
		t.Error("the log lacks the stack, or quotes what was passed to panic")
	}

	swept, err := w.Sweep(t.Context())
	wantPanic(t, "Sweep", err, bad)
	if swept.Looked != 1 || swept.Failed != 1 {
		t.Errorf("swept = %+v, want one looked at, and one failed", swept)
	}

	learner = ""
	w.clock.Advance(3 * time.Minute)
	w.lookOnce()
	if b := w.booking(bad); b.NeedsAttention != nil || !b.SeenActive.Equal(w.clock.Now()) {
		t.Errorf("attention = %+v, last seen at %s; want none, and now", b.NeedsAttention, b.SeenActive)
	}
}

// mine is a store that panics at the calls of one kind.
type mine struct {
	scheduling.Store
	update scheduling.BookingID // at its updates
	claims *int                 // at so many claims
}

func (s mine) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if b.ID == s.update {
		panic(errors.New("Ada Example can't be stored"))
	}
	return s.Store.Update(ctx, b, events...)
}

func (s mine) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	if s.claims != nil && *s.claims > 0 {
		*s.claims--
		panic("no claim")
	}
	return s.Store.Claim(ctx, q)
}

// A store that panics at one booking, even when it is to be flagged, keeps neither the
// report nor new settings from the others.
func TestPanicOfTheStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := w.settled(nine)
	good := w.bookedBy("bob", 4301, ten)
	w.store = mine{Store: w.store, update: bad}
	w.restart()

	r, err := w.ReadReport(t.Context(), day, day.AddDate(0, 0, 1))
	wantPanic(t, "ReadReport", err, bad)
	if r.Failed != 1 || r.Bookings != 1 {
		t.Errorf("ReadReport = %+v, want one booking stored, and one that failed", r)
	}
	w.exam.ProctorNotes = "Open book."
	_, err = w.Staff.ApplyExam(t.Context(), w.exam, byStaff)
	wantPanic(t, "ApplyExam", err, bad)
	if w.booking(good).Exam.ProctorNotes != "Open book." {
		t.Error("the settings were not put on the other booking")
	}
	w.clock.Advance(3 * time.Hour)
	_, err = w.Reconcile(t.Context())
	wantPanic(t, "Reconcile", err, bad)
	if !w.booking(good).SeenActive.Equal(w.clock.Now()) {
		t.Error("the other booking was not looked at")
	}
}

// A pass that panics before it has a booking is not the end of Run.
func TestRunGoesOnAfterAPanic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	claims := 2
	w.store = mine{Store: w.store, claims: &claims}
	ctx, cancel := context.WithCancel(t.Context())
	clock := &countingClock{Clock: w.clock, limit: 4, end: cancel}
	w.restart(scheduling.WithClock(clock))
	w.clock.Advance(3 * time.Hour)

	if err := w.Run(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want the context's error", err)
	}
	if seen := w.booking(id).SeenActive; !seen.After(day.AddDate(0, 0, -4).Add(time.Hour)) {
		t.Errorf("the booking was last seen at %s, want after the panics", seen)
	}
}
