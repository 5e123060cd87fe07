package scheduling_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
	"github.com/proctorbook/proctorbook/scheduling/internal/inflight"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// slowly is ProctorU, whose answers to writes take that long, unless the call's context
// ends before.
type slowly struct {
	provider.ProctorU
	takes *time.Duration
}

func (p slowly) late(ctx context.Context, a provider.Answer) provider.Answer {
	select {
	case <-time.After(*p.takes):
		return a
	case <-ctx.Done():
		return provider.Answer{Kind: provider.AnswerUnknown, Err: context.Cause(ctx)}
	}
}

func (p slowly) Reserve(ctx context.Context, c provider.Call) provider.Answer {
	return p.late(ctx, p.ProctorU.Reserve(ctx, c))
}

func (p slowly) Move(ctx context.Context, c provider.Call) provider.Answer {
	return p.late(ctx, p.ProctorU.Move(ctx, c))
}

func (p slowly) Remove(ctx context.Context, c provider.Call) provider.Answer {
	return p.late(ctx, p.ProctorU.Remove(ctx, c))
}

func (p slowly) Begin(ctx context.Context, c provider.Call) provider.Answer {
	return p.late(ctx, p.ProctorU.Begin(ctx, c))
}

// hanging is a world on the bubble's clock, whose provider acts at once and answers
// after takes.
func hanging(t *testing.T, takes *time.Duration, opts ...scheduling.Option) *world {
	w := newWorld(t)
	w.clock.Set(time.Now())
	w.exam.Window = scheduling.Window{Start: time.Now(), End: time.Now().AddDate(0, 0, 5)}
	key := scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")})
	s, err := scheduling.New(slowly{w.proctorU(), takes}, w.openEdX(), w.store,
		append([]scheduling.Option{key, scheduling.WithClock(proctorbook.SystemClock{}), scheduling.WithLogger(w.log.logger())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	return w
}

// Patience ends the wait and not the call: the caller gets the PendingError in time,
// and the answer is stored when it comes. So impatience makes nothing unknown.
func TestPatienceEndsTheWaitAndNotTheCall(t *testing.T) {
	calls := map[string]func(*world, scheduling.BookingID) error{
		"book": func(w *world, _ scheduling.BookingID) error {
			_, err := w.Book(w.t.Context(), w.exam, w.learner, time.Now().Add(24*time.Hour))
			return err
		},
		"reschedule": func(w *world, id scheduling.BookingID) error {
			_, err := w.Reschedule(w.t.Context(), id, time.Now().Add(48*time.Hour))
			return err
		},
		"cancel": func(w *world, id scheduling.BookingID) error {
			_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
			return err
		},
	}
	states := map[string]scheduling.State{"book": scheduling.StateScheduled, "reschedule": scheduling.StateScheduled, "cancel": scheduling.StateCanceled}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var takes time.Duration
				w := hanging(t, &takes, scheduling.WithTuning(scheduling.Tuning{Patience: 2 * time.Second}))
				var id scheduling.BookingID
				if name != "book" {
					b, err := w.Book(t.Context(), w.exam, w.learner, time.Now().Add(30*time.Hour))
					if err != nil {
						t.Fatal(err)
					}
					id = b.ID
				}
				takes = 30 * time.Second
				asked := time.Now()
				id = w.pendingID(call(w, id))
				if waited := time.Since(asked); waited != 2*time.Second {
					t.Errorf("the caller waited for %s, want its patience of 2 s", waited)
				}
				if b := w.booking(id); b.Lease.Owner == "" {
					t.Error("the lease is free although the call is under way: others would send again")
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				b := w.booking(id)
				if name == "cancel" { // what the answer says is proven by the next look
					if !b.Intent.Flags.RemovalDone {
						t.Errorf("flags = %+v, want the removal done", b.Intent.Flags)
					}
					w.pass()
					b = w.booking(id)
				}
				if waited := time.Since(asked); waited != takes || b.State != states[name] || b.Intent != nil || b.Lease.Owner != "" {
					t.Errorf("Close returned after %s, with %s, intent %+v, lease %q; want the answer stored, after 30 s", waited, b.State, b.Intent, b.Lease.Owner)
				}
			})
		})
	}
}

