package simulation_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/simulation"
)

// memory opens the store that keeps everything in memory.
func memory(_ testing.TB, seed uint64) scheduling.Store {
	return memstore.New(memstore.WithNamespace(fmt.Sprintf("s%07d", seed%10_000_000)))
}

// summary is what the tests of this package found out, for the last line.
var summary struct {
	result         *simulation.Result
	baseline       float64
	planted, found int
}

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // a schedule leaves much garbage, and there is little else
	code := m.Run()
	if r := summary.result; r != nil {
		fmt.Printf("simulation: %s baseline=%.1f%% planted=%d/%d trace=%016x\n", r, 100*summary.baseline, summary.found, summary.planted, r.Trace)
	}
	os.Exit(code)
}

// seeds is how many schedules are played unless the environment says otherwise.
func seeds() int {
	if testing.Short() {
		return min(shortSeeds, simulation.DefaultSeeds)
	}
	return simulation.DefaultSeeds
}

const shortSeeds = 2000

func TestSeeds(t *testing.T) {
	r := simulation.Run(t, simulation.Config{Store: "memory", Open: memory, Seeds: seeds()})
	summary.result = &r
	if r.Found > 0 {
		t.Logf("found after %d schedules", r.Found)
	}
}

// The same seed gives the same schedule, byte for byte: else a failure could not
// be played again.
func TestSameSeedSameTrace(t *testing.T) {
	if os.Getenv("PROCTORBOOK_STOP") != "" {
		t.Skip("only one violation is looked for")
	}
	n := min(1000, seeds()/2)
	t.Setenv("PROCTORBOOK_SEEDS", strconv.Itoa(n))
	config := simulation.Config{Store: "memory", Open: memory, Seeds: n}
	first := simulation.Traces(t, config)
	for i, again := range simulation.Traces(t, config) {
		if again != first[i] {
			t.Fatalf("seed %d: trace %016x, then %016x", i, first[i], again)
		}
	}
	distinct := map[uint64]bool{}
	for _, h := range first {
		distinct[h] = true
	}
	if len(distinct) != n {
		t.Errorf("%d seeds gave %d different schedules", n, len(distinct))
	}
}

// What has changed of the provider for platforms is played on its own: one schedule in
// seven has platforms, and the others leave that code alone.
func TestOnlyPlatforms(t *testing.T) {
	if os.Getenv("PROCTORBOOK_STOP") != "" {
		t.Skip("only one violation is looked for")
	}
	t.Setenv("PROCTORBOOK_SEEDS", "200")
	t.Setenv("PROCTORBOOK_PLATFORMS", "1")
	r := simulation.Run(t, simulation.Config{Store: "memory", Open: memory})
	if r.Seeds < 15 || r.Seeds > 60 {
		t.Errorf("%d of 200 schedules were played, want those with platforms, about 30", r.Seeds)
	}
}

// The plain program must fail in this world, or the world is too kind; and not
// always, or it is a world in which nothing could work.
func TestBaseline(t *testing.T) {
	if os.Getenv("PROCTORBOOK_STOP") != "" {
		t.Skip("only one violation is looked for")
	}
	summary.baseline = simulation.Baseline(t, simulation.Config{Open: memory, Seeds: min(2000, seeds())})
	if share := summary.baseline; share < 0.05 || share > 0.90 {
		t.Errorf("the plain program ends wrong in %.1f %% of the schedules, want 5 to 90 %%", 100*share)
	}
}
