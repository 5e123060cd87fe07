package scheduling_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
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
