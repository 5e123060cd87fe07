package edx_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

func TestExtraTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key   edx.AllowanceKey
		value string
		want  time.Duration
	}{
		{edx.AllowanceExtraTime, "30", 30 * time.Minute}, {edx.AllowanceExtraTime, "0", 0}, {edx.AllowanceExtraTime, "-5", 0},
		{edx.AllowanceExtraTime, "half an hour", 0}, {edx.AllowanceExtraTime, "99999999999", 0}, {edx.AllowanceException, "30", 0},
	} {
		if got := (edx.Allowance{Key: tt.key, Value: tt.value}).ExtraTime(); got != tt.want {
			t.Errorf("ExtraTime of %s %q = %v, want %v", tt.key, tt.value, got, tt.want)
		}
	}
}
