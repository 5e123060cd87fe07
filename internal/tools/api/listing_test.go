package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// sources imports packages that were compiled before, by their paths.
type sources map[string]*types.Package

func (s sources) Import(path string) (*types.Package, error) {
	if p := s[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

// compile compiles a package of one file, and lets later ones import it.
func (s sources) compile(t *testing.T, path, source string) *pkg {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: s}
	p, err := config.Check(path, fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s[path] = p
	return &pkg{fset: fset, files: []*ast.File{file}, types: p}
}

func TestListing(t *testing.T) {
	s := sources{}
	s.compile(t, house+"/door", "package door\n\ntype Door struct{ Wide bool }\n\nfunc (*Door) Close() {}\n")
	p := s.compile(t, house+"/room", `package room

import "`+house+`/door"

const (
	Limit = 3
	Red Color = "red"
	secret = 1
)

var ErrFull, errOther error

type Color string
type Same = door.Door
type Set[K comparable, V any] map[K]V
type Number interface{ ~int | ~int64 }

func Open(name string, doors ...*door.Door) (r *Room, err error) { return nil, nil }
func Keys[K comparable](m map[K]int) []K { return nil }

type size struct{ Length, width int }

type Room struct {
	door.Door
	size
	Name string `+"`json:\"name\"`"+`
	color Color
}

func (r *Room) Paint(c Color) error { return nil }
func (r Room) String() string { return "" }
func (r *Room) hide() {}

type Painter interface {
	Paint(c Color) error
	hide()
}
`)
	want := []string{
		`const Limit = 3`,
		`const Red Color = "red"`,
		`func Keys[K comparable](map[K]int) []K`,
		`func Open(string, ...*door.Door) (*Room, error)`,
		`method (*Room) Close()`,
		`method (*Room) Paint(Color) error`,
		`method (Room) String() string`,
		`type Color string`,
		`type Number interface`,
		`type Number interface, ~int | ~int64`,
		`type Painter interface`,
		`type Painter interface, Paint(Color) error`,
		`type Painter interface, unexported methods`,
		`type Room struct`,
		`type Room struct, Length int`,
		"type Room struct, Name string `json:\"name\"`",
		`type Room struct, embedded door.Door`,
		`type Same = door.Door`,
		`type Set[K comparable, V any] map[K]V`,
		`var ErrFull error`,
	}
	if got := listing(p.types); !slices.Equal(got, want) {
		t.Errorf("%s", difference(want, got))
	}
}

// TestListingStays changes what a user doesn't see, and what a user sees.
func TestListingStays(t *testing.T) {
	const before = "package room\n\nfunc Open(name string) error { return nil }\n"
	list := func(source string) []string { return listing(sources{}.compile(t, house+"/room", source).types) }
	if diff := difference(list(before), list(strings.Replace(before, "name string", "room string", 1))); diff != "" {
		t.Errorf("a parameter's name: %s", diff)
	}
	want := "\n\t- func Open(string) error\n\t+ func Open(string, int) error"
	if diff := difference(list(before), list(strings.Replace(before, "name string", "name string, at int", 1))); diff != want {
		t.Errorf("a parameter more: %s", diff)
	}
}
