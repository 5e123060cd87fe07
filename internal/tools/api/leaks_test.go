package main

import (
	"slices"
	"testing"
)

func TestLeaks(t *testing.T) {
	const hinge = house + "/internal/hinge"
	leak := ": " + hinge + ".Hinge"
	tests := map[string]struct {
		source string
		want   []string
	}{
		"none":                   {`type Door struct { h hinge.Hinge; Wide bool }; func (d *Door) open(h hinge.Hinge) {}; func New() *Door { return nil }`, nil},
		"parameter":              {`func Open(h ...*hinge.Hinge) {}`, []string{"Open" + leak}},
		"result":                 {`func Open() (map[string][]hinge.Hinge, error) { return nil, nil }`, []string{"Open" + leak}},
		"callback":               {`type Opener func(func(chan hinge.Hinge))`, []string{"Opener" + leak}},
		"field":                  {`type Door struct { H hinge.Hinge }`, []string{"Door.H" + leak}},
		"embedded":               {`type Door struct { *hinge.Hinge }`, []string{"Door.Hinge" + leak}},
		"alias":                  {`type H = hinge.Hinge`, []string{"H" + leak}},
		"definition":             {`type H hinge.Hinge`, []string{"H.Inner: " + house + "/internal/hinge.Pin"}},
		"variable":               {`var Default = hinge.Hinge{}`, []string{"Default" + leak}},
		"constant":               {`const Big = hinge.Big`, []string{"Big: " + hinge + ".Size"}},
		"method":                 {`type Door struct{}; func (Door) Hinge() hinge.Hinge { return hinge.Hinge{} }`, []string{"Door.Hinge" + leak}},
		"interface":              {`type Opener interface { Open(hinge.Hinge) }`, []string{"Opener.Open" + leak}},
		"embedded interface":     {`type Opener interface { hinge.Swinger }`, []string{"Opener: " + hinge + ".Swinger"}},
		"promoted method":        {`type base struct{}; func (base) H() *hinge.Hinge { return nil }; type Door struct { base }`, []string{"Door.H" + leak, "Door.base.H" + leak}},
		"promoted field":         {`type base struct{ H hinge.Hinge }; type Door struct { base }`, []string{"Door.base.H" + leak}},
		"own type without name":  {`type door struct { H hinge.Hinge }; func Open() *door { return nil }`, []string{"Open.H" + leak}},
		"own alias without name": {`type h = hinge.Hinge; func Open(h) {}`, []string{"Open" + leak}},
		"type argument":          {`type Set[T any] []T; func Open() Set[hinge.Hinge] { return nil }`, []string{"Open" + leak}},
		"constraint":             {`func Open[T hinge.Swinger](t T) {}`, []string{"Open: " + hinge + ".Swinger"}},
		"recursion":              {`type node struct { Next *node; H hinge.Hinge }; func First() *node { return nil }`, []string{"First.H" + leak}},
	}
	s := sources{}
	s.compile(t, hinge, "package hinge\n\ntype Pin int\n\ntype Hinge struct{ Inner Pin }\n\ntype Size int\n\nconst Big Size = 3\n\ntype Swinger interface{ Swing() }\n")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := s.compile(t, house+"/door", "package door\n\nimport \""+hinge+"\"\n\nvar _ hinge.Pin\n\n"+test.source)
			if got := leaks(p); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestInternal(t *testing.T) {
	for path, want := range map[string]bool{
		house:                             false,
		house + "/edx":                    false,
		house + "/internal/transport":     true,
		house + "/proctoru/internal/x":    true,
		house + "/internals":              false,
		"internal/abi":                    false,
		"example.test/other/internal/pkg": false,
	} {
		if internal(path) != want {
			t.Errorf("internal(%q) = %v", path, !want)
		}
	}
}
