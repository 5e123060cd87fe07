package scheduling_test

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// classNotes notes the calls to the provider, and for which of them nobody waits.
type classNotes struct {
	next  http.RoundTripper
	calls []classNote
}

type classNote struct {
	endpoint, student string
	routine           bool
}

func (s *classNotes) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls = append(s.calls, classNote{path.Base(r.URL.Path), r.URL.Query().Get("student_id"), proctorbook.IsRoutine(r.Context())})
	return s.next.RoundTrip(r)
}

// take returns the calls since the last take.
func (s *classNotes) take() []classNote {
	taken := s.calls
	s.calls = nil
	return taken
}

// noteClasses makes clients that note the calls to the provider.
func (w *world) noteClasses() *classNotes {
	notes := &classNotes{}
	w.connectThrough(func(next http.RoundTripper) http.RoundTripper {
		if notes.next == nil {
			notes.next = next // the provider's client is made first
			return notes
		}
		return next
	})
	return notes
}

// A booking whose answer was lost is looked at before routine looks that have been due
// for longer, and only routine looks let other calls pass.
func TestUrgentBookingsGoFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.noteClasses()
	w.restart(hasty)
	for i, name := range []string{"bob", "eve", "mia", "tom"} {
		w.bookedBy(name, int64(4301+i), []time.Time{nine, ten, noon, nine.AddDate(0, 0, 1)}[i])
	}
	woken := w.settled(ten.AddDate(0, 0, 1))
	w.clock.Advance(2 * time.Hour) // all are due
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	lost := w.enroll("zoe", 4399)
	sent.take()
	_, err := w.Book(t.Context(), w.exam, lost, noon.AddDate(0, 0, 1))
	id := w.pendingID(err)
	for _, c := range sent.take() {
		if c.routine {
			t.Errorf("%s of Book is routine", c.endpoint)
		}
	}
	w.clock.Advance(5 * time.Minute)
	if err := w.Wake(t.Context(), string(woken)); err != nil {
		t.Fatal(err)
	}

	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}

	calls := sent.take()
	var order []string
	for _, c := range calls {
		if c.student == "" {
			continue // the report is of all learners
		}
		if n := len(order); n == 0 || order[n-1] != c.student {
			order = append(order, c.student)
		}
		if urgent := c.student == string(lost) || c.student == string(w.learner); urgent == c.routine {
			t.Errorf("%s for learner %s: routine = %t", c.endpoint, c.student, c.routine)
		}
	}
	if want := []string{string(w.learner), string(lost)}; len(order) != 6 || !slices.Equal(order[:2], want) {
		t.Errorf("the learners were looked at in the order %v, want first %v, which are urgent, then the other four", order, want)
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Errorf("the lost booking is %s, want scheduled", b.State)
	}
	if b := w.booking(woken); b.Woken || b.Urgent() {
		t.Error("the woken booking is still urgent after its look")
	}
}

// Nobody waits for a sweep and for the reading of a report.
func TestSweepAndReportAreRoutine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.noteClasses()
	w.restart()
	w.settled(nine)
	for name, work := range map[string]func() error{
		"Sweep":      func() error { _, err := w.Sweep(t.Context()); return err },
		"ReadReport": func() error { _, err := w.ReadReport(t.Context(), day, day.AddDate(0, 0, 1)); return err },
	} {
		sent.take()
		if err := work(); err != nil {
			t.Fatal(err)
		}
		calls := sent.take()
		for _, c := range calls {
			if !c.routine {
				t.Errorf("%s of %s is not routine", c.endpoint, name)
			}
		}
		if len(calls) == 0 {
			t.Errorf("%s made no call", name)
		}
	}
}

// atPace is a provider of which a reading takes half a second, as two calls a second
// allow. It has what the bookings say.
type atPace struct {
	provider.ProctorU
	has  map[string]provider.Listed // by learner
	seen map[string]time.Time       // when a learner's list was read first
}

func (p *atPace) List(ctx context.Context, learner string) ([]provider.Listed, error) {
	if p.seen[learner].IsZero() {
		p.seen[learner] = time.Now()
	}
	time.Sleep(time.Second / 2)
	if row, ok := p.has[learner]; ok {
		return []provider.Listed{row}, ctx.Err()
	}
	return nil, ctx.Err()
}

func (p *atPace) Evidence(ctx context.Context, _, _ string, _ proctoru.ReservationNo) ([]provider.Proof, error) {
	time.Sleep(time.Second / 2)
	return nil, ctx.Err()
}

// watched returns a scheduled booking that is due for a routine look, in any order.
func (w *world) watched(i int, due time.Time) scheduling.Booking {
	b := scheduling.Booking{
		ID: scheduling.BookingID(fmt.Sprintf("pb-testtest-%04d", i)), Learner: scheduling.LearnerID(fmt.Sprint(10000 + i)), Profile: 1,
		Exam: w.exam, Window: w.exam.Window, Duration: w.exam.Duration, State: scheduling.StateScheduled, Generation: 2,
		Number: proctoru.ReservationNo(fmt.Sprint(500000 + i)), Start: time.Now().AddDate(0, 0, 3), DueAt: due, Code: scheduling.Code{KeyID: "k1", Generation: 1},
	}
	b.Memory.StartsSent = []time.Time{b.Start}
	return b
}

// With hundreds of bookings that are due for a routine look, which takes ten minutes at
// the provider's pace, the one whose answer was lost is looked at within seconds.
func TestLostAnswerIsSeenSoonAmongHundreds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes time.Duration
		w := hanging(t, &takes)
		p := &atPace{ProctorU: w.proctorU(), has: map[string]provider.Listed{}, seen: map[string]time.Time{}}
		s, err := scheduling.New(p, w.openEdX(), w.store, scheduling.WithLogger(w.log.logger()))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 600 {
			b := w.watched(i, time.Now().Add(-time.Hour))
			p.has[string(b.Learner)] = provider.Listed{ReservationID: string(b.ID), Number: b.Number, Start: b.Start}
			if _, err := w.store.Create(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		lost := w.watched(9999, time.Now().Add(100*time.Second))
		lost.State, lost.Number, lost.Start = scheduling.StatePending, "", time.Time{}
		lost.Intent = &scheduling.Intent{
			Op: scheduling.OpReserve, Want: lost.Memory.StartsSent[0], Requested: time.Now(), Deadline: time.Now().Add(15 * time.Minute),
			Attempt: 1, Flags: scheduling.Flags{Unknown: true},
		}
		if _, err := w.store.Create(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()

		_ = s.Run(ctx, 30*time.Second)

		if waited := p.seen[string(lost.Learner)].Sub(lost.DueAt); waited < 0 || waited > 15*time.Second {
			t.Errorf("the lost answer was looked at %s after it was due, want within 15 s", waited)
		}
		if len(p.seen) < 200 {
			t.Errorf("%d learners were looked at in 5 minutes, want the pace used up", len(p.seen))
		}
	})
}
