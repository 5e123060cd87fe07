package scheduling_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// A person gives an event up that can never succeed, while the consumer runs; the booking's
// later events follow at once.
func TestSkipEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{fails: failOn("pb-1/1")}
		p.write("pb-1", "pb-1", "pb-2")
		p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(5 * time.Hour)
		s := p.scheduler(p.store)
		checked := func() preflight.Check {
			checks := s.Preflight(t.Context())
			return checks[slices.IndexFunc(checks, func(c preflight.Check) bool { return c.Code == preflight.CodeConsumer })]
		}
		if c := checked(); c.Verdict != preflight.VerdictWarning || c.Err == nil || c.Data["stuck"] != "1" || c.Data["bookings"] != "pb-1" || c.Data["consumer"] != "mails" {
			t.Errorf("Preflight = %+v, want a warning of pb-1", c)
		}
		h := p.held()[0]
		for what, call := range map[string]func() error{
			"another event":    func() error { return s.SkipEvent(t.Context(), "mails", "pb-1", "2") },
			"another booking":  func() error { return s.SkipEvent(t.Context(), "mails", "pb-2", h.Event) },
			"another consumer": func() error { return s.SkipEvent(t.Context(), "others", "pb-1", h.Event) },
			"no event":         func() error { return s.SkipEvent(t.Context(), "mails", "pb-1", "") },
		} {
			if err := call(); err == nil || what == "another event" && !errors.Is(err, scheduling.ErrConflict) || what == "another booking" && !errors.Is(err, scheduling.ErrNotFound) {
				t.Errorf("SkipEvent of %s = %v, want an error that says so", what, err)
			}
		}
		if err := s.SkipEvent(t.Context(), "mails", h.Booking, h.Event); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		wantHandled(t, m, "pb-2/1", "pb-1/2")
		if len(p.held()) != 0 || checked().Verdict != preflight.VerdictOK {
			t.Errorf("held %+v, Preflight %+v; want nothing held, and ok", p.held(), checked())
		}
	})
}

// An event that is skipped while it is being tried stays skipped, whatever comes of the try.
func TestSkipEventDuringATry(t *testing.T) {
	t.Parallel()
	for _, succeeds := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p, m := newPost(t), &mailbox{fails: failOn("pb-1/1")}
			p.write("pb-1", "pb-1")
			p.consume(p.store, m, scheduling.ConsumeOptions{})
			time.Sleep(time.Second)
			m.set(func(m *mailbox) {
				m.takes = time.Minute
				if succeeds {
					m.fails = nil
				}
			})
			time.Sleep(15 * time.Second) // the second try is under way
			h := p.held()[0]
			if err := p.scheduler(p.store).SkipEvent(t.Context(), "mails", h.Booking, h.Event); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Minute)
			got, tries := m.handled(), len(m.triesOf("pb-1/1"))
			if len(got) == 0 || got[len(got)-1] != "pb-1/2" || tries != 2 || len(p.held()) != 0 {
				t.Errorf("handled %v, the skipped event was tried %d times, held %v; want pb-1/2 at the end, 2, and nothing", got, tries, p.held())
			}
		})
	}
}

// When what the consumer needs is there again, nobody has to wait.
func TestRetryHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t)
		m := &mailbox{fails: func(scheduling.Event) error { return errMail }}
		for _, id := range manyIDs(120) {
			p.write(id)
		}
		p.consume(p.store, m, scheduling.ConsumeOptions{RetryFirst: 12 * time.Hour})
		time.Sleep(time.Minute)
		m.set(func(m *mailbox) { m.fails = nil })
		time.Sleep(time.Minute)
		if got := m.handled(); len(got) != 0 {
			t.Errorf("handled %v before it is time, want nothing", got)
		}
		if err := p.scheduler(p.store).RetryHeld(t.Context(), "mails"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		if got := m.handled(); len(got) != 120 {
			t.Errorf("%d events handled, want 120", len(got))
		}
		if err := p.scheduler(p.store).RetryHeld(t.Context(), "others"); !errors.Is(err, scheduling.ErrNotFound) {
			t.Errorf("RetryHeld of an unknown consumer = %v, want ErrNotFound", err)
		}
	})
}

// manyIDs returns ids of bookings, in their order.
func manyIDs(n int) (ids []scheduling.BookingID) {
	for i := range n {
		ids = append(ids, scheduling.BookingID("pb-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	return ids
}

// A consumer whose cursor the store does not know stands still, says so, and goes on from
// where a person tells it to.
func TestResetConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, m := newPost(t), &mailbox{fails: failOn("pb-1/1")}
		p.write("pb-1", "pb-2", "pb-3")
		if _, err := p.store.PutConsumer(t.Context(), scheduling.Consumer{Name: "mails", Began: time.Now(), Cursor: "77"}, scheduling.HeldChange{}); err != nil {
			t.Fatal(err)
		}
		p.consume(p.store, m, scheduling.ConsumeOptions{})
		time.Sleep(time.Minute)
		wantHandled(t, m)
		s := p.scheduler(p.store)
		checks := s.Preflight(t.Context())
		if c := checks[slices.IndexFunc(checks, func(c preflight.Check) bool { return c.Code == preflight.CodeConsumer })]; c.Verdict != preflight.VerdictWarning || !errors.Is(c.Err, scheduling.ErrUnknownCursor) {
			t.Errorf("Preflight = %+v, want a warning of the cursor", c)
		}
		err := s.ResetConsumer(t.Context(), "mails", "78")
		if !errors.Is(err, scheduling.ErrUnknownCursor) || strings.Contains(err.Error(), "from the first event") {
			t.Errorf("ResetConsumer to an unknown cursor = %v, want ErrUnknownCursor, and not the advice to mail everything again", err)
		}
		for name, want := range map[string]error{"mail": scheduling.ErrNotFound, "mails": nil} {
			var last error
			for _, last = range s.HeldEvents(t.Context(), name) {
			}
			if !errors.Is(last, want) {
				t.Errorf("HeldEvents of %s ends with %v, want %v", name, last, want)
			}
		}
		if err := s.ResetConsumer(t.Context(), "others", ""); !errors.Is(err, scheduling.ErrNotFound) {
			t.Errorf("ResetConsumer of an unknown consumer = %v, want ErrNotFound", err)
		}
		if err := s.ResetConsumer(t.Context(), "mails", "1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		wantHandled(t, m, "pb-2/1", "pb-3/1")

		if err := s.ResetConsumer(t.Context(), "mails", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		wantHandled(t, m, "pb-2/1", "pb-3/1", "pb-2/1", "pb-3/1")
		if held := p.held(); len(held) != 1 {
			t.Errorf("held %+v, want pb-1", held)
		}
		if err := s.RemoveConsumer(t.Context(), "mails"); err != nil {
			t.Fatal(err)
		}
		if all, err := p.store.Consumers(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("after RemoveConsumer there are %v, error %v; want none", all, err)
		}
		if held, err := p.store.Held(t.Context(), scheduling.HeldQuery{Consumer: "mails", Limit: 9}); err != nil || len(held) != 0 {
			t.Errorf("after RemoveConsumer it holds %v, error %v; want nothing", held, err)
		}
	})
}
