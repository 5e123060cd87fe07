package planted_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/internal/planted"
)

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const bug = `two is taken for three
seed 12
== file two.go
two
== becomes
three
== file deep/two.go
2 twos
== becomes
`

func TestOverlay(t *testing.T) {
	root, out := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	first, second := write(t, filepath.Join(root, "two.go"), "two and two"), write(t, filepath.Join(root, "deep/two.go"), "a, 2 twos, b")
	b, err := planted.Read(write(t, filepath.Join(root, "bug.txt"), bug))
	if err != nil || b.About != "two is taken for three" || b.Keys["seed"] != "12" {
		t.Fatalf("Read = %+v, %v; want what it is about, and seed 12", b, err)
	}
	file, err := b.Overlay(root, out)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if data, err := os.ReadFile(file); err != nil || json.Unmarshal(data, &overlay) != nil {
		t.Fatalf("the overlay can't be read: %v", err)
	}
	for path, want := range map[string]string{first: "three and three", second: "a, , b"} {
		if got, err := os.ReadFile(overlay.Replace[path]); err != nil || string(got) != want {
			t.Errorf("%s becomes %q, %v; want %q", path, got, err, want)
		}
	}
}

// A key is stored once, whatever else the file holds.
func TestWrite(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "bug.txt"), bug)
	for _, value := range []string{"13", "14"} {
		b, err := planted.Read(file)
		if err != nil || b.Write("seed", value) != nil || b.Write("test", "TestX") != nil {
			t.Fatalf("Read and Write error = %v, want none", err)
		}
	}
	got, err := os.ReadFile(file)
	if want := strings.Replace(bug, "seed 12\n", "seed 14\ntest TestX\n", 1); err != nil || string(got) != want {
		t.Errorf("the file holds, error %v:\n%s\nwant\n%s", err, got, want)
	}
}

func TestFilesThatAreNoBugs(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"no edit": "about\n", "nothing": "", "no becomes": "about\n== file a.go\ntext\n", "a line that is no key": "about\nseed\n== file a.go\ntext\n== becomes\n",
	} {
		if b, err := planted.Read(write(t, filepath.Join(dir, "bug.txt"), text)); err == nil {
			t.Errorf("%s: Read = %+v, want an error", name, b)
		}
	}
	if _, err := planted.Read(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there is read")
	}
}

// A bug whose source has moved on says so.
func TestTextThatIsGone(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "two.go"), "one")
	b, err := planted.Read(write(t, filepath.Join(root, "bug.txt"), bug))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Overlay(root, t.TempDir()); err == nil || !strings.Contains(err.Error(), "two.go no longer holds") {
		t.Errorf("Overlay error = %v, want that two.go no longer holds the text", err)
	}
}