// A reader who closes the page, and a process that shuts down, do not cut a call short
// either.
func TestContextEndsTheWaitAndNotTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		takes := 30 * time.Second
		w := hanging(t, &takes)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		id := w.pendingID(errOf(w.Book(ctx, w.exam, w.learner, time.Now().Add(24*time.Hour))))
		_ = w.Close()
		if b := w.booking(id); b.State != scheduling.StateScheduled {
			t.Fatalf("state = %s, want scheduled", b.State)
		}

		// Reconcile sends the cancel, and is stopped while the answer is on its way.
		takes = 0
		w.provider.SetFaultPlan(func(endpoint string) proctorbooktest.Fault {
			if endpoint == "removeReservation" {
				return proctorbooktest.Fault{Kind: proctorbooktest.Down}
			}
			return proctorbooktest.Fault{}
		})
		w.pendingID(errOf(w.Cancel(t.Context(), id, scheduling.Request{})))
		w.provider.SetFaultPlan(nil)
		time.Sleep(2 * time.Minute)
		w.clock.Set(time.Now())
		takes = 30 * time.Second
		stopping, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.Reconcile(stopping); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Reconcile = %v, want the end of its context", err)
		}
		_ = w.Close()
		if i := w.booking(id).Intent; i == nil || !i.Flags.RemovalDone {
			t.Errorf("intent = %+v, want the removal done: the answer came after Reconcile was stopped", i)
		}
	})
}

// Whoever leaves during Begin finds the booking begun.
func TestBeginGoesOnWithoutTheLearner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes time.Duration
		w := hanging(t, &takes)
		b, err := w.Book(t.Context(), w.exam, w.learner, time.Now().Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		w.clock.Set(time.Now())
		takes = 10 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.Begin(ctx, b.ID); !errors.Is(err, proctorbook.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Begin = %v, want an unknown outcome because the context has ended", err)
		}
		_ = w.Close()
		if b := w.booking(b.ID); b.State != scheduling.StateBegun {
			t.Errorf("state = %s, want begun: the answer came after the learner had left", b.State)
		}
	})
}

// A provider's panic that comes when nobody waits any more is logged, and ends nothing.
func TestPanicAfterTheCallerHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes time.Duration
		w := hanging(t, &takes)
		log := &logBuffer{}
		key := scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")})
		s, err := scheduling.New(panicsLate{w.proctorU()}, w.openEdX(), w.store, key,
			scheduling.WithClock(proctorbook.SystemClock{}), scheduling.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		id := w.pendingID(errOf(s.Book(ctx, w.exam, w.learner, time.Now().Add(24*time.Hour))))
		_ = s.Close()
		if text := log.String(); !strings.Contains(text, "panic") || !strings.Contains(text, string(id)) || strings.Contains(text, "Ada") {
			t.Errorf("log = %s; want the panic, the booking, and no name", text)
		}
		if b := w.booking(id); b.Lease.Owner != "" {
			t.Error("the lease is still held")
		}
	})
}

type panicsLate struct{ provider.ProctorU }

func (p panicsLate) Reserve(_ context.Context, c provider.Call) provider.Answer {
	time.Sleep(time.Minute)
	panic("no answer for " + c.Learner.GivenName)
}

// fuse is a store, clock, logger or observer that panics once it is blown.
type fuse struct {
	scheduling.Store
	proctorbook.Clock
	slog.Handler
	blown atomic.Bool
}

func (f *fuse) burn() {
	if f.blown.Load() {
		panic("Ada Example")
	}
}

func (f *fuse) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	f.burn()
	return f.Store.Update(ctx, b, events...)
}

func (f *fuse) Now() time.Time {
	f.burn()
	return f.Clock.Now()
}

func (f *fuse) Handle(ctx context.Context, r slog.Record) error {
	f.burn()
	return f.Handler.Handle(ctx, r)
}

func (f *fuse) Observe(context.Context, metrics.Measurement) { f.burn() }

