package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestRunUsage(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"-h"}, &out); err != nil || !strings.Contains(out.String(), "Usage: api") {
		t.Errorf("-h: %v, %q", err, &out)
	}
	for _, args := range [][]string{nil, {"fly"}, {"check", "now"}} {
		if err := run(t.Context(), args, &out); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestLoad loads this repository.
func TestLoad(t *testing.T) {
	_, packages, err := load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range packages {
		names = append(names, p.name())
		if len(p.files) == 0 || p.dir == "" {
			t.Errorf("%s has no files", p.types.Path())
		}
	}
	for _, name := range []string{"", "edx", "proctoru", "scheduling", "scheduling/ical", "scheduling/sqlstore"} {
		if !slices.Contains(names, name) {
			t.Errorf("package %q is missing among %q", name, names)
		}
	}
	for _, name := range names {
		if strings.Contains(name, "internal") || strings.HasPrefix(name, "examples") {
			t.Errorf("users don't import %q", name)
		}
	}
}

func TestLoadNeedsTheWorkspace(t *testing.T) {
	t.Setenv("GOWORK", "off")
	_, _, err := load(t.Context())
	wantError(t, err, "run this in the checkout, without GOWORK=off")
}
