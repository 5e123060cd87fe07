package preflight_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

func TestOf(t *testing.T) {
	t.Parallel()
	if c := preflight.Of(preflight.CodeStore, nil); c.Code != preflight.CodeStore || c.Verdict != preflight.VerdictOK || c.Err != nil {
		t.Errorf("without an error: %+v, want ok", c)
	}
	down := errors.New("down")
	if c := preflight.Of(preflight.CodeStore, down); c.Verdict != preflight.VerdictFailed || !errors.Is(c.Err, down) {
		t.Errorf("with an error: %+v, want failed", c)
	}
}

// Only a failed check stops bookings.
func TestFailed(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[preflight.Verdict]bool{
		preflight.VerdictOK: false, preflight.VerdictWarning: false, preflight.VerdictSkipped: false, preflight.VerdictFailed: true,
	} {
		if got := (preflight.Check{Verdict: verdict}).Failed(); got != want {
			t.Errorf("%s: Failed = %v, want %v", verdict, got, want)
		}
	}
}

// The JSON form leaves the error out.
func TestCheckJSON(t *testing.T) {
	t.Parallel()
	c := preflight.Check{Code: preflight.CodeProviderClock, Verdict: preflight.VerdictWarning, Data: map[string]string{"skew": "12s"}, Err: errors.New("late")}
	got, err := json.Marshal(c)
	if want := `{"code":"provider_clock","verdict":"warning","data":{"skew":"12s"}}`; err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v; want %s", got, err, want)
	}
}
