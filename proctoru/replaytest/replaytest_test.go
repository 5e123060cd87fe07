package replaytest_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/replaytest"
)

// The suite runs on the default memory; that of package sqlstore has a test of its own.
func TestRun(t *testing.T) {
	t.Parallel()
	replaytest.Run(t, func(*testing.T) proctoru.ReplayMemory { return proctoru.NewReplayMemory(100) })
}

func TestRunShared(t *testing.T) {
	t.Parallel()
	replaytest.RunShared(t, func(*testing.T) (a, b proctoru.ReplayMemory) {
		m := proctoru.NewReplayMemory(100)
		return m, m
	})
}
