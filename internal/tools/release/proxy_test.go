package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWriteProxy(t *testing.T) {
	root := checkout(t, map[string]string{"store/LICENSE": "", "ignored.txt": "x"})
	write(t, filepath.Join(root, "door/untracked.go"), "package door\n")
	dir := t.TempDir()
	if err := read(t, root).writeProxy(dir); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][]string{
		"example.test/house/@v/v0.3.0.zip": {
			"CHANGELOG.md", "LICENSE", "doc.go", "door/door.go", "door/door_test.go", "go.mod", "go.work", "ignored.txt", "internal/hinge/h.go",
		},
		// The license comes from the repository.
		"example.test/house/store/@v/v0.3.0.zip":         {"LICENSE", "go.mod", "store.go"},
		"example.test/house/examples/shop/@v/v0.3.0.zip": {"LICENSE", "go.mod", "main.go"},
	} {
		pack, err := zip.OpenReader(filepath.Join(dir, file))
		if err != nil {
			t.Error(err)
			continue
		}
		var names []string
		for _, f := range pack.File {
			_, name, _ := strings.Cut(f.Name, "@v0.3.0/")
			names = append(names, name)
		}
		pack.Close()
		slices.Sort(names)
		if !slices.Equal(names, want) {
			t.Errorf("%s holds %q, want %q", file, names, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "example.test/house/internal")); err == nil {
		t.Error("the tools are released")
	}
	mod, err := os.ReadFile(filepath.Join(dir, "example.test/house/store/@v/v0.3.0.mod"))
	if err != nil || string(mod) != sample["store/go.mod"] {
		t.Errorf("go.mod of store: %q, %v", mod, err)
	}
}
