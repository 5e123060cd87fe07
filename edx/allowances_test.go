package edx_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

func TestExtraTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key   edx.AllowanceKey
		value string
		want  time.Duration
		wrong bool
	}{
		{key: edx.AllowanceExtraTime, value: "30", want: 30 * time.Minute}, {key: edx.AllowanceExtraTime, value: "0"},
		{key: edx.AllowanceExtraTime, value: "٣٠", want: 30 * time.Minute}, {key: edx.AllowanceExtraTime, value: "３०", want: 30 * time.Minute},
		{key: edx.AllowanceExtraTime, value: "0000030", want: 30 * time.Minute},
		{key: edx.AllowanceExtraTime, value: "1440", want: 24 * time.Hour}, {key: edx.AllowanceExtraTime, value: "1441", want: 24 * time.Hour},
		{key: edx.AllowanceExtraTime, value: "65536", want: 24 * time.Hour}, {key: edx.AllowanceExtraTime, value: strings.Repeat("9", 200), want: 24 * time.Hour},
		{key: edx.AllowanceExtraTime, value: "", wrong: true}, {key: edx.AllowanceExtraTime, value: "-5", wrong: true},
		{key: edx.AllowanceExtraTime, value: "half an hour", wrong: true}, {key: edx.AllowanceExtraTime, value: "3²", wrong: true},
		{key: edx.AllowanceExtraTime, value: "1.5", wrong: true}, {key: edx.AllowanceExtraTime, value: " 30", wrong: true},
		{key: edx.AllowanceException, value: "30"}, {key: edx.AllowanceException, value: "no camera"},
	} {
		got, err := (edx.Allowance{Key: tt.key, Value: tt.value}).ExtraTime()
		if _, wrong := errors.AsType[*proctorbook.ValidationError](err); got != tt.want || wrong != tt.wrong {
			t.Errorf("ExtraTime of %s %q = %v, %v; want %v, an error: %v", tt.key, tt.value, got, err, tt.want, tt.wrong)
		}
	}
}

func FuzzExtraTime(f *testing.F) {
	for _, value := range []string{"30", "٣٠", "65536", "-1", "3²", "\xff"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := (edx.Allowance{Key: edx.AllowanceExtraTime, Value: value}).ExtraTime()
		if got < 0 || got > 24*time.Hour || got%time.Minute != 0 || err != nil && got != 0 {
			t.Errorf("ExtraTime of %q = %v, %v", value, got, err)
		}
		if n, plain := strconv.Atoi(value); plain == nil && value[0] >= '0' && n <= 24*60 && got != time.Duration(n)*time.Minute {
			t.Errorf("ExtraTime of %q = %v", value, got)
		}
	})
}
