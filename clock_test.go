package proctorbook_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
)

func TestSystemClockSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var clock proctorbook.Clock = proctorbook.SystemClock{}
		start := clock.Now()
		if err := clock.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if slept := clock.Now().Sub(start); slept != time.Minute {
			t.Errorf("slept %v, want 1m", slept)
		}
	})
}

func TestSystemClockEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errLeft := errors.New("left")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errLeft)
		defer cancel()
		clock := proctorbook.SystemClock{}
		start := clock.Now()
		for range 2 { // the second time it has ended already
			if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, errLeft) {
				t.Errorf("Sleep = %v, want the context's cause", err)
			}
		}
		if slept := clock.Now().Sub(start); slept != time.Second {
			t.Errorf("slept %v, want 1s", slept)
		}
	})
}
