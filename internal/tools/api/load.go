package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// house is the path of the root module, with which all our packages begin.
const house = "github.com/proctorbook/proctorbook"

// A pkg is a package that users import.
type pkg struct {
	root  string // of the workspace
	dir   string
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
}

// name returns the package's path below the root module's, "" for the root package.
func (p *pkg) name() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.types.Path(), house), "/")
}

// load reads the packages that users import, of all modules of the workspace, and
// returns the workspace's folder too.
func load(ctx context.Context) (root string, found []*pkg, err error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	work := strings.TrimSpace(string(out))
	if err != nil {
		return "", nil, fmt.Errorf("go env: %w", err)
	} else if work == "" || work == "off" {
		return "", nil, errors.New("there is no workspace: run this in the checkout, without GOWORK=off")
	}
	root = filepath.Dir(work)

	list := exec.CommandContext(ctx, "go", "list", "-f", "{{.Name}} {{.ImportPath}}", "work")
	list.Dir = root
	if out, err = list.Output(); err != nil {
		return "", nil, fmt.Errorf("go list work: %w", err)
	}
	var paths []string
	for line := range strings.Lines(string(out)) {
		if name, path, _ := strings.Cut(strings.TrimSpace(line), " "); name != "main" && !internal(path) {
			paths = append(paths, path)
		}
	}
	loaded, err := packages.Load(&packages.Config{
		Context: ctx,
		Dir:     root,
		Mode:    packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo,
	}, paths...)
	if err != nil {
		return "", nil, err
	}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return "", nil, fmt.Errorf("%s doesn't compile: %w", p.PkgPath, p.Errors[0])
		}
		found = append(found, &pkg{root: root, dir: p.Dir, fset: p.Fset, files: p.Syntax, types: p.Types})
	}
	slices.SortFunc(found, func(a, b *pkg) int { return strings.Compare(a.types.Path(), b.types.Path()) })
	return root, found, nil
}

// internal reports whether a package is one of ours that users can't import.
func internal(path string) bool {
	return strings.HasPrefix(path, house+"/") && slices.Contains(strings.Split(path, "/"), "internal")
}
