package sqlstore_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/internal/planted"
)

// TestPlantedBugs proves that the tests of the numbers can see. Each file of
// testdata/planted takes one rule out of the real source, and names the test that must
// fail then.
func TestPlantedBugs(t *testing.T) {
	if testing.Short() || less > 1 {
		t.Skip("each planted bug builds the store anew")
	}
	files, err := filepath.Glob("testdata/planted/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no planted bugs: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			bug, err := planted.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			overlay, err := bug.Overlay(".", t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			test := bug.Keys["test"]
			for _, m := range media {
				if missing := m.missing(); missing != "" && strings.HasSuffix(test, "/"+m.name) {
					t.Skip(missing)
				}
			}
			// A run may be lucky: what one of three sees is seen.
			for range 3 {
				out, err := exec.Command("go", "test", "-overlay="+overlay, "-vet=off", "-count=1", "-run=^"+strings.ReplaceAll(test, "/", "$/^")+"$", ".").CombinedOutput()
				if err == nil {
					continue
				}
				if !strings.Contains(string(out), "--- FAIL: "+test[:strings.Index(test, "/")]) {
					t.Fatalf("the store with the bug did not run: %v\n%s", err, out)
				}
				return
			}
			t.Errorf("%s does not see it: %s", test, bug.About)
		})
	}
}
