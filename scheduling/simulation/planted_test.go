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
			found, what := bug.hunt(t)
			if found == 0 {
				t.Fatalf("not found in %d schedules: %s", mostSeeds, bug.about)
			}
			t.Logf("found after %d schedules: %s (%s)", found, what, bug.about)
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
	about string
	edits []edit
}

// edit replaces one text by another, everywhere in a file.
type edit struct{ file, old, new string }

// readBug reads a file: what it is about in the first line, and then for each
// edit the lines "== file", the text, "== becomes" and the other text.
func readBug(t *testing.T, file string) bug {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	about, rest, _ := strings.Cut(string(data), "\n")
	b := bug{about: about}
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

// hunt plays the schedules against the engine with the bug, until one breaks a
// guarantee, and returns how many that took, and which one it was.
func (b bug) hunt(t *testing.T) (found int, what string) {
	t.Helper()
	cmd := exec.Command("go", "test", "-overlay="+b.overlay(t), "-vet=off", "-count=1", "-run=^TestSeeds$", "-v", ".")
	cmd.Env = slices.Concat(os.Environ(), []string{"PROCTORBOOK_STOP=1", fmt.Sprintf("PROCTORBOOK_SEEDS=%d", mostSeeds)})
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
	found, err = strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return found, what
}
