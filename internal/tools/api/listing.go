package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// listing returns the exported API of a package, a sorted line for each constant,
// variable, function, type, field and method. Names of parameters are left out:
// they may change.
func listing(p *types.Package) []string {
	l := &lister{pkg: p}
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Const:
			l.constant(object)
		case *types.Var:
			l.add("var %s %s", name, l.text(object.Type()))
		case *types.Func:
			l.add("func %s%s", name, l.signature(object.Signature()))
		case *types.TypeName:
			l.typeName(object)
		}
	}
	slices.Sort(l.lines)
	return slices.Compact(l.lines)
}

type lister struct {
	pkg   *types.Package
	lines []string
}

func (l *lister) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// text returns a type as a user of the package writes it, but for the package's
// own name.
func (l *lister) text(t types.Type) string {
	return types.TypeString(t, func(other *types.Package) string {
		if other == l.pkg {
			return ""
		}
		return other.Name()
	})
}

// signature returns parameters and results, without the word func.
func (l *lister) signature(s *types.Signature) string {
	var params []*types.TypeParam
	for p := range s.TypeParams().TypeParams() {
		params = append(params, p)
	}
	plain := types.NewSignatureType(nil, nil, nil, nameless(s.Params()), nameless(s.Results()), s.Variadic())
	return l.typeParams(params) + strings.TrimPrefix(l.text(plain), "func")
}

func nameless(tuple *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range tuple.Variables() {
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), "", v.Type()))
	}
	return types.NewTuple(vars...)
}

func (l *lister) typeParams(params []*types.TypeParam) string {
	if len(params) == 0 {
		return ""
	}
	var texts []string
	for _, p := range params {
		texts = append(texts, p.Obj().Name()+" "+l.text(p.Constraint()))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func (l *lister) constant(c *types.Const) {
	kind := ""
	if basic, ok := c.Type().(*types.Basic); !ok || basic.Info()&types.IsUntyped == 0 {
		kind = " " + l.text(c.Type())
	}
	l.add("const %s%s = %s", c.Name(), kind, c.Val().ExactString())
}

func (l *lister) typeName(object *types.TypeName) {
	if object.IsAlias() {
		alias := object.Type()
		if a, ok := alias.(*types.Alias); ok {
			alias = a.Rhs()
		}
		l.add("type %s = %s", object.Name(), l.text(alias))
		return
	}
	named := object.Type().(*types.Named)
	var params []*types.TypeParam
	for p := range named.TypeParams().TypeParams() {
		params = append(params, p)
	}
	name := object.Name() + l.typeParams(params)
	switch under := named.Underlying().(type) {
	case *types.Struct:
		l.add("type %s struct", name)
		l.fields(name, under, map[types.Type]bool{})
	case *types.Interface:
		l.add("type %s interface", name)
		l.interfaceMethods(name, under)
		return
	default:
		l.add("type %s %s", name, l.text(under))
	}
	values := types.NewMethodSet(named)
	for method := range types.NewMethodSet(types.NewPointer(named)).Methods() {
		f := method.Obj().(*types.Func)
		if !f.Exported() {
			continue
		}
		receiver := "*" + object.Name()
		if values.Lookup(f.Pkg(), f.Name()) != nil {
			receiver = object.Name()
		}
		l.add("method (%s) %s%s", receiver, f.Name(), l.signature(f.Signature()))
	}
}

// fields lists the exported fields of a struct, also those that an embedded struct
// without an exported name lends to it.
func (l *lister) fields(name string, s *types.Struct, seen map[types.Type]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	for i := range s.NumFields() {
		field, tag := s.Field(i), ""
		if s.Tag(i) != "" {
			tag = " `" + s.Tag(i) + "`"
		}
		switch {
		case field.Exported() && field.Embedded():
			l.add("type %s struct, embedded %s%s", name, l.text(field.Type()), tag)
		case field.Exported():
			l.add("type %s struct, %s %s%s", name, field.Name(), l.text(field.Type()), tag)
		case field.Embedded():
			t := field.Type()
			if pointer, ok := t.Underlying().(*types.Pointer); ok {
				t = pointer.Elem()
			}
			if inner, ok := t.Underlying().(*types.Struct); ok {
				l.fields(name, inner, seen)
			}
		}
	}
}

func (l *lister) interfaceMethods(name string, i *types.Interface) {
	for method := range i.Methods() {
		if method.Exported() {
			l.add("type %s interface, %s%s", name, method.Name(), l.signature(method.Signature()))
		} else {
			l.add("type %s interface, unexported methods", name)
		}
	}
	for t := range i.EmbeddedTypes() {
		if union, ok := t.(*types.Union); ok {
			l.add("type %s interface, %s", name, l.text(union))
		}
	}
}
