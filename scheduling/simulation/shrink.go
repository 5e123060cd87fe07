package simulation

import (
	"slices"
	"testing"
)

// show fails the test for the failing schedules, the first ones with a trace.
func show(t *testing.T, cfg *Config, failed []*outcome) {
	t.Helper()
	slices.SortFunc(failed, func(a, b *outcome) int { return int(int64(a.seed - b.seed)) })
	for i, o := range failed {
		if i == mostNamed {
			t.Errorf("... and %d more", len(failed)-i)
			return
		}
		if cfg.stop || i >= mostShown {
			t.Errorf("seed %d: %s", o.seed, o.violations[0])
			continue
		}
		small, left := shrink(t, cfg, o)
		t.Errorf("seed %d: %s\nplay it again: PROCTORBOOK_SEED_FROM=%d %s=1 go test -run '^%s$' -v\n%d of %d disturbances suffice:\n%s",
			o.seed, small.violations[0], o.seed, cfg.seedsEnv(), t.Name(), left, len(o.taken), small.text)
	}
}

// mostReplays bounds the work of shrinking.
const mostReplays = 300

// shrink plays the schedule again and again, each time without some of its
// disturbances, and returns the smallest that still breaks the same guarantee,
// with how many disturbances it has.
func shrink(t *testing.T, cfg *Config, o *outcome) (outcome, int) {
	out := map[disturbance]bool{}
	replays := 0
	fails := func(without []disturbance, keep bool) (outcome, bool) {
		trial := mask{out: map[disturbance]bool{}}
		for d := range out {
			trial.out[d] = true
		}
		for _, d := range without {
			trial.out[d] = true
		}
		replays++
		again := play(t, cfg, o.seed, trial, counts{}, keep)
		return again, slices.ContainsFunc(again.violations, func(v violation) bool {
			return v.statement == o.violations[0].statement && v.what == o.violations[0].what
		})
	}
	left := slices.Clone(o.taken)
	for size := (len(left) + 1) / 2; size > 0 && replays < mostReplays; size /= 2 {
		for at := 0; at < len(left) && replays < mostReplays; {
			piece := left[at:min(at+size, len(left))]
			again, still := fails(piece, false)
			if !still {
				at += size
				continue
			}
			for _, d := range piece {
				out[d] = true
			}
			// What is left is what the shorter schedule really met.
			left = again.taken
		}
	}
	small, still := fails(nil, true)
	if !still { // the violation does not come again: show the schedule as it was
		out = nil
		small, _ = fails(nil, true)
	}
	return small, len(left)
}
