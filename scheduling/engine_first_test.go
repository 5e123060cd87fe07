package scheduling_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// committing lets something happen at the commit of the next write: it is stored, and the
// process does not know yet.
type committing struct {
	scheduling.Store
	then func(stored scheduling.Booking) error
}

func (s *committing) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return s.committed(s.Store.Create(ctx, b, events...))
}

func (s *committing) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return s.committed(s.Store.Update(ctx, b, events...))
}

func (s *committing) committed(stored scheduling.Booking, err error) (scheduling.Booking, error) {
	if then := s.then; err == nil && then != nil {
		s.then = nil
		if err = then(stored); err != nil {
			stored = scheduling.Booking{}
		}
	}
	return stored, err
}

// asks are the calls of a user that open an operation.
var asks = map[string]func(ctx context.Context, w *world, id scheduling.BookingID) error{
	"book": func(ctx context.Context, w *world, _ scheduling.BookingID) error {
		_, err := w.Book(ctx, w.exam, w.learner, nine)
		return err
	},
	"reschedule": func(ctx context.Context, w *world, id scheduling.BookingID) error {
		_, err := w.Reschedule(ctx, id, noon)
		return err
	},
	"cancel": func(ctx context.Context, w *world, id scheduling.BookingID) error {
		_, err := w.Cancel(ctx, id, scheduling.Request{})
		return err
	},
}

// What a row says was sent is sent, although the caller leaves at the commit that says so:
// impatience makes no outcome unknown.
func TestACallerWhoLeavesAtTheFirstCommit(t *testing.T) {
	for name, ask := range asks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := operations[name].prepare(w)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			survives := w.store
			w.store = &committing{Store: survives, then: func(b scheduling.Booking) error {
				id = b.ID
				leave()
				return nil
			}}
			w.restart()

			if err := ask(ctx, w, id); err != nil {
				w.pendingID(err) // its call goes on alone
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if i := w.booking(id).Intent; i != nil && (i.Op != scheduling.OpCancel || !i.Flags.Answered) {
				t.Fatalf("the %s is open, with flags %+v; want its request sent, and the answer stored\n%s", i.Op, i.Flags, w.history(id))
			}
			w.wake(id)
			w.pass()
			operations[name].check(w, id)
		})
	}
}

// A process that stood still at the commit, and had its answer lost, sends nothing: another
// worker has the booking by then.
func TestAFirstSendUnderALostLease(t *testing.T) {
	w := newWorld(t)
	var id scheduling.BookingID
	survives := w.store
	w.store = &committing{Store: survives, then: func(b scheduling.Booking) error {
		id = b.ID
		w.clock.Advance(scheduling.DefaultTuning().Lease + time.Second)
		b.Lease = scheduling.Lease{Owner: "another", Until: w.clock.Now().Add(time.Minute)}
		if _, err := survives.Update(context.WithoutCancel(t.Context()), b); err != nil {
			t.Error(err)
		}
		return errors.New("the connection was lost")
	}}
	sent := w.listen()

	_, err := w.Book(t.Context(), w.exam, w.learner, nine)

	if got := w.pendingID(err); got != id {
		t.Errorf("Book: pending is %s, want %s", got, id)
	}
	if n := len(sent.all("addAdHocProcess")); n > 0 {
		t.Errorf("%d requests were sent while another worker had the booking, want none\n%s", n, w.history(id))
	}
	w.store = survives
	w.restart()
	w.clock.Advance(time.Minute)
	w.pass()
	w.pass()
	operations["book"].check(w, id)
}

// commitCount counts the commits of bookings.
type commitCount struct {
	scheduling.Store
	commits int
}

func (c *commitCount) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	c.commits++
	return c.Store.Create(ctx, b, events...)
}

func (c *commitCount) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	c.commits++
	return c.Store.Update(ctx, b, events...)
}

// A learner waits for so many commits, as docs/guarantees.md says.
func TestCommitsWhileALearnerWaits(t *testing.T) {
	for name, want := range map[string]int{"book": 2, "reschedule": 2, "cancel": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := operations[name].prepare(w)
			c := &commitCount{Store: w.store}
			w.store = c
			w.restart()

			w.did(asks[name](t.Context(), w, id))

			if c.commits != want {
				t.Errorf("%d commits, want %d", c.commits, want)
			}
		})
	}
}
