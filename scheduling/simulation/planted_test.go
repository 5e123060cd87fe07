package simulation_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/planted"
	"github.com/proctorbook/proctorbook/scheduling/simulation"
)

// mostSeeds is how many schedules a planted bug may hide from.
const mostSeeds = 30000

// timeForOthers is what the tests after this one may take on a busy machine.
const timeForOthers = 6 * time.Minute

// TestPlantedBugs proves that the simulation can see. Each file of
// testdata/planted takes one rule of the protocol out of the real source; the
// schedules must then break a guarantee. A file whose text the source no longer
// holds fails the test: the rule has moved, and the file must follow it.
//
// One program is built that has all of them, and each run of it is told which bug to have;
// a bug that is no change of a function or a variable alone has a program of its own. Without a
// bug that program plays the schedule well: nothing but the bug breaks the guarantee.
//
// The schedule that found a bug last stands in its file, and is played first; without it,
// or with PROCTORBOOK_HUNT=1, all are played from the first one on. PROCTORBOOK_WRITE=1
// writes it there.
func TestPlantedBugs(t *testing.T) {
	switch {
	case testing.Short():
		t.Skip("not with -short: the engine is built once more, with the bugs")
	case simulation.RaceEnabled:
		t.Skip("not under the race detector: the engine is built once more, with the bugs")
	case os.Getenv("PROCTORBOOK_STOP") != "" || os.Getenv("PROCTORBOOK_SEEDS") != "":
		t.Skip("only where all seeds are played")
	}
	files, err := filepath.Glob("testdata/planted/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no planted bugs: %v", err)
	}
	summary.planted = len(files)
	bugs := together(t, files)
	atOnce := make(chan struct{}, 2)
	var mu sync.Mutex
	for _, bug := range bugs {
		t.Run(bug.Name(), func(t *testing.T) {
			t.Parallel()
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			if end, ok := t.Deadline(); ok && time.Until(end) < timeForOthers {
				t.Skip("no time left before the test's deadline: run it with -timeout 1h")
			}
			bug.sound(t)
			what, ok := bug.known(t)
			if !ok {
				what = bug.hunt(t)
			}
			t.Logf("found %s (%s)", what, bug.About)
			mu.Lock()
			defer mu.Unlock()
			summary.found++
		})
	}
}

// The files fit the source: quick to run after a change of the engine.
func TestPlantedBugsFit(t *testing.T) {
	files, err := filepath.Glob("testdata/planted/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no planted bugs: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { readBug(t, file).overlay(t) })
	}
}

// bug is a planted bug, with the schedule that found it last; -1 if none is known. Its
// program has it if it is told its name, or always if it is alone.
type bug struct {
	planted.Bug
	seed    int
	program string
	alone   bool
}

func readBug(t *testing.T, file string) bug {
	t.Helper()
	read, err := planted.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	b := bug{Bug: read, seed: -1}
	if seed, known := read.Keys["seed"]; known {
		if b.seed, err = strconv.Atoi(seed); err != nil {
			t.Fatalf("%s: seed: %v", file, err)
		}
	}
	return b
}

// together reads the bugs, and builds the programs that have them.
func together(t *testing.T, files []string) []bug {
	t.Helper()
	var bugs []bug
	var read []planted.Bug
	for _, file := range files {
		b := readBug(t, file)
		bugs, read = append(bugs, b), append(read, b.Bug)
	}
	overlay, alone, err := planted.Together(read, "..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program := build(t, overlay)
	for i := range bugs {
		bugs[i].program = program
		for _, b := range alone {
			if b.File == bugs[i].File {
				bugs[i].alone, bugs[i].program = true, build(t, bugs[i].overlay(t))
			}
		}
	}
	t.Logf("%d bugs in one program, %d in others", len(bugs)-len(alone), len(alone))
	return bugs
}

// build builds this package's tests with an overlay of the source.
func build(t *testing.T, overlay string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "simulation.test")
	if out, err := exec.Command("go", "test", "-c", "-overlay="+overlay, "-vet=off", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("the engine with the bugs can't be built: %v\n%s", err, out)
	}
	return program
}

// overlay writes the changed files and says to the go command where they are.
func (b bug) overlay(t *testing.T) string {
	t.Helper()
	file, err := b.Overlay("..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var (
	foundAfter = regexp.MustCompile(`found after (\d+) schedules`)
	foundWhat  = regexp.MustCompile(`(?m)seed \d+: (.*?) \(pb-`)
)

// sound fails if the program breaks a guarantee in the bug's schedule without having it.
func (b bug) sound(t *testing.T) {
	t.Helper()
	if b.seed < 0 || b.alone {
		return
	}
	if n, what := b.playAs(t, "", b.seed, 1); n > 0 {
		t.Errorf("schedule %d breaks a guarantee without the bug, too: %s", b.seed, what)
	}
}

// known plays the schedule that has found the bug before, and reports whether it still does.
func (b bug) known(t *testing.T) (what string, ok bool) {
	t.Helper()
	if b.seed < 0 || os.Getenv("PROCTORBOOK_HUNT") != "" {
		return "", false
	}
	n, what := b.play(t, b.seed, 1)
	if n == 0 {
		t.Logf("schedule %d no longer finds it", b.seed)
	}
	return fmt.Sprintf("by schedule %d: %s", b.seed, what), n > 0
}

// hunt plays the schedules from the first one on, until one breaks a guarantee.
func (b bug) hunt(t *testing.T) (what string) {
	t.Helper()
	n, what := b.play(t, 0, mostSeeds)
	if n == 0 {
		t.Fatalf("not found in %d schedules: %s", mostSeeds, b.About)
	}
	if os.Getenv("PROCTORBOOK_WRITE") == "1" {
		if err := b.Write("seed", strconv.Itoa(n-1)); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("after %d schedules: %s", n, what)
}

// play plays so many schedules from one on against the engine with the bug, until one
// breaks a guarantee. It returns how many that took, 0 if none did, and what broke.
func (b bug) play(t *testing.T, from, seeds int) (n int, what string) {
	t.Helper()
	return b.playAs(t, b.Name(), from, seeds)
}

// playAs does so with the bug of a name, or with none.
func (b bug) playAs(t *testing.T, name string, from, seeds int) (n int, what string) {
	t.Helper()
	cmd := exec.Command(b.program, "-test.timeout=1h", "-test.run=^TestSeeds$", "-test.v")
	cmd.Env = slices.Concat(os.Environ(), []string{
		planted.Env + "=" + name, "PROCTORBOOK_STOP=1", fmt.Sprintf("PROCTORBOOK_SEED_FROM=%d", from), fmt.Sprintf("PROCTORBOOK_SEEDS=%d", seeds),
	})
	out, err := cmd.CombinedOutput()
	if err == nil {
		return 0, ""
	}
	m := foundAfter.FindSubmatch(out)
	if m == nil {
		t.Fatalf("the engine with the bug did not run: %v\n%s", err, out)
	}
	if w := foundWhat.FindSubmatch(out); w != nil {
		what = string(w[1])
	}
	n, err = strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n, what
}
