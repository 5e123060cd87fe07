package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"
)

// silent returns the exported names of a package that have no comment: constants,
// variables, functions, types, methods, fields and methods of interfaces. A group
// of constants or variables may have one for all of them.
func silent(p *pkg) []string {
	c := &commentCheck{pkg: p}
	for _, file := range p.files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				c.function(decl)
			case *ast.GenDecl:
				c.declaration(decl)
			}
		}
	}
	return c.found
}

type commentCheck struct {
	pkg   *pkg
	found []string
}

func (c *commentCheck) want(name string, at token.Pos, comments ...*ast.CommentGroup) {
	for _, comment := range comments {
		if comment.Text() != "" {
			return
		}
	}
	position := c.pkg.fset.Position(at)
	file := strings.TrimPrefix(filepath.ToSlash(position.Filename), filepath.ToSlash(c.pkg.root)+"/")
	c.found = append(c.found, fmt.Sprintf("%s:%d: %s", file, position.Line, name))
}

func (c *commentCheck) function(f *ast.FuncDecl) {
	if !f.Name.IsExported() {
		return
	}
	name := f.Name.Name
	if f.Recv != nil {
		receiver := receiverName(f.Recv.List[0].Type)
		if !ast.IsExported(receiver) {
			return
		}
		name = receiver + "." + name
	}
	c.want(name, f.Pos(), f.Doc)
}

func receiverName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiverName(t.X)
	case *ast.IndexExpr:
		return receiverName(t.X)
	case *ast.IndexListExpr:
		return receiverName(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

func (c *commentCheck) declaration(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() {
					c.want(name.Name, name.Pos(), spec.Doc, spec.Comment, decl.Doc)
				}
			}
		case *ast.TypeSpec:
			if !spec.Name.IsExported() {
				continue
			}
			comments := []*ast.CommentGroup{spec.Doc, spec.Comment}
			if !decl.Lparen.IsValid() {
				comments = append(comments, decl.Doc)
			}
			c.want(spec.Name.Name, spec.Pos(), comments...)
			c.members(spec.Name.Name, spec.Type)
		}
	}
}

// members looks at the fields or methods that a type's expression spells out.
func (c *commentCheck) members(name string, t ast.Expr) {
	switch t := t.(type) {
	case *ast.StructType:
		c.fields(name, t.Fields, true)
	case *ast.InterfaceType:
		c.fields(name, t.Methods, false)
	case *ast.StarExpr:
		c.members(name, t.X)
	case *ast.ArrayType:
		c.members(name, t.Elt)
	case *ast.MapType:
		c.members(name, t.Value)
	}
}

func (c *commentCheck) fields(name string, list *ast.FieldList, embedded bool) {
	for _, field := range list.List {
		names := field.Names
		if len(names) == 0 && embedded {
			names = []*ast.Ident{ast.NewIdent(embeddedName(field.Type))}
		}
		for _, member := range names {
			if member.IsExported() {
				c.want(name+"."+member.Name, field.Pos(), field.Doc, field.Comment)
				c.members(name+"."+member.Name, field.Type)
			}
		}
	}
}

// embeddedName returns the name under which an embedded field is selected.
func embeddedName(t ast.Expr) string {
	if selector, ok := t.(*ast.SelectorExpr); ok {
		return selector.Sel.Name
	}
	if star, ok := t.(*ast.StarExpr); ok {
		return embeddedName(star.X)
	}
	return receiverName(t)
}
