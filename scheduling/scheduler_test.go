package scheduling_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Latest is the active booking, else the newest of those that have ended.
func TestLatest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	latest := func() scheduling.BookingID {
		t.Helper()
		b, err := w.Latest(t.Context(), w.exam.Key(), w.learner)
		if err != nil {
			t.Fatal(err)
		}
		return b.ID
	}
	if b, err := w.Latest(t.Context(), w.exam.Key(), w.learner); !errors.Is(err, scheduling.ErrNotFound) || b.ID != "" {
		t.Fatalf("before the first booking: %q, %v; want ErrNotFound", b.ID, err)
	}
	for range 3 {
		w.clock.Advance(time.Hour)
		id := w.settled(nine)
		if got := latest(); got != id {
			t.Errorf("latest = %s, want %s, which is active", got, id)
		}
		if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
			t.Fatal(err)
		}
		if got := latest(); got != id {
			t.Errorf("latest = %s, want %s, the newest that was canceled", got, id)
		}
	}
	w.settled(nine)
	other := scheduling.ExamKey{Course: w.exam.Course, Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@midterm")}
	for name, of := range map[string]struct {
		exam    scheduling.ExamKey
		learner scheduling.LearnerID
	}{
		"another exam":    {other, w.learner},
		"another learner": {w.exam.Key(), w.enroll("grace_h", 4212)},
		"no exam":         {scheduling.ExamKey{}, w.learner},
		"no learner":      {w.exam.Key(), ""}, // in a store's filter it means everybody
	} {
		if b, err := w.Latest(t.Context(), of.exam, of.learner); !errors.Is(err, scheduling.ErrNotFound) || b.ID != "" {
			t.Errorf("%s: %q, %v; want ErrNotFound", name, b.ID, err)
		}
	}
	store, down := w.store, errors.New("the store is down")
	for _, method := range []string{"Active", "List"} {
		w.store = &failingStore{Store: store, fail: map[string]error{method: down}}
		w.restart(hasty)
		if _, err := w.Latest(t.Context(), other, w.learner); !errors.Is(err, down) || errors.Is(err, scheduling.ErrNotFound) {
			t.Errorf("with %s failing: %v, want the store's error", method, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	office, class := &examOffice{clock: w.clock}, classBook{}
	for name, c := range map[string]struct {
		provider provider.Provider
		platform platform.Platform
		store    scheduling.Store
		opt      scheduling.Option
	}{
		"no provider":    {nil, class, w.store, nil},
		"no platform":    {office, nil, w.store, nil},
		"no store":       {office, class, nil, nil},
		"no client":      {provider.ProctorU{}, class, w.store, nil},
		"no LMS":         {office, platform.OpenEdX{}, w.store, nil},
		"WithUnlockKeys": {office, class, w.store, scheduling.WithUnlockKeys(scheduling.UnlockKey{})},
	} {
		var opts []scheduling.Option
		if c.opt != nil {
			opts = append(opts, c.opt)
		}
		if s, err := scheduling.New(c.provider, c.platform, c.store, opts...); err == nil || s != nil {
			t.Errorf("%s: New = %v, %v; want nil and an error", name, s, err)
		}
	}
}

// New refuses nonsense by the name of the option.
func TestNewNamesTheOption(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef0123456789abcdef")
	key := scheduling.UnlockKey{ID: "k", Secret: secret}
	for name, opt := range map[string]scheduling.Option{
		"WithClock":          scheduling.WithClock(nil),
		"WithLogger":         scheduling.WithLogger(nil),
		"WithRandom":         scheduling.WithRandom(nil),
		"WithTuning, wait":   scheduling.WithTuning(scheduling.Tuning{Patience: -time.Second}),
		"WithTuning, watch":  scheduling.WithTuning(scheduling.Tuning{WatchInterval: -time.Second}),
		"WithTuning":         scheduling.WithTuning(scheduling.Tuning{ListLag: time.Hour}),
		"WithTuning, E > H":  scheduling.WithTuning(scheduling.Tuning{EvidenceLag: time.Hour}),
		"WithTuning, lease":  scheduling.WithTuning(scheduling.Tuning{Lease: -time.Second}),
		"WithTuning, dl":     scheduling.WithTuning(scheduling.Tuning{Deadline: -time.Second}),
		"WithUnlockKeys":     scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k", Secret: secret[:31]}),
		"WithUnlockKeys, id": scheduling.WithUnlockKeys(scheduling.UnlockKey{Secret: secret}),
		"WithUnlockKeys, 2":  scheduling.WithUnlockKeys(key, key),
		"WithUnlockKeys, 0":  scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k", Secret: make([]byte, 32)}),
		"WithUnlockKeys, x":  scheduling.WithUnlockKeys(key, scheduling.UnlockKey{ID: "old", Secret: bytes.Repeat([]byte("x"), 64)}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			option, _, _ := strings.Cut(name, ",")
			s, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, opt)
			if err == nil || s != nil || !strings.Contains(err.Error(), option+":") {
				t.Errorf("New = %v, %v; want nil and an error that names %s", s, err, option)
			}
		})
	}
	w := newWorld(t)
	if _, err := scheduling.New(nil, w.openEdX(), w.store); err == nil {
		t.Error("New without a provider = nil, want an error")
	}
	if s, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, nil); err == nil || s != nil {
		t.Errorf("New with a nil option = %v, %v; want nil and an error", s, err)
	}
	if _, err := scheduling.New(provider.ProctorU{Client: w.client, EvidenceSource: provider.EvidenceNone, CanceledListed: true}, w.openEdX(), w.store); err == nil {
		t.Error("New with canceled rows listed and no evidence = nil, want an error")
	}
}

