package proctorbooktest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

var monday = time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)

func TestClockMovesOnlyWhenTold(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(monday)

	clock.Advance(time.Hour)
	if err := clock.Sleep(t.Context(), 72*time.Hour); err != nil {
		t.Errorf("Sleep error = %v, want nil", err)
	}
	if got, want := clock.Now(), monday.Add(73*time.Hour); !got.Equal(want) {
		t.Errorf("Now = %v, want %v", got, want)
	}
	clock.Set(monday)
	if got := clock.Now(); !got.Equal(monday) {
		t.Errorf("Now after Set = %v, want %v", got, monday)
	}
}

func TestClockSleepHonorsContext(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(monday)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLeft)

	if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, errLeft) {
		t.Errorf("Sleep error = %v, want %v", err, errLeft)
	}
	if got := clock.Now(); !got.Equal(monday) {
		t.Errorf("Now = %v, want %v: a sleep that did not happen takes no time", got, monday)
	}
}
