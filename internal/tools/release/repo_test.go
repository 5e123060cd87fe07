package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// A repository in the manner of ours: a root module, one below it that requires
// it, an example, and tools that are not released.
var sample = map[string]string{
	"go.mod":       "module example.test/house\n\ngo 1.26.0\n",
	"doc.go":       "package house\n\nconst Version = \"0.3.0\"\n",
	"LICENSE":      "take it\n",
	"CHANGELOG.md": "# Changelog\n\n## 0.3.0\n\n- more\n\n## 0.2.0\n",
	"go.work": "go 1.26.0\n\nuse (\n\t.\n\t./store\n\t./examples/shop\n\t./internal/tools\n)\n\nreplace (\n" +
		"\texample.test/house v0.3.0 => .\n\texample.test/house/store v0.3.0 => ./store\n\texample.test/house/examples/shop v0.3.0 => ./examples/shop\n)\n",
	"door/door.go":          "package door\n\nimport \"example.test/house/internal/hinge\"\n\nconst Open = hinge.Swings\n",
	"door/door_test.go":     "package door_test\n",
	"internal/hinge/h.go":   "package hinge\n\nconst Swings = true\n",
	"internal/tools/go.mod": "module example.test/house/internal/tools\n\ngo 1.26.0\n",
	"internal/tools/t.go":   "package tools\n",
	"store/go.mod":          "module example.test/house/store\n\ngo 1.26.0\n\nrequire example.test/house v0.3.0\n",
	"store/store.go":        "package store\n\nimport \"example.test/house/door\"\n\nconst Opens = door.Open\n",
	"examples/shop/go.mod": "module example.test/house/examples/shop\n\ngo 1.26.0\n\nrequire example.test/house/store v0.3.0\n\n" +
		"require example.test/house v0.3.0 // indirect\n",
	"examples/shop/main.go": "package main\n\nimport \"example.test/house/store\"\n\nfunc main() { println(store.Opens) }\n",
}

// checkout writes the sample, with some files changed (or taken out, if empty),
// into a git checkout, and commits it.
func checkout(t *testing.T, changed map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files := maps.Clone(sample)
	maps.Copy(files, changed)
	for name, text := range files {
		if text != "" {
			write(t, filepath.Join(root, name), text)
		}
	}
	git(t, root, "init", "-q")
	git(t, root, "add", ".")
	commit(t, root)
	return root
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// commit commits what is staged, whatever git's settings on this machine are.
func commit(t *testing.T, root string) {
	t.Helper()
	git(t, root, "-c", "user.name=a", "-c", "user.email=a@example.test", "-c", "commit.gpgSign=false", "commit", "-q", "--no-verify", "-m", "x")
}

func read(t *testing.T, root string) *repo {
	t.Helper()
	r, err := readRepo(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReadRepo(t *testing.T) {
	root := checkout(t, nil)
	if err := os.Remove(filepath.Join(root, "door/door_test.go")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "door/new.go"), "package door\n")
	// What is embedded is missed as much as Go code is.
	write(t, filepath.Join(root, "store/002_more.sql"), "SELECT 1;\n")
	write(t, filepath.Join(root, ".git/info/exclude"), "*.out\n")
	write(t, filepath.Join(root, "door/cover.out"), "mode: set\n")
	r := read(t, root)

	if r.version != "v0.3.0" {
		t.Errorf("version %s", r.version)
	}
	want := map[string][]string{
		".":              {"CHANGELOG.md", "LICENSE", "doc.go", "door/door.go", "go.mod", "go.work", "internal/hinge/h.go"},
		"store":          {"go.mod", "store.go"},
		"examples/shop":  {"go.mod", "main.go"},
		"internal/tools": {"go.mod", "t.go"},
	}
	if len(r.modules) != len(want) || r.modules[0].dir != "." {
		t.Errorf("%d modules, the first in %s", len(r.modules), r.modules[0].dir)
	}
	for _, m := range r.modules {
		if !slices.Equal(m.files, want[m.dir]) {
			t.Errorf("module in %s has %q, want %q", m.dir, m.files, want[m.dir])
		}
	}
	if !slices.Equal(r.untracked, []string{"door/new.go", "store/002_more.sql"}) {
		t.Errorf("untracked: %q", r.untracked)
	}
	if !slices.Equal(r.changed, []string{"door/door_test.go"}) {
		t.Errorf("changed: %q", r.changed)
	}
	if tags := r.tags(); !slices.Equal(tags, []string{"v0.3.0", "store/v0.3.0", "examples/shop/v0.3.0"}) {
		t.Errorf("tags: %q", tags)
	}
}

func TestPackages(t *testing.T) {
	r := read(t, checkout(t, map[string]string{
		"cmd/a/main.go":       "package main\n",
		"door/testdata/x.go":  "package x\n",
		"_old/old.go":         "package old\n",
		"only/only_test.go":   "package only\n",
		"door/internal/in.go": "package in\n",
	}))
	libraries, programs, err := r.modules[0].packages(r.root)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"example.test/house", "example.test/house/door"}; !slices.Equal(libraries, want) {
		t.Errorf("libraries %q, want %q", libraries, want)
	}
	if want := []string{"example.test/house/cmd/a"}; !slices.Equal(programs, want) {
		t.Errorf("programs %q, want %q", programs, want)
	}
}

func TestReadRepoSaysWhatIsMissing(t *testing.T) {
	for name, changed := range map[string]map[string]string{
		"no go.mod in the top folder is known to git": {"go.mod": ""},
		"doc.go has no line like":                     {"doc.go": "package house\n"},
		"reading a module":                            {"store/go.mod": "modul store\n"},
	} {
		_, err := readRepo(t.Context(), checkout(t, changed))
		wantError(t, err, name)
	}
}

func TestChanged(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(t *testing.T, root string)
		want []string
	}{
		"nothing": {do: func(*testing.T, string) {}},
		"not staged": {
			do:   func(t *testing.T, root string) { write(t, filepath.Join(root, "LICENSE"), "leave it\n") },
			want: []string{"LICENSE"},
		},
		"staged": {
			do: func(t *testing.T, root string) {
				write(t, filepath.Join(root, "store/a b.sql"), "SELECT 1;\n")
				git(t, root, "add", ".")
			},
			want: []string{"store/a b.sql"},
		},
		"renamed": {
			do:   func(t *testing.T, root string) { git(t, root, "mv", "LICENSE", "COPYING") },
			want: []string{"COPYING", "LICENSE"},
		},
		"git doesn't know it": {
			do: func(t *testing.T, root string) { write(t, filepath.Join(root, "new.go"), "package house\n") },
		},
		"written again as it was": {
			do: func(t *testing.T, root string) { write(t, filepath.Join(root, "LICENSE"), sample["LICENSE"]) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkout(t, nil)
			test.do(t, root)
			if r := read(t, root); !slices.Equal(r.changed, test.want) {
				t.Errorf("changed: %q, want %q", r.changed, test.want)
			}
		})
	}
}

func TestFew(t *testing.T) {
	for want, names := range map[string][]string{
		"a":                        {"a"},
		"a, b, c, d, e":            {"a", "b", "c", "d", "e"},
		"a, b, c, d, e and 2 more": {"a", "b", "c", "d", "e", "f", "g"},
	} {
		if got := few(names); got != want {
			t.Errorf("few(%q) is %q, want %q", names, got, want)
		}
	}
}
