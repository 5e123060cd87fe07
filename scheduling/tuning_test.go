package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// A cache that outlives its slots would offer what is gone.
func TestSlotCacheIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, ttl := range []time.Duration{-time.Second, 2 * time.Hour} {
		if _, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, scheduling.WithTuning(scheduling.Tuning{SlotCache: ttl})); err == nil {
			t.Errorf("a SlotCache of %s was taken", ttl)
		}
	}
}
