package planted

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Env names the bug that a process has of those in an overlay of [Together]: its Name. Without
// it the process has none.
const Env = "PROCTORBOOK_PLANTED"

// Name is the bug's name: that of its file, without the extension.
func (b Bug) Name() string { return strings.TrimSuffix(filepath.Base(b.File), ".txt") }

// Together makes one overlay of many bugs, as [Bug.Overlay] does of one, so that the program
// is built once for all of them. Beside each function that a bug changes stands the changed
// one, and a process calls that of the bug which [Env] names; likewise each variable of a
// package. It also returns the bugs that are not in it, since they change something else, or
// make no Go: they need overlays of their own.
func Together(bugs []Bug, root, dir string) (overlay string, alone []Bug, err error) {
	sources := map[string]*source{}
	for _, b := range bugs {
		changed, err := b.changed(root)
		if err != nil {
			return "", nil, err
		}
		if !b.join(changed, sources) {
			alone = append(alone, b)
		}
	}
	texts := map[string]string{}
	for path, s := range sources {
		if s != nil && len(s.variants) > 0 {
			texts[path] = s.text()
			texts[filepath.Join(filepath.Dir(path), "planted_bugs.go")] = fmt.Sprintf(chooser, s.file.Name, Env)
		}
	}
	overlay, err = writeOverlay(texts, dir)
	return overlay, alone, err
}

// chooser is added to each package that has a bug.
const chooser = `package %s

import "os"

var plantedBug = os.Getenv(%q)

func plantedOr[T any](bug string, with, without T) T {
	if plantedBug == bug {
		return with
	}
	return without
}
`

// source is a file of the real source.
type source struct {
	code     string
	file     *ast.File
	decls    map[string]ast.Decl  // those that bugs may change
	variants map[string][]variant // of each of them
}

// variant is what becomes of a declaration with a bug: of a function the body with its
// signature, of a variable the value.
type variant struct{ bug, code string }

// parse returns nil if the code is no Go.
func parse(code string) *source {
	file, err := parser.ParseFile(token.NewFileSet(), "", code, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	s := &source{code: code, file: file, decls: map[string]ast.Decl{}, variants: map[string][]variant{}}
	for _, d := range file.Decls {
		if name := changeable(d); name != "" {
			s.decls[s.of(d, name)] = d
		}
	}
	return s
}

// of returns the key of a declaration: two with one key differ only in what may differ.
func (s *source) of(d ast.Decl, name string) string {
	if f, ok := d.(*ast.FuncDecl); ok {
		return s.cut(f.Pos(), f.Body.Pos())
	}
	return "var " + name
}

// cut returns the code between two positions; the file is the only one of its set, so it
// begins at 1.
func (s *source) cut(from, to token.Pos) string { return s.code[from-1 : to-1] }

// changeable returns the name of a function, or of a variable with a value; else "".
func changeable(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		generic := d.Type.TypeParams != nil
		if d.Recv != nil {
			ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
				_, index := n.(*ast.IndexExpr)
				_, indices := n.(*ast.IndexListExpr)
				generic = generic || index || indices
				return true
			})
		}
		if !generic && d.Body != nil && d.Name.Name != "init" {
			return d.Name.Name
		}
	case *ast.GenDecl:
		if v := only(d); v != nil {
			return v.Names[0].Name
		}
	}
	return ""
}

// only returns the variable that a declaration declares, if it is one with a value.
func only(d *ast.GenDecl) *ast.ValueSpec {
	if d.Tok != token.VAR || len(d.Specs) != 1 {
		return nil
	}
	if v := d.Specs[0].(*ast.ValueSpec); len(v.Names) == 1 && len(v.Values) == 1 {
		return v
	}
	return nil
}

// rest is the code without what bugs may change.
func (s *source) rest() string {
	text, from := "", token.Pos(1)
	for _, d := range s.file.Decls {
		begin, end := d.Pos(), d.End()
		if changeable(d) == "" {
			continue
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			begin = d.Body.Pos()
		case *ast.GenDecl:
			begin = only(d).Values[0].Pos()
		}
		text, from = text+s.cut(from, begin), end
	}
	return text + s.code[from-1:]
}

