package proctorbook_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/proctorbook/proctorbook"

type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Standard     bool
	Module       *struct{ Path string }
}

// goList returns the packages of the root module, or with deps all that they need.
func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,Standard,Module"}, args...)...)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
	return packages
}

// mayImport lists, for each package that is imported by users, which packages of
// this module its product code may import. The arrow runs one way:
// examples -> scheduling -> proctoru, edx -> internal/transport -> root.
var mayImport = map[string][]string{
	"":                              {},
	"/internal/canary":              {},
	"/internal/planted":             {},
	"/internal/shown":               {},
	"/internal/spent":               {},
	"/internal/transport":           {"", "/internal/spent"},
	"/internal/typed":               {},
	"/internal/wirejson":            {},
	"/internal/testserver":          {"/proctorbooktest"},
	"/proctorbooktest":              {},
	"/proctoru":                     {"", "/internal/transport", "/internal/typed", "/internal/wirejson"},
	"/proctoru/internal/zonegen":    {},
	"/proctoru/proctorutest":        {"", "/internal/testserver", "/proctorbooktest"},
	"/proctoru/replaytest":          {"/proctoru"},
	"/edx":                          {"", "/internal/transport", "/internal/typed", "/internal/wirejson"},
	"/edx/backend":                  {"", "/edx"},
	"/edx/edxtest":                  {"", "/internal/testserver", "/proctorbooktest"},
	"/scheduling":                   {"", "/internal/shown", "/internal/spent", "/internal/typed", "/proctoru", "/edx", "/scheduling/internal/caught", "/scheduling/internal/days", "/scheduling/internal/gather", "/scheduling/internal/inflight", "/scheduling/internal/report", "/scheduling/metrics", "/scheduling/platform", "/scheduling/preflight", "/scheduling/provider"},
	"/scheduling/internal/caught":   {},
	"/scheduling/internal/days":     {},
	"/scheduling/internal/gather":   {},
	"/scheduling/internal/inflight": {"/scheduling/internal/caught"},
	"/scheduling/internal/report":   {"", "/scheduling/provider", "/proctoru"},
	"/scheduling/preflight":         {},
	"/scheduling/provider":          {"", "/internal/shown", "/proctoru", "/scheduling/internal/days", "/scheduling/preflight"},
	"/scheduling/platform":          {"", "/internal/shown", "/edx", "/scheduling/preflight"},
	"/scheduling/metrics":           {},
	"/scheduling/memstore":          {"/scheduling"},
	"/scheduling/cohort":            {"", "/scheduling", "/scheduling/internal/caught", "/proctoru"},
	"/scheduling/lists":             {"", "/internal/shown", "/scheduling", "/scheduling/internal/report", "/scheduling/platform", "/scheduling/provider", "/proctoru", "/edx"},
	"/scheduling/problem":           {"", "/internal/transport", "/scheduling", "/proctoru", "/edx"},
	"/scheduling/openedx":           {"", "/internal/shown", "/scheduling", "/scheduling/metrics", "/scheduling/platform", "/scheduling/preflight", "/edx", "/edx/backend"},
	"/scheduling/openedx/page":      {"/internal/shown", "/scheduling", "/scheduling/openedx", "/scheduling/problem", "/scheduling/words", "/edx/backend"},
	"/scheduling/openedx/storetest": {"/scheduling", "/scheduling/openedx", "/edx", "/edx/backend"},
	"/scheduling/storetest":         {"", "/scheduling", "/scheduling/provider", "/proctoru", "/edx"},
	"/scheduling/words":             {"/scheduling"},
	"/scheduling/simulation":        {"", "/scheduling", "/scheduling/internal/caught", "/scheduling/internal/inflight", "/scheduling/openedx", "/scheduling/platform", "/scheduling/provider", "/proctoru", "/edx", "/edx/backend", "/edx/edxtest", "/proctorbooktest", "/proctoru/proctorutest"},
}

func TestImportsRunOneWay(t *testing.T) {
	for _, p := range goList(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "/examples/") {
			continue // examples may import anything
		}
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s is not in mayImport: say there what it may import", p.ImportPath)
		}
		for _, imp := range p.Imports {
			if to, ours := strings.CutPrefix(imp, module); ours && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: the arrow of imports runs the other way", p.ImportPath, imp)
			}
		}
	}
}

// mayDependOn lists the modules that the packages for users may need at run
// time. A new one needs a reason in the commit that adds it here.
var mayDependOn = []string{
	module,
	"github.com/hashicorp/go-retryablehttp", // attempt loop and backoff
	"github.com/hashicorp/go-cleanhttp",     // needed by go-retryablehttp
	"github.com/google/go-querystring",      // parameters from structs
	"golang.org/x/time",                     // rate limiter
	"github.com/golang-jwt/jwt/v5",          // tokens and dashboard links of platforms
	"golang.org/x/oauth2",                   // client credentials
	"golang.org/x/sync",                     // single flight
	"golang.org/x/text",                     // region codes, forms of characters
}

// mayRequire lists what go.mod may name besides: what only tests need.
var mayRequire = []string{"github.com/jarcoal/httpmock", "pgregory.net/rapid"}

