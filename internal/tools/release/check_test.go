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
