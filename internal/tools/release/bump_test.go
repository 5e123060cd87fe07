package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBump(t *testing.T) {
	root := checkout(t, nil)
	if err := read(t, root).bump("v0.4.0"); err != nil {
		t.Fatal(err)
	}
	if err := read(t, root).agree(); err != nil {
		t.Errorf("after the bump: %v", err)
	}
	for file, want := range map[string]string{
		"doc.go":               strings.Replace(sample["doc.go"], "0.3.0", "0.4.0", 1),
		"CHANGELOG.md":         "# Changelog\n\n## 0.4.0\n\n## 0.3.0\n\n- more\n\n## 0.2.0\n",
		"examples/shop/go.mod": strings.ReplaceAll(sample["examples/shop/go.mod"], "0.3.0", "0.4.0"),
		"go.mod":               sample["go.mod"],
		"go.work":              strings.ReplaceAll(sample["go.work"], "0.3.0", "0.4.0"),
	} {
		if got, err := os.ReadFile(filepath.Join(root, file)); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", file, err, got, want)
		}
	}
}

func TestBumpRefuses(t *testing.T) {
	root := checkout(t, nil)
	for version, want := range map[string]string{
		"0.4.0": "looks like v0.2.0", "v0.4": "looks like v0.2.0", "v0.4.0+x": "looks like v0.2.0",
		"v0.3.0": "is not later than v0.3.0", "v0.2.9": "is not later than v0.3.0",
		"v2.0.0": "the paths of all modules end in /v2",
	} {
		err := read(t, root).bump(version)
		wantError(t, err, want)
		if !errors.Is(err, errUsage) {
			t.Errorf("%s is no wrong usage", version)
		}
	}
	wantError(t, read(t, checkout(t, map[string]string{"CHANGELOG.md": "## 0.2.0\n"})).bump("v0.4.0"), "mend this first")
	if err := read(t, root).agree(); err != nil {
		t.Errorf("a refused bump changed something: %v", err)
	}
}
