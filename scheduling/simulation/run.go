package simulation

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Result is what a run of schedules came to.
type Result struct {
	Store          string // as in the Config
	From           uint64 // the first schedule's seed
	Seeds          int    // schedules played
	Faults         int    // of the network and the provider
	Crashes        int    // of processes
	Violations     int    // schedules in which a guarantee did not hold
	NeedsAttention int    // schedules that end with a flagged booking
	Trace          uint64 // over all that happened in all schedules, in their order
	Found          int    // schedules until a violation was found; 0 = none

	happened counts
}

// String is the summary in one line.
func (r Result) String() string {
	return fmt.Sprintf("store=%s from=%d seeds=%d faults=%d crashes=%d violations=%d needs_attention=%d",
		r.Store, r.From, r.Seeds, r.Faults, r.Crashes, r.Violations, r.NeedsAttention)
}

// outcome is what one schedule came to.
type outcome struct {
	seed       uint64
	hash       uint64
	violations []violation
	taken      []disturbance
	text       string
}

// play runs one schedule.
func play(t testing.TB, cfg *Config, seed uint64, m mask, c counts, keep bool) outcome {
	w := newWorld(t, cfg, seed, m, c)
	w.trace.keep = keep
	w.trace.add(0, "dialect", w.plan.dialect.String())
	w.run()
	for _, d := range w.deployments {
		cfg.close(d.store)
	}
	return outcome{seed: seed, hash: w.trace.hash, violations: w.violations, taken: w.taken, text: w.trace.text.String()}
}

// Run plays the schedules, and fails the test for each one in which a guarantee
// does not hold: with the command that plays it again, and a trace without the
// disturbances that are not needed for the violation.
func Run(t *testing.T, cfg Config) Result {
	t.Helper()
	cfg.span(t)
	r := playAll(t, &cfg)
	if testing.Verbose() {
		t.Logf("what happened in %d schedules:\n%s", r.Seeds, r.happened)
	}
	if r.happened[counted{"event", string(scheduling.EventAdopted)}] == 0 && cfg.Seeds >= 100 {
		t.Errorf("in %d schedules nobody booked anything: the simulation proves nothing", r.Seeds)
	}
	if r.Violations == 0 && cfg.Seeds >= enoughSeeds && cfg.forced == (forced{}) && !cfg.campus {
		for _, what := range r.happened.missing() {
			t.Errorf("in %d schedules there was no %s: the simulation proves nothing about it", r.Seeds, what)
		}
	}
	return r
}

// Traces plays the schedules and returns the hash of what happened in each one.
// The same configuration gives the same hashes.
func Traces(t *testing.T, cfg Config) []uint64 {
	t.Helper()
	hashes := make([]uint64, cfg.Seeds)
	each(cfg.Seeds, func(i int, c counts) { hashes[i] = play(t, &cfg, cfg.From+uint64(i), mask{}, c, false).hash })
	return hashes
}

// span lets the environment choose the seeds.
func (c *Config) span(t *testing.T) {
	t.Helper()
	if v := os.Getenv(c.seedsEnv()); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			t.Fatal(c.seedsEnv() + " is not a positive number")
		}
		c.Seeds = n
	}
	if v := os.Getenv("PROCTORBOOK_SEED_FROM"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatal("PROCTORBOOK_SEED_FROM is not a number")
		}
		c.From = n
	}
	c.stop, c.campus = os.Getenv("PROCTORBOOK_STOP") != "", os.Getenv("PROCTORBOOK_PLATFORMS") != ""
}

// mostShown is how many failing schedules are shown with their trace, and
// mostNamed how many by their seed.
const (
	mostShown = 5
	mostNamed = 50
)

// each does n things, on all processors, and returns what they counted.
func each(n int, do func(i int, c counts)) counts {
	total := counts{}
	var next atomic.Int64
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			c := counts{}
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i, c)
			}
			mu.Lock()
			defer mu.Unlock()
			total.add(c)
		})
	}
	wait.Wait()
	return total
}

// playAll plays the seeds.
func playAll(t *testing.T, cfg *Config) Result {
	t.Helper()
	r := Result{Store: cfg.Store, From: cfg.From, Seeds: cfg.Seeds}
	hashes := make([]uint64, cfg.Seeds)
	var left atomic.Int64
	var mu sync.Mutex
	var failed []*outcome
	r.happened = each(cfg.Seeds, func(i int, c counts) {
		mu.Lock()
		enough := cfg.stop && r.Found > 0
		mu.Unlock()
		if enough {
			return
		}
		seed := cfg.From + uint64(i)
		if cfg.campus && newPlan(seed).platforms == 0 {
			left.Add(1)
			return
		}
		o := play(t, cfg, seed, mask{}, c, false)
		hashes[i] = o.hash
		if len(o.violations) > 0 {
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, &o)
			r.Found = i + 1
		}
	})
	r.Seeds -= int(left.Load())
	for _, h := range hashes {
		r.Trace = mix(r.Trace ^ h)
	}
	r.Violations, r.Faults, r.Crashes = len(failed), r.happened.sum("fault"), r.happened.sum("crash")
	r.NeedsAttention = r.happened[counted{"flag", "seeds"}]
	show(t, cfg, failed)
	return r
}