func TestWholeFlow(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()

	status, err := w.Status(ctx, w.exam, w.learner)
	if err != nil || !status.May(scheduling.ActionBook) || len(status.Reasons) != 0 {
		t.Fatalf("Status = %+v, %v; want that booking is allowed", status, err)
	}

	b := w.booked(nine)
	w.wantAgreement(b.ID)

	b, err = w.Reschedule(ctx, b.ID, noon)
	if err != nil || !b.Start.Equal(noon) {
		t.Fatalf("Reschedule = %s, %v; want %s", b.Start, err, noon)
	}
	w.wantAgreement(b.ID)

	if _, err := w.Begin(ctx, b.ID); !errors.As(err, new(*scheduling.TooEarlyError)) {
		t.Fatalf("Begin days before = %v, want TooEarlyError", err)
	}
	w.clock.Set(noon.Add(-5 * time.Minute))
	launch, err := w.Begin(ctx, b.ID)
	if err != nil || launch.URL.Reveal() == "" {
		t.Fatalf("Begin = %v, want a launch URL", err)
	}

	reservation := w.active(b.ID)[0]
	if err := w.provider.ProctorStarts(reservation.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Unlock(ctx, b.ID, "WRONG-CODE"); !errors.Is(err, scheduling.ErrWrongCode) {
		t.Fatalf("Unlock with a wrong code = %v, want ErrWrongCode", err)
	}
	b, err = w.Unlock(ctx, b.ID, reservation.ExamPassword)
	if err != nil || b.State != scheduling.StateUnlocked {
		t.Fatalf("Unlock = %s, %v; want unlocked", b.State, err)
	}
	b, err = w.Finish(ctx, b.ID)
	if err != nil || b.State != scheduling.StateFinished {
		t.Fatalf("Finish = %s, %v; want finished", b.State, err)
	}
	outcome, err := w.Outcome(ctx, b.ID)
	if err != nil || outcome.Verdict != scheduling.VerdictPending {
		t.Fatalf("Outcome before the end = %+v, %v; want pending", outcome, err)
	}
	if err := w.provider.ProctorEnds(reservation.Number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true}); err != nil {
		t.Fatal(err)
	}
	outcome, err = w.Outcome(ctx, b.ID)
	if err != nil || outcome.Verdict != scheduling.VerdictPassed {
		t.Fatalf("Outcome = %+v, %v; want passed", outcome, err)
	}
}

