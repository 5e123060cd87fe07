package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// A slot says for whom and how long it is, and what it costs, premium marked.
func TestSlotCarriesItsTerms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.offer(nine)
	w.clock.Set(day.AddDate(0, 0, -1))
	w.accommodate(scheduling.Accommodation{Factor: 1.5})
	got := w.slots(scheduling.SlotQuery{})[0]
	if got.Learner != w.learner || got.Exam != w.exam.Key() || got.Duration != 135*time.Minute || !got.End.Equal(nine.Add(135*time.Minute)) || !got.FetchedAt.Equal(w.clock.Now()) {
		t.Errorf("slot = %+v, want exam, learner, 2h15m, and now", got)
	}
	if !got.Premium() || got.Fee == "" {
		t.Errorf("a day before: Premium = %v, fees %q %q; want a premium", got.Premium(), got.Fee, got.PremiumFee)
	}
	w.clock.Set(day.AddDate(0, 0, -10))
	if got := w.slots(scheduling.SlotQuery{})[0]; got.Premium() {
		t.Errorf("ten days before: premium %q, want none", got.PremiumFee)
	}
}
