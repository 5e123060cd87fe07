package scheduling_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
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
	key := scheduling.UnlockKey{ID: "k", Secret: make([]byte, 32)}
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
		"WithUnlockKeys":     scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k", Secret: make([]byte, 31)}),
		"WithUnlockKeys, id": scheduling.WithUnlockKeys(scheduling.UnlockKey{Secret: make([]byte, 32)}),
		"WithUnlockKeys, 2":  scheduling.WithUnlockKeys(key, key),
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
	if _, err := scheduling.New(provider.ProctorU{Client: w.client, EvidenceSource: provider.EvidenceNone, CanceledListed: true}, w.openEdX(), w.store); err == nil {
		t.Error("New with canceled rows listed and no evidence = nil, want an error")
	}
}
