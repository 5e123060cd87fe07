package proctoru_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/replaytest"
)

func TestReplayMemory(t *testing.T) {
	t.Parallel()
	replaytest.Run(t, func(*testing.T) proctoru.ReplayMemory { return proctoru.NewReplayMemory(1000) })
	defer func() {
		if recover() == nil {
			t.Error("a memory of no size was made")
		}
	}()
	proctoru.NewReplayMemory(0)
}

// A full memory forgets the oldest event, and no other one.
func TestReplayMemory_isBounded(t *testing.T) {
	t.Parallel()
	m := proctoru.NewReplayMemory(2)
	now := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	begin := func(n byte) proctoru.WebhookState {
		claim, err := m.Begin(t.Context(), proctoru.WebhookHash{n}, now, now.Add(time.Minute))
		must(t, 0, err)
		must(t, 0, m.Done(t.Context(), proctoru.WebhookHash{n}))
		return claim.State
	}
	const fresh, done = proctoru.WebhookFresh, proctoru.WebhookDone
	for i, tt := range []struct {
		n    byte
		want proctoru.WebhookState
	}{{1, fresh}, {2, fresh}, {1, done}, {3, fresh}, {1, fresh}, {3, done}, {2, fresh}} { // 3 drives 1 out, 1 drives 2 out
		if got := begin(tt.n); got != tt.want {
			t.Errorf("step %d: event %d is %d, want %d", i, tt.n, got, tt.want)
		}
	}
	for n := range 10_000 {
		if err := m.Forget(t.Context(), proctoru.WebhookHash{2}, strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	if got := begin(2); got != done {
		t.Errorf("an event that was done is %d after Forget, want %d", got, done)
	}
}
