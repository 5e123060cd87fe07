package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTidy adds an import of another repository's module to the root module: the
// modules that require it then need more, too.
func TestTidy(t *testing.T) {
	offline(t)
	proxy := t.TempDir()
	other := read(t, checkout(t, map[string]string{
		"go.mod":       "module other.test/dep\n\ngo 1.26.0\n",
		"doc.go":       "package dep\n\nconst Version = \"1.2.3\"\n",
		"store/go.mod": "", "examples/shop/go.mod": "", "internal/tools/go.mod": "",
	}))
	if err := other.writeProxy(proxy); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", fileURL(proxy))

	root := checkout(t, map[string]string{
		"door/door.go":   "package door\n\nimport \"other.test/dep\"\n\nconst Open = dep.Version != \"\"\n",
		"go.mod":         sample["go.mod"] + "\nrequire other.test/dep v1.2.3\n",
		"store/go.sum":   "example.test/house v0.3.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"store/store.go": sample["store/store.go"],
	})
	wantError(t, read(t, root).agree(), "store/go.sum has a hash of example.test/house")
	// A wrong hash of our own keeps go from tidying: the copy must not have it.
	var out strings.Builder
	if err := tidy(t.Context(), read(t, root), &out); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"go.sum":                "other.test/dep v1.2.3 h1:",
		"store/go.mod":          "other.test/dep v1.2.3 // indirect",
		"store/go.sum":          "other.test/dep v1.2.3 h1:",
		"examples/shop/go.mod":  "other.test/dep v1.2.3 // indirect",
		"examples/shop/go.sum":  "other.test/dep v1.2.3/go.mod h1:",
		"internal/tools/go.mod": "module example.test/house/internal/tools",
	} {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: %v, no %q in:\n%s", file, err, want, data)
		}
	}
	if !strings.Contains(out.String(), "store/go.mod is not tidy") {
		t.Errorf("it doesn't say what it changed:\n%s", &out)
	}
	git(t, root, "add", ".")
	if err := read(t, root).agree(); err != nil {
		t.Errorf("after tidy: %v", err)
	}
	out.Reset()
	if err := tidy(t.Context(), read(t, root), &out); err != nil || out.Len() > 0 {
		t.Errorf("tidying what is tidy: %v\n%s", err, &out)
	}
}