// TestAnySequenceOfCalls lets a learner book, move and cancel in any order
// while answers are lost, processes die and the provider moves and cancels.
// When all is quiet again, store and provider agree. A failing sequence is
// shrunk.
func TestAnySequenceOfCalls(t *testing.T) {
	starts := []time.Time{nine, ten, noon, noon.Add(2 * time.Hour)}
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, hasty)
		start := rapid.SampledFrom(starts)
		r.Repeat(map[string]func(*rapid.T){
			"book": func(r *rapid.T) {
				_, _ = w.Book(t.Context(), w.exam, w.learner, start.Draw(r, "start")) // any outcome: the end is judged
			},
			"reschedule": func(r *rapid.T) {
				if id, ok := w.current(); ok {
					_, _ = w.Reschedule(t.Context(), id, start.Draw(r, "start"))
				}
			},
			"cancel": func(*rapid.T) {
				if id, ok := w.current(); ok {
					_, _ = w.Cancel(t.Context(), id, scheduling.Request{})
				}
			},
			"something goes wrong": func(r *rapid.T) {
				w.provider.Fault(proctorbooktest.Fault{
					Kind: rapid.SampledFrom(lossFaults).Draw(r, "fault"), Delay: time.Duration(rapid.IntRange(1, 400).Draw(r, "seconds")) * time.Second,
				})
			},
			"slots come and go": func(r *rapid.T) {
				if at := start.Draw(r, "start"); rapid.Bool().Draw(r, "free") {
					w.provider.FreeSlot(at)
				} else {
					w.provider.BlockSlot(at)
				}
			},
			"the process dies": func(*rapid.T) { w.restart(hasty) },
			"the provider cancels": func(*rapid.T) {
				for _, row := range w.provider.Reservations() {
					if row.Active {
						_ = w.provider.ProviderCancels(row.Number) // it is there: we have just seen it
						return
					}
				}
			},
			"time passes": func(r *rapid.T) {
				w.clock.Advance(time.Duration(rapid.IntRange(1, 900).Draw(r, "seconds")) * time.Second)
				if _, err := w.Reconcile(t.Context()); err != nil {
					r.Fatal(err)
				}
			},
		})
		w.provider.ClearFaults()
		w.clock.Advance(2 * time.Hour)
		w.pass()
		w.pass()
		w.wantPeace(r)
	})
}

// wantPeace checks that nothing is open without a flag, and that the provider
// holds just what the bookings say.
func (w *world) wantPeace(r *rapid.T) {
	active := 0
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		if err != nil {
			r.Fatal(err)
		}
		rows := w.active(b.ID)
		active += len(rows)
		switch {
		case b.Intent != nil && b.NeedsAttention == nil:
			r.Fatalf("booking %s is still open, without a flag\n%s", b.ID, w.history(b.ID))
		case b.State == scheduling.StateScheduled && b.NeedsAttention == nil && (len(rows) != 1 || !rows[0].Start.Equal(b.Start)):
			r.Fatalf("booking %s is scheduled at %s, the provider has %+v\n%s", b.ID, b.Start, rows, w.history(b.ID))
		case !b.State.Active() && len(rows) > 0:
			r.Fatalf("booking %s is %s, the provider has %+v\n%s", b.ID, b.State, rows, w.history(b.ID))
		}
	}
	if active > 1 {
		r.Fatalf("%d reservations are active", active)
	}
}

// current returns the learner's active booking.
func (w *world) current() (scheduling.BookingID, bool) {
	b, err := w.store.Active(w.t.Context(), w.learner, w.exam.Key())
	return b.ID, err == nil
}
