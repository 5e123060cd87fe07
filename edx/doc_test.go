package edx_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// endpointLine is the last line of the comment of every method that calls the platform.
var endpointLine = regexp.MustCompile(`^Endpoint: ([A-Z]+) (/\S*)\.$`)

// documentedEndpoints returns the method and the pattern that each method names,
// by the method's own name, such as "Courses.Get".
func documentedEndpoints(t *testing.T) map[string][2]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string][2]string{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && isServiceMethod(f) {
				named[methodName(f)] = endpointOf(t, f)
			}
		}
	}
	return named
}

func isServiceMethod(f *ast.FuncDecl) bool {
	return f.Recv != nil && f.Name.IsExported() && strings.HasSuffix(receiver(f), "Service")
}

func receiver(f *ast.FuncDecl) string {
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		if name, ok := star.X.(*ast.Ident); ok {
			return name.Name
		}
	}
	return ""
}

func methodName(f *ast.FuncDecl) string {
	service := strings.TrimSuffix(receiver(f), "Service")
	if service == "Allowed" {
		service = "Enrollments.Allowed"
	}
	return service + "." + f.Name.Name
}

func endpointOf(t *testing.T, f *ast.FuncDecl) [2]string {
	lines := strings.Split(strings.TrimSpace(f.Doc.Text()), "\n")
	match := endpointLine.FindStringSubmatch(lines[len(lines)-1])
	if match == nil {
		t.Errorf("%s: the last line of its comment is %q, want Endpoint: GET /path.", methodName(f), lines[len(lines)-1])
		return [2]string{}
	}
	return [2]string{match[1], match[2]}
}

// values fill the patterns of the comments as the calls of the table do.
var values = strings.NewReplacer("{username}", username, "{course}", cs101.String(), "{mode}", "verified", "{exam}", "7",
	"{user}", "4211", "{attempt}", "12", "{text}", "ada%40example.org", "{allowance}", "5", "{external_id}", "ext-att-1")

// Each method sends what its comment says.
func TestEveryMethodNamesItsEndpoint(t *testing.T) {
	t.Parallel()
	named := documentedEndpoints(t)
	seen := map[string]bool{}
	for _, endpoint := range endpoints {
		seen[endpoint.name] = true
		doc := named[endpoint.name]
		path, _, _ := strings.Cut(endpoint.route, "?")
		if want := doc[0] + " " + values.Replace(doc[1]); path != want {
			t.Errorf("%s sends %s, and its comment says %s", endpoint.name, path, want)
		}
	}
	for _, list := range lists {
		seen[list.name] = true
		doc, page := named[list.name], named[list.page]
		if doc != page {
			t.Errorf("the comment of %s says %s, and that of %s %s", list.name, doc, list.page, page)
		}
	}
	for name := range named {
		if !seen[name] {
			t.Errorf("%s is in none of the tables endpoints and lists", name)
		}
	}
}
