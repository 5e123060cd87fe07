package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// offline keeps the go command from the network, and from what a caller has set.
func offline(t *testing.T) {
	for name, value := range map[string]string{"GOPROXY": "off", "GOSUMDB": "off", "GOFLAGS": "", "GONOPROXY": "", "GOPRIVATE": "", "GOENV": "off"} {
		t.Setenv(name, value)
	}
}

// sampleCheck is the check of a sample that was changed in some files.
func sampleCheck(t *testing.T, changed map[string]string) (*check, *strings.Builder) {
	t.Helper()
	offline(t)
	var out strings.Builder
	return &check{
		repo:     read(t, checkout(t, changed)),
		program:  "package main\n\nimport \"example.test/house/store\"\n\nfunc main() { if store.Opens { println(\"" + storeOpened + "\") } }\n",
		examples: []example{{path: "examples/shop"}},
		out:      &out,
	}, &out
}

func TestCheckPasses(t *testing.T) {
	c, out := sampleCheck(t, nil)
	if err := c.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"get first and alone: example.test/house/store",
		"a program that imports every package",
		"tidy and vet: internal/tools",
		"go run example.test/house/examples/shop@v0.3.0",
		"v0.3.0 can be tagged: v0.3.0 store/v0.3.0 examples/shop/v0.3.0",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not printed: %q", want)
		}
	}
}

func TestCheckFails(t *testing.T) {
	tests := map[string]struct {
		changed map[string]string
		tamper  func(c *check)
		want    []string
	}{
		"the files don't agree": {
			changed: map[string]string{"CHANGELOG.md": "## 0.2.0\n"},
			want:    []string{"the files don't agree", `begin it with "## 0.3.0"`},
		},
		"a file is not known to git": {
			changed: map[string]string{".gitignore": "h.go\n"},
			want:    []string{"get first and alone: example.test/house:", "example.test/house/internal/hinge"},
		},
		"a package of a later root": {
			changed: map[string]string{"store/store.go": "package store\n\nimport \"example.test/house/window\"\n\nconst Opens = window.Open\n"},
			want:    []string{"get first and alone: example.test/house/store", "example.test/house/window"},
		},
		"not tidy": {
			changed: map[string]string{"examples/shop/go.mod": strings.Replace(sample["examples/shop/go.mod"], " // indirect", "", 1)},
			want:    []string{"tidy and vet: examples/shop", "+ require example.test/house v0.3.0 // indirect", "- require example.test/house v0.3.0\n", "release tidy"},
		},
		"vet": {
			changed: map[string]string{"door/door_test.go": "package door\n\nfunc f() { _ = missing }\n"},
			want:    []string{"tidy and vet: .", "undefined: missing"},
		},
		"nobody said how an example is run": {
			tamper: func(c *check) { c.examples = nil },
			want:   []string{"go run example.test/house/examples/shop", "add a line to examples"},
		},
		"an example fails": {
			changed: map[string]string{"examples/shop/main.go": "package main\n\nimport \"example.test/house/store\"\n\nfunc main() { panic(store.Opens) }\n"},
			want:    []string{"go run example.test/house/examples/shop@v0.3.0", "panic: true"},
		},
		"an example ends otherwise": {
			tamper: func(c *check) { c.examples[0].status = 3 },
			want:   []string{"it ended well, and not with exit status 3"},
		},
		"the store does not open": {
			tamper: func(c *check) { c.program = "package main\n\nfunc main() {}\n" },
			want:   []string{"the program didn't print"},
		},
		"a file is not committed": {
			tamper: func(c *check) { c.repo.changed = []string{"door/door.go"} },
			want:   []string{"v0.3.0 can't be tagged yet, though all steps passed", "door/door.go"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, out := sampleCheck(t, test.changed)
			if test.tamper != nil {
				test.tamper(c)
			}
			err := c.run(t.Context())
			for _, want := range test.want {
				wantError(t, err, want)
			}
			if strings.Contains(out.String(), "can be tagged") {
				t.Errorf("it says that all is well:\n%s", out)
			}
		})
	}
}

