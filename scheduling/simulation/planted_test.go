package simulation_test

import (
	"encoding/json"
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
)

// mostSeeds is how many schedules a planted bug may hide from.
const mostSeeds = 30000

// timeForOthers is what the tests after this one may take on a busy machine.
const timeForOthers = 3 * time.Minute

// TestPlantedBugs proves that the simulation can see. Each file of
// testdata/planted takes one rule of the protocol out of the real source; the
// schedules must then break a guarantee. A file whose text the source no longer
// holds fails the test: the rule has moved, and the file must follow it.
//
// The schedule that found a bug last stands in its file, and is played first; without it,
// or with PROCTORBOOK_HUNT=1, all are played from the first one on. PROCTORBOOK_WRITE=1
// writes it there.
func TestPlantedBugs(t *testing.T) {
	switch {
	case testing.Short():
		t.Skip("not with -short: each planted bug builds the engine anew")
	case raceEnabled:
		t.Skip("not under the race detector: each planted bug builds the engine anew")
	case os.Getenv("PROCTORBOOK_STOP") != "" || os.Getenv("PROCTORBOOK_SEEDS") != "":
		t.Skip("only where all seeds are played")
	}
	files, err := filepath.Glob("testdata/planted/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no planted bugs: %v", err)
	}
	summary.planted = len(files)
	atOnce := make(chan struct{}, 2)
	var mu sync.Mutex
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			if end, ok := t.Deadline(); ok && time.Until(end) < timeForOthers {
				t.Skip("no time left before the test's deadline: run it with -timeout 1h")
			}
			bug := readBug(t, file)
			what, ok := bug.known(t)
			if !ok {
				what = bug.hunt(t)
			}
			t.Logf("found %s (%s)", what, bug.about)
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

// bug is a planted bug: edits of the engine's source.
type bug struct {
	file  string
	about string
	seed  int // of the schedule that found it last; -1 if none is known
	edits []edit
}

// edit replaces one text by another, everywhere in a file.
type edit struct{ file, old, new string }

// readBug reads a file: what it is about in the first line, in the second one perhaps the
// schedule that finds it, as "seed 12", and then for each edit the lines "== file", the
// text, "== becomes" and the other text.
func readBug(t *testing.T, file string) bug {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	about, rest, _ := strings.Cut(string(data), "\n")
	b := bug{file: file, about: about, seed: -1}
	if _, err := fmt.Sscanf(rest, "seed %d\n", &b.seed); err != nil {
		b.seed = -1
	}
	for _, part := range strings.Split(rest, "== file ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		old, replacement, ok := strings.Cut(text, "== becomes\n")
		if !ok {
			t.Fatalf("%s: an edit of %s says not what becomes of the text", file, name)
		}
		b.edits = append(b.edits, edit{name, strings.TrimSuffix(old, "\n"), strings.TrimSuffix(replacement, "\n")})
	}
	if len(b.edits) == 0 {
		t.Fatalf("%s holds no edit", file)
	}
	return b
}

// overlay writes the changed files and says to the go command where they are.
func (b bug) overlay(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	changed := map[string]string{}
	for _, e := range b.edits {
		path, err := filepath.Abs(filepath.Join("..", e.file))
		if err != nil {
			t.Fatal(err)
		}
		if changed[path] == "" {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed[path] = string(source)
		}
		if !strings.Contains(changed[path], e.old) {
			t.Fatalf("%s no longer holds the text that this bug takes out:\n%s", e.file, e.old)
		}
		changed[path] = strings.ReplaceAll(changed[path], e.old, e.new)
	}
	replace := map[string]string{}
	for path, source := range changed {
		replace[path] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(replace[path], []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var (
	foundAfter = regexp.MustCompile(`found after (\d+) schedules`)
	foundWhat  = regexp.MustCompile(`(?m)seed \d+: (.*?) \(pb-`)
)

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
		t.Fatalf("not found in %d schedules: %s", mostSeeds, b.about)
	}
	if os.Getenv("PROCTORBOOK_WRITE") == "1" {
		b.writeSeed(t, n-1)
	}
	return fmt.Sprintf("after %d schedules: %s", n, what)
}

// play plays so many schedules from one on against the engine with the bug, until one
// breaks a guarantee. It returns how many that took, 0 if none did, and what broke.
func (b bug) play(t *testing.T, from, seeds int) (n int, what string) {
	t.Helper()
	cmd := exec.Command("go", "test", "-overlay="+b.overlay(t), "-vet=off", "-count=1", "-timeout=1h", "-run=^TestSeeds$", "-v", ".")
	cmd.Env = slices.Concat(os.Environ(), []string{
		"PROCTORBOOK_STOP=1", fmt.Sprintf("PROCTORBOOK_SEED_FROM=%d", from), fmt.Sprintf("PROCTORBOOK_SEEDS=%d", seeds),
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

// writeSeed notes in the file which schedule finds the bug.
func (b bug) writeSeed(t *testing.T, seed int) {
	t.Helper()
	data, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	about, rest, _ := strings.Cut(string(data), "\n")
	if b.seed >= 0 {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	text := fmt.Sprintf("%s\nseed %d\n%s", about, seed, rest)
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