// Whatever panics while a call ends of which the caller has left: the process goes on,
// and so does the booking once that is over.
func TestNothingThatPanicsAloneEndsTheProcess(t *testing.T) {
	for name, with := range map[string]func(*world, *fuse) scheduling.Option{
		"store": func(w *world, f *fuse) scheduling.Option {
			f.Store = w.store
			w.store = f
			return scheduling.WithSweep(scheduling.SweepReport)
		},
		"clock": func(_ *world, f *fuse) scheduling.Option {
			f.Clock = proctorbook.SystemClock{}
			return scheduling.WithClock(f)
		},
		"logger": func(_ *world, f *fuse) scheduling.Option {
			f.Handler = slog.NewTextHandler(io.Discard, nil)
			return scheduling.WithLogger(slog.New(f))
		},
		"observer": func(_ *world, f *fuse) scheduling.Option { return scheduling.WithObserver(f) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				takes := 10 * time.Second
				w, f := newWorld(t), &fuse{}
				w.clock.Set(time.Now())
				w.exam.Window = scheduling.Window{Start: time.Now(), End: time.Now().AddDate(0, 0, 5)}
				key := scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")})
				opts := []scheduling.Option{key, scheduling.WithClock(proctorbook.SystemClock{}), with(w, f)}
				var err error
				if w.Scheduler, err = scheduling.New(slowly{w.proctorU(), &takes}, w.openEdX(), w.store, opts...); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				id := w.pendingID(errOf(w.Book(ctx, w.exam, w.learner, time.Now().Add(24*time.Hour))))

				f.blown.Store(true)
				_ = w.Close()
				f.blown.Store(false)

				takes = 0
				for range 12 {
					time.Sleep(70 * time.Second)
					w.clock.Set(time.Now())
					w.lookOnce()
				}
				w.wantAgreement(id)
			})
		})
	}
}

// A logger that panics does not end Run either.
func TestRunGoesOnWithALoggerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes time.Duration
		f := &fuse{Handler: slog.NewTextHandler(io.Discard, nil)}
		w := hanging(t, &takes, scheduling.WithLogger(slog.New(f)))
		if _, err := w.Book(t.Context(), w.exam, w.learner, time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		w.clock.Set(time.Now())
		w.provider.SetFaultPlan(func(string) proctorbooktest.Fault { return proctorbooktest.Fault{Kind: proctorbooktest.Down} })
		f.blown.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if err := w.Run(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v, want the end of its context", err)
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

// Close does not hang on an adapter that ignores its context.
func TestCloseDoesNotHangOnADeafAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes time.Duration
		w := hanging(t, &takes)
		key := scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")})
		s, err := scheduling.New(deaf{w.proctorU()}, w.openEdX(), w.store, key, scheduling.WithClock(proctorbook.SystemClock{}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.pendingID(errOf(s.Book(ctx, w.exam, w.learner, time.Now().Add(24*time.Hour))))
		began := time.Now()
		if err := s.Close(); err == nil || time.Since(began) > 3*time.Minute {
			t.Errorf("Close = %v after %s, want an error soon after the lease has run out", err, time.Since(began))
		}
		time.Sleep(time.Hour)
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v once nothing is under way", err)
		}
	})
}

type deaf struct{ provider.ProctorU }

func (p deaf) Reserve(ctx context.Context, c provider.Call) provider.Answer {
	time.Sleep(time.Hour)
	return p.ProctorU.Reserve(ctx, c)
}

// suspends runs each call, the first one after the process has stood still.
type suspends struct {
	once  sync.Once
	still func()
}

func (s *suspends) Run(_ context.Context, work func(), _ func(*caught.Panic)) bool {
	s.once.Do(s.still)
	work()
	return true
}

// A process that stood still between its decision to send and the request sends
// nothing once its lease is over: by then another one may have looked and sent.
func TestNothingIsSentAfterTheLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := inflight.With(t.Context(), &suspends{still: func() { w.clock.Advance(16 * time.Minute) }})
	_, err := w.Book(ctx, w.exam, w.learner, nine)
	id := w.pendingID(err)
	if n := w.provider.Counts().Requests["addAdHocProcess"]; n != 0 {
		t.Errorf("%d creates were sent 16 minutes after the decision, want none", n)
	}
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateFailed || b.Intent != nil {
		t.Errorf("booking is %s, want it failed: its reservation is provably absent\n%s", b.State, w.history(id))
	}
}