func TestDependenciesAreKnown(t *testing.T) {
	for _, p := range goList(t, "-deps", "./...") {
		if !p.Standard && p.Module != nil && !slices.Contains(mayDependOn, p.Module.Path) {
			t.Errorf("%s of %s is needed, and is not in mayDependOn", p.ImportPath, p.Module.Path)
		}
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v`).FindAllSubmatch(mod, -1) {
		if path := string(m[1]); !slices.Contains(mayDependOn, path) && !slices.Contains(mayRequire, path) {
			t.Errorf("go.mod requires %s, which is neither in mayDependOn nor in mayRequire", path)
		}
	}
}

// mayUseSystem lists the files in which the machine's clock and randomness are
// the default of an option. Everywhere else they come in from outside.
var mayUseSystem = []string{"clock.go", "internal/transport/clock.go", "scheduling/ids.go", "scheduling/memstore/memstore.go", "scheduling/openedx/link.go", "scheduling/sqlstore/options.go"}

func TestNoNakedClockOrRandomness(t *testing.T) {
	naked := map[string][]string{
		"time":         {"Now", "Sleep", "After", "NewTimer", "NewTicker", "Tick", "AfterFunc", "Since", "Until"},
		"math/rand":    nil,
		"math/rand/v2": nil,
		"crypto/rand":  nil,
	}
	forEachProductFile(t, func(path string, file *ast.File) {
		names := map[string]string{}
		for _, imp := range file.Imports {
			p := strings.Trim(imp.Path.Value, `"`)
			if funcs, watched := naked[p]; watched {
				if funcs == nil && !slices.Contains(mayUseSystem, path) {
					t.Errorf("%s imports %s: randomness comes in by an option", path, p)
				}
				name := p[strings.LastIndex(p, "/")+1:]
				if imp.Name != nil {
					name = imp.Name.Name
				}
				names[name] = p
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if ok && pkg.Obj == nil && slices.Contains(naked[names[pkg.Name]], sel.Sel.Name) && !slices.Contains(mayUseSystem, path) {
				t.Errorf("%s uses %s.%s: the clock comes in by an option", path, pkg.Name, sel.Sel.Name)
			}
			return true
		})
	})
}

// forEachProductFile parses every Go file that users run: no tests, no fakes,
// no examples, no generators.
func forEachProductFile(t *testing.T, do func(path string, file *ast.File)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "examples", "internal/testserver", "proctorbooktest", "proctoru/proctorutest", "edx/edxtest", "proctoru/internal", "internal/bench", "internal/tools", "testdata", "scheduling/storetest", "scheduling/openedx/storetest"}, filepath.ToSlash(path)) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		do(filepath.ToSlash(path), file)
		return nil
	})
	if err != nil || files < 10 {
		t.Fatalf("walked %d files: %v", files, err)
	}
}

// TestCoverageNamesRealTests checks docs/coverage.md: each row names a test that exists.
func TestCoverageNamesRealTests(t *testing.T) {
	page, err := os.ReadFile("docs/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	rows := 0
	for _, line := range strings.Split(string(page), "\n") {
		if !regexp.MustCompile(`^\| X\d+ \|`).MatchString(line) {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 4 {
			t.Errorf("not four cells: %s", line)
			continue
		}
		for _, name := range strings.Split(cells[3], ", ") {
			if base, _, _ := strings.Cut(strings.Trim(name, "` "), "/"); !tests[base] {
				t.Errorf("%s names %s, which is no test", cells[0], name)
			}
		}
	}
	if rows == 0 {
		t.Error("docs/coverage.md has no rows")
	}
}

// testNames returns the names of all test, example, benchmark and fuzz functions.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && regexp.MustCompile(`^(Test|Example|Fuzz|Benchmark)`).MatchString(f.Name.Name) {
				names[f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestModulesAreOneRelease checks that all files which name the coming version name
// the same one, and that each module can be fetched.
func TestModulesAreOneRelease(t *testing.T) {
	// Outside of the workspace: in a wrong one the tool would not even start.
	t.Setenv("GOWORK", "off")
	runTool(t, `(^|/)(go\.(mod|sum|work|work\.sum)|doc\.go|CHANGELOG\.md)$`, "release", "agree")
}

// TestExportedAPI checks the packages that users import: the API is the one in the
// files beside them, no internal type is reachable, every name has a comment, and
// every link in a comment leads to a name.
func TestExportedAPI(t *testing.T) {
	runTool(t, `\.go$|(^|/)(go\.(mod|work)|api\.txt)$`, "api", "check")
}

// runTool runs one of our tools, which reports by its exit code what it finds. The
// tools are a module of their own, so that their dependencies are not the library's.
//
// inputs matches the files that the result depends on: go test keeps the result of
// a test until a file changes that the test itself has read.
func runTool(t *testing.T, inputs, tool string, args ...string) {
	t.Helper()
	if _, err := os.Stat(".git"); err != nil {
		t.Skip("this is no checkout of the repository: the tools are not here")
	}
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !regexp.MustCompile(inputs).MatchString(filepath.ToSlash(path)) {
			return err
		}
		files++
		_, err = os.ReadFile(path)
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("read %d files: %v", files, err)
	}
	if out, err := exec.Command("go", append([]string{"-C", "internal/tools", "run", "./" + tool}, args...)...).CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
}

// decisions are the files in which the booking engine decides what an answer or a
// read leads to.
var decisions = []string{"engine_answers", "engine_extras", "engine_reads", "engine_session", "engine_transitions", "engine_turn"}

// What the engine decides depends on nothing but the booking, the clock's time, the
// tuning and what the provider has shown: its decision files never name the
// Scheduler, which could ask for more.
func TestDecisionsKnowNoScheduler(t *testing.T) {
	for _, name := range decisions {
		path := filepath.Join("scheduling", name+".go")
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && slices.Contains([]string{"Scheduler", "StaffService", "Store", "worker"}, id.Name) {
				t.Errorf("%s names %s", path, id.Name)
			}
			return true
		})
	}
}
