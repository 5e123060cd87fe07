package proctorbooktest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

func TestRandomFaults(t *testing.T) {
	t.Parallel()
	kinds := []proctorbooktest.FaultKind{proctorbooktest.LoseRequest, proctorbooktest.Late, proctorbooktest.Down}
	draw := func(seed uint64, share float64, kinds ...proctorbooktest.FaultKind) (faults []proctorbooktest.Fault, played int) {
		plan := proctorbooktest.RandomFaults(seed, share, time.Minute, kinds...)
		for range 1000 {
			f := plan("addAdHocProcess")
			faults = append(faults, f)
			if f.Kind == "" {
				continue
			}
			played++
			if !slices.Contains(kinds, f.Kind) || f.Delay < time.Second || f.Delay > time.Minute || f.Delay%time.Second != 0 {
				t.Fatalf("fault = %+v, want one of %q, and whole seconds up to a minute", f, kinds)
			}
		}
		return faults, played
	}
	first, n := draw(1, 0.5, kinds...)
	again, _ := draw(1, 0.5, kinds...)
	other, _ := draw(2, 0.5, kinds...)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Error("the faults do not follow the seed")
	}
	if n < 400 || n > 600 {
		t.Errorf("%d of 1000 requests are disturbed, want about 500", n)
	}
	for _, kind := range kinds {
		if !slices.ContainsFunc(first, func(f proctorbooktest.Fault) bool { return f.Kind == kind }) {
			t.Errorf("%q never comes", kind)
		}
	}
	for _, none := range [][]proctorbooktest.FaultKind{nil, kinds} {
		if _, n := draw(1, 0, none...); n != 0 {
			t.Errorf("%d faults by a share of 0, want none", n)
		}
	}
	if _, n := draw(1, 1); n != 0 {
		t.Errorf("%d faults without kinds, want none", n)
	}
}
