package scheduling_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Two proctors type the code at once: one unlocks.
func TestUnlockOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	code := w.code(id)
	results := make(chan error, 16)
	for range cap(results) {
		go func() {
			_, err := w.Unlock(t.Context(), id, code)
			results <- err
		}()
	}
	unlocked := 0
	for range cap(results) {
		err := <-results
		if err == nil {
			unlocked++
		} else if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !errors.Is(err, scheduling.ErrConflict) && (!ok || !no.Has(scheduling.ReasonCodeSpent)) {
			t.Errorf("Unlock = %v, want code_spent or ErrConflict", err)
		}
	}
	if unlocked != 1 {
		t.Errorf("unlocked %d times, want once", unlocked)
	}
}
