package main

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
)

// linkPattern matches what may be a link to a name in a comment: [Name],
// [Type.Member], [pkg.Name], [pkg.Type.Member], each perhaps with a star.
var linkPattern = regexp.MustCompile(`\[\*?([A-Za-z]\w*(?:\.\w+){0,2})\]`)

// A link stands alone: an index, or the type of a slice, is none.
var (
	endsInWord     = regexp.MustCompile(`[\w\]]$`)
	startsWithWord = regexp.MustCompile(`^\w`)
)

// deadLinks returns the links in a package's comments, outside of functions, that
// lead to nothing: a page would show them in their brackets. Words in brackets are
// links if they begin like an exported name, or like one of another package.
func deadLinks(p *pkg) []string {
	imported := imports(p)
	var found []string
	for _, file := range p.files {
		for _, group := range file.Comments {
			if inFunction(file, group) {
				continue
			}
			for _, c := range group.List {
				for i, line := range strings.Split(c.Text, "\n") {
					for _, link := range links(line) {
						if alive(p.types, imported, link) {
							continue
						}
						position := p.fset.Position(c.Pos())
						name := strings.TrimPrefix(filepath.ToSlash(position.Filename), filepath.ToSlash(p.root)+"/")
						found = append(found, fmt.Sprintf("%s:%d: [%s]", name, position.Line+i, link))
					}
				}
			}
		}
	}
	return found
}

func inFunction(file *ast.File, group *ast.CommentGroup) bool {
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil && f.Body.Pos() < group.Pos() && group.End() < f.Body.End() {
			return true
		}
	}
	return false
}

// links returns the names in brackets of one line. Code has none, and nor has the
// line that gives a word in brackets its URL.
func links(line string) []string {
	line = strings.TrimPrefix(line, "//")
	if strings.HasPrefix(line, "\t") {
		return nil
	}
	var found []string
	for _, at := range linkPattern.FindAllStringSubmatchIndex(line, -1) {
		before, after, name := line[:at[0]], line[at[1]:], line[at[2]:at[3]]
		if endsInWord.MatchString(before) || startsWithWord.MatchString(after) || strings.HasPrefix(after, ": http") {
			continue
		}
		if first, rest, _ := strings.Cut(name, "."); ast.IsExported(first) || ast.IsExported(rest) {
			found = append(found, name)
		}
	}
	return found
}

// imports returns the packages that comments may name: those that one of the files
// imports, by the name that it has there, and the package itself.
func imports(p *pkg) map[string]*types.Package {
	byPath := map[string]*types.Package{}
	named := map[string]*types.Package{p.types.Name(): p.types}
	for _, imported := range p.types.Imports() {
		byPath[imported.Path()] = imported
	}
	for _, file := range p.files {
		for _, spec := range file.Imports {
			imported := byPath[strings.Trim(spec.Path.Value, `"`)]
			switch {
			case imported == nil:
			case spec.Name != nil:
				named[spec.Name.Name] = imported
			default:
				named[imported.Name()] = imported
			}
		}
	}
	return named
}

// alive reports whether a link leads to an exported name. Of packages of the
// standard library that are not imported it knows no more than that they exist.
func alive(own *types.Package, imported map[string]*types.Package, link string) bool {
	names, in := strings.Split(link, "."), own
	if !token.IsExported(names[0]) {
		in = imported[names[0]]
		if in == nil {
			_, standard := comment.DefaultLookupPackage(names[0])
			return standard
		}
		names = names[1:]
	}
	object := in.Scope().Lookup(names[0])
	if object == nil || !object.Exported() || len(names) > 2 {
		return false
	}
	if len(names) == 1 {
		return true
	}
	if _, isType := object.(*types.TypeName); !isType {
		return false
	}
	member, index, _ := types.LookupFieldOrMethod(object.Type(), true, in, names[1])
	return member != nil && member.Exported() && len(index) == 1 // a promoted one has its page elsewhere
}
