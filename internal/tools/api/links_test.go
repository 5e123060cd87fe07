package main

import (
	"slices"
	"testing"
)

func TestDeadLinks(t *testing.T) {
	s := sources{}
	s.compile(t, house+"/door", "package door\n\ntype Door struct{ Wide bool }\n\nfunc (*Door) Close() {}\n")
	p := s.compile(t, house+"/room", `// Package room has a [Room] and a [Hall].
//
// [Elsewhere]: https://example.org
package room

import gate "`+house+`/door"

// A Room has a [Room.Name] and [*Room.Open], but no [Room.Size] and no [Room.hidden].
// [Opener.Open] is there, [Opener.Shut] is not. [Open] is a function, ([Shut]) none.
// [Room].Size is a link to the type. Inside [room.Open], [room.Shut].
//
//	rooms[Missing] and [Missing]
type Room struct {
	gate.Door
	// Name is a [gate.Door], with [gate.Door.Wide] and [gate.Door.Close].
	Name string // not [gate.Window], [door.Door] or [gate.Door.Tall]
	hidden bool
}

// Open is no []Room, no map[Key]Value, no [keys] and no [A, B]. It may return
// [strings.Reader] or [errors.As], and no [nowhere.Error].
func (*Room) Open() {
	// [Missing] is not on any page.
}

/*
Open opens what [Room.Wide] tells,
and [Nothing].
*/
func Open() {}

// An Opener opens.
type Opener interface{ Open() }
`)
	want := []string{
		"x.go:1: [Hall]", "x.go:8: [Room.Size]", "x.go:8: [Room.hidden]", "x.go:9: [Opener.Shut]", "x.go:9: [Shut]", "x.go:10: [room.Shut]",
		"x.go:16: [gate.Window]", "x.go:16: [door.Door]", "x.go:16: [gate.Door.Tall]", "x.go:21: [nowhere.Error]",
		"x.go:27: [Room.Wide]", "x.go:28: [Nothing]",
	}
	if got := deadLinks(p); !slices.Equal(got, want) {
		t.Errorf("deadLinks = %q\nwant        %q", got, want)
	}
}
