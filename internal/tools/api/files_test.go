package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckFiles(t *testing.T) {
	root := t.TempDir()
	at := func(dir, source string) *pkg {
		p := sources{}.compile(t, house+"/"+dir, source)
		p.dir = filepath.Join(root, dir)
		if err := os.MkdirAll(p.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return p
	}
	packages := []*pkg{at("door", "package door\n\nfunc Open() {}\n"), at("empty", "package empty\n")}
	if err := writeFiles(packages); err != nil {
		t.Fatal(err)
	}
	if err := checkFiles(root, packages); err != nil {
		t.Fatalf("what was just written: %v", err)
	}

	packages[0] = at("door", "package door\n\nfunc Close() {}\n")
	wantError(t, checkFiles(root, packages), "the API of "+house+"/door is not what its api.txt says:\n\t- func Open()\n\t+ func Close()")
	wantError(t, checkFiles(root, packages), "go run ./internal/tools/api write")
	wantError(t, checkFiles(root, packages[:1]), filepath.Join(root, "empty", "api.txt")+" describes no package that users import")

	if err := os.Remove(filepath.Join(root, "door", "api.txt")); err != nil {
		t.Fatal(err)
	}
	wantError(t, checkFiles(root, packages), filepath.Join(root, "door", "api.txt"))
	wantError(t, checkFiles(root, packages), "go run ./internal/tools/api write")
}

func TestCheckRule(t *testing.T) {
	door := sources{}.compile(t, house+"/door", "package door\n")
	clean := func(*pkg) []string { return nil }
	broken := func(*pkg) []string { return []string{"x.go:1: Open"} }
	packages := []*pkg{door}
	if err := checkRule("breaks", packages, nil, clean); err != nil {
		t.Error(err)
	}
	if err := checkRule("breaks", packages, []string{"door"}, broken); err != nil {
		t.Error(err)
	}
	wantError(t, checkRule("breaks", packages, nil, broken), house+"/door breaks (1):\n\tx.go:1: Open")
	wantError(t, checkRule("breaks", packages, []string{"door"}, clean), `take "door" off its list`)
	wantError(t, checkRule("breaks", packages, []string{"gone"}, clean), `there is no package "gone"`)
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got error %v\nwant one with %q", err, text)
	}
}