// TestVerdict has what comes after the steps, when all of them passed.
func TestVerdict(t *testing.T) {
	all := []string{"v0.3.0", "store/v0.3.0", "examples/shop/v0.3.0"}
	tag := func(t *testing.T, root string, names ...string) {
		for _, name := range names {
			git(t, root, "tag", "--no-sign", name)
		}
	}
	const can = "v0.3.0 can be tagged: "
	for name, test := range map[string]struct {
		do      func(t *testing.T, root string)
		printed string
		fails   []string
	}{
		"all is committed, nothing tagged": {
			do:      func(*testing.T, string) {},
			printed: can + "v0.3.0 store/v0.3.0 examples/shop/v0.3.0\n",
		},
		"other tags and branches": {
			do: func(t *testing.T, root string) {
				tag(t, root, "v0.2.0", "v0.3.0-rc.1", "old/v0.3.0")
				git(t, root, "branch", "store/v0.2.0")
			},
			printed: can,
		},
		"a file that git doesn't know": {
			// No pack has it and no tag will, so what was checked is what gets tagged.
			do:      func(t *testing.T, root string) { write(t, filepath.Join(root, "new.sql"), "SELECT 1;\n") },
			printed: can,
		},
		"a changed file": {
			do:    func(t *testing.T, root string) { write(t, filepath.Join(root, "LICENSE"), "leave it\n") },
			fails: []string{"all steps passed", "commit what is changed", "LICENSE"},
		},
		"tagged here": {
			// As when the checks run for the tag itself: that is no fault.
			do:      func(t *testing.T, root string) { tag(t, root, all...) },
			printed: "v0.3.0 is tagged already, the next release needs a new version",
		},
		"tagged some commits ago": {
			do: func(t *testing.T, root string) {
				tag(t, root, all...)
				git(t, root, "rm", "-q", "door/door_test.go")
				commit(t, root)
			},
			printed: "v0.3.0 is tagged already, the next release needs a new version",
		},
		"tagged in part": {
			do:      func(t *testing.T, root string) { tag(t, root, "v0.3.0") },
			printed: "v0.3.0 is tagged in part: store/v0.3.0 examples/shop/v0.3.0 are missing",
		},
		"a branch of that name": {
			do:    func(t *testing.T, root string) { git(t, root, "branch", "store/v0.3.0") },
			fails: []string{"all steps passed", "branch is named as a tag", "store/v0.3.0", "git branch -m"},
		},
		"a branch of that name, and a changed file": {
			do: func(t *testing.T, root string) {
				git(t, root, "branch", "v0.3.0")
				git(t, root, "rm", "-q", "LICENSE")
			},
			fails: []string{"branch is named as a tag", "commit what is changed"},
		},
		"a branch of that name, long after the release": {
			// Nothing of that name will be pushed again.
			do: func(t *testing.T, root string) {
				tag(t, root, all...)
				git(t, root, "branch", "v0.3.0")
			},
			printed: "v0.3.0 is tagged already",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkout(t, nil)
			test.do(t, root)
			var out strings.Builder
			err := (&check{repo: read(t, root), out: &out}).verdict(t.Context())
			for _, want := range test.fails {
				wantError(t, err, want)
			}
			if len(test.fails) == 0 && err != nil {
				t.Error(err)
			}
			if !strings.Contains(out.String(), test.printed) {
				t.Errorf("printed %q, want %q", &out, test.printed)
			}
			if !strings.HasPrefix(test.printed, can) && strings.Contains(out.String(), "can be tagged") {
				t.Errorf("it says that all is well: %q", &out)
			}
		})
	}
}

func TestCheckKnowsExitCodes(t *testing.T) {
	c, out := sampleCheck(t, map[string]string{
		"examples/shop/main.go": "package main\n\nimport (\n\t\"os\"\n\n\t_ \"example.test/house/store\"\n)\n\nfunc main() { os.Exit(3) }\n",
	})
	c.examples[0].status = 3
	if err := c.run(t.Context()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCheckSaysWhatItLeftOut(t *testing.T) {
	c, out := sampleCheck(t, nil)
	c.examples[0].needs = "RELEASE_TEST_NEVER_SET"
	if err := c.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NOT RUN, since RELEASE_TEST_NEVER_SET is not set", "NOT EVERYTHING WAS TRIED: 1 of"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not printed: %q\n%s", want, out)
		}
	}
}

func TestOutsideRefusesToGoPastTheProxy(t *testing.T) {
	offline(t)
	t.Setenv("GOPRIVATE", "example.test/*")
	_, err := newOutside(t.Context(), read(t, checkout(t, nil)), filepath.Join(t.TempDir(), "x"))
	wantError(t, err, "GONOPROXY or GOPRIVATE (example.test/*) covers example.test/house")
}
