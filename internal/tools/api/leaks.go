package main

import (
	"go/types"
	"slices"
)

// leaks returns where an exported name of a package reaches a type of an internal
// package of ours: in a signature, a field, a method, an alias, a variable or a
// constant. Other packages that users import answer for themselves.
func leaks(p *pkg) []string {
	w := &walker{pkg: p.types, seen: map[types.Type]bool{}}
	for _, name := range p.types.Scope().Names() {
		object := p.types.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		typeName, ok := object.(*types.TypeName)
		switch {
		case !ok:
			w.walk(name, object.Type())
		case typeName.IsAlias():
			w.alias(name, object.Type())
		default:
			w.members(name, object.Type().(*types.Named))
		}
	}
	slices.Sort(w.found)
	return slices.Compact(w.found)
}

type walker struct {
	pkg   *types.Package
	seen  map[types.Type]bool // members of these were looked at
	found []string
}

// named looks at a type that has a name, and reports whether it is one without an
// exported name of this package: its members are reachable only from here.
func (w *walker) named(where string, object *types.TypeName, args *types.TypeList) bool {
	for arg := range args.Types() {
		w.walk(where, arg)
	}
	if object.Pkg() == nil {
		return false // error, any, comparable
	}
	if internal(object.Pkg().Path()) {
		w.found = append(w.found, where+": "+object.Pkg().Path()+"."+object.Name())
	}
	return object.Pkg() == w.pkg && !object.Exported()
}

func (w *walker) alias(where string, t types.Type) {
	if a, ok := t.(*types.Alias); ok {
		for p := range a.TypeParams().TypeParams() {
			w.walk(where, p.Constraint())
		}
		t = a.Rhs()
	}
	w.walk(where, t)
}

// members looks at what a selector can reach in a type: fields and methods.
func (w *walker) members(where string, named *types.Named) {
	if w.seen[named] {
		return
	}
	w.seen[named] = true
	for p := range named.TypeParams().TypeParams() {
		w.walk(where, p.Constraint())
	}
	w.walk(where, named.Underlying())
	for method := range types.NewMethodSet(types.NewPointer(named)).Methods() {
		if method.Obj().Exported() {
			w.walk(where+"."+method.Obj().Name(), method.Type())
		}
	}
}

func (w *walker) walk(where string, t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		if w.named(where, t.Obj(), t.TypeArgs()) {
			w.alias(where, t)
		}
	case *types.Named:
		if w.named(where, t.Obj(), t.TypeArgs()) {
			w.members(where, t)
		}
	case *types.Map:
		w.walk(where, t.Key())
		w.walk(where, t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		w.walk(where, t.Elem())
	case *types.Signature:
		for p := range t.TypeParams().TypeParams() {
			w.walk(where, p.Constraint())
		}
		for v := range t.Params().Variables() {
			w.walk(where, v.Type())
		}
		for v := range t.Results().Variables() {
			w.walk(where, v.Type())
		}
	case *types.Struct:
		for field := range t.Fields() {
			if field.Exported() || field.Embedded() {
				w.walk(where+"."+field.Name(), field.Type())
			}
		}
	case *types.Interface:
		for method := range t.ExplicitMethods() {
			if method.Exported() {
				w.walk(where+"."+method.Name(), method.Type())
			}
		}
		for embedded := range t.EmbeddedTypes() {
			w.walk(where, embedded)
		}
	case *types.Union:
		for term := range t.Terms() {
			w.walk(where, term.Type())
		}
	}
}
