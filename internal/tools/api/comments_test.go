package main

import (
	"slices"
	"testing"
)

func TestSilent(t *testing.T) {
	p := sources{}.compile(t, house+"/room", `package room

// A Room is one.
type Room struct {
	// Name is its name.
	Name string
	Size int // in square meters
	Loud bool
	hidden bool
	// A comment that ends before the field.

	Door
	Inner struct {
		Deep int
	}
	Many []struct{ Each int } // many
}

// Open opens.
func (r *Room) Open() {}
func (r *Room) Close() {}
func (r *Room) hide() {}

type (
	// A Door is one.
	Door int
	Window int
	secret struct{ Field int }
)

func (secret) Method() {}

// Colors of a room.
const (
	Red = iota
	Green
)

const (
	// One is one.
	One = 1
	Two = 2
)

// An Opener opens.
type Opener interface {
	// Open opens.
	Open()
	Close()
	error
}

//go:noinline
func Build() {}

type Set[K comparable] map[K]int

func (s Set[K]) Len() int { return 0 }
`)
	want := []string{
		"x.go:8: Room.Loud", "x.go:12: Room.Door", "x.go:13: Room.Inner", "x.go:14: Room.Inner.Deep", "x.go:16: Room.Many.Each",
		"x.go:21: Room.Close", "x.go:27: Window", "x.go:42: Two", "x.go:49: Opener.Close", "x.go:54: Build", "x.go:56: Set", "x.go:58: Set.Len",
	}
	if got := silent(p); !slices.Equal(got, want) {
		t.Errorf("%s", difference(want, got))
	}
}
