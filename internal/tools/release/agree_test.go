package main

import (
	"strings"
	"testing"
)

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got error %v\nwant one with %q", err, text)
	}
}

func TestAgree(t *testing.T) {
	if err := read(t, checkout(t, nil)).agree(); err != nil {
		t.Fatalf("the sample: %v", err)
	}
	tests := map[string]struct{ file, old, new, want string }{
		"replace":            {"store/go.mod", "require", "replace example.test/house => ..\n\nrequire", "store/go.mod replaces example.test/house"},
		"other version":      {"store/go.mod", "house v0.3.0", "house v0.2.0", "go mod edit -require=example.test/house@v0.3.0 store/go.mod"},
		"unknown module":     {"store/go.mod", "house v0.3.0", "house/gone v0.3.0", "requires example.test/house/gone, which this repository doesn't release"},
		"tools are required": {"store/go.mod", "house v0.3.0", "house/internal/tools v0.3.0", "requires example.test/house/internal/tools, which"},
		"next version":       {"doc.go", "0.3.0", "0.4.0", "go work edit -replace=example.test/house/store@v0.4.0=./store"},
		"old replace stays":  {"doc.go", "0.3.0", "0.4.0", "go work edit -dropreplace=example.test/house@v0.3.0"},
		"changelog":          {"CHANGELOG.md", "## 0.3.0", "## Unreleased", `begin it with "## 0.3.0"`},
		"not in go.work":     {"go.work", "\t./internal/tools\n", "", "go.work doesn't use internal/tools"},
		"without version":    {"go.work", "store v0.3.0 =>", "store =>", "go.work doesn't replace example.test/house/store@v0.3.0"},
		"wrong folder":       {"go.work", "v0.3.0 => ./store", "v0.3.0 => ./examples/shop", "go.work doesn't replace example.test/house/store@v0.3.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(sample[test.file], test.old, test.new, 1)
			wantError(t, read(t, checkout(t, map[string]string{test.file: changed})).agree(), test.want)
		})
	}
	for _, file := range []string{"store/go.sum", "go.work.sum"} {
		t.Run("hash in "+file, func(t *testing.T) {
			sum := "other.test/dep v1.0.0 h1:x=\nexample.test/house v0.3.0/go.mod h1:x=\n"
			wantError(t, read(t, checkout(t, map[string]string{file: sum})).agree(), file+" has a hash of example.test/house")
		})
	}
}
