package main

import (
	_ "embed"
	"io"
)

// storeProgram opens an SQLite store, as a user's program does, and writes to it.
//
//go:embed store.go.txt
var storeProgram string

// storeOpened is what storeProgram prints when that went well.
const storeOpened = "the store works"

// house is the check of this repository.
func house(r *repo, keep bool, out io.Writer) *check {
	return &check{repo: r, program: storeProgram, keep: keep, out: out, examples: []example{
		{path: "examples/book"},
		{path: "examples/cluster", args: []string{"-learners", "20"}, needs: "PROCTORBOOK_POSTGRES_DSN"},
		{path: "examples/cohort"},
		{path: "examples/doctor"},
		{path: "examples/fakeserver", args: []string{"-h"}},
		{path: "examples/lmsprovider"},
		{path: "examples/portal", args: []string{"-h"}},
		{path: "examples/webhook"},
		{path: "examples/xblockimport", status: 3}, // its sample has rows that can't be imported
	}}
}
