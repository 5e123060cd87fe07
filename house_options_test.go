package proctorbook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An option is a function that returns an Option, as its package has it.
type option struct{ signature, byDefault string }

var defaultPattern = regexp.MustCompile(`(?s)Default: .*`)

// optionsOf returns the options of the package in a folder, by name.
func optionsOf(t *testing.T, folder string) map[string]option {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]option{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.IsExported() && f.Type.Results.NumFields() == 1 && types.ExprString(f.Type.Results.List[0].Type) == "Option" {
				options[f.Name.Name] = option{types.ExprString(f.Type), defaultPattern.FindString(f.Doc.Text())}
			}
		}
	}
	return options
}

// onlyIn lists the options that one client has for what only its service needs.
var onlyIn = map[string][]string{
	"proctoru": {"WithEquipmentCheckURL", "WithLaunchHosts", "WithLockoutGuard", "WithReturnHosts"},
	"edx":      {"WithClientCredentials", "WithExamsURL", "WithTokenSource"},
}

// TestClientsHaveTheSameOptions checks that every option of the transport is one of
// both clients, with the same parameters and the same default in its comment, and
// that a client has no other option than those and its own.
func TestClientsHaveTheSameOptions(t *testing.T) {
	proctoru, edx := optionsOf(t, "proctoru"), optionsOf(t, "edx")
	shared := slices.Sorted(maps.Keys(optionsOf(t, "internal/transport")))
	if len(shared) < 10 {
		t.Errorf("the transport has the options %v, want at least 10", shared)
	}
	for _, name := range shared {
		p, e := proctoru[name], edx[name]
		if p.signature == "" || p != e {
			t.Errorf("%s is\n\t%+v in proctoru and\n\t%+v in edx", name, p, e)
		}
		if p.byDefault == "" {
			t.Errorf("%s: its comment does not give its default", name)
		}
	}
	for client, options := range map[string]map[string]option{"proctoru": proctoru, "edx": edx} {
		want := slices.Sorted(slices.Values(append(onlyIn[client], shared...)))
		if got := slices.Sorted(maps.Keys(options)); !slices.Equal(got, want) {
			t.Errorf("%s has the options\n\t%v, want\n\t%v", client, got, want)
		}
	}
}