// join adds the bug's variants, unless something else than functions and variables differs.
func (b Bug) join(changed map[string][2]string, sources map[string]*source) bool {
	pairs := map[*source]*source{}
	for path, codes := range changed {
		if sources[path] == nil {
			sources[path] = parse(codes[0])
		}
		was, is := sources[path], parse(codes[1])
		if was == nil || is == nil || was.rest() != is.rest() {
			return false
		}
		pairs[was] = is
	}
	for was, is := range pairs {
		for key, d := range was.decls {
			if other := is.decls[key]; was.body(d) != is.body(other) {
				was.variants[key] = append(was.variants[key], variant{b.Name(), is.body(other)})
			}
		}
	}
	return true
}

// body is what bugs may change of a declaration.
func (s *source) body(d ast.Decl) string {
	if f, ok := d.(*ast.FuncDecl); ok {
		return s.cut(f.Body.Pos(), f.End())
	}
	value := only(d.(*ast.GenDecl)).Values[0]
	return s.cut(value.Pos(), value.End())
}

// text returns the file with all variants.
func (s *source) text() string {
	text, from := "", token.Pos(1)
	for _, d := range s.file.Decls {
		name := changeable(d)
		if name == "" {
			continue
		}
		variants := s.variants[s.of(d, name)]
		if len(variants) == 0 {
			continue
		}
		if f, ok := d.(*ast.FuncDecl); ok {
			text, from = text+s.cut(from, f.Pos())+s.choosing(f, variants), f.End()
			continue
		}
		value := only(d.(*ast.GenDecl)).Values[0]
		choice := s.body(d)
		for _, v := range variants {
			choice = fmt.Sprintf("plantedOr(%q, %s, %s)", v.bug, v.code, choice)
		}
		text, from = text+s.cut(from, value.Pos())+choice, value.End()
	}
	return text + s.code[from-1:]
}

// choosing returns the function as one that calls one of its variants, and these.
func (s *source) choosing(f *ast.FuncDecl, variants []variant) string {
	params, args := s.parameters(f.Type.Params)
	receiver, of := "", ""
	if f.Recv != nil {
		receiver, of = "(planted "+s.cut(f.Recv.List[0].Type.Pos(), f.Recv.List[0].Type.End())+") ", "planted."
	}
	results, answer := "", ""
	if f.Type.Results != nil {
		results, answer = s.cut(f.Type.Results.Pos(), f.Type.Results.End())+" ", "return "
	}
	name := f.Name.Name
	head := fmt.Sprintf("func %s%s(%s) %s{\n\tswitch plantedBug {\n", receiver, name, params, results)
	begin, end := s.cut(f.Pos(), f.Name.Pos()), s.cut(f.Name.End(), f.Body.Pos())
	others := ""
	for _, v := range variants {
		head += fmt.Sprintf("\tcase %q:\n\t\t%s%s%s_%s(%s)\n", v.bug, answer, of, name, v.bug, args)
		others += fmt.Sprintf("\n\n%s%s_%s%s%s", begin, name, v.bug, end, v.code)
	}
	head += fmt.Sprintf("\tdefault:\n\t\t%s%s%s_real(%s)\n\t}\n}\n\n", answer, of, name, args)
	return head + fmt.Sprintf("%s%s_real%s%s", begin, name, end, s.body(f)) + others
}

// parameters returns a function's parameters with names of their own, and these as the
// arguments of a call.
func (s *source) parameters(list *ast.FieldList) (params, args string) {
	n := 0
	for _, field := range list.List {
		for range max(1, len(field.Names)) {
			params += fmt.Sprintf("planted%d %s, ", n, s.cut(field.Type.Pos(), field.Type.End()))
			args += fmt.Sprintf("planted%d", n)
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				args += "..."
			}
			args += ", "
			n++
		}
	}
	return strings.TrimSuffix(params, ", "), strings.TrimSuffix(args, ", ")
}

// writeOverlay writes texts, which stand for the files of these paths, and the go command's
// file for them.
func writeOverlay(texts map[string]string, dir string) (string, error) {
	replace := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		replace[path] = filepath.Join(dir, fmt.Sprintf("%d_%s", len(replace), filepath.Base(path)))
		if err := os.WriteFile(replace[path], []byte(texts[path]), 0o600); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, data, 0o600)
}
