package scheduling_test

import (
	"strings"
	"testing"
	"time"
)

const allowances = "GET /api/edx_proctoring/v1/proctored_exam/{course}/allowance"

// An answer of the platform serves many learners for half a minute, and no longer.
func TestAllowancesAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := func() (n int) {
		for endpoint, of := range w.platform.Counts().Requests {
			if strings.Contains(endpoint, "allowance") {
				n += of
			}
		}
		return n
	}
	for range 5 {
		if _, err := w.Status(t.Context(), w.exam, w.learner); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(5 * time.Second)
	}
	if got := asked(); got != 1 {
		t.Errorf("asked %d times in 25 seconds, want once", got)
	}
	w.grantOnPlatform("30")
	w.clock.Advance(5 * time.Second)
	if b := w.booked(nine); b.Duration != 120*time.Minute || asked() != 2 {
		t.Errorf("after half a minute: %s, asked %d times; want 2h0m0s, asked twice", b.Duration, asked())
	}
}
