package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// counts says how often what happened.
type counts map[counted]int

// counted is a thing that can happen, by kind and name.
type counted struct{ kind, name string }

func (c counts) hit(kind, name string) { c[counted{kind, name}]++ }

func (c counts) add(other counts) {
	for what, n := range other {
		c[what] += n
	}
}

// of returns the names of a kind with their numbers.
func (c counts) of(kind string) map[string]int {
	found := map[string]int{}
	for what, n := range c {
		if what.kind == kind {
			found[what.name] = n
		}
	}
	return found
}

// sum returns how often anything of the kind happened.
func (c counts) sum(kind string) int {
	total := 0
	for what, n := range c {
		if what.kind == kind {
			total += n
		}
	}
	return total
}

// String writes the kinds, one a line.
func (c counts) String() string {
	kinds := map[string]bool{}
	for what := range c {
		kinds[what.kind] = true
	}
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		names := c.of(kind)
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(names)) {
			parts = append(parts, fmt.Sprintf("%s %d", name, names[name]))
		}
		fmt.Fprintf(&b, "%s: %s\n", kind, strings.Join(parts, ", "))
	}
	return b.String()
}
